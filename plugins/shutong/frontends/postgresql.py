"""PostgreSQL and KingbaseES front-end machines (PostgreSQL 与人大金仓前置机)."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import date, datetime
from typing import Any, Final

import pyarrow as pa
from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    LargeBinary,
    Select,
    bindparam,
    create_engine,
    event,
    func,
    text,
)
from sqlalchemy.pool import NullPool
from sqlalchemy.types import NullType

from shutong import windows
from shutong.catalog.models import FrontEnd
from shutong.errors import ShutongError
from shutong.frontends.cutting import exact_text
from shutong.frontends.encryption import libpq_arguments
from shutong.frontends.endpoints import Endpoint
from shutong.frontends.faults import Faults
from shutong.frontends.ports import SourceColumn
from shutong.frontends.postgresql_columns import (
    DESCRIBE,
    INTEGERS,
    as_bytes,
    carried,
    carries,
    has_texts,
    source_column,
)
from shutong.frontends.postgresql_probe import rights_to_write
from shutong.frontends.select import Source, Value
from shutong.frontends.zones import zone_of
from shutong.model import Bound

_PORT: Final = 5432
_GRACE: Final = 1
"""Seconds that the server has to tell of its own time limit before the line is given up."""
_COLLATED: Final = frozenset({"character", "character varying", "text"})
"""Types that are compared and ordered by a collation."""
_NO_ENCODING: Final = "SQL_ASCII"
_CUT_SHORT: Final = frozenset(
    {"57P01", "57P02", "57P03", "57P05", "25P03", "40001", "40P01", "08003", "08006", "72000"}
)
"""Ended by the server: shut down, killed, idle for too long, in a standby's way."""
_UNFIT: Final = frozenset({"22P02", "22P03", "22003", "22007", "22008", "22021"})
"""A value that its column's type does not know."""


