"""MySQL and MariaDB front-end machines (MySQL 前置机).

PyMySQL logs in and reads the table's declaration and the clock; rows are decoded to Arrow
straight from its socket. Count and rows come from one read snapshot: from one transaction
where the table's engine has such, from one statement where it has none (MyISAM) or is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pymysql
from sqlalchemy import CHAR, Select, cast, func, select
from sqlalchemy.dialects import mysql

from shutong.catalog.models import FrontEnd
from shutong.errors import Text
from shutong.frontends.cursors import bound_of_parts, largest
from shutong.frontends.cutting import cut, source_to_cut
from shutong.frontends.encryption import line_of
from shutong.frontends.endpoints import Endpoint
from shutong.frontends.explaining import explained, mysql_way
from shutong.frontends.faults import Faults
from shutong.frontends.mysql_columns import expression, way_of
from shutong.frontends.mysql_drawing import Carriage, MysqlDrawing
from shutong.frontends.mysql_faults import connecting_fault_of, fault_of
from shutong.frontends.mysql_probe import rights_to_write
from shutong.frontends.mysql_session import (
    READ_ONLY,
    READ_WRITE,
    SNAPSHOT,
    log_in,
    settings,
    version_of,
)
from shutong.frontends.mysql_stream import RawConnection, Stream
from shutong.frontends.mysql_values import (
    bound_of_text,
    by_letter,
    cut_bound,
    is_cut,
    keyed,
    literal_value,
)
from shutong.frontends.ports import Explained, LogPosition, Query, SourceClock, SourceColumn
from shutong.frontends.select import (
    Source,
    check_identifier,
    count_of,
    rows_of,
    rows_with_count,
)
from shutong.frontends.waiting import within
from shutong.model import Bound

if TYPE_CHECKING:
    from shutong.frontends.mysql_log import MysqlLog

_DIALECT: Final = mysql.dialect(paramstyle="named")  # no doubling of percent signs

_DESCRIBE: Final = """
SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION,
       NUMERIC_SCALE, DATETIME_PRECISION, IS_NULLABLE
