"""How each MySQL column is carried exactly (字段传输方式), decided before reading.

The text protocol writes every value as the server shows it: decimals of any length, 0000-00-00,
negative times, ENUM, SET and JSON. Two kinds need a word to the server, and numbers are read at
once, because their declaration tells that they fit:

=================  =======================  ================================================
float              f + 0e0                  as text the server rounds it to six digits
bit                CAST(b AS UNSIGNED)      as text it is the bits themselves
integer, decimal   as it is                 read as the number that is declared
all others         as it is                 exact text or bytes, for fitting to read
=================  =======================  ================================================
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import pyarrow as pa
import pyarrow.types as pt
from sqlalchemy import ColumnElement, cast, literal_column
from sqlalchemy.dialects.mysql import BIGINT

from shutong.frontends.meanings import Meaning
from shutong.frontends.ports import SourceColumn

INTEGERS: Final = frozenset(
    {"tinyint", "smallint", "mediumint", "int", "integer", "bigint", "year"}
)
_FLOATS: Final = {"float": pa.float32(), "double": pa.float64(), "real": pa.float64()}
BINARY: Final = frozenset(
    {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "bit"}
)
"""Types whose values are bytes and no text."""
TEXTS: Final = frozenset(
    {"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"}
)
"""Types that are compared by a collation."""
COLLATED: Final = TEXTS - {"enum", "set"}
"""Types that are ordered by it too."""
_SHOWN: Final = frozenset(
    {
        *TEXTS,
        *(BINARY - {"bit"}),
        *("date", "datetime", "timestamp", "time", "json", "uuid", "inet4", "inet6"),
    }
)
"""Types whose text on the server is exact, or whose bytes are sent as they are."""
_MEANINGS: Final = {
    **dict.fromkeys(("binary", "varbinary", "tinyblob", "blob"), Meaning.WORD),
    **dict.fromkeys(("mediumblob", "longblob", "time", "json", "uuid"), Meaning.WORD),
    **dict.fromkeys(("inet4", "inet6"), Meaning.WORD),
    **dict.fromkeys(("date", "datetime", "timestamp"), Meaning.TIME),
}
"""Kinds that cannot mean every item; blobs are bytes, or text in UTF-8."""
_DECIMAL_DIGITS: Final = 38
"""Digits of a decimal of 128 bits."""


class Way(StrEnum):
    """How a column is carried (传输方式)."""

    SHOWN = "as the server shows it"
    NUMBER = "as the declared number"
    WIDENED = "as a double of the same value"
    UNSIGNED = "as an unsigned integer"


def way_of(column: SourceColumn, wanted: pa.DataType) -> Way | None:
    """Return how a column is carried for an item of type `wanted`; None when it cannot be."""
    kind = column.type_name
    if not _MEANINGS.get(kind, Meaning.ANY).includes(wanted):
        return None
    if kind in _SHOWN:
        return Way.SHOWN
    if kind in _FLOATS:
        return Way.WIDENED if kind == "float" else Way.NUMBER
    if kind == "bit":
        return Way.SHOWN if pt.is_binary(wanted) else Way.UNSIGNED
    if kind in INTEGERS:
        # As text a ZEROFILL column keeps its zeros.
        return Way.SHOWN if pt.is_string(wanted) else Way.NUMBER
    if kind == "decimal":
        fits = column.precision is not None and column.precision <= _DECIMAL_DIGITS
        return Way.NUMBER if fits and not pt.is_string(wanted) else Way.SHOWN
    return None


def expression(way: Way, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the SQL expression that carries a column."""
    match way:
        case Way.WIDENED:
            return column + literal_column("0e0")
        case Way.UNSIGNED:
            return cast(column, BIGINT(unsigned=True))
        case _:
            return column


def carried_type(way: Way, source: SourceColumn) -> pa.DataType:
    """Return the type that `carried` gives: the source's own, bytes for what is shown."""
    if way is Way.SHOWN:
        return pa.binary()
    if way is Way.UNSIGNED:
        return pa.uint64()
    if source.type_name in _FLOATS:
        return _FLOATS[source.type_name]
    if source.type_name == "decimal":
        return pa.decimal128(source.precision or 1, source.scale or 0)
    return pa.uint64() if source.unsigned else pa.int64()


def carried(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return what arrived, as bytes, in the type of its column, without changing a value."""
    if pt.is_binary(kind):
        return array
    text = array.cast(pa.string())
    # A float arrives as the double of its value, which the way back leaves as it was.
    return text.cast(pa.float64()).cast(kind) if pt.is_float32(kind) else text.cast(kind)