class Postgresql:
    """A PostgreSQL server over psycopg (PostgreSQL 方言)."""

    name = "postgresql"

    def __init__(self, front_end: FrontEnd, endpoint: Endpoint, faults: Faults) -> None:
        self._endpoint = endpoint
        self._limits = front_end.limits
        self._tls = front_end.tls
        self._zone = zone_of(front_end.time_zone).key
        self._charset = front_end.charset
        self._faults = faults
        self._line: Any = None
        self._knows_encoding = True

    def engine(self) -> Engine:
        """Return the engine; ModuleNotFoundError when psycopg is not installed."""
        endpoint = self._endpoint
        url = URL.create(
            "postgresql+psycopg",
            username=endpoint.login or None,
            password=endpoint.password.get_secret_value() or None,
            host=endpoint.host or None,
            port=endpoint.port or _PORT,
            database=endpoint.database or None,
        )
        milliseconds = self._limits.read_timeout_seconds * 1000
        # Counted anew for each part that is fetched: the whole drawing's time is counted by us.
        longest = min(milliseconds, self._limits.statement_timeout_seconds * 1000)
        engine = create_engine(
            url,
            poolclass=NullPool,
            isolation_level="REPEATABLE READ",
            execution_options={"postgresql_readonly": True},
            use_native_hstore=False,
            connect_args={
                "connect_timeout": self._limits.connect_timeout_seconds,
                "client_encoding": "utf8",
                **libpq_arguments(self._tls, self._endpoint, self._faults),
                # A dead line is noticed by the system, a stuck statement by the server, which
                # counts anew with each part it sends.
                "tcp_user_timeout": milliseconds,
                "keepalives_idle": 30,
                "options": f"-c lock_timeout={milliseconds} -c statement_timeout={longest} "
                "-c idle_in_transaction_session_timeout=0 "
                "-c default_transaction_read_only=on -c datestyle=ISO -c intervalstyle=iso_8601 "
                "-c extra_float_digits=1 -c bytea_output=hex",
            },
        )
        event.listen(engine, "do_connect", self._connect)
        return engine

    def prepare(self, connection: Connection) -> None:
        """Set the session's zone, and see whether the database knows its encoding."""
        connection.execute(
            text("SELECT set_config('TimeZone', :zone, false)"), {"zone": self._zone}
        )
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        self._knows_encoding = encoding != _NO_ENCODING
        connection.commit()

    def describe(
        self, connection: Connection, schema: str | None, table: str
    ) -> tuple[SourceColumn, ...]:
        """Return the table's columns."""
        rows = connection.execute(DESCRIBE, {"schema": schema, "table": table}).all()
        return tuple(source_column(*row) for row in rows)

    def now(self, connection: Connection) -> datetime:
        """Return the machine's wall clock in the session's zone."""
        now: datetime = connection.execute(text("SELECT localtimestamp")).scalar_one()
        return now

    def carries(self, column: SourceColumn, wanted: pa.DataType) -> bool:
        """Say whether the column's text, or its bytes for bytes, is exact."""
        return carries(column, wanted)

    def carried(
        self, expression: ColumnElement[Any], column: SourceColumn, wanted: pa.DataType
    ) -> ColumnElement[Any]:
        """Return the column's exact text, a zoned time as the wall clock of the session's zone."""
        exact = carried(expression, column, wanted)
        return exact if self._knows_encoding or not has_texts(column) else as_bytes(exact)

    def charset(self, column: SourceColumn) -> str | None:
        """Return the declared encoding of texts in a database that knows none."""
        return None if self._knows_encoding or not has_texts(column) else self._charset

    def shown(self, expression: ColumnElement[Any], column: SourceColumn) -> ColumnElement[Any]:
        """Return the value's text."""
        return carried(expression, column, pa.string())

    def bound(self, column: SourceColumn, value: Any) -> Bound | None:
        """Return a cursor value as a bound; None for no rows, and for infinity."""
        if value is None:
            return None
        try:
            if column.type_name in INTEGERS:
                return windows.number(int(value))
            if column.type_name == "date":
                return windows.day(date.fromisoformat(value))
            if column.type_name.startswith("timestamp"):
                return windows.moment(datetime.fromisoformat(value))
        except ValueError:
            return None
        return Bound(kind="text", text=value)

    def cuttable(
        self, expression: ColumnElement[Any], column: SourceColumn
    ) -> ColumnElement[Any] | None:
        """Return the text of whole numbers, days, times without a zone and plain texts."""
        kind = column.type_name
        if kind in _COLLATED:
            return self.shown(expression, column) if self._knows_encoding else None
        whole = kind in INTEGERS or (kind == "numeric" and column.scale == 0)
        timed = kind in {"date", "timestamp without time zone"}
        return self.shown(expression, column) if whole or timed else None

    def cut_bound(self, column: SourceColumn, value: Any) -> Bound | None:
        """Return a shown value as a bound; a numeric keeps its digits as text."""
        return exact_text(value) if column.type_name in _COLLATED else self.bound(column, value)

    def value_maker(self, connection: Connection, source: Source) -> Value:
        """Return values bound in their own type, texts without one, so that the server decides."""

        def value(given: Any) -> ColumnElement[Any]:
            if isinstance(given, str) and self._charset and not self._knows_encoding:
                try:
                    encoded = given.encode(self._charset)
                except UnicodeEncodeError:
                    raise self._faults.bad_condition(source.query.table) from None
                raw = bindparam(None, encoded, unique=True, type_=LargeBinary)
                return func.convert_from(raw, text(f"'{_NO_ENCODING}'"))
            return bindparam(None, given, unique=True, type_=NullType())

        return value

    def begin(self, connection: Connection) -> None:
        """Open a read snapshot: the engine's transactions are REPEATABLE READ."""
        connection.rollback()

    def fetch(
        self, connection: Connection, statement: Select[Any], size: int
    ) -> Generator[Sequence[Any], None, None]:
        """Yield rows from a cursor on the server."""
        # Of this statement alone: of the connection they would hold for all that follow.
        streamed = {"stream_results": True, "max_row_buffer": size}
        with connection.execute(statement, execution_options=streamed) as result:
            yield from result.partitions(size)

    def end(self, connection: Connection) -> None:
        """Close the read snapshot."""
        connection.rollback()

    def writable(
        self, connection: Connection, schema: str | None, table: str, column: str
    ) -> tuple[str, ...]:
        """Return the rights to write on a table with this column; none is good."""
        return rights_to_write(connection, schema, table, column)

    def no_driver(self, module: str) -> ShutongError:
        """Return the error for psycopg that is not installed."""
        return self._faults.no_driver(module, "postgresql")

    def fault(self, error: Exception, table: str) -> ShutongError:
        """Return our error for the server's SQLSTATE."""
        state = str(getattr(getattr(error, "orig", None) or error, "sqlstate", None) or "")
        if state.startswith("28"):
            return self._faults.login_refused()
        by_state = {
            "3D000": self._faults.no_database,
            "53300": self._faults.busy,
            "55P03": self._faults.timed_out,
            "57014": self._faults.timed_out,
            **dict.fromkeys(_CUT_SHORT, self._faults.cut_short),
        }
        if state in by_state:
            return by_state[state]()
        if state in {"42P01", "42501"}:
            return self._faults.no_table(table)
        if state in _UNFIT or state.startswith("42"):
            return self._faults.bad_condition(table)
        return self._faults.failed(f"PostgreSQL {state}") if state else self._unstated(error)

    def _connect(
        self, dialect: object, record: object, arguments: list[Any], facts: dict[str, Any]
    ) -> Any:
        """Connect with a line that does not wait for ever."""
        from shutong.frontends.postgresql_line import Line

        line = Line.connect(*arguments, **facts)
        line.patience = self._limits.read_timeout_seconds + _GRACE
        self._line = line
        return line

    def _unstated(self, error: Exception) -> ShutongError:
        """Return our error for one without SQLSTATE: psycopg has none while it connects."""
        if self._line is not None:
            return self._faults.timed_out() if self._line.ran_out else self._faults.cut_short()
        words = str(error)
        if "authentication failed" in words or "pg_hba.conf" in words:
            return self._faults.login_refused()
        if "FATAL" in words and f'database "{self._endpoint.database}"' in words:
            return self._faults.no_database()
        if "too many" in words:
            return self._faults.busy()
        return self._faults.no_answer()
