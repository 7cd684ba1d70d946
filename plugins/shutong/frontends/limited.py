"""A reader held to its front-end machine's limits (限额读取), whatever database it reads.

The one place where hours, pace, longest duration and the proof that the account cannot write
are enforced. Each holds between two batches; a batch itself is bounded by the read timeout.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Protocol, Self

import pyarrow as pa
from filelock import FileLock

from shutong.catalog.models import FrontEnd, WritableAccount
from shutong.frontends import hours
from shutong.frontends.faults import Faults
from shutong.frontends.ports import (
    Drawing,
    Explained,
    LogPosition,
    LogReader,
    Query,
    Reader,
    SourceClock,
    SourceColumn,
)
from shutong.frontends.waiting import Timing
from shutong.frontends.zones import zone_of
from shutong.model import Bound


class ProvingReader(Reader, Protocol):
    """A reader that can tell what its account could write (可证明只读的读取器)."""

    def writable(self, query: Query) -> tuple[str, ...]:
        """Return the rights to write that the account has on the query's table; none is good.

        Found out by trying in a way that changes nothing even where it is allowed.
        """
        ...


class LimitedReader:
    """A reader within limits (限额读取器)."""

    def __init__(
        self,
        reader: ProvingReader,
        front_end: FrontEnd,
        faults: Faults,
        timing: Timing,
        slot: FileLock | None,
    ) -> None:
        self._reader = reader
        self._front_end = front_end
        self._faults = faults
        self._timing = timing
        self._slot = slot
        self._zone = zone_of(front_end.time_zone)
        self._proven: set[tuple[str | None, str]] = set()
        """Tables on which the account was proven unable to write."""

    def describe(self, schema: str | None, table: str) -> tuple[SourceColumn, ...]:
        """Return the table's columns, at any hour: its rows are not touched."""
        return self._reader.describe(schema, table)

    def clock(self, query: Query) -> SourceClock:
        """Return the machine's wall clock and the cursor's largest value; OutsideHours."""
        self._begin()
        return self._reader.clock(query)

    def cuts(self, query: Query, column: str, rows: int) -> tuple[Bound, ...]:
        """Return where a column is cut into ranges of about `rows` rows; OutsideHours."""
        self._begin()
        return self._reader.cuts(query, column, rows)

    def explain(self, query: Query, wanted: pa.Schema) -> tuple[Explained, ...]:
        """Tell how each item would be carried, at any hour: no row is touched."""
        return self._reader.explain(query, wanted)

    def draw(self, query: Query, wanted: pa.Schema) -> LimitedDrawing:
        """Begin to draw; OutsideHours, and SourceMismatch for an account that may write."""
        self._begin()
        place = (query.schema, query.table)
        if self._front_end.writable_account is WritableAccount.REFUSE and place not in self._proven:
            if rights := self._reader.writable(query):
                raise self._faults.writable(query.table, rights)
            self._proven.add(place)
        began = self._timing.clock()
        return LimitedDrawing(self._reader.draw(query, wanted), self, began)

    def log_position(self, query: Query, wanted: pa.Schema) -> LogPosition:
        """Return where the log stands now; OutsideHours."""
        self._begin()
        return self._logged().log_position(query, wanted)

    def changed_keys(
        self, query: Query, wanted: pa.Schema, low: Bound, high: Bound, most: int
    ) -> pa.RecordBatch | None:
        """Return the keys of rows that changed in [low, high); OutsideHours."""
        self._begin()
        return self._logged().changed_keys(query, wanted, low, high, most)

    def _logged(self) -> LogReader:
        if isinstance(self._reader, LogReader):
            return self._reader
        raise self._faults.no_log()

    def close(self) -> None:
        """Give the connection and its slot back."""
        try:
            self._reader.close()
        finally:
            if self._slot is not None:
                self._slot.release()

    def check(self, rows: int, began: float) -> None:
        """Stop a drawing under way whose hours or whose time is over."""
        limits = self._front_end.limits
        if not hours.allowed(limits.hours, self._timing.now(self._zone)):
            raise hours.over(self._front_end, self._faults.place, rows)
        if self._timing.clock() - began > limits.statement_timeout_seconds:
            raise self._faults.took_too_long()

    def pace(self, rows: int, began: float) -> None:
        """Wait until so many rows may have come since the drawing began."""
        if rate := self._front_end.limits.rows_per_second:
            ahead = began + rows / rate - self._timing.clock()
            if ahead > 0:
                self._timing.wait(ahead)

    def _begin(self) -> None:
        now = self._timing.now(self._zone)
        if not hours.allowed(self._front_end.limits.hours, now):
            raise hours.not_now(self._front_end, self._faults.place, now)


class LimitedDrawing:
    """Rows under way within limits (限额取数过程)."""

    def __init__(self, drawing: Drawing, reader: LimitedReader, began: float) -> None:
        self._drawing = drawing
        self._reader = reader
        self._began = began

    @property
    def reader(self) -> str:
        """Which reader draws, and how."""
        return self._drawing.reader

    @property
    def source_rows(self) -> int:
        """Rows the source counted in the same read snapshot."""
        return self._drawing.source_rows

    def __enter__(self) -> Self:
        self._drawing.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._drawing.__exit__(kind, error, traceback)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        rows = 0
        for batch in self._drawing:
            rows += batch.num_rows
            self._reader.check(rows, self._began)
            yield batch
            self._reader.pace(rows, self._began)
            self._reader.check(rows, self._began)
