"""Front-end machines that SQLAlchemy reaches (通用读取器): SQLite, PostgreSQL, KingbaseES.

Values travel as their exact text (bytes stay bytes), because a SQLite cell may hold any type
and PostgreSQL's numbers and dates go beyond Python's. Fitting reads the texts. Count and rows
come from one transaction with one read snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any, Final

import pyarrow as pa
from sqlalchemy import ColumnElement, Connection, Engine, Select, func, select
from sqlalchemy.exc import SQLAlchemyError

from shutong.catalog.models import FrontEnd, FrontEndKind
from shutong.errors import ShutongError, Text
from shutong.fitting import field_in
from shutong.frontends.columns import batch_of
from shutong.frontends.counted import CountedDrawing
from shutong.frontends.cutting import cut, source_to_cut
from shutong.frontends.dialects import Dialect
from shutong.frontends.endpoints import Endpoint
from shutong.frontends.explaining import AS_STORED, explained, text_way
from shutong.frontends.faults import Faults
from shutong.frontends.ports import Explained, Query, SourceClock, SourceColumn
from shutong.frontends.postgresql import Postgresql
from shutong.frontends.select import (
    Source,
    bound_value,
    check_identifier,
    count_of,
    rows_of,
)
from shutong.frontends.sqlite import Sqlite
from shutong.model import Bound

_BATCH: Final = 8_192
"""Rows fetched at once: what stays in the processor's cache is a third faster."""


