"""MySQL and MariaDB front-end machines (MySQL 前置机).

PyMySQL logs in and reads the table's declaration and the clock; rows are decoded to Arrow
straight from its socket. Count and rows come from one read snapshot: from one transaction
where the table's engine has such, from one statement where it has none (MyISAM) or is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pymysql
from sqlalchemy import CHAR, ColumnElement, Select, cast, collate, func, literal, select
from sqlalchemy.dialects import mysql
from sqlalchemy.types import UserDefinedType

from shutong import windows
from shutong.catalog.models import FrontEnd
from shutong.errors import Text
from shutong.frontends.cutting import cut, exact_text, source_to_cut
from shutong.frontends.encryption import line_of
from shutong.frontends.endpoints import Endpoint
from shutong.frontends.explaining import explained, mysql_way
from shutong.frontends.faults import Faults
from shutong.frontends.mysql_columns import BINARY, COLLATED, INTEGERS, TEXTS, expression, way_of
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


class _Literal(UserDefinedType[Any]):
    """Text that no setting of the session can misread: its bytes, in hexadecimal."""

    cache_ok = True

    def literal_processor(self, dialect: Any) -> Any:
        def render(value: str | bytes) -> str:
            data = value.encode() if isinstance(value, str) else value
            return f"_utf8mb4 X'{data.hex()}'"

        return render


class _Bytes(UserDefinedType[Any]):
    """Bytes that are no text."""

    cache_ok = True

    def literal_processor(self, dialect: Any) -> Any:
        return lambda value: f"X'{value.hex()}'"


def literal_value(value: Any) -> ColumnElement[Any]:
    """Return a value as a literal: the text protocol binds no parameters."""
    if isinstance(value, bool | int):
        return literal(int(value))
    text = windows.moment(value).text if isinstance(value, datetime) else str(value)
    return literal(text, _Literal())


def _keyed(
    described: SourceColumn, column: ColumnElement[Any], value: Any
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Compare a column with a value as the text protocol gave it: bytes, unless a number."""
    if isinstance(value, bytes):
        return column, literal(value, _Bytes() if described.type_name in BINARY else _Literal())
    return column, literal_value(value)


def _by_letter(
    described: SourceColumn, column: ColumnElement[Any], value: Any
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Compare texts by the letter: most collations take "a" and "A" for the same.

    Beside the plain comparison, which finds its rows by an index.
    """
    plain, wanted = _keyed(described, column, value)
    if described.type_name in TEXTS:
        return collate(cast(column, mysql.CHAR(charset="utf8mb4")), "utf8mb4_bin"), wanted
    return plain, wanted


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
        largest = cast(func.max(source.cursor()), CHAR)
        now, text = self._ask(statement_text(select(func.now(6), largest)))[0]
        return SourceClock(now, _bound(source.cursor_column(), text))

    def draw(self, query: Query, wanted: pa.Schema) -> MysqlDrawing:
        """Begin to draw; SourceMismatch for columns that are missing or cannot be carried."""
        source = Source(query, self.describe(query.schema, query.table), self._faults)
        plan = [
            self._carriage(source, item, column, wanted.field(item).type)
            for item, column in query.columns
        ]
        columns = [expression(c.way, source.column(c.source.name)) for c in plan]
        conditions = source.conditions(literal_value, _keyed, _by_letter)
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
        if not _is_cut(source.described(column)):
            return ()
        return cut(
            source,
            column,
            rows,
            value=literal_value,
            shown=cast(source.column(column), mysql.CHAR(charset="utf8mb4")),
            ask=lambda statement: self._ask(statement_text(statement)),
            bound=lambda text: _cut_bound(source.described(column), text),
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


def _is_cut(column: SourceColumn) -> bool:
    """Say whether a value of the column is exact as a literal and compared as it is ordered."""
    kind = column.type_name
    if kind == "decimal":
        return column.scale == 0
    return kind in INTEGERS or kind in COLLATED or kind in {"date", "datetime", "timestamp"}


def _cut_bound(column: SourceColumn, text: str) -> Bound | None:
    return exact_text(text) if column.type_name in COLLATED else _bound(column, text)


def _bound(column: SourceColumn, text: str | None) -> Bound | None:
    """Return a cursor value as a bound; None for no rows, and for 0000-00-00."""
    if text is None:
        return None
    try:
        match column.type_name:
            case "date":
                return windows.day(date.fromisoformat(text))
            case "datetime" | "timestamp":
                return windows.moment(datetime.fromisoformat(text))
            case "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year" | "decimal":
                return windows.number(int(text))
    except ValueError:
        return None
    return Bound(kind="text", text=text)
