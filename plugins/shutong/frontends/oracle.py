"""Oracle front-end machines (Oracle 前置机), over python-oracledb or cx_Oracle.

Thin mode needs no Oracle client; servers before 12.1 need thick mode, by configuration. Count
and rows come from one read-only transaction: Oracle answers all its queries as of one system
change number, without the grants that AS OF SCN asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import oracledb
import pyarrow as pa
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.dialects import oracle
from sqlalchemy.engine import Dialect

from shutong.catalog.models import FrontEnd
from shutong.errors import ShutongError
from shutong.frontends.cutting import cut, source_to_cut
from shutong.frontends.endpoints import Endpoint
from shutong.frontends.explaining import explained, oracle_way
from shutong.frontends.faults import Faults
from shutong.frontends.oracle_columns import cut_bound, cuttable, way_of
from shutong.frontends.oracle_drawing import Carriage, OracleDrawing, Statement, carriage_of
from shutong.frontends.oracle_driver import connected, driver_of, frames, name_of
from shutong.frontends.oracle_faults import fault_of
from shutong.frontends.oracle_probe import rights_to_write
from shutong.frontends.oracle_texts import DATABASE_CHARSET, Texts
from shutong.frontends.ports import Explained, Query, SourceClock, SourceColumn
from shutong.frontends.select import Source, check_identifier, count_of, rows_of
from shutong.frontends.values import bound_of
from shutong.frontends.waiting import within
from shutong.frontends.zones import offset_text
from shutong.model import Bound

_DIALECT: Final[Dialect] = oracle.dialect()  # type: ignore[no-untyped-call]
CUTTING: Final[Dialect] = oracle.dialect(enable_offset_fetch=False)  # type: ignore[no-untyped-call]
"""Takes one row by ROWNUM: servers before 12.1 know no OFFSET."""
_DESCRIBE: Final = """
SELECT owner, table_name, column_name, data_type, char_length, data_precision, data_scale,
       nullable
