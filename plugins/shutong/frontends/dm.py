"""DM front-end machines (达梦前置机), over dmPython, an optional extra.

DM speaks Oracle's SQL. Count and rows come from one statement, so from one read snapshot.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any, Final

import pyarrow as pa
from sqlalchemy import Select, func, select
from sqlalchemy.engine.default import DefaultDialect

from shutong.catalog.models import FrontEnd
from shutong.frontends.cursors import bound_of_parts, largest
from shutong.frontends.cutting import cut, source_to_cut
from shutong.frontends.dm_columns import PADDED, carried, cut_bound, is_cut, way_of
from shutong.frontends.dm_drawing import DmDrawing
from shutong.frontends.dm_faults import LOST, NOT_GRANTED, code_of, fault_of
from shutong.frontends.dm_values import key_maker, value
from shutong.frontends.endpoints import Endpoint
from shutong.frontends.explaining import explained
from shutong.frontends.faults import Faults
from shutong.frontends.ports import Explained, Query, SourceClock, SourceColumn
from shutong.frontends.probing import attempts
from shutong.frontends.select import Source, check_identifier, count_of, rows_with_count
from shutong.frontends.values import bound_of
from shutong.model import Bound

_PORT: Final = 5236
_BATCH: Final = 8_192
_MICROSECONDS: Final = 6
"""Digits of a second's fraction that the driver hands over."""
_DIALECT: Final = DefaultDialect(paramstyle="qmark")
_DESCRIBE: Final = """
SELECT column_name, data_type, data_length, data_precision, data_scale, nullable
FROM all_tab_columns
WHERE owner = COALESCE(?, SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA')) AND table_name = ?
ORDER BY column_id
"""


def statement_text(statement: Select[Any]) -> tuple[str, tuple[Any, ...]]:
    """Return the SQL of a statement and its bound values, in order."""
    compiled = statement.compile(dialect=_DIALECT)
    return str(compiled), tuple(compiled.params[name] for name in compiled.positiontup or ())


class DmReader:
    """Reads a DM front-end machine (达梦读取器)."""

    def __init__(self, front_end: FrontEnd, endpoint: Endpoint) -> None:
        self._faults = Faults(front_end, endpoint)
        try:
            self._driver = importlib.import_module("dmPython")
        except ImportError:
            raise self._faults.no_driver("dmPython", "dm") from None
        limits = front_end.limits
        with self._translated("?"):
            self._connection = self._driver.connect(
                user=endpoint.login,
                password=endpoint.password.get_secret_value(),
                server=endpoint.host,
                port=endpoint.port or _PORT,
                login_timeout=limits.connect_timeout_seconds,
                connection_timeout=limits.read_timeout_seconds,
            )

    def describe(self, schema: str | None, table: str) -> tuple[SourceColumn, ...]:
        """Return the table's columns; SourceMismatch when there is no such table."""
        for name in [table] + ([schema] if schema is not None else []):
            check_identifier(name)
        rows = self.ask(_DESCRIBE, (schema, table), table)
        if not rows:
            raise self._faults.no_table(table)
        return tuple(
            SourceColumn(
                name, kind.lower(), length=length, precision=digits, scale=scale,
                nullable=nullable == "Y",
            )
            for name, kind, length, digits, scale, nullable in rows
        )  # fmt: skip

    def clock(self, query: Query) -> SourceClock:
        """Return the machine's wall clock and the cursor's largest value."""
        now: datetime = self.ask("SELECT LOCALTIMESTAMP FROM dual", (), query.table)[0][0]
        if query.cursor is None:
            return SourceClock(now, None)
        source = Source(query, self.describe(query.schema, query.table), self._faults)
        if source.composite:
            rows = self.ask(*statement_text(largest(source)), query.table)
            parts = zip(source.cursor_parts(), rows[0] if rows else (), strict=False)
            bounds = ((bound_of(v), (c.scale or 0) <= _MICROSECONDS) for (_, c), v in parts)
            return SourceClock(now, bound_of_parts(bounds))
        statement = statement_text(select(func.max(source.cursor())))
        return SourceClock(now, bound_of(self.ask(*statement, query.table)[0][0]))

    def draw(self, query: Query, wanted: pa.Schema) -> DmDrawing:
        """Begin to draw; SourceMismatch for columns that are missing or cannot be carried."""
        source = Source(query, self.describe(query.schema, query.table), self._faults)
        columns, padded = [], set()
        for item, name in query.columns:
            column = source.described(name)
            if column.type_name in PADDED:
                padded.add(item)
            expression = carried(source.column(name), column, wanted.field(item).type)
            if expression is None:
                raise self._faults.not_carried(query.table, column.name, column.type_name)
            columns.append(expression)
        conditions = source.conditions(value, key_maker(query, source, wanted))
        return DmDrawing(
            self,
            statement_text(rows_with_count(source.table, columns, conditions)),
            statement_text(count_of(source.table, conditions)),
            query,
            frozenset(padded),
        )

    def cuts(self, query: Query, column: str, rows: int) -> tuple[Bound, ...]:
        """Return where a column is cut into ranges of about `rows` rows."""
        described = self.describe(query.schema, query.table)
        source = source_to_cut(query, column, described, self._faults)
        if not is_cut(source.described(column)):
            return ()
        return cut(
            source,
            column,
            rows,
            ask=lambda statement: self.ask(*statement_text(statement), query.table),
            bound=cut_bound,
            value=value,
        )

    def explain(self, query: Query, wanted: pa.Schema) -> tuple[Explained, ...]:
        """Tell how each item would be carried, without reading a row."""
        described = self.describe(query.schema, query.table)
        return explained(query, described, wanted, way_of)

    def writable(self, query: Query) -> tuple[str, ...]:
        """Return the rights to write that the account has on the query's table; none is good."""
        column = self.describe(query.schema, query.table)[0].name
        quote = _DIALECT.identifier_preparer.quote_identifier
        tried = attempts(quote, (query.schema, query.table), column)
        return tuple(right for right, sql in tried.items() if self._allowed(sql, query.table))

    def close(self) -> None:
        """Give the connection back."""
        with self._translated("?"):
            self._connection.close()

    def _allowed(self, sql: str, table: str) -> bool:
        """Say whether a writing that no row fits is allowed; it is taken back in any case."""
        with self._translated(table), closing(self._connection.cursor()) as cursor:
            try:
                cursor.execute(sql)
            except self._driver.Error as exc:
                code = code_of(exc)
                if code in NOT_GRANTED:
                    return False
                if code in LOST:
                    raise
                # Whatever else refused it, a full disk or a view, says nothing of the rights.
                raise self._faults.not_proven(table, f"DM {code or 'error'}") from None
            finally:
                self._connection.rollback()
        return True

    def fetch(self, sql: str, values: tuple[Any, ...], table: str) -> Iterator[Sequence[Any]]:
        """Yield rows, some thousands at a time."""
        with self._translated(table), closing(self._connection.cursor()) as cursor:
            cursor.execute(sql, values)
            while rows := cursor.fetchmany(_BATCH):
                yield rows

    @property
    def faults(self) -> Faults:
        """The errors of this front-end machine."""
        return self._faults

    def ask(self, sql: str, values: tuple[Any, ...], table: str) -> Sequence[Any]:
        """Return all rows of a small answer."""
        return [row for rows in self.fetch(sql, values, table) for row in rows]

    @contextmanager
    def _translated(self, table: str) -> Iterator[None]:
        try:
            yield
        except self._driver.Error as exc:
            raise fault_of(exc, self._faults, table) from None
