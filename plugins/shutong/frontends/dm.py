"""DM front-end machines (达梦前置机), over dmPython, an optional extra.

DM speaks Oracle's SQL. Count and rows come from one statement, so from one read snapshot.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self

import pyarrow as pa
import pyarrow.types as pt
from sqlalchemy import ColumnElement, Select, String, cast, func, select
from sqlalchemy.engine.default import DefaultDialect

from shutong.catalog.models import FrontEnd
from shutong.errors import ShutongError, Text
from shutong.frontends.columns import cells
from shutong.frontends.cutting import cut, exact_text, source_to_cut
from shutong.frontends.endpoints import Endpoint
from shutong.frontends.explaining import PROBE, explained, text_way
from shutong.frontends.faults import Faults
from shutong.frontends.oracle_columns import moment_text
from shutong.frontends.ports import Explained, Query, SourceClock, SourceColumn
from shutong.frontends.probing import attempts
from shutong.frontends.select import Source, check_identifier, count_of, rows_with_count
from shutong.frontends.values import bound_of
from shutong.model import Bound

_PORT: Final = 5236
_BATCH: Final = 8_192
_DIALECT: Final = DefaultDialect(paramstyle="qmark")
_TEXTS: Final = frozenset(
    {"char", "character", "varchar", "varchar2", "text", "clob", "longvarchar"}
)
_NUMBERS: Final = frozenset(
    {"number", "numeric", "decimal", "dec", "integer", "int", "bigint", "tinyint", "smallint",
     "byte", "bit", "double", "double precision", "float", "real"}
)  # fmt: skip
_WHOLE: Final = frozenset({"integer", "int", "bigint", "tinyint", "smallint", "byte"})
_BYTES: Final = frozenset({"blob", "binary", "varbinary", "image", "longvarbinary"})
_LOST: Final = frozenset({"-70019", "-70028", "-6001"})
_DIGITS: Final = 60
"""Characters enough for any number of DM: 38 digits, sign, point and exponent."""
_DESCRIBE: Final = """
SELECT column_name, data_type, data_length, data_precision, data_scale, nullable
FROM all_tab_columns
WHERE owner = COALESCE(?, SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA')) AND table_name = ?
ORDER BY column_id
"""


def carried(
    column: ColumnElement[Any], source: SourceColumn, wanted: pa.DataType
) -> ColumnElement[Any] | None:
    """Return the expression that carries a column as exact text; None when none does."""
    kind = source.type_name
    if kind in _TEXTS:
        return column
    if kind in _BYTES:
        return column if pt.is_binary(wanted) else None
    if kind in _NUMBERS:
        return cast(column, String(_DIGITS))
    if kind == "date":
        return moment_text(column, "YYYY-MM-DD")
    if kind.startswith(("timestamp", "datetime")) and "zone" not in kind:
        return moment_text(column, "YYYY-MM-DD HH24:MI:SS.FF6")
    return None


def is_cut(source: SourceColumn) -> bool:
    """Say whether a value of the column is exact when it is bound again.

    A NUMBER without precision may hold fractions, whatever scale is told.
    """
    kind = source.type_name
    if kind in {"number", "numeric", "decimal", "dec"}:
        return bool(source.precision) and source.scale == 0
    return kind in {"char", "character", "varchar", "varchar2", "date"} or kind in _WHOLE


def cut_bound(value: Any) -> Bound | None:
    """Return a value by which a table is cut as an exact bound."""
    return exact_text(value) if isinstance(value, str | bytes) else bound_of(value)


def way_of(column: SourceColumn, wanted: pa.DataType) -> Text | None:
    """Return how a column is carried, in words; None when it cannot be."""
    possible = carried(PROBE, column, wanted) is not None
    return text_way(column, wanted) if possible else None


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
        statement = statement_text(select(func.max(source.cursor())))
        return SourceClock(now, bound_of(self.ask(*statement, query.table)[0][0]))

    def draw(self, query: Query, wanted: pa.Schema) -> DmDrawing:
        """Begin to draw; SourceMismatch for columns that are missing or cannot be carried."""
        source = Source(query, self.describe(query.schema, query.table), self._faults)
        columns = []
        for item, name in query.columns:
            column = source.described(name)
            expression = carried(source.column(name), column, wanted.field(item).type)
            if expression is None:
                raise self._faults.not_carried(query.table, column.name, column.type_name)
            columns.append(expression)
        conditions = source.conditions()
        return DmDrawing(
            self,
            statement_text(rows_with_count(source.table, columns, conditions)),
            statement_text(count_of(source.table, conditions)),
            query,
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
                if code_of(exc) in _LOST:
                    raise
                # DM has a code for each right and each kind of view: whichever, nothing can
                # be written.
                return False
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


class DmDrawing:
    """Rows under way from DM (达梦取数过程)."""

    reader = "dm: dmPython, exact text"

    def __init__(
        self,
        source: DmReader,
        rows: tuple[str, tuple[Any, ...]],
        count: tuple[str, tuple[Any, ...]],
        query: Query,
    ) -> None:
        self._source = source
        self._rows = rows
        self._count = count
        self._query = query
        self._schema = pa.schema([(item, pa.binary()) for item, _ in query.columns])
        self.source_rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        drawn = 0
        for rows in self._source.fetch(*self._rows, self._query.table):
            *columns, counts = zip(*rows, strict=True)
            self.source_rows = int(counts[0])
            drawn += len(rows)
            yield pa.RecordBatch.from_arrays([cells(c) for c in columns], schema=self._schema)
        if not drawn:
            # Without rows their count did not come either: ask for it.
            self.source_rows = int(self._source.ask(*self._count, self._query.table)[0][0])
        if drawn != self.source_rows:
            raise self._source.faults.cut_short(drawn, self.source_rows)


def code_of(error: Exception) -> str:
    """Return DM's code in a driver's error, such as "-2106"; "" for none."""
    found = re.search(r"CODE:\s*(-\d+)", str(error))
    return found[1] if found else ""


def fault_of(error: Exception, faults: Faults, table: str) -> ShutongError:
    """Return the error for DM's code: negative numbers, "[CODE:-2106]" in the driver's text."""
    code = code_of(error)
    known: dict[str, Callable[[], ShutongError]] = {
        "-2501": faults.login_refused,
        "-70028": faults.no_answer,
        "-70019": faults.cut_short,
        "-6001": faults.cut_short,
        "-2106": lambda: faults.no_table(table),
        "-5504": lambda: faults.no_table(table),
        "-2207": lambda: faults.bad_condition(table),
        "-6118": lambda: faults.bad_condition(table),
    }
    fault = known.get(code)
    return fault() if fault is not None else faults.failed(f"DM {code or 'error'}")
