"""How each MySQL column is carried exactly (字段传输方式), decided before reading.

connectorx carries integers, texts, bytes and floats as they are. It cuts decimals after ten
digits and aborts on dates such as 0000-00-00 and on negative times; those columns are turned
by the server into integers or text that hold every value:

=============  =====================================  ==========================================
date           CAST(d AS SIGNED) → 20240115           free; invalid dates keep their digits
datetime       CAST(d AS SIGNED) → 20240115103000     likewise, for whole seconds
decimal        CAST(d * 100 AS SIGNED)                up to 18 digits, cheaper than decimals
all others     CAST(d AS CHAR)                        exact text
=============  =====================================  ==========================================
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import pyarrow as pa
import pyarrow.types as pt
from sqlalchemy import ColumnElement, cast, literal_column
from sqlalchemy.dialects.mysql import BIGINT, CHAR

from shutong.fitting import PACKED_DAY, PACKED_MOMENT, packed_field
from shutong.frontends.ports import SourceColumn

_INTEGERS: Final = frozenset(
    {"tinyint", "smallint", "mediumint", "int", "integer", "bigint", "year"}
)
_FLOATS: Final = frozenset({"float", "double", "real"})
_TEXTS: Final = frozenset(
    {"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"}
)
_BYTES: Final = frozenset({"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"})
_SHOWN: Final = frozenset({"time", "json", "uuid", "inet4", "inet6"})
"""Types whose text on the server is exact."""
_INT64_DIGITS: Final = 18
"""Every number of so many digits fits a 64-bit integer."""


class Way(StrEnum):
    """How a column is carried (传输方式)."""

    PLAIN = "as it is"
    TEXT = "as text"
    UNSIGNED = "as an unsigned integer"
    SCALED = "as a scaled integer"
    DAY = "as the integer YYYYMMDD"
    MOMENT = "as the integer YYYYMMDDHHMMSS"


def way_of(column: SourceColumn, wanted: pa.DataType) -> Way | None:
    """Return how a column is carried for an item of type `wanted`; None when it cannot be."""
    kind = column.type_name
    if kind in _TEXTS | _BYTES | _FLOATS:
        return Way.PLAIN
    if kind == "bit":
        return Way.PLAIN if pt.is_binary(wanted) else Way.UNSIGNED
    if kind in _SHOWN:
        return Way.TEXT
    if kind in _INTEGERS:
        # As text a ZEROFILL column keeps its zeros.
        return Way.TEXT if pt.is_string(wanted) else Way.PLAIN
    if kind == "decimal":
        digits = column.precision
        fits = digits is not None and digits <= _INT64_DIGITS and not pt.is_string(wanted)
        return Way.SCALED if fits else Way.TEXT
    if kind == "date":
        return Way.DAY if pt.is_date32(wanted) else Way.TEXT
    if kind in {"datetime", "timestamp"}:
        whole_seconds = not column.precision
        return Way.MOMENT if whole_seconds and pt.is_timestamp(wanted) else Way.TEXT
    return None


def expression(way: Way, column: ColumnElement[Any], source: SourceColumn) -> ColumnElement[Any]:
    """Return the SQL expression that carries a column."""
    match way:
        case Way.PLAIN:
            return column
        case Way.TEXT:
            return cast(column, CHAR())
        case Way.UNSIGNED:
            return cast(column, BIGINT(unsigned=True))
        case Way.SCALED:
            return cast(column * literal_column(str(10 ** (source.scale or 0))), BIGINT())
        case Way.DAY | Way.MOMENT:
            return cast(column, BIGINT())


def field_of(way: Way, item: str, arrived: pa.DataType, source: SourceColumn) -> pa.Field:
    """Return the field that `carried` makes of what arrived; it tells fitting of packed dates."""
    match way:
        case Way.SCALED:
            return pa.field(item, pa.decimal128(source.precision or 1, source.scale or 0))
        case Way.DAY:
            return packed_field(item, PACKED_DAY)
        case Way.MOMENT:
            return packed_field(item, PACKED_MOMENT)
        case _:
            return pa.field(item, arrived)


def carried(way: Way, array: pa.Array, field: pa.Field) -> pa.Array:
    """Return what arrived in the type of its field, without changing a value."""
    if way is not Way.SCALED:
        return array
    digits = array.cast(pa.decimal128(19, 0))
    return pa.Array.from_buffers(
        field.type,
        len(digits),
        digits.buffers(),
        null_count=digits.null_count,
        offset=digits.offset,
    )


def arrives_as(way: Way, arrived: pa.DataType) -> bool:
    """Say whether the driver handed over what the way promises."""
    if way in (Way.SCALED, Way.DAY, Way.MOMENT):
        return bool(arrived == pa.int64())
    return True
