"""Rows under way from MySQL (MySQL 取数过程)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import pyarrow as pa

from shutong.frontends.connectorx_stream import Job, Stream, StreamFailed
from shutong.frontends.faults import Faults
from shutong.frontends.mysql_columns import Way, arrives_as, carried, field_of
from shutong.frontends.mysql_faults import fault_of
from shutong.frontends.ports import Query, SourceColumn


@dataclass(frozen=True, slots=True)
class Carriage:
    """An item, its column and how it is carried (字段传输)."""

    item: str
    source: SourceColumn
    way: Way


class MysqlDrawing:
    """Rows under way from MySQL (MySQL 取数过程)."""

    def __init__(
        self,
        job: Job,
        plan: Sequence[Carriage],
        query: Query,
        *,
        count: Callable[[], int],
        faults: Faults,
    ) -> None:
        self._stream = Stream(job)
        self._plan = plan
        self._query = query
        self._count = count
        self._faults = faults
        self._rows = 0
        turned = [f"{c.item} {c.way}" for c in plan if c.way is not Way.PLAIN]
        self.reader = ", ".join(["mysql: connectorx", *turned])
        self.schema = pa.schema([])

    @property
    def source_rows(self) -> int:
        """Rows the source counted in the same statement."""
        return self._stream.expected or 0

    def begin(self) -> None:
        """Wait for the first column names; SourceMismatch when the driver's types differ."""
        try:
            with self._translated():
                self._stream.begin()
            arrived = self._stream.schema.types
            for carriage, kind in zip(self._plan, arrived, strict=True):
                self._check(carriage, kind)
            self.schema = pa.schema(
                [
                    field_of(c.way, c.item, kind, c.source)
                    for c, kind in zip(self._plan, arrived, strict=True)
                ]
            )
        except BaseException:
            self._stream.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stream.close()

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        with self._translated():
            for batch in self._stream.batches():
                self._rows += batch.num_rows
                yield self._named(batch)
        # Without rows their count did not come either: ask for it.
        expected = self._stream.expected if self._rows else self._count()
        if self._rows != expected:
            raise self._faults.cut_short(self._rows, expected)

    def _check(self, carriage: Carriage, arrived: pa.DataType) -> None:
        if not arrives_as(carriage.way, arrived):
            column = carriage.source
            raise self._faults.not_carried(self._query.table, column.name, column.type_name)

    def _named(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = [
            carried(carriage.way, column, field)
            for carriage, column, field in zip(self._plan, batch.columns, self.schema, strict=True)
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except StreamFailed as exc:
            if exc.timed_out:
                raise self._faults.timed_out() from None
            if exc.odd:
                raise self._faults.odd_value() from None
            if not exc.code:
                raise self._faults.cut_short(self._rows, self._stream.expected) from None
            raise fault_of(int(exc.code), self._faults, self._query.table) from None
