"""Rows under way from DM (达梦取数过程)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Protocol, Self

import pyarrow as pa

from shutong.frontends.columns import cells
from shutong.frontends.faults import Faults
from shutong.frontends.oracle_texts import unpadded
from shutong.frontends.ports import Query


class Asked(Protocol):
    """What a drawing asks of its connection (取数连接)."""

    @property
    def faults(self) -> Faults:
        """The errors of the front-end machine."""
        ...

    def fetch(self, sql: str, values: tuple[Any, ...], table: str) -> Iterator[Sequence[Any]]:
        """Yield rows, some thousands at a time."""
        ...

    def ask(self, sql: str, values: tuple[Any, ...], table: str) -> Sequence[Any]:
        """Return all rows of a small answer."""
        ...


class DmDrawing:
    """Rows under way from DM (达梦取数过程)."""

    reader = "dm: dmPython, exact text"

    def __init__(
        self,
        source: Asked,
        rows: tuple[str, tuple[Any, ...]],
        count: tuple[str, tuple[Any, ...]],
        query: Query,
        padded: frozenset[str],
    ) -> None:
        self._source = source
        self._rows = rows
        self._count = count
        self._query = query
        self._padded = padded
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
            arrays = [
                unpadded(cells(column)) if item in self._padded else cells(column)
                for item, column in zip(self._schema.names, columns, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=self._schema)
        if not drawn:
            # Without rows their count did not come either: ask for it.
            self.source_rows = int(self._source.ask(*self._count, self._query.table)[0][0])
        if drawn != self.source_rows:
            raise self._source.faults.cut_short(drawn, self.source_rows)
