"""Rows under way from MySQL (MySQL 取数过程)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import pyarrow as pa
import pymysql

from shutong.frontends.faults import Faults
from shutong.frontends.mysql_columns import Way, carried, carried_type
from shutong.frontends.mysql_faults import fault_of
from shutong.frontends.mysql_rows import Malformed
from shutong.frontends.mysql_stream import Stream
from shutong.frontends.ports import Query, SourceColumn


@dataclass(frozen=True, slots=True)
class Carriage:
    """An item, its column and how it is carried (字段传输)."""

    item: str
    source: SourceColumn
    way: Way


class MysqlDrawing:
    """Rows under way from MySQL (MySQL 取数过程).

    `counting` is the statement that counts them; `counted` says that their number comes with
    them, as the last column.
    """

    def __init__(
        self,
        stream: Stream,
        plan: Sequence[Carriage],
        query: Query,
        *,
        counting: str,
        counted: bool,
        faults: Faults,
    ) -> None:
        self._stream = stream
        self._query = query
        self._counting = counting
        self._faults = faults
        self._counted = counted
        self._rows = 0
        self._expected: int | None = None
        turned = [f"{c.item} {c.way}" for c in plan if c.way in (Way.WIDENED, Way.UNSIGNED)]
        self.reader = ", ".join(["mysql: text rows as Arrow", *turned])
        self.schema = pa.schema([(c.item, carried_type(c.way, c.source)) for c in plan])

    @property
    def source_rows(self) -> int:
        """Rows the source counted in the same snapshot.

        Where they did not come counted, they are counted now, while the last of them are still
        being written. SourceUnreachable when others came.
        """
        if self._expected is None:
            with self._translated():
                self._expected = self._stream.ask(self._counting)
        if self._rows != self._expected:
            raise self._faults.cut_short(self._rows, self._expected)
        return self._expected

    def begin(self) -> None:
        """Send the statement and wait until it runs."""
        try:
            with self._translated():
                self._stream.begin()
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
            for columns in self._stream.batches():
                if self._counted:
                    self._expected = int(columns.pop()[0].as_py())
                self._rows += len(columns[0])
                yield self._batch(columns)

    def _batch(self, columns: Sequence[pa.Array]) -> pa.RecordBatch:
        turned = [
            carried(column, kind) for column, kind in zip(columns, self.schema.types, strict=True)
        ]
        return pa.RecordBatch.from_arrays(turned, schema=self.schema)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except pymysql.err.MySQLError as exc:
            progress = (self._rows, self._expected)
            raise fault_of(exc, self._faults, self._query.table, progress) from None
        except (Malformed, pa.ArrowInvalid):
            raise self._faults.odd_value() from None
