"""Rows under way from Oracle (Oracle 取数过程)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

import pyarrow as pa
from sqlalchemy import ColumnElement

from shutong.fitting import field_in
from shutong.frontends.faults import Faults
from shutong.frontends.oracle_columns import Way, expression
from shutong.frontends.oracle_texts import PADDED, Texts, joined, pieces, unpadded
from shutong.frontends.ports import SourceColumn

Statement = tuple[str, dict[str, Any]]
"""SQL and its bound values."""


class Snapshots(Protocol):
    """What a drawing asks of its connection (读快照)."""

    @property
    def faults(self) -> Faults:
        """The errors of the front-end machine."""
        ...

    def snapshot(self, count: Statement, table: str) -> int:
        """Open a read snapshot and return the source's count in it."""
        ...

    def batches(self, rows: Statement, table: str) -> Iterator[pa.Table]:
        """Yield rows of the snapshot."""
        ...

    def release(self) -> None:
        """Close the read snapshot."""
        ...


@dataclass(frozen=True, slots=True)
class Carriage:
    """How one item comes (信息项传输方式)."""

    item: str
    way: Way
    columns: int = 1
    """Result columns that it takes: a long text in bytes comes in pieces."""
    charset: str | None = None
    padded: bool = False

    def array(self, parts: Sequence[pa.Array]) -> pa.Array:
        """Return the item's values from its result columns."""
        found = joined(list(parts)) if self.way is Way.TEXT_BYTES else parts[0]
        return unpadded(found) if self.padded else found


def carriage_of(
    item: str, way: Way, column: ColumnElement[Any], source: SourceColumn, texts: Texts
) -> tuple[Carriage, list[ColumnElement[Any]]]:
    """Return how an item comes, and the expressions that carry it."""
    padded = source.type_name in PADDED
    if way is Way.TEXT_BYTES:
        parts = pieces(column, source)
        return Carriage(item, way, len(parts), texts.charset, padded), parts
    return Carriage(item, way, padded=padded), [expression(way, column, source)]


@dataclass
class OracleDrawing:
    """Rows under way from Oracle (Oracle 取数过程)."""

    connection: Snapshots
    carriages: list[Carriage]
    rows: Statement
    count: Statement
    table: str
    driver: str = "python-oracledb"
    source_rows: int = 0

    @property
    def reader(self) -> str:
        """How the rows are read."""
        turned = [f"{each.item} {each.way}" for each in self.carriages if each.way is not Way.PLAIN]
        return ", ".join([f"oracle: {self.driver}", *turned])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self.connection.release()

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        drawn = 0
        self.source_rows = self.connection.snapshot(self.count, self.table)
        for table in self.connection.batches(self.rows, self.table):
            for batch in table.to_batches():
                if batch.num_rows:
                    drawn += batch.num_rows
                    yield self._items(batch)
        if drawn != self.source_rows:
            raise self.connection.faults.cut_short(drawn, self.source_rows)

    def _items(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        arrays, fields, first = [], [], 0
        for each in self.carriages:
            array = each.array(batch.columns[first : first + each.columns])
            first += each.columns
            arrays.append(array)
            fields.append(field_in(each.item, each.charset).with_type(array.type))
        return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))
