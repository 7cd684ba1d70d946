"""Values as MySQL compares them (MySQL 取值): literals, keys as they were drawn, cursor values."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, cast, collate, literal
from sqlalchemy.dialects import mysql
from sqlalchemy.types import UserDefinedType

from shutong import windows
from shutong.frontends.cutting import exact_text
from shutong.frontends.mysql_columns import BINARY, COLLATED, INTEGERS, TEXTS
from shutong.frontends.ports import SourceColumn
from shutong.model import Bound


class _Literal(UserDefinedType[Any]):
    """Text that no setting of the session can misread: its bytes, in hexadecimal."""

    cache_ok = True

    def literal_processor(self, dialect: Any) -> Any:
        def render(value: str | bytes) -> str:
            data = value.encode() if isinstance(value, str) else value
            return f"_utf8mb4 X'{data.hex()}'"

        return render


class _Bytes(UserDefinedType[Any]):
    """Bytes that are no text."""

    cache_ok = True

    def literal_processor(self, dialect: Any) -> Any:
        return lambda value: f"X'{value.hex()}'"


def literal_value(value: Any, _column: SourceColumn | None = None) -> ColumnElement[Any]:
    """Return a value as a literal: the text protocol binds no parameters."""
    if isinstance(value, bool | int):
        return literal(int(value))
    text = windows.moment(value).text if isinstance(value, datetime) else str(value)
    return literal(text, _Literal())


def keyed(
    described: SourceColumn, column: ColumnElement[Any], value: Any
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Compare a column with a value as the text protocol gave it: bytes, unless a number."""
    if isinstance(value, bytes):
        return column, literal(value, _Bytes() if described.type_name in BINARY else _Literal())
    return column, literal_value(value)


def by_letter(
    described: SourceColumn, column: ColumnElement[Any], value: Any
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Compare texts by the letter: most collations take "a" and "A" for the same.

    Beside the plain comparison, which finds its rows by an index.
    """
    plain, wanted = keyed(described, column, value)
    if described.type_name in TEXTS:
        return collate(cast(column, mysql.CHAR(charset="utf8mb4")), "utf8mb4_bin"), wanted
    return plain, wanted


def bound_of_text(column: SourceColumn, text: str | None) -> Bound | None:
    """Return a cursor value as a bound; None for no rows, and for 0000-00-00."""
    if text is None:
        return None
    try:
        match column.type_name:
            case "date":
                return windows.day(date.fromisoformat(text))
            case "datetime" | "timestamp":
                return windows.moment(datetime.fromisoformat(text))
            case "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year" | "decimal":
                return windows.number(int(text))
    except ValueError:
        return None
    return Bound(kind="text", text=text)


def is_cut(column: SourceColumn) -> bool:
    """Say whether a value of the column is exact as a literal and compared as it is ordered."""
    kind = column.type_name
    if kind == "decimal":
        return column.scale == 0
    return kind in INTEGERS or kind in COLLATED or kind in {"date", "datetime", "timestamp"}


def cut_bound(column: SourceColumn, text: str) -> Bound | None:
    """Return a value by which a table is cut as an exact bound."""
    return exact_text(text) if column.type_name in COLLATED else bound_of_text(column, text)
