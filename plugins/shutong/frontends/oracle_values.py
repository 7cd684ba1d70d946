"""Values of filters, windows and keys as Oracle compares them (Oracle 取值), and cursor values.

The drivers bind a text as VARCHAR2, which never equals a CHAR filled up with blanks, and a
date-time without its fraction of a second. An expression around the column would keep its index
from serving: it is the value that is given another form.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
from sqlalchemy import ColumnElement, LargeBinary, bindparam, cast, func, literal_column
from sqlalchemy.dialects.oracle import DATE
from sqlalchemy.types import UserDefinedType

from shutong import windows
from shutong.errors import ShutongError
from shutong.frontends.oracle_columns import Way, expression, way_of
from shutong.frontends.oracle_texts import PADDED, Texts
from shutong.frontends.ports import Query, SourceColumn
from shutong.frontends.select import Keyed, Source, Value, bound_value
from shutong.frontends.values import bound_of
from shutong.model import Bound

_CHAR_LIMIT: Final = 500
"""Characters that a CHAR holds in any charset."""
_MICROSECOND_PLACES: Final = 6


class _Char(UserDefinedType[Any]):
    """CHAR of so many characters or bytes: CHARs are compared with their blanks made even."""

    cache_ok = True

    def __init__(self, length: int, unit: str) -> None:
        self.length = length
        self.unit = unit

    def get_col_spec(self, **_: Any) -> str:
        """Return the type's name in SQL."""
        return f"CHAR({self.length} {self.unit})"


def value_maker(texts: Texts, late: ShutongError) -> Value:
    """Return how values of filters and windows become parameters.

    Raises `late` for a text that the database's declared charset lacks.
    """

    def value(given: Any, column: SourceColumn) -> ColumnElement[Any]:
        if isinstance(given, datetime):
            return _moment(given, column)
        if not isinstance(given, str):
            return bound_value(given)
        if not texts.drawn_as_bytes(column):
            return _even(bound_value(given), len(given), "CHAR", column)
        try:
            return _bytes(given.encode(texts.charset or "ascii"), column)
        except UnicodeEncodeError:
            raise late from None

    return value


def key_maker(query: Query, source: Source, wanted: pa.Schema, texts: Texts) -> Keyed:
    """Return how columns and values of theirs that were drawn are compared."""
    ways = {
        source.described(name).name: way_of(source.described(name), wanted.field(item).type, texts)
        for item, name in query.columns
    }

    def keyed(
        described: SourceColumn, column: ColumnElement[Any], given: Any
    ) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        match ways[described.name], given:
            case Way.TEXT_BYTES, bytes():
                return column, _bytes(given, described)
            case Way.NUMBER_TEXT, str():
                return column, bound_value(Decimal(given))
            case (Way.TIME_TEXT | Way.ZONED_TEXT) as way, str():
                return expression(way, column, described), bound_value(given)
            case _, str():
                return column, _even(bound_value(given), len(given), "CHAR", described)
        return column, bound_value(given)

    return keyed


def shown(column: ColumnElement[Any], source: SourceColumn) -> ColumnElement[Any]:
    """Return the expression that shows a cursor value: times to their last digit, as text."""
    kind = source.type_name
    if kind.endswith("time zone"):
        return expression(Way.ZONED_TEXT, column, source)
    if kind == "date" or kind.startswith("timestamp"):
        return expression(Way.TIME_TEXT, column, source)
    return expression(Way.NUMBER_TEXT, column, source) if kind == "number" else column


def cursor_bound(column: SourceColumn, value: Any) -> Bound | None:
    """Return a shown cursor value as a bound; None for none, and for a year before Christ."""
    if not isinstance(value, str):
        return bound_of(value)
    kind = column.type_name
    try:
        if kind == "date" or kind.startswith("timestamp"):
            return windows.moment(datetime.fromisoformat(value))
        if kind == "number" and Decimal(value) == int(Decimal(value)):
            return windows.number(int(Decimal(value)))
    except ValueError:
        return None
    return Bound(kind="text", text=value)


def exact(column: SourceColumn, value: Any) -> bool:
    """Say whether the bound of a shown cursor value is that value to its last digit."""
    timed = column.type_name.startswith("timestamp") and isinstance(value, str)
    fraction = value.partition(".")[2] if timed else ""
    return not fraction[_MICROSECOND_PLACES:].strip("0")


def _moment(given: datetime, column: SourceColumn) -> ColumnElement[Any]:
    """Return a date-time; beside a DATE its fraction is the next second: nothing lies between."""
    if given.microsecond and column.type_name == "date":
        given = given.replace(microsecond=0) + timedelta(seconds=1)
    if not given.microsecond:
        return cast(bound_value(given), DATE)
    picture: ColumnElement[Any] = literal_column("'YYYY-MM-DD HH24:MI:SS.FF6'")
    return func.to_timestamp(bound_value(given.isoformat(" ", "microseconds")), picture)


def _bytes(given: bytes, column: SourceColumn) -> ColumnElement[Any]:
    raw = bindparam(None, given, unique=True, type_=LargeBinary)
    return _even(func.utl_raw.cast_to_varchar2(raw), len(given), "BYTE", column)


def _even(
    value: ColumnElement[Any], length: int, unit: str, column: SourceColumn
) -> ColumnElement[Any]:
    """Return a text as a CHAR of its own length, for a column filled up with blanks."""
    if column.type_name not in PADDED or not 0 < length <= _CHAR_LIMIT:
        return value
    return cast(value, _Char(length, unit))