FROM all_tab_columns
WHERE owner IN (NVL(:schema, SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA')), UPPER(:schema))
  AND table_name IN (:name, UPPER(:name))
ORDER BY CASE WHEN table_name = :name THEN 0 ELSE 1 END,
         CASE WHEN owner = :schema THEN 0 ELSE 1 END, column_id
"""
_CLOCK: Final = "SELECT CAST(SYSTIMESTAMP AT TIME ZONE SESSIONTIMEZONE AS TIMESTAMP) FROM dual"


def statement_text(statement: Select[Any], dialect: Dialect = _DIALECT) -> Statement:
    """Return the SQL of a statement and its bound values."""
    compiled = statement.compile(dialect=dialect)
    return str(compiled), dict(compiled.params)


class OracleReader:
    """Reads an Oracle front-end machine (Oracle 读取器)."""

    def __init__(self, front_end: FrontEnd, endpoint: Endpoint) -> None:
        self._faults = Faults(front_end, endpoint)
        self._charset = front_end.charset
        limits = front_end.limits
        self._driver = driver_of(endpoint)
        seconds, thick = limits.connect_timeout_seconds, front_end.thick_client
        with self._translated("?"):
            self._connection = within(
                seconds,
                lambda: connected(self._driver, endpoint, seconds, thick=thick),
                self._faults.no_answer,
            )
            self._connection.call_timeout = 1000 * min(
                limits.read_timeout_seconds, limits.statement_timeout_seconds
            )
            self._run(f"ALTER SESSION SET TIME_ZONE = '{offset_text(front_end.time_zone)}'")

    def describe(self, schema: str | None, table: str) -> tuple[SourceColumn, ...]:
        """Return the table's columns; SourceMismatch when there is no such table."""
        return self._located(schema, table)[2]

    def clock(self, query: Query) -> SourceClock:
        """Return the machine's wall clock and the cursor's largest value."""
        with self._translated(query.table):
            now: datetime = self._run(_CLOCK)[0][0]
        if query.cursor is None:
            return SourceClock(now, None)
        source = self._source(query)
        sql, values = statement_text(select(func.max(source.cursor())))
        with self._translated(query.table):
            largest = self._run(sql, values)[0][0]
        return SourceClock(now, bound_of(largest))

    def draw(self, query: Query, wanted: pa.Schema) -> OracleDrawing:
        """Begin to draw; SourceMismatch for columns that are missing or cannot be carried."""
        source, texts = self._source(query), self._texts()
        carriages: list[Carriage] = []
        columns: list[ColumnElement[Any]] = []
        for item, name in query.columns:
            column = source.described(name)
            way = way_of(column, wanted.field(item).type, texts)
            if way is None:
                raise self._faults.not_carried(query.table, column.name, column.type_name)
            carriage, parts = carriage_of(item, way, source.column(name), column, texts)
            carriages.append(carriage)
            columns += parts
        conditions = source.conditions(texts.value(self._faults.bad_condition(query.table)))
        return OracleDrawing(
            self,
            carriages,
            rows=statement_text(rows_of(columns, conditions)),
            count=statement_text(count_of(source.table, conditions)),
            table=query.table,
            driver=name_of(self._driver),
        )

    def cuts(self, query: Query, column: str, rows: int) -> tuple[Bound, ...]:
        """Return where a column is cut into ranges of about `rows` rows."""
        owner, table, columns = self._located(query.schema, query.table)
        located = replace(query, schema=owner, table=table)
        source, texts = source_to_cut(located, column, columns, self._faults), self._texts()
        by = source.described(column)
        shown = cuttable(source.column(column), by, texts)
        if shown is None:
            return ()
        with self._translated(query.table):
            return cut(
                source,
                column,
                rows,
                value=texts.value(self._faults.bad_condition(query.table)),
                shown=shown,
                ask=lambda statement: self._run(*statement_text(statement, CUTTING)),
                bound=lambda value: cut_bound(by, value),
            )

    def explain(self, query: Query, wanted: pa.Schema) -> tuple[Explained, ...]:
        """Tell how each item would be carried, without reading a row."""
        described, texts = self.describe(query.schema, query.table), self._texts()
        return explained(
            query, described, wanted, lambda column, kind: oracle_way(column, kind, texts)
        )

    def writable(self, query: Query) -> tuple[str, ...]:
        """Return the rights to write that the account has on the query's table; none is good."""
        owner, table, columns = self._located(query.schema, query.table)
        with self._translated(query.table), self._connection.cursor() as cursor:
            return rights_to_write(cursor.parse, self._run, owner, table, columns[0].name)

    def close(self) -> None:
        """Give the connection back."""
        with self._translated("?"):
            self._connection.close()

    @property
    def faults(self) -> Faults:
        """The errors of this front-end machine."""
        return self._faults

    def snapshot(self, count: Statement, table: str) -> int:
        """Open a read snapshot and return the source's count in it."""
        with self._translated(table):
            self._connection.rollback()
            self._run("SET TRANSACTION READ ONLY")
            return int(self._run(*count)[0][0])

    def batches(self, rows: Statement, table: str) -> Iterator[pa.Table]:
        """Yield rows of the snapshot, exact decimals included."""
        sql, values = rows
        with self._translated(table):
            yield from frames(self._driver, self._connection, sql, values)

    def release(self) -> None:
        """Close the read snapshot."""
        with self._translated("?"):
            self._connection.rollback()

    def _texts(self) -> Texts:
        """Ask which charset the database claims."""
        with self._translated("?"):
            rows = self._run(DATABASE_CHARSET)
        return Texts(self._charset, str(rows[0][0]) if rows else "")

    def _source(self, query: Query) -> Source:
        owner, table, columns = self._located(query.schema, query.table)
        return Source(replace(query, schema=owner, table=table), columns, self._faults)

    def _located(self, schema: str | None, table: str) -> tuple[str, str, tuple[SourceColumn, ...]]:
        """Return owner and table as Oracle spells them: names are in capitals by default."""
        for name in [table] + ([schema] if schema is not None else []):
            check_identifier(name)
        with self._translated(table):
            rows = self._run(_DESCRIBE, {"schema": schema, "name": table})
        if not rows:
            raise self._faults.no_table(table)
        owner, name = rows[0][:2]
        columns = tuple(source_column(row[2:]) for row in rows if tuple(row[:2]) == (owner, name))
        return owner, name, columns

    def _run(self, sql: str, values: dict[str, Any] | None = None) -> Sequence[Any]:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, values or {})
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def _translated(self, table: str) -> Iterator[None]:
        try:
            yield
        except ShutongError:
            raise
        except (oracledb.Error, self._driver.Error) as exc:
            raise fault_of(exc, self._faults, table) from None
        except OSError:
            raise self._faults.no_answer() from None
        except UnicodeDecodeError:
            raise self._faults.broken_text() from None


def source_column(row: Sequence[Any]) -> SourceColumn:
    """Return a column from name, type, length, precision, scale and nullable."""
    name, declared, length, digits, scale, nullable = row
    kind = declared.lower()
    if kind.startswith("timestamp"):
        # "TIMESTAMP(6) WITH TIME ZONE": the scale is the second's fraction.
        return SourceColumn(
            name, kind.replace(f"({scale})", ""), precision=scale, nullable=nullable == "Y"
        )
    return SourceColumn(
        name,
        kind,
        length=int(length) if length else None,
        precision=digits,
        scale=scale,
        nullable=nullable == "Y",
    )