FROM information_schema.COLUMNS
WHERE TABLE_SCHEMA = COALESCE(%s, DATABASE()) AND TABLE_NAME = %s
ORDER BY ORDINAL_POSITION
"""


_TRANSACTIONAL: Final = """
SELECT ENGINES.TRANSACTIONS
FROM information_schema.TABLES JOIN information_schema.ENGINES USING (ENGINE)
WHERE TABLE_SCHEMA = COALESCE(%s, DATABASE()) AND TABLE_NAME = %s
"""


def statement_text(statement: Select[*tuple[Any, ...]]) -> str:
    """Return the SQL of a statement, its values written out."""
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True})
    return str(compiled)


class MysqlReader:
    """Reads a MySQL or MariaDB front-end machine (MySQL 读取器), over one connection at a time."""

    def __init__(self, front_end: FrontEnd, endpoint: Endpoint) -> None:
        self._front_end = front_end
        self._endpoint = endpoint
        self._faults = Faults(front_end, endpoint)
        self._connection: RawConnection | None = None
        self._connected()

    @property
    def line(self) -> Text:
        """How the line is encrypted, stated and in fact."""
        return line_of(self._front_end.tls, version_of(self._connected()))

    def describe(self, schema: str | None, table: str) -> tuple[SourceColumn, ...]:
        """Return the table's columns; SourceMismatch when there is no such table."""
        for name in [table] + ([schema] if schema is not None else []):
            check_identifier(name)
        rows = self._ask(_DESCRIBE, (schema, table))
        if not rows:
            raise self._faults.no_table(table)
        return tuple(_source_column(row) for row in rows)

    def clock(self, query: Query) -> SourceClock:
        """Return the machine's wall clock and the cursor's largest value."""
        if query.cursor is None:
            return SourceClock(self._ask("SELECT NOW(6)")[0][0], None)
        source = Source(query, self.describe(query.schema, query.table), self._faults)
        if source.composite:
            now = self._ask("SELECT NOW(6)")[0][0]
            rows = self._ask(statement_text(largest(source, lambda part, _: cast(part, CHAR))))
            parts = zip(source.cursor_parts(), rows[0] if rows else (), strict=False)
            bounds = ((bound_of_text(column, text), True) for (_, column), text in parts)
            return SourceClock(now, bound_of_parts(bounds))
        highest = cast(func.max(source.cursor()), CHAR)
        now, text = self._ask(statement_text(select(func.now(6), highest)))[0]
        return SourceClock(now, bound_of_text(source.cursor_column(), text))

    def draw(self, query: Query, wanted: pa.Schema) -> MysqlDrawing:
        """Begin to draw; SourceMismatch for columns that are missing or cannot be carried."""
        source = Source(query, self.describe(query.schema, query.table), self._faults)
        plan = [
            self._carriage(source, item, column, wanted.field(item).type)
            for item, column in query.columns
        ]
        columns = [expression(c.way, source.column(c.source.name)) for c in plan]
        conditions = source.conditions(literal_value, keyed, by_letter)
        # A view has no engine: who knows what lies beneath.
        counted = self._ask(_TRANSACTIONAL, (query.schema, query.table)) != (("YES",),)
        statement = (
            rows_with_count(source.table, columns, conditions)
            if counted
            else rows_of(columns, conditions)
        )
        counting = statement_text(count_of(source.table, conditions))
        # The drawing takes the connection over; the next question opens another.
        connection, self._connection = self._connected(), None
        stream = Stream(connection, SNAPSHOT, statement_text(statement))
        drawing = MysqlDrawing(
            stream, plan, query, counting=counting, counted=counted, faults=self._faults
        )
        drawing.reader += f", {version_of(connection)}"
        drawing.begin()
        return drawing

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
            value=literal_value,
            shown=cast(source.column(column), mysql.CHAR(charset="utf8mb4")),
            ask=lambda statement: self._ask(statement_text(statement)),
            bound=lambda text: cut_bound(source.described(column), text),
        )

    def explain(self, query: Query, wanted: pa.Schema) -> tuple[Explained, ...]:
        """Tell how each item would be carried, without reading a row."""
        described = self.describe(query.schema, query.table)
        return explained(query, described, wanted, mysql_way)

    def writable(self, query: Query) -> tuple[str, ...]:
        """Return the rights to write that the account has on the query's table; none is good."""
        column = self.describe(query.schema, query.table)[0].name
        connection = self._connected()
        with self._translated(query.table):
            # A read-only session would refuse before it judges the account's rights.
            self._run(READ_WRITE)
            try:
                rights = rights_to_write(self._run, query.schema, query.table, column)
                self._run(READ_ONLY)
            except BaseException:
                connection.drop()
                raise
        return rights

    def log_position(self, query: Query, wanted: pa.Schema) -> LogPosition:
        """Return where the log stands now; SourceMismatch when it would not tell all."""
        described = self.describe(query.schema, query.table)
        with self._translated(query.table):
            return self._log().position(query, wanted, described)

    def changed_keys(
        self, query: Query, wanted: pa.Schema, low: Bound, high: Bound, most: int
    ) -> pa.RecordBatch | None:
        """Return the keys of rows that changed in [low, high); None when more than `most`."""
        described = self.describe(query.schema, query.table)
        with self._translated(query.table):
            return self._log().changed_keys(query, wanted, described, (low, high), most)

    def _log(self) -> MysqlLog:
        from shutong.frontends.mysql_log import MysqlLog
        from shutong.frontends.mysql_log_stream import LogLine

        return MysqlLog(LogLine(self._front_end, self._endpoint, self._faults), self._run)

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()

    def _connected(self) -> RawConnection:
        if self._connection is None or not self._connection.open:
            limits = self._front_end.limits
            with self._connecting():
                self._connection = within(
                    limits.connect_timeout_seconds, self._connect, self._faults.no_answer
                )
        return self._connection

    def _connect(self) -> RawConnection:
        """Return a connection whose session is set up."""
        connection = log_in(self._front_end, self._endpoint, self._faults)
        try:
            for statement in settings(self._front_end):
                connection.query(statement)
        except BaseException:
            connection.drop()
            raise
        return connection

    def _carriage(self, source: Source, item: str, column: str, wanted: pa.DataType) -> Carriage:
        described = source.described(column)
        way = way_of(described, wanted)
        if way is None:
            raise self._faults.not_carried(source.query.table, described.name, described.type_name)
        return Carriage(item, described, way)

    def _ask(self, sql: str, values: tuple[Any, ...] | None = None) -> Sequence[Any]:
        with self._translated():
            return self._run(sql, values)

    def _run(self, sql: str, values: tuple[Any, ...] | None = None) -> Sequence[Any]:
        with self._connected().cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()

    @contextmanager
    def _translated(self, table: str = "?") -> Iterator[None]:
        try:
            yield
        except pymysql.err.MySQLError as exc:
            raise fault_of(exc, self._faults, table) from None

    @contextmanager
    def _connecting(self) -> Iterator[None]:
        try:
            yield
        except pymysql.err.MySQLError as exc:
            raise connecting_fault_of(exc, self._faults) from None
        except (OSError, RuntimeError, UnicodeError):
            # RuntimeError: an authentication plugin that needs what is not installed.
            raise self._faults.no_answer() from None


def _source_column(row: Sequence[Any]) -> SourceColumn:
    name, kind, declared, length, digits, scale, fraction, nullable = row
    return SourceColumn(
        name=name,
        type_name=kind.lower(),
        length=int(length) if length is not None else None,
        precision=_first(digits, fraction),
        scale=int(scale) if scale is not None else None,
        unsigned="unsigned" in declared.lower(),
        nullable=nullable == "YES",
    )


def _first(*numbers: Any) -> int | None:
    return next((int(number) for number in numbers if number is not None), None)
