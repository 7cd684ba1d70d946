"""The binary log of MySQL and MariaDB (数据库日志): which rows changed, never what they hold.

Values of a log need the table's declaration of that moment, and its decoding turns dates that
are none into NULL. So only keys are taken from it; the rows are drawn from the table itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import pyarrow as pa
import pymysql

from shutong.frontends.log_faults import LogFaults
from shutong.frontends.mysql_faults import number_of
from shutong.frontends.mysql_log_keys import Key, KeyColumn, LogColumn, as_batch, key_column
from shutong.frontends.mysql_log_stream import Changes, LogLine, first_written, order_of
from shutong.frontends.mysql_session import SNAPSHOT
from shutong.frontends.ports import LogPosition, Query, SourceColumn
from shutong.model import Bound

Ask = Callable[..., Sequence[Any]]
"""Runs a statement with its values and returns the rows; PyMySQL's errors."""

KIND: Final = "log"
_NOT_GRANTED: Final = 1227
_NO_SYNTAX: Final = 1064
_CONVERTED_AT_ONCE: Final = 500
_FIRST: Final = 4
"""Offset of a file's first event."""
_WANTED: Final = {"log_bin": "ON", "binlog_format": "ROW", "log_bin_compress": "OFF",
                  "binlog_transaction_compression": "OFF"}  # fmt: skip
