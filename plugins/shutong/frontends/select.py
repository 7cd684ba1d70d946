"""SQL for the front-end machines (取数语句), built with SQLAlchemy Core.

Names are checked against the catalog's pattern and quoted by the dialect; values are bound
parameters. Nothing from the catalog becomes SQL text. Result columns are called c0, c1, …
by position, so that no database's limit on names matters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    MetaData,
    Select,
    Table,
    and_,
    bindparam,
    func,
    or_,
    quoted_name,
    select,
)

from shutong.catalog.models import Identifier, Operator, RowFilter, columns_of
from shutong.errors import CatalogFaulty, Text
from shutong.frontends.faults import Faults
from shutong.frontends.ports import Among, KeyRange, Query, SourceColumn
from shutong.windows import value_of

COUNT: Final = "_rows"
"""Result column with the source's own count."""
_IDENTIFIER: Final = TypeAdapter(Identifier)

Value = Callable[[Any], ColumnElement[Any]]
"""Makes the expression that stands for a value: a bound parameter, or a literal."""
Keyed = Callable[
    [SourceColumn, ColumnElement[Any], Any], tuple[ColumnElement[Any], ColumnElement[Any]]
]
"""Makes the two sides on which a column and a drawn value of it are compared."""


def bound_value(value: Any) -> ColumnElement[Any]:
    """Return a bound parameter."""
    return bindparam(None, value, unique=True)


class Source:
    """A source table with the query's columns as the database spells them (源表).

    Raises CatalogFaulty for a name that is no identifier, SourceMismatch for columns that
    the table does not have. A column is found by its exact name, or else by the only one
    that differs in capitals: Oracle answers in capitals, PostgreSQL in small letters.
    """

    def __init__(self, query: Query, described: Sequence[SourceColumn], faults: Faults) -> None:
        self.query = query
        self._by_name = {column.name: column for column in described}
        self._check(described, faults)
        self.table: Table = table_of(query.schema, query.table, [c.name for c in described])

    def described(self, name: str) -> SourceColumn:
        """Return what the database says of a column of the query."""
        return self._by_name[self._spelled(name) or name]

    def column(self, name: str) -> Column[Any]:
        """Return a column of the query for use in an expression."""
        return self.table.c[self.described(name).name]

    def cursor(self) -> ColumnElement[Any]:
        """Return the cursor: a column, or the first of several that has a value."""
        columns = [self.column(name) for name in columns_of(self.query.cursor)]
        return columns[0] if len(columns) == 1 else func.coalesce(*columns)

    def cursor_column(self) -> SourceColumn:
        """Return what the database says of the cursor's first column."""
        return self.described(columns_of(self.query.cursor)[0])

    def conditions(self, value: Value = bound_value, *keyed: Keyed) -> list[ColumnElement[bool]]:
        """Return filters, window [low, high), key range and keys as conditions.

        `keyed` says how a column and a value of it that was drawn are compared; where there are
        several ways, all must hold.
        """
        query = self.query
        found = [_condition(self.column(f.column), f, value) for f in query.filters]
        if query.cursor is not None and query.low is not None:
            found.append(self.cursor() >= value(value_of(query.low)))
        if query.cursor is not None and query.high is not None:
            found.append(self.cursor() < value(value_of(query.high)))
        if query.placed is not None and query.cursor is not None:
            cursor = self.cursor()
            found.append(cursor.is_not(None) if query.placed else cursor.is_(None))
        if query.within is not None:
            found += self._within(query.within, value)
        if query.among is not None:
            found += [self._among(query.among, way) for way in keyed or (_plainly,)]
        return found

    def _within(self, part: KeyRange, value: Value) -> list[ColumnElement[bool]]:
        column = self.column(part.column)
        found = []
        if part.low is not None:
            found.append(column >= value(value_of(part.low)))
        if part.high is not None:
            below = column < value(value_of(part.high))
            found.append(below if part.low is not None else or_(below, column.is_(None)))
        return found

    def _among(self, among: Among, keyed: Keyed) -> ColumnElement[bool]:
        pairs = [
            [keyed(self.described(name), self.column(name), each) for each in values]
            for name, values in zip(among.columns, zip(*among.rows, strict=True), strict=True)
        ]
        left = [column[0][0] for column in pairs]
        keys = list(zip(*([each for _, each in column] for column in pairs), strict=True))
        if len(left) == 1:
            return left[0].in_([key[0] for key in keys])
        return or_(*(and_(*(a == b for a, b in zip(left, key, strict=True))) for key in keys))

    def _check(self, described: Sequence[SourceColumn], faults: Faults) -> None:
        query = self.query
        names = [column for _, column in query.columns]
        names += [f.column for f in query.filters]
        names += columns_of(query.cursor)
        names += query.among.columns if query.among is not None else ()
        names += [query.within.column] if query.within is not None else []
        for name in names:
            check_identifier(name)
        missing = dict.fromkeys(name for name in names if self._spelled(name) is None)
        if missing:
            raise faults.no_columns(query.table, missing, [c.name for c in described])

    def _spelled(self, name: str) -> str | None:
        if name in self._by_name:
            return name
        alike = [there for there in self._by_name if there.casefold() == name.casefold()]
        return alike[0] if len(alike) == 1 else None


