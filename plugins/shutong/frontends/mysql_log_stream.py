"""Events of MySQL's log under way (日志事件流), with the library mysql-replication.

The library's own connections are made by our login, so that timeouts and encryption are the
same as for drawing. A line that is cut is not taken up again silently: that would go on for
ever where a server hangs.
"""

from __future__ import annotations

import logging
import secrets
import struct
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import pymysql
from pymysqlreplication import BinLogStreamReader
from pymysqlreplication.bitmap import BitGet
from pymysqlreplication.constants import FIELD_TYPE
from pymysqlreplication.event import (
    FormatDescriptionEvent,
    GtidEvent,
    MariadbGtidEvent,
    NotImplementedEvent,
    QueryEvent,
    RotateEvent,
    XAPrepareEvent,
    XidEvent,
)
from pymysqlreplication.row_event import (
    DeleteRowsEvent,
    PartialUpdateRowsEvent,
    RowsEvent,
    UpdateRowsEvent,
    WriteRowsEvent,
)

from shutong.catalog.models import FrontEnd
from shutong.errors import ShutongError
from shutong.frontends.endpoints import Endpoint
from shutong.frontends.faults import Faults
from shutong.frontends.log_faults import LogFaults
from shutong.frontends.mysql_faults import connecting_fault_of, fault_of, number_of
from shutong.frontends.mysql_log_keys import LATIN, Key, KeyColumn
from shutong.frontends.mysql_log_statements import change_of
from shutong.frontends.mysql_session import log_in

_LOG_GONE: Final = 1236
_NOT_GRANTED: Final = 1227
_CONNECTIONS: Final = 2
"""One for the log and one for the library's questions; a third would be a second try."""
_PACKED: Final = frozenset({40, *range(165, 172)})
"""Events whose rows are compressed, which the library passes over without a word."""
_ROWS: Final = (WriteRowsEvent, UpdateRowsEvent, DeleteRowsEvent, PartialUpdateRowsEvent)
_EVENTS: Final = (*_ROWS, QueryEvent, RotateEvent, XidEvent, XAPrepareEvent, GtidEvent,
                  MariadbGtidEvent, NotImplementedEvent)  # fmt: skip
_BYTES: Final = frozenset({FIELD_TYPE.JSON, FIELD_TYPE.GEOMETRY})
"""Types that are skipped as bytes: they are no key's, and nobody asks what they hold."""

# The library advises settings that this use of it does not need.
logging.getLogger("pymysqlreplication").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class LogLine:
    """How a server's log is reached (日志连接)."""

    front_end: FrontEnd
    endpoint: Endpoint
    faults: Faults

    @contextmanager
    def opened(
        self, file: str, offset: int, *events: type, names: tuple[str, str] | None = None
    ) -> Iterator[BinLogStreamReader]:
        """Open the log at a place; events of other tables than `names` are passed over."""
        connections = 0

        def connect(**given: Any) -> Any:
            nonlocal connections
            connections += 1
            if connections > _CONNECTIONS:
                raise self.faults.cut_short(0, None)
            try:
                made: Any = log_in(self.front_end, self.endpoint, self.faults)
            except pymysql.err.MySQLError as exc:
                raise connecting_fault_of(exc, self.faults) from None
            except (OSError, RuntimeError, UnicodeError):
                raise self.faults.no_answer() from None
            made.cursorclass = given.get("cursorclass", made.cursorclass)
            return made

        stream = BinLogStreamReader(
            connection_settings={},
            # One of a real replica would end that one's own reading.
            server_id=2**31 + secrets.randbelow(2**31 - 1),
            pymysql_wrapper=connect,
            log_file=file,
            log_pos=offset,
            resume_stream=True,
            blocking=False,
            only_events=events,
            only_schemas=[names[0]] if names else None,
            only_tables=[names[1]] if names else None,
            filter_non_implemented_events=False,
            enable_logging=False,
        )
        with self._translated(names[1] if names else "?"):
            try:
                yield stream
            finally:
                stream.close()

    @contextmanager
    def _translated(self, table: str) -> Iterator[None]:
        faults = LogFaults(self.faults)
        try:
            yield
        except ShutongError:
            raise
        except pymysql.err.MySQLError as exc:
            if number_of(exc) == _LOG_GONE:
                raise faults.gone() from None
            if number_of(exc) == _NOT_GRANTED:
                raise faults.not_granted("REPLICATION SLAVE") from None
            raise fault_of(exc, self.faults, table) from None
        except (ValueError, LookupError, AttributeError, TypeError, AssertionError, struct.error,
                NotImplementedError, ArithmeticError):  # fmt: skip
            # The library's own words may hold a row's values.
            raise faults.unreadable(table) from None


def order_of(file: str, offset: int) -> tuple[int, int]:
    """Return what orders places in one server's log: the file's number, and the offset."""
    return int(file.rpartition(".")[2]), offset