"""Settings that the log must have, where the server knows them."""
_REPLICA_LOGS: Final = ("log_slave_updates", "log_replica_updates")
_IDENTITY: Final = ("server_uuid", "server_uid", "server_id")
_SETTINGS: Final = ", ".join(f"'{name}'" for name in (*_WANTED, *_REPLICA_LOGS, *_IDENTITY))
_COLUMNS: Final = """
SELECT COLUMN_NAME, COLUMN_TYPE, CHARACTER_SET_NAME, COALESCE(EXTRA, '')
FROM information_schema.COLUMNS
WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s
ORDER BY ORDINAL_POSITION
"""
_TABLES: Final = """
SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE
FROM information_schema.TABLES
WHERE TABLE_SCHEMA = COALESCE(%s, DATABASE()) AND TABLE_NAME = %s
"""
_CASCADES: Final = re.compile(
    r"FOREIGN KEY[^\n]* ON (DELETE|UPDATE) (CASCADE|SET NULL|SET DEFAULT)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the log (日志位点): server, file and offset, with the file's own birth.

    The birth, in seconds since 1970, tells a file from one of the same name that was begun
    after the log had been reset.
    """

    server: str
    file: str
    offset: int
    born: int
    sure: int = 0
    """Offset before which rows are read only for changes that nobody saw when the table was
    drawn; what else happened there lies before the drawing. 0 for none such."""

    @classmethod
    def of(cls, bound: Bound) -> Self | None:
        """Return the place that a bound tells; None for a bound of another kind."""
        found = re.fullmatch(r"(.+):(\d+)(?:<(\d+))? (\d+) (\S+)", bound.text)
        if bound.kind != KIND or found is None:
            return None
        return cls(found[5], found[1], int(found[2]), int(found[4]), int(found[3] or 0))

    @property
    def bound(self) -> Bound:
        """The end of a window that this place is."""
        sure = f"<{self.sure}" if self.sure else ""
        text = f"{self.file}:{self.offset}{sure} {self.born} {self.server}"
        return Bound(kind=KIND, text=text)

    @property
    def order(self) -> tuple[int, int]:
        """Number of the file, and offset: what comes later in the log is greater."""
        return order_of(self.file, self.offset)


class MysqlLog:
    """Reads the log of one server (数据库日志读取)."""

    def __init__(self, line: LogLine, ask: Ask) -> None:
        self._line = line
        self._ask = ask
        self._faults = LogFaults(line.faults)

    def position(
        self, query: Query, wanted: pa.Schema, described: Sequence[SourceColumn]
    ) -> LogPosition:
        """Return where the log stands now; SourceMismatch when it would not tell all."""
        schema, table = self._table(query)
        self._columns(query, wanted, described, (schema, table))
        facts = self._settings()
        status = self._status()
        self._guard_schema(schema, status)
        settled = self._settled_place()
        file, offset = settled or (str(status[0]), int(status[1]))
        if offset >= 2**32:
            raise self._faults.too_large()
        place = Place(_server(facts), file, offset, first_written(self._line, file))
        # A server begins a file when all that stands in the one before is committed.
        beginning = place if settled else replace(place, offset=_FIRST, sure=offset)
        return LogPosition(place.bound, settled is not None, beginning.bound)

    def changed_keys(
        self,
        query: Query,
        wanted: pa.Schema,
        described: Sequence[SourceColumn],
        ends: tuple[Bound, Bound],
        most: int,
    ) -> pa.RecordBatch | None:
        """Return the distinct keys of rows that changed between two places; None past `most`."""
        low, high = (Place.of(bound) for bound in ends)
        schema, table = self._table(query)
        server = _server(self._settings())
        if low is None or high is None or not server == low.server == high.server:
            raise self._faults.gone()
        if low.order > high.order or first_written(self._line, low.file) != low.born:
            raise self._faults.gone()
        columns = self._columns(query, wanted, described, (schema, table))
        keys: set[Key] = set()
        if low != high:
            names = (schema, table)
            sure = order_of(low.file, low.sure)
            changes = Changes(self._line, names, len(described), columns, sure)
            ends_at = (low.file, low.offset), (high.file, high.offset)
            with closing(changes.between(*ends_at)) as touched:
                for key in touched:
                    keys.add(key)
                    if len(keys) > most:
                        return None
        return as_batch(list(keys), columns, self._in_utf8)

    def _table(self, query: Query) -> tuple[str, str]:
        """Return schema and table as the server spells them."""
        rows = self._ask(_TABLES, (query.schema, query.table))
        exact = [row for row in rows if row[1] == query.table] or list(rows)
        if not exact:
            raise self._line.faults.no_table(query.table)
        schema, table, kind = exact[0]
        if kind != "BASE TABLE":
            raise self._faults.no_base_table(query.table)
        quoted = ".".join(f"`{name.replace('`', '``')}`" for name in (schema, table))
        declared = str(self._ask(f"SHOW CREATE TABLE {quoted}")[0][1])
        if _CASCADES.search(declared):
            raise self._faults.cascades(table)
        return str(schema), str(table)

    def _settings(self) -> dict[str, str]:
        rows = self._ask(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({_SETTINGS})")
        facts = {str(name).lower(): str(value) for name, value in rows}
        for name, value in _WANTED.items():
            if facts.get(name, value).upper() != value:
                raise self._faults.setting(name, facts[name], value)
        for name in _REPLICA_LOGS:
            if facts.get(name, "ON").upper() == "OFF" and self._replicates():
                raise self._faults.setting(name, "OFF", "ON")
        return facts

    def _replicates(self) -> bool:
        """Say whether the server takes its rows from another one."""
        rows = self._ask("SHOW GLOBAL STATUS LIKE 'Slave_running'")
        return any(str(value).upper() == "ON" for _, value in rows)

    def _status(self) -> Sequence[Any]:
        for statement in ("SHOW BINARY LOG STATUS", "SHOW MASTER STATUS"):
            try:
                rows = self._ask(statement)
            except pymysql.err.MySQLError as exc:
                if number_of(exc) == _NO_SYNTAX:
                    continue
                if number_of(exc) == _NOT_GRANTED:
                    raise self._faults.not_granted(
                        "REPLICATION CLIENT (MariaDB: BINLOG MONITOR)"
                    ) from None
                raise
            if rows:
                return rows[0]  # type: ignore[no-any-return]
        raise self._faults.setting("log_bin", "OFF", "ON")

    def _guard_schema(self, schema: str, status: Sequence[Any]) -> None:
        only, never = (
            [name for name in str(status[place] or "").split(",") if name] for place in (2, 3)
        )
        if (only and schema not in only) or schema in never:
            raise self._faults.not_logged(schema)

    def _settled_place(self) -> tuple[str, int] | None:
        """Return where a read snapshot of this moment stands, where the server can tell.

        The log is written before a transaction can be seen; a place that is merely the log's
        end may lie behind a change that nobody sees yet.
        """
        for statement in SNAPSHOT:
            self._ask(statement)
        try:
            rows = self._ask("SHOW STATUS LIKE 'Binlog_snapshot_%'")
        finally:
            self._ask("COMMIT")
        facts = {str(name).lower(): value for name, value in rows}
        file = facts.get("binlog_snapshot_file")
        return (str(file), int(facts["binlog_snapshot_position"])) if file else None

    def _columns(
        self,
        query: Query,
        wanted: pa.Schema,
        described: Sequence[SourceColumn],
        names: tuple[str, str],
    ) -> list[KeyColumn]:
        rows = self._ask(_COLUMNS, names)
        by_name = {column.name: column for column in described}
        found = []
        spelled = [str(row[0]) for row in rows]
        for item, column in query.columns:
            place = _place_of(column, spelled)
            if place is None or spelled[place] not in by_name:
                raise self._line.faults.no_columns(query.table, [column], spelled)
            _, declared, charset, extra = rows[place]
            source = by_name[spelled[place]]
            facts = LogColumn(source, str(declared).lower(), charset, "GENERATED" in extra.upper())
            key = key_column(item, place, facts, wanted.field(item).type)
            if key is None:
                raise self._faults.key_type(query.table, source.name, source.type_name)
            found.append(key)
        return found

    def _in_utf8(self, charset: str, texts: list[bytes]) -> list[bytes]:
        """Bring texts of a charset to UTF-8 as the server does when rows are drawn."""
        turned: list[bytes] = []
        for begin in range(0, len(texts), _CONVERTED_AT_ONCE):
            part = texts[begin : begin + _CONVERTED_AT_ONCE]
            each = ", ".join(f"CONVERT(_{charset} X'{text.hex()}' USING utf8mb4)" for text in part)
            turned += [str(text).encode() for text in self._ask(f"SELECT {each}")[0]]
        return turned


def _server(facts: dict[str, str]) -> str:
    """Return what tells this server from others, without spaces."""
    return next(f"{name}={facts[name]}" for name in _IDENTITY if facts.get(name))


def _place_of(column: str, spelled: Sequence[str]) -> int | None:
    if column in spelled:
        return spelled.index(column)
    alike = [n for n, name in enumerate(spelled) if name.casefold() == column.casefold()]
    return alike[0] if len(alike) == 1 else None
