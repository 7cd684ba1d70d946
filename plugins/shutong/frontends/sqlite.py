"""SQLite files as front-end machines (SQLite 前置机): sample cities and small departments."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Generator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    Text,
    case,
    cast,
    create_engine,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.pool import NullPool

from shutong import windows
from shutong.catalog.models import FrontEnd
from shutong.errors import ShutongError
from shutong.frontends.cutting import exact_text
from shutong.frontends.endpoints import Endpoint
from shutong.frontends.faults import Faults
from shutong.frontends.ports import SourceColumn
from shutong.frontends.select import Source, Value, bound_value
from shutong.frontends.zones import zone_of
from shutong.model import Bound

_DECLARED: Final = re.compile(r"\s*([^()]*?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*$")
_TEXTUAL: Final = ("char", "text", "clob", "date", "time")
"""Words in a declaration that make texts likely."""
_SEPARATOR_AT: Final = 11
"""Place of the character between day and time in a text such as 2024-01-01 10:00:00."""


class Sqlite:
    """A SQLite file, opened read-only (SQLite 方言)."""

    name = "sqlite"

    def __init__(self, front_end: FrontEnd, endpoint: Endpoint, faults: Faults) -> None:
        self._path = Path(endpoint.host or endpoint.database)
        self._timeout = front_end.limits.connect_timeout_seconds
        self._zone = zone_of(front_end.time_zone)
        self._faults = faults

    def engine(self) -> Engine:
        """Return the engine; SourceUnreachable when there is no such file."""
        if not self._path.is_file():
            raise self._faults.no_file()

        def connect() -> sqlite3.Connection:
            # `as_uri` percent-encodes: a "?" in the path cannot become an option.
            connection = sqlite3.connect(
                f"{self._path.resolve().as_uri()}?mode=ro",
                uri=True,
                timeout=self._timeout,
                isolation_level=None,
            )
            # Bytes, because one cell that is not UTF-8 would otherwise stop the reading.
            connection.text_factory = bytes
            return connection

        return create_engine("sqlite://", creator=connect, poolclass=NullPool)

    def prepare(self, connection: Connection) -> None:
        """Try a first read: the file may be no database."""
        connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema").all()

    def describe(
        self, connection: Connection, schema: str | None, table: str
    ) -> tuple[SourceColumn, ...]:
        """Return the table's columns as declared."""
        rows = connection.exec_driver_sql(
            'SELECT name, type, "notnull" FROM pragma_table_info(?, ?)', (table, schema or "main")
        ).all()
        return tuple(
            _source_column(name.decode(), declared.decode(), bool(not_null))
            for name, declared, not_null in rows
        )

    def now(self, connection: Connection) -> datetime:
        """Return this machine's clock in the front-end's zone."""
        return datetime.now(self._zone).replace(tzinfo=None)

    def carries(self, column: SourceColumn, wanted: pa.DataType) -> bool:
        """Say yes: whatever a cell holds goes on as its text."""
        return True

    def carried(
        self, expression: ColumnElement[Any], column: SourceColumn, wanted: pa.DataType
    ) -> ColumnElement[Any]:
        """Return the cell as it is; integers as text already here, where it is cheapest."""
        if any(word in column.type_name for word in _TEXTUAL):
            return expression
        return case(
            (func.typeof(expression) == literal_column("'integer'"), cast(expression, Text())),
            else_=expression,
        )

    def charset(self, column: SourceColumn) -> str | None:
        """Return nothing: cells are in UTF-8, or misfits."""
        return None

    def shown(self, expression: ColumnElement[Any], column: SourceColumn) -> ColumnElement[Any]:
        """Return the value as it is."""
        return expression

    def bound(self, column: SourceColumn, value: Any) -> Bound | None:
        """Return a cursor value as a bound, by what it is: declarations bind little here."""
        if value is None:
            return None
        if isinstance(value, int):
            return windows.number(value)
        text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
        try:
            if column.type_name == "date":
                return windows.day(date.fromisoformat(text))
            if column.type_name in {"datetime", "timestamp"}:
                return windows.moment(datetime.fromisoformat(text))
        except ValueError:
            pass
        return Bound(kind="text", text=text)

    def cuttable(
        self, expression: ColumnElement[Any], column: SourceColumn
    ) -> ColumnElement[Any] | None:
        """Return whole numbers and texts as they are, and NULL for all else."""
        kind = func.typeof(expression)
        exact = or_(kind == literal_column("'integer'"), kind == literal_column("'text'"))
        return case((exact, expression), else_=None)

    def cut_bound(self, column: SourceColumn, value: Any) -> Bound | None:
        """Return a value as it is written: a day's text is compared as text."""
        if isinstance(value, int):
            return windows.number(value)
        return exact_text(value)

    def value_maker(self, connection: Connection, source: Source) -> Value:
        """Return date-times in the column's own writing: SQLite compares them as text."""
        query = source.query
        separator = " "
        if query.cursor is not None:
            largest = func.max(source.cursor())
            found = connection.execute(select(func.substr(largest, _SEPARATOR_AT, 1))).scalar()
            separator = "T" if found == b"T" else " "

        def value(given: Any) -> ColumnElement[Any]:
            if isinstance(given, datetime):
                text = given.isoformat(sep=separator)
                # Without closing zeros "10:00:00" sorts before all ways to write it.
                return bound_value(text.rstrip("0") if "." in text else text)
            return bound_value(given.isoformat() if isinstance(given, date) else given)

        return value

    def begin(self, connection: Connection) -> None:
        """Open a read snapshot: from the first read on, the file stands still for us."""
        connection.rollback()
        connection.exec_driver_sql("BEGIN")

    def fetch(
        self, connection: Connection, statement: Select[Any], size: int
    ) -> Generator[Sequence[Any], None, None]:
        """Yield rows from the driver's own cursor: SQLAlchemy's rows cost half as much again."""
        with connection.execute(statement) as result:
            cursor: Any = result.cursor
            while rows := cursor.fetchmany(size):
                yield rows

    def end(self, connection: Connection) -> None:
        """Close the read snapshot."""
        connection.rollback()

    def writable(
        self, connection: Connection, schema: str | None, table: str, column: str
    ) -> tuple[str, ...]:
        """Return none: the file was opened with mode=ro, and SQLite refuses each writing to it."""
        return ()

    def no_driver(self, module: str) -> ShutongError:
        """Return the error for a Python without SQLite."""
        return self._faults.no_driver(module, "sqlite")

    def fault(self, error: Exception, table: str) -> ShutongError:
        """Return our error for SQLite's."""
        origin = getattr(error, "orig", None) or error
        name = getattr(origin, "sqlite_errorname", "") or type(origin).__name__
        if name in {"SQLITE_NOTADB", "SQLITE_CANTOPEN", "SQLITE_CORRUPT"}:
            return self._faults.no_file()
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return self._faults.busy()
        return self._faults.failed(name)


def _source_column(name: str, declared: str, not_null: bool) -> SourceColumn:
    found = _DECLARED.match(declared)
    kind, first, second = found.groups() if found else (declared, None, None)
    textual = "char" in kind.lower() or "text" in kind.lower()
    number = int(first) if first else None
    return SourceColumn(
        name=name,
        type_name=kind.lower(),
        length=number if textual else None,
        precision=None if textual else number,
        scale=int(second) if second else None,
        nullable=not not_null,
    )