class GenericReader:
    """Reads one table at a time over a SQLAlchemy connection (通用读取器)."""

    def __init__(self, front_end: FrontEnd, endpoint: Endpoint) -> None:
        self._faults = Faults(front_end, endpoint)
        self._dialect: Dialect
        if front_end.kind is FrontEndKind.SQLITE:
            self._dialect = Sqlite(front_end, endpoint, self._faults)
        else:
            self._dialect = Postgresql(front_end, endpoint, self._faults)
        self._engine: Engine | None = None
        with self._translated("?"):
            self._engine = self._dialect.engine()
            self._connection = self._engine.connect()
            self._dialect.prepare(self._connection)

    def describe(self, schema: str | None, table: str) -> tuple[SourceColumn, ...]:
        """Return the table's columns; SourceMismatch when there is no such table."""
        for name in [table] + ([schema] if schema is not None else []):
            check_identifier(name)
        with self._translated(table):
            columns = self._dialect.describe(self._connection, schema, table)
            self._connection.rollback()
        if not columns:
            raise self._faults.no_table(table)
        return columns

    def clock(self, query: Query) -> SourceClock:
        """Return the machine's wall clock and the cursor's largest value."""
        largest = None
        source = None
        if query.cursor is not None:
            source = Source(query, self.describe(query.schema, query.table), self._faults)
        with self._translated(query.table):
            now = self._dialect.now(self._connection)
            if source is not None and query.cursor is not None:
                column = source.cursor_column()
                shown = self._dialect.shown(func.max(source.cursor()), column)
                value = self._connection.execute(select(shown)).scalar()
                largest = self._dialect.bound(column, value)
            self._connection.rollback()
        return SourceClock(now, largest)

    def draw(self, query: Query, wanted: pa.Schema) -> CountedDrawing:
        """Begin to draw; SourceMismatch for columns that are missing or cannot be carried."""
        source = Source(query, self.describe(query.schema, query.table), self._faults)
        expressions, fields = [], []
        for item, name in query.columns:
            column, kind = source.described(name), wanted.field(item).type
            if not self._dialect.carries(column, kind):
                raise self._faults.not_carried(query.table, column.name, column.type_name)
            expressions.append(self._dialect.carried(source.column(name), column, kind))
            fields.append(field_in(item, self._dialect.charset(column)))
        with self._translated(query.table):
            value = self._dialect.value_maker(self._connection, source)
        kinds = {
            source.described(name).name: wanted.field(item).type for item, name in query.columns
        }

        def keyed(
            described: SourceColumn, column: ColumnElement[Any], given: Any
        ) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
            """Compare a column as it is carried with a value as it came."""
            text = given.decode() if isinstance(given, bytes) else given
            shown = self._dialect.carried(column, described, kinds[described.name])
            return shown, bound_value(text)

        conditions = source.conditions(value, keyed)
        rows = GenericRows(
            self._connection,
            self._dialect,
            rows=rows_of(expressions, conditions),
            count=count_of(source.table, conditions),
            schema=pa.schema(fields),
            translated=lambda: self._translated(query.table),
        )
        return CountedDrawing(rows, self._faults, f"{self._dialect.name}: SQLAlchemy, exact text")

    def cuts(self, query: Query, column: str, rows: int) -> tuple[Bound, ...]:
        """Return where a column is cut into ranges of about `rows` rows."""
        described = self.describe(query.schema, query.table)
        source = source_to_cut(query, column, described, self._faults)
        by, dialect = source.described(column), self._dialect
        shown = dialect.cuttable(source.column(column), by)
        if shown is None:
            return ()
        with self._translated(query.table):
            try:
                return cut(
                    source,
                    column,
                    rows,
                    value=dialect.value_maker(self._connection, source),
                    shown=shown,
                    ask=lambda statement: self._connection.execute(statement).all(),
                    bound=lambda value: dialect.cut_bound(by, value),
                )
            finally:
                self._connection.rollback()

    def explain(self, query: Query, wanted: pa.Schema) -> tuple[Explained, ...]:
        """Tell how each item would be carried, without reading a row."""
        described = self.describe(query.schema, query.table)
        stored = isinstance(self._dialect, Sqlite)

        def way_of(column: SourceColumn, kind: pa.DataType) -> Text | None:
            if not self._dialect.carries(column, kind):
                return None
            return AS_STORED if stored else text_way(column, kind)

        return explained(query, described, wanted, way_of, binding=not stored)

    def writable(self, query: Query) -> tuple[str, ...]:
        """Return the rights to write that the account has on the query's table; none is good."""
        columns = self.describe(query.schema, query.table)
        with self._translated(query.table):
            return self._dialect.writable(
                self._connection, query.schema, query.table, columns[0].name
            )

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()
        if self._engine is not None:
            self._engine.dispose()

    @contextmanager
    def _translated(self, table: str) -> Iterator[None]:
        """Turn a driver's error into ours, without its text: that may hold values or secrets."""
        try:
            yield
        except ShutongError:
            raise
        except ModuleNotFoundError as exc:
            raise self._dialect.no_driver(exc.name or "?") from None
        except self._errors() as exc:
            raise self._dialect.fault(exc, table) from None

    def _errors(self) -> tuple[type[Exception], ...]:
        """Return what the driver and SQLAlchemy raise."""
        driver = self._engine.dialect.loaded_dbapi.Error if self._engine else SQLAlchemyError
        return (SQLAlchemyError, driver)


class GenericRows:
    """Rows of one transaction over SQLAlchemy (通用读快照)."""

    def __init__(
        self,
        connection: Connection,
        dialect: Dialect,
        *,
        rows: Select[Any],
        count: Select[Any],
        schema: pa.Schema,
        translated: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._connection = connection
        self._dialect = dialect
        self._rows = rows
        self._count = count
        self._schema = schema
        self._translated = translated
        self._counted = 0

    def batches(self) -> Generator[pa.RecordBatch, None, None]:
        """Open the snapshot, count, and yield the rows as bytes."""
        with self._translated():
            self._dialect.begin(self._connection)
            self._counted = int(self._connection.execute(self._count).scalar_one())
            with closing(self._dialect.fetch(self._connection, self._rows, _BATCH)) as fetched:
                for rows in fetched:
                    yield batch_of(rows, self._schema)

    def counted(self) -> int:
        """Return the source's count in the same transaction."""
        return self._counted

    def end(self) -> None:
        """Close the snapshot."""
        with self._translated():
            self._dialect.end(self._connection)
