"""Great Expectations on DuckDB over Parquet files (校验引擎).

GX as it comes fails every expectation on DuckDB: it reads results after closing their
connection and knows no regular expressions there. `DuckDBExecutionEngine` keeps one
connection, `DuckDBDatasource` names it `add_duckdb` on a data context.
"""

from __future__ import annotations

import atexit
import builtins
import hashlib
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import duckdb_sqlalchemy  # noqa: F401 - SQLAlchemy would load its dialect at the first connection
import sqlalchemy as sa
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)

from shutong.quality.beside import Beside
from shutong.quality.functions import register_function, register_judge
from shutong.quality.repeats import Repeats

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from great_expectations.validator.metric_configuration import MetricConfiguration

_VALUES: Final = (
    ".unexpected_values",
    ".unexpected_value_counts",
    ".unexpected_rows",
    ".unexpected_index_list",
)
"""Metrics that carry values of rows: this engine never computes them."""


class QueryFailed(Exception):
    """DuckDB refused a query (查询失败); says the kind of the error, never its text.

    The text of a database error may quote a value.
    """


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """GX's SQL engine on one kept DuckDB connection (DuckDB 校验引擎).

    `connection_string` is a DuckDB URL; `connect_args` go to DuckDB. No value of a row ever
    leaves it: the metrics that list unexpected values are empty, whatever the result format,
    and errors carry their kind only.
    """

    def __init__(
        self,
        connection_string: str = "duckdb:///:memory:",
        connect_args: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        engine = sa.create_engine(
            connection_string,
            poolclass=sa.StaticPool,
            pool_reset_on_return=None,
            isolation_level="AUTOCOMMIT",
            connect_args=connect_args or {},
        )
        self._functions: set[str] = set()
        self.beside = Beside()
        self.repeats = Repeats(self)
        self.unlike: dict[str, str | None] = {}
        """Tables of what does not hold against another dataset, by their query; None for none."""
        super().__init__(engine=engine, **kwargs)

    @contextmanager
    def get_connection(self) -> Iterator[sa.Connection]:
        """Yield the kept connection: GX reads results after giving a connection back."""
        if self._connection is None:
            self._connection = self.engine.connect()
        yield self._connection

    def execute_query(self, query: Any) -> Any:
        """Run a query; QueryFailed with the error's kind when DuckDB refuses it."""
        try:
            return super().execute_query(query)
        except Exception as exc:  # noqa: BLE001
            # Whatever it was: its text may quote values of rows, and GX logs texts.
            raise QueryFailed(error_kind(exc)) from None

    def resolve_metrics(
        self,
        metrics_to_resolve: Iterable[MetricConfiguration],
        metrics: dict[Any, Any] | None = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> dict[Any, Any]:
        """Resolve metrics as GX does, all but those that would list values of rows.

        What is counted beside the engine is taken from there, after the engine has done the rest.
        """
        wanted = list(metrics_to_resolve)
        resolved: dict[Any, Any] = {m.id: [] for m in wanted if m.metric_name.endswith(_VALUES)}
        begun = [m for m in wanted if self.beside.has(m)]
        others = [m for m in wanted if m.id not in resolved and m not in begun]
        if others:
            resolved |= super().resolve_metrics(others, metrics, runtime_configuration)
        for metric in begun:
            count = self.beside.count(metric)
            known = {} if count is None else {metric.id: count}
            resolved |= known or super().resolve_metrics([metric], metrics, runtime_configuration)
        return resolved

    @property
    def raw(self) -> duckdb.DuckDBPyConnection:
        """DuckDB's own connection, for what is no GX metric: views, Arrow results."""
        with self.get_connection() as connection:
            wrapper: Any = connection.connection.dbapi_connection
        # The dialect keeps DuckDB's connection under a mangled name only.
        connection_: duckdb.DuckDBPyConnection = wrapper._ConnectionWrapper__c
        # GX reads one value of a result and leaves the rest: DuckDB would wait for it.
        connection_.abort()
        return connection_

    def function(self, kind: str, today: date | None = None) -> Callable[..., Any]:
        """Return an SQL function of `shutong.standards` by name, registered when needed."""
        name = kind if today is None else f"{kind}_{today:%Y%m%d}"
        if name not in self._functions:
            register_function(self.raw, kind, name, today)
            self._functions.add(name)
        function: Callable[..., Any] = getattr(sa.func, name)
        return function

    def judging_texts(self, key: str, passes: Callable[[str], bool]) -> Callable[..., Any]:
        """Return an SQL function that asks Python of every distinct text (逐值判断).

        `key` names the question and its arguments: the same one is registered once.
        """
        name = "text_" + hashlib.sha256(key.encode()).hexdigest()[:16]
        if name not in self._functions:
            register_judge(self.raw, name, passes)
            self._functions.add(name)
        function: Callable[..., Any] = getattr(sa.func, name)
        return function

    def reader(self) -> Callable[[str, int], pa.RecordBatchReader]:
        """Return a function that may run beside other queries, also in another thread.

        It gives a query's result in batches of so many rows; QueryFailed as `execute_query`.
        """
        beside = self.raw.cursor()

        def read(query: str, rows: int) -> pa.RecordBatchReader:
            try:
                relation: Any = beside.sql(query)
                return relation.to_arrow_reader(rows)
            except Exception as exc:  # noqa: BLE001 - as in `execute_query`
                raise QueryFailed(error_kind(exc)) from None

        return read

    def create_table(self, name: str, query: Any) -> None:
        """Keep a query's result as a temporary table (临时表); QueryFailed as `execute_query`."""
        text = query if isinstance(query, str) else self.as_text(query)
        self._execute(f"CREATE TEMP TABLE {name} AS {text}")

    def fill_table(self, name: str, query: Any) -> int:
        """Add a query's result to a temporary table and return its rows, likewise."""
        (rows,) = self._execute(f"INSERT INTO {name} {self.as_text(query)}").fetchone() or (0,)
        return int(rows)

    def _execute(self, text: str) -> duckdb.DuckDBPyConnection:
        try:
            return self.raw.execute(text)
        except Exception as exc:  # noqa: BLE001 - as in `execute_query`
            raise QueryFailed(error_kind(exc)) from None

    def as_text(self, query: Any) -> str:
        """Return a query as DuckDB's SQL, with its values in it (查询文本)."""
        compiled = query.compile(
            dialect=self.engine.dialect, compile_kwargs={"literal_binds": True}
        )
        return str(compiled)

    def close(self) -> None:
        """Close the connection and let go of everything that refers to DuckDB."""
        self.beside.close()
        self._inspector = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self.engine.dispose()


def error_kind(error: BaseException) -> str:
    """Return the class name of an error, or of the driver's error inside SQLAlchemy's."""
    original = getattr(error, "orig", None)
    return type(original if original is not None else error).__name__


class DuckDBDatasource(SQLDatasource):
    """A GX data source on DuckDB (DuckDB 数据源): `context.data_sources.add_duckdb(...)`.

    `kwargs={"connect_args": {...}}` reach DuckDB. Everything of one data source runs on one
    connection, so that views made on it are seen by every asset.
    """

    type: Literal["duckdb"] = "duckdb"  # type: ignore[assignment]

    @property
    def execution_engine_type(self) -> builtins.type[DuckDBExecutionEngine]:
        """The engine that carries this data source's metrics out."""
        return DuckDBExecutionEngine

    def get_engine(self) -> sa.Engine:
        """Return the SQL engine: the execution engine's own, not a second one."""
        engine: sa.Engine = self.get_execution_engine().engine
        return engine


def limits(memory: str, threads: int, spill: Path) -> dict[str, Any]:
    """Return DuckDB's settings for one batch (引擎限额), for `connect_args`.

    `memory` as DuckDB writes it ("200MB"); what exceeds it spills into `spill`. No extension
    is ever fetched: the government network has no internet.
    """
    return {
        "config": {
            "memory_limit": memory,
            "threads": threads,
            "temp_directory": str(spill),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "preserve_insertion_order": False,
        }
    }


def _let_go_of_duckdb() -> None:
    """Drop the SQL dialect's hold on DuckDB at exit.

    GX keeps SQLAlchemy's classes alive beyond the interpreter's end, and they keep the
    dialect: DuckDB would print a page of "leaked instances" on stderr.
    """
    for name in [name for name in sys.modules if name.split(".")[0] == "duckdb_sqlalchemy"]:
        vars(sys.modules[name]).clear()


atexit.register(_let_go_of_duckdb)
