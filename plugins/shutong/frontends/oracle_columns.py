"""How each Oracle column is carried exactly (Oracle 字段传输方式).

python-oracledb hands over NUMBER(p,s) as an Arrow decimal. A NUMBER without precision would
become a double and lose digits: it comes as text. So do times: a TIMESTAMP(9) would lose its
last three digits, and a day before Christ or a broken one would end the drawing.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import pyarrow as pa
import pyarrow.types as pt
from sqlalchemy import ColumnElement, func, literal_column

from shutong import windows
from shutong.frontends.cutting import exact_text
from shutong.frontends.oracle_texts import Texts
from shutong.frontends.ports import SourceColumn
from shutong.frontends.values import bound_of
from shutong.model import Bound

_PLAIN: Final = frozenset(
    {"varchar2", "nvarchar2", "char", "nchar", "clob", "nclob", "blob", "raw",
     "binary_float", "binary_double", "varchar"}
)  # fmt: skip
_DIGITS: Final = 38
_NANOSECONDS: Final = 9
UNICODE: Final = Texts(None, "AL32UTF8")
"""A database whose texts the server converts rightly."""


class Way(StrEnum):
    """How a column is carried (传输方式)."""

    PLAIN = "as it is"
    NUMBER_TEXT = "number as text"
    TIME_TEXT = "time as text"
    ZONED_TEXT = "zoned time as text in the front-end's zone"
    ROWID_TEXT = "row id as text"
    TEXT_BYTES = "text as bytes, decoded here"


def way_of(column: SourceColumn, wanted: pa.DataType, texts: Texts = UNICODE) -> Way | None:
    """Return how a column is carried for an item of type `wanted`; None when it cannot be."""
    kind = column.type_name
    if texts.unreadable(column):
        return None
    if texts.drawn_as_bytes(column):
        return Way.TEXT_BYTES
    if kind in {"number", "float"}:
        return Way.PLAIN if _fits_decimal(column) and not pt.is_string(wanted) else Way.NUMBER_TEXT
    if kind in _PLAIN:
        return Way.PLAIN
    if kind.endswith("time zone"):
        return Way.ZONED_TEXT
    if kind == "date" or kind.startswith("timestamp"):
        return Way.TIME_TEXT
    return Way.ROWID_TEXT if kind == "rowid" else None


def expression(way: Way, column: ColumnElement[Any], source: SourceColumn) -> ColumnElement[Any]:
    """Return the SQL expression that carries a column."""
    match way:
        case Way.PLAIN:
            return column
        case Way.TEXT_BYTES:
            return func.utl_raw.cast_to_raw(column)
        case Way.NUMBER_TEXT:
            # TM9: all digits, however many; a point, whatever the session's habits.
            return func.to_char(column, _text("TM9"), _text("NLS_NUMERIC_CHARACTERS=''.,''"))
        case Way.TIME_TEXT:
            return _signed(column, source)
        case Way.ZONED_TEXT:
            local = column.op("AT TIME ZONE")(literal_column("SESSIONTIMEZONE"))
            return _signed(local, source)
        case Way.ROWID_TEXT:
            return func.rowidtochar(column)


def _signed(column: ColumnElement[Any], source: SourceColumn) -> ColumnElement[Any]:
    """Return a time as text, to its last digit; a year before Christ has its sign.

    The sign's place is a blank in all other years, which is taken away.
    """
    digits = 0 if source.type_name == "date" else source.precision
    digits = _NANOSECONDS if digits is None else digits
    fraction = f".FF{digits}" if digits else ""
    return func.ltrim(moment_text(column, f"SYYYY-MM-DD HH24:MI:SS{fraction}"))


def cuttable(
    column: ColumnElement[Any], source: SourceColumn, texts: Texts
) -> ColumnElement[Any] | None:
    """Return what shows a value by which a table may be cut; None where none is exact.

    TIMESTAMP is none: the drivers bind a date-time as DATE, without its fraction.
    """
    kind = source.type_name
    if kind == "number" and source.scale == 0:
        return expression(Way.NUMBER_TEXT, column, source)
    if kind in {"varchar2", "varchar", "char"} and texts.charset is None:
        return column
    return column if kind == "date" else None


def cut_bound(source: SourceColumn, value: Any) -> Bound | None:
    """Return a value that `cuttable` showed as an exact bound."""
    if source.type_name == "number":
        return windows.number(int(value))
    return exact_text(value) if isinstance(value, str) else bound_of(value)


def moment_text(column: ColumnElement[Any], picture: str) -> ColumnElement[Any]:
    """Return a time as text in Oracle's picture."""
    return func.to_char(column, _text(picture))


def _fits_decimal(column: SourceColumn) -> bool:
    if column.type_name != "number" or column.precision is None or column.scale is None:
        return False
    return column.precision <= _DIGITS and 0 <= column.scale <= column.precision


def _text(text: str) -> ColumnElement[Any]:
    return literal_column(f"'{text}'")
