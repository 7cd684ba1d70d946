"""Where a table is cut into key ranges (分片切点): found by the database's own order and index.

Each step walks so many rows on in the column's index and asks for the value there. Values are
compared by the database alone: what is greater for a collation, Python does not know. A cut is
always greater than the one before it in that order, so the ranges between them tile the table,
whatever ORDER BY makes of it; that only decides how many rows a range has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, func, literal_column, select

from shutong.frontends.faults import Faults
from shutong.frontends.ports import KeyRange, Query, SourceColumn
from shutong.frontends.select import Source, Value, bound_value
from shutong.model import Bound
from shutong.windows import value_of

_REPLACED: Final = "?\ufffd¿"
"""What databases and drivers put in place of a character that they cannot turn."""

Ask = Callable[[Select[Any]], Sequence[Any]]
"""Returns the rows of a statement."""


def source_to_cut(
    query: Query, column: str, described: Sequence[SourceColumn], faults: Faults
) -> Source:
    """Return the query's table with the column; SourceMismatch where it has none such."""
    plain = Query(query.schema, query.table, columns=())
    return Source(replace(plain, within=KeyRange(column, None, None)), described, faults)


def cut(
    source: Source,
    name: str,
    rows: int,
    *,
    ask: Ask,
    bound: Callable[[Any], Bound | None],
    value: Value = bound_value,
    shown: ColumnElement[Any] | None = None,
) -> tuple[Bound, ...]:
    """Return the values at which a column is cut into ranges of about `rows` rows.

    `shown` is the expression that shows a value exactly, where the column itself does not.
    A value on more rows is in one range. From a value without an exact bound on, the rest is
    one range too.
    """
    cuts: list[Bound] = []
    shown = source.column(name) if shown is None else shown
    while True:
        low = value(value_of(cuts[-1])) if cuts else None
        found = ask(ahead(source, name, low, rows, shown))
        if found and not int(found[0][1]):
            found = ask(beyond(source, name, low, shown))
        if not found or found[0][0] is None:
            return tuple(cuts)
        at = bound(found[0][0])
        if at is None or at in cuts[-1:]:
            return tuple(cuts)
        cuts.append(at)


def ahead(
    source: Source, name: str, low: ColumnElement[Any] | None, rows: int, shown: ColumnElement[Any]
) -> Select[Any]:
    """Return what asks for the value `rows` rows on, and whether it is greater than `low`."""
    column, floor = source.column(name), _floor(source, name, low)
    greater: ColumnElement[int] = case(
        (column > floor, literal_column("1")), else_=literal_column("0")
    )
    return (
        select(shown.label("c0"), greater.label("c1"))
        .where(column >= floor)
        .order_by(column)
        .limit(literal_column("1"))
        .offset(literal_column(str(rows)))
    )


def beyond(
    source: Source, name: str, low: ColumnElement[Any] | None, shown: ColumnElement[Any]
) -> Select[Any]:
    """Return what asks for the next greater value than `low`."""
    column = source.column(name)
    return (
        select(shown.label("c0"))
        .where(column > _floor(source, name, low))
        .order_by(column)
        .limit(literal_column("1"))
    )


def exact_text(value: str | bytes) -> Bound | None:
    """Return a text as a bound; None where a character of it may have been lost on the way."""
    try:
        text = value.decode() if isinstance(value, bytes) else value
    except UnicodeDecodeError:
        return None
    return None if any(sign in text for sign in _REPLACED) else Bound(kind="text", text=text)


def _floor(source: Source, name: str, low: ColumnElement[Any] | None) -> ColumnElement[Any]:
    if low is not None:
        return low
    smallest = source.table.alias("smallest")
    return select(func.min(smallest.c[source.described(name).name])).scalar_subquery()
