"""Rows under way with the source's own count (计数取数), for readers that ask for rows in parts."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self

import pyarrow as pa

from shutong.errors import SourceUnreachable
from shutong.frontends.faults import Faults


class Rows(Protocol):
    """Rows of one read snapshot, and how many there are (读快照)."""

    def batches(self) -> Generator[pa.RecordBatch, None, None]:
        """Open the snapshot and yield its rows; SourceUnreachable when they stop coming."""
        ...

    def counted(self) -> int:
        """Return the source's count in the snapshot, once all batches came."""
        ...

    def end(self) -> None:
        """Close the snapshot; SourceUnreachable when the line is dead."""
        ...


class CountedDrawing:
    """Rows under way, which must be as many as the source counted (取数过程)."""

    def __init__(self, rows: Rows, faults: Faults, reader: str) -> None:
        self._rows = rows
        self._faults = faults
        self._under_way: Generator[pa.RecordBatch, None, None] | None = None
        self.reader = reader
        self.source_rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._under_way is not None:
            self._under_way.close()
        if error is None:
            self._rows.end()
        else:
            # What went wrong first is what matters.
            with suppress(SourceUnreachable):
                self._rows.end()

    def __iter__(self) -> Generator[pa.RecordBatch, None, None]:
        self._under_way = self._counting()
        return self._under_way

    def _counting(self) -> Generator[pa.RecordBatch, None, None]:
        drawn = 0
        batches = self._rows.batches()
        try:
            for batch in batches:
                if batch.num_rows:
                    drawn += batch.num_rows
                    yield batch
        finally:
            batches.close()
        self.source_rows = self._rows.counted()
        if drawn != self.source_rows:
            raise self._faults.cut_short(drawn, self.source_rows)
