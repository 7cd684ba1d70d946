"""How a resource is drawn from its front-end machine (归集方式声明): table, cursor, filters."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag, field_validator

from shutong.catalog.declaring import Code, Declaration, Identifier, ItemName
from shutong.model import LoadMode


class CompositeCursor(Declaration):
    """Columns that are compared part by part, the first first (复合游标).

    The first is a date-time, a date or a whole number, the others are whole numbers: a day and
    its running number, a year and its running number.
    """

    composite: tuple[Identifier, ...] = Field(min_length=2, max_length=8)

    @field_validator("composite")
    @classmethod
    def _different(cls, columns: tuple[str, ...]) -> tuple[str, ...]:
        if len({name.casefold() for name in columns}) < len(columns):
            raise ValueError("同一列写了两次 / a column is named twice")
        return columns


def _cursor_form(value: Any) -> str:
    if isinstance(value, dict | CompositeCursor):
        return "[composite]"
    return "[columns]" if isinstance(value, list | tuple) else "[column]"


Cursor = Annotated[
    Annotated[Identifier, Tag("[column]")]
    | Annotated[
        Annotated[tuple[Identifier, ...], Field(min_length=2, max_length=8)], Tag("[columns]")
    ]
    | Annotated[CompositeCursor, Tag("[composite]")],
    Discriminator(_cursor_form),
]
"""Column by which changes are found; columns of which the first that has a value counts; or
columns that are compared part by part."""


class Operator(StrEnum):
    """Comparison of a row filter (比较符)."""

    EQUAL = "="
    NOT_EQUAL = "<>"
    LESS = "<"
    LESS_EQUAL = "<="
    GREATER = ">"
    GREATER_EQUAL = ">="
    IN = "in"
    IS_NULL = "is_null"
    NOT_NULL = "not_null"


class RowFilter(Declaration):
    """A structured row filter (行过滤): column, operator, bound value; never SQL text."""

    column: Identifier
    operator: Operator
    value: str | int | tuple[str | int, ...] | None = None


class DriftPolicy(StrEnum):
    """What becomes of a resource whose source table was changed (结构变更策略)."""

    REFUSE = "refuse"
    """拒绝: nothing is read until a person has looked at it."""
    EVOLVE = "evolve"
    """跟随: goes on where nothing can be lost, refuses otherwise."""


class Comparison(Declaration):
    """Periodic comparison of keys with the source (主键比对), for loads that draw changes only."""

    every_days: int | None = Field(default=7, ge=1, le=366)
    """Days between two comparisons; None for never, and then deleted rows stay."""
    vanished_share: float = Field(default=0.01, ge=0, le=1)
    """Largest share of the resource's rows that one comparison takes away."""
    vanished_rows: int = Field(default=10, ge=0)
    """So many rows may vanish whatever the share: of small tables one is much."""


class Source(Declaration):
    """How a resource is drawn from its front-end machine (归集方式)."""

    front_end: Code
    db_schema: Identifier | None = None
    table: Identifier
    drift: DriftPolicy = DriftPolicy.REFUSE
    """What to do when the source table's columns were changed."""
    columns: dict[ItemName, Identifier] = Field(min_length=1)
    """Column of the source table for each item of the dataset."""
    filters: tuple[RowFilter, ...] = ()
    load: LoadMode
    cursor: Cursor | None = None
    """Column that grows with each change (merge) or row (append); of several columns the first
    that has a value counts, as for rows that were never changed since they were made. Columns
    that grow only together, such as a day and its running number, are `composite`."""
    overlap_seconds: int = Field(default=600, ge=0, le=31 * 86400)
    """A date-time window begins so much before the last one's end, for late commits."""
    overlap_numbers: int = Field(default=1_000, ge=0, le=10**9)
    """A window of an integer cursor begins so many numbers before, for late commits."""

    comparison: Comparison = Comparison()
    """How rows are found that vanished at the source, or that no window drew."""

    @property
    def cursor_columns(self) -> tuple[str, ...]:
        """Columns of the cursor; none without a cursor."""
        return columns_of(self.cursor)


def columns_of(cursor: Cursor | None) -> tuple[str, ...]:
    """Return a cursor's columns; none without a cursor."""
    if cursor is None:
        return ()
    if isinstance(cursor, CompositeCursor):
        return cursor.composite
    return (cursor,) if isinstance(cursor, str) else cursor