def first_written(line: LogLine, file: str) -> int:
    """Return when a file of the log was begun, in seconds since 1970."""
    with line.opened(file, 4, FormatDescriptionEvent) as stream:
        event = stream.fetchone()
        if event is None:
            raise LogFaults(line.faults).ended_early()
        return int(event.timestamp)


class Changes:
    """Keys of one table's rows between two places of the log (日志变更)."""

    def __init__(
        self,
        line: LogLine,
        names: tuple[str, str],
        width: int,
        columns: Sequence[KeyColumn],
        sure: tuple[int, int],
    ) -> None:
        self._line = line
        self._schema, self._table = names
        self._width = width
        self._columns = columns
        self._faults = LogFaults(line.faults)
        self._sure = sure
        self._touched = False

    def between(self, low: tuple[str, int], high: tuple[str, int]) -> Generator[Key]:
        """Give the keys that were touched in [low, high), repeated ones repeatedly.

        A key of which a part is NULL or no date is left out: no such row is in any table of
        ours. SourceUnreachable when the log breaks off before `high`.
        """
        end = order_of(*high)
        latest = time.monotonic() + self._line.front_end.limits.statement_timeout_seconds
        with self._line.opened(*low, *_EVENTS, names=(self._schema, self._table)) as stream:
            for event in iter(stream.fetchone, None):
                if time.monotonic() > latest:
                    raise self._line.faults.took_too_long()
                place = order_of(stream.log_file, stream.log_pos)
                if place > end:
                    break
                if place <= self._sure and not self._fits(event):
                    continue
                yield from self._keys_of(event)
            if order_of(stream.log_file, stream.log_pos) < end:
                raise self._faults.ended_early()

    def _fits(self, event: Any) -> bool:
        """Say whether an event has rows of the table as it is now."""
        return isinstance(event, _ROWS) and self._alike(event)

    def _alike(self, event: Any) -> bool:
        width = len(event.columns)
        return width == event.number_of_columns == self._width and all(
            key.is_logged_as(_logged_type(event.columns[key.place])) for key in self._columns
        )

    def _keys_of(self, event: Any) -> Iterator[Key]:
        if isinstance(event, _ROWS):
            self._touched = True
            yield from self._keys_of_rows(event)
        elif isinstance(event, QueryEvent):
            # XA END stands between the rows and what becomes of them.
            self._touched = self._touched and event.query.upper().startswith("XA ")
            schema = event.schema.decode("utf-8", "backslashreplace")
            if word := change_of(event.query, schema, self._schema, self._table):
                raise self._faults.statement(self._table, word)
        elif isinstance(event, XAPrepareEvent):
            if self._touched and not event.one_phase:
                raise self._faults.distributed(self._table)
        elif isinstance(event, NotImplementedEvent):
            if event.event_type in _PACKED:
                raise self._faults.unreadable(self._table)
        else:
            self._touched = False

    def _keys_of_rows(self, event: Any) -> Iterator[Key]:
        self._prepare(event)
        if isinstance(event, UpdateRowsEvent):
            before = self._present(event, event.columns_present_bitmap)
            after = self._present(event, event.columns_present_bitmap2)
            if not all(before):
                raise self._faults.no_key(self._table)
            for row in event.rows:
                old = self._values(row["before_values"])
                new = self._values(row["after_values"])
                yield from _whole(tuple(old))
                # What an image leaves out has stayed as it was.
                yield from _whole(
                    tuple(n if p else o for n, o, p in zip(new, old, after, strict=True))
                )
            return
        if not all(self._present(event, event.columns_present_bitmap)):
            raise self._faults.no_key(self._table)
        for row in event.rows:
            yield from _whole(tuple(self._values(row["values"])))

    def _prepare(self, event: RowsEvent) -> None:
        """Name the columns by place, and have texts left as the bytes they are."""
        if not self._alike(event):
            raise self._faults.unreadable(self._table)
        partial = isinstance(event, PartialUpdateRowsEvent)
        for place, column in enumerate(event.columns):
            column.name, column.character_set_name = str(place), LATIN
            column.enum_values = column.set_values = None
            # The library keeps the columns for the table's next event.
            column.logged = _logged_type(column)
            skipped = column.logged in _BYTES and not partial
            column.type = FIELD_TYPE.BLOB if skipped else column.logged
        for key in self._columns:
            event.columns[key.place].unsigned = key.column.source.unsigned

    def _present(self, event: Any, bitmap: bytes) -> list[bool]:
        return [bool(BitGet(bitmap, key.place)) for key in self._columns]

    def _values(self, values: dict[str, Any]) -> list[Any]:
        return [key.value(values[str(key.place)]) for key in self._columns]


def _logged_type(column: Any) -> int:
    return int(getattr(column, "logged", column.type))


def _whole(key: Key) -> Iterator[Key]:
    if None not in key:
        yield key