def _plainly(
    _described: SourceColumn, column: ColumnElement[Any], value: Any
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return column, bound_value(value)


def check_identifier(name: str) -> None:
    """Raise CatalogFaulty for a name that the catalog's pattern does not allow."""
    try:
        _IDENTIFIER.validate_python(name)
    except ValidationError:
        raise CatalogFaulty(
            Text(f"{name!r} 不是合法的表名或字段名", f"{name!r} is no name of a table or column"),
            next_step=Text(
                "只能含字母、汉字、数字与 _ $ #, 且不以数字开头",
                "use letters, digits, _ $ and #, and do not begin with a digit",
            ),
        ) from None


def table_of(schema: str | None, table: str, columns: Sequence[str]) -> Table:
    """Return a table whose names are always quoted."""
    for name in [table] + ([schema] if schema is not None else []):
        check_identifier(name)
    return Table(
        quoted_name(table, quote=True),
        MetaData(),
        *(Column(quoted_name(name, quote=True)) for name in columns),
        schema=quoted_name(schema, quote=True) if schema is not None else None,
    )


def rows_of(
    columns: Sequence[ColumnElement[Any]], conditions: Sequence[ColumnElement[bool]]
) -> Select[Any]:
    """Return the statement that draws rows, as c0, c1, …."""
    return select(*_labelled(columns)).where(*conditions)


def count_of(table: FromClause, conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """Return the statement that counts the rows `rows_of` would draw."""
    return select(func.count().label(COUNT)).select_from(table).where(*conditions)


def rows_with_count(
    table: FromClause,
    columns: Sequence[ColumnElement[Any]],
    conditions: Sequence[ColumnElement[bool]],
) -> Select[Any]:
    """Return one statement with rows and, in each of them, how many there are.

    One statement is one read snapshot, and a result that breaks off is noticed. The database
    counts once. (A closing row by UNION ALL costs MariaDB two thirds more processor time for
    the whole result.) Without rows there is no count either.
    """
    counted = count_of(table, conditions).correlate(None).scalar_subquery()
    return select(*_labelled(columns), counted.label(COUNT)).where(*conditions)


def _labelled(columns: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    return [column.label(f"c{i}") for i, column in enumerate(columns)]


def _condition(column: ColumnElement[Any], row: RowFilter, value: Value) -> ColumnElement[bool]:
    wanted = row.value
    match row.operator:
        case Operator.IS_NULL:
            return column.is_(None)
        case Operator.NOT_NULL:
            return column.is_not(None)
        case Operator.IN if isinstance(wanted, tuple) and wanted:
            return column.in_([value(each) for each in wanted])
        case Operator.IN:
            raise _faulty(row)
    if wanted is None or isinstance(wanted, tuple):
        raise _faulty(row)
    return column.op(row.operator.value, is_comparison=True)(value(wanted))


def _faulty(row: RowFilter) -> CatalogFaulty:
    return CatalogFaulty(
        Text(
            f"字段 {row.column} 的过滤条件 {row.operator} 缺值或值的个数不对",
            f"the filter {row.operator} on column {row.column} has no fitting value",
        ),
        next_step=Text(
            "in 用列表, 其他比较用一个值", "give a list to in, one value to other comparisons"
        ),
    )
