"""Composite cursors in SQL (复合游标): columns that are compared part by part, the first first.

A bound may have fewer parts than the cursor has columns: then all rows that begin alike lie on
the same side of it. Rows of which a part is NULL have no place in the order; the windows leave
them out, as they do rows without a cursor value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, and_, literal_column, or_, select

from shutong import windows
from shutong.model import Bound

if TYPE_CHECKING:
    from shutong.frontends.ports import SourceColumn
    from shutong.frontends.select import Source

Pairs = Sequence[tuple[ColumnElement[Any], ColumnElement[Any]]]
"""Columns, each with its part of a bound."""


def at_least(pairs: Pairs) -> ColumnElement[bool]:
    """Return the condition that the columns, in their order, are the bound or greater.

    The first column stands by itself too, so that its index serves.
    """
    (column, value), *rest = pairs
    if not rest:
        return column >= value
    return and_(column >= value, or_(column > value, at_least(rest)))


def below(pairs: Pairs) -> ColumnElement[bool]:
    """Return the condition that the columns, in their order, are less than the bound."""
    (column, value), *rest = pairs
    if not rest:
        return column < value
    return and_(column <= value, or_(column < value, below(rest)))


def largest(
    source: Source,
    shown: Callable[[ColumnElement[Any], SourceColumn], ColumnElement[Any]] | None = None,
) -> Select[Any]:
    """Return what asks for the largest value of a composite cursor; no row where there is none.

    `shown` makes the expression that shows a part's value.
    """
    parts = source.cursor_parts()
    columns = [column if shown is None else shown(column, of) for column, of in parts]
    return (
        select(*(each.label(f"c{i}") for i, each in enumerate(columns)))
        .where(*(column.is_not(None) for column, _ in parts))
        .order_by(*(column.desc() for column, _ in parts))
        .limit(literal_column("1"))
    )


def bound_of_parts(found: Iterable[tuple[Bound | None, bool]]) -> Bound | None:
    """Return the largest value from its parts, each with whether it is exact.

    It ends with the first part that is not: what lies within it has no order for us.
    """
    parts: list[Bound] = []
    for bound, exact in found:
        if bound is None:
            break
        parts.append(bound)
        if not exact:
            break
    return windows.composite(parts) if parts else None
