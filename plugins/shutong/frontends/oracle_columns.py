"""How each Oracle column is carried exactly (Oracle 字段传输方式).

python-oracledb hands over NUMBER(p,s) as an Arrow decimal. A NUMBER without precision would
become a double and lose digits, and a TIMESTAMP(9) its last three: such columns come as text.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import pyarrow as pa
import pyarrow.types as pt
from sqlalchemy import ColumnElement, func, literal_column

from shutong.frontends.ports import SourceColumn

_PLAIN: Final = frozenset(
    {"varchar2", "nvarchar2", "char", "nchar", "clob", "nclob", "blob", "raw", "date",
     "binary_float", "binary_double", "varchar"}
)  # fmt: skip
_DIGITS: Final = 38
_MICROSECONDS: Final = 6


class Way(StrEnum):
    """How a column is carried (传输方式)."""

    PLAIN = "as it is"
    NUMBER_TEXT = "number as text"
    TIME_TEXT = "time as text"
    ZONED_TEXT = "zoned time as text in the front-end's zone"
    ROWID_TEXT = "row id as text"


def way_of(column: SourceColumn, wanted: pa.DataType) -> Way | None:
    """Return how a column is carried for an item of type `wanted`; None when it cannot be."""
    kind = column.type_name
    if kind in {"number", "float"}:
        return Way.PLAIN if _fits_decimal(column) and not pt.is_string(wanted) else Way.NUMBER_TEXT
    if kind == "date" and pt.is_string(wanted):
        return Way.TIME_TEXT
    if kind in _PLAIN:
        return Way.PLAIN
    if kind.endswith("time zone"):
        return Way.ZONED_TEXT
    if kind.startswith("timestamp"):
        exact = (column.precision or 0) <= _MICROSECONDS and not pt.is_string(wanted)
        return Way.PLAIN if exact else Way.TIME_TEXT
    if kind == "rowid":
        return Way.ROWID_TEXT
    return None


def expression(way: Way, column: ColumnElement[Any], source: SourceColumn) -> ColumnElement[Any]:
    """Return the SQL expression that carries a column."""
    match way:
        case Way.PLAIN:
            return column
        case Way.NUMBER_TEXT:
            # TM9: all digits, however many; a point, whatever the session's habits.
            return func.to_char(column, _text("TM9"), _text("NLS_NUMERIC_CHARACTERS=''.,''"))
        case Way.TIME_TEXT:
            fraction = "" if source.type_name == "date" else ".FF9"
            return moment_text(column, f"YYYY-MM-DD HH24:MI:SS{fraction}")
        case Way.ZONED_TEXT:
            local = column.op("AT TIME ZONE")(literal_column("SESSIONTIMEZONE"))
            return moment_text(local, "YYYY-MM-DD HH24:MI:SS.FF9")
        case Way.ROWID_TEXT:
            return func.rowidtochar(column)


def moment_text(column: ColumnElement[Any], picture: str) -> ColumnElement[Any]:
    """Return a time as text in Oracle's picture."""
    return func.to_char(column, _text(picture))


def _fits_decimal(column: SourceColumn) -> bool:
    if column.type_name != "number" or column.precision is None or column.scale is None:
        return False
    return column.precision <= _DIGITS and 0 <= column.scale <= column.precision


def _text(text: str) -> ColumnElement[Any]:
    return literal_column(f"'{text}'")
