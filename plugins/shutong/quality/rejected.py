"""Rejected rows as text, with rule and reason (问题数据): what the quarantine table takes up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pyarrow as pa
import pyarrow.parquet as pq

PROVENANCE: Final = ("_provider", "_resource", "_batch")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where rejected rows come from (来源)."""

    provider: str
    resource: str
    batch: str
    seen_at: datetime


class RejectedFile:
    """The file of a batch's rejected rows (问题数据文件), a context manager.

    Columns: every item as text, `_rules`, `_reasons` (Chinese words joined by ；), then
    `_provider`, `_resource`, `_batch`, `_seen_at`. There is no file until the first row comes;
    `limit` rows are kept at most.
    """

    def __init__(
        self, path: Path, items: Sequence[str], origin: Origin, limit: int | None = None
    ) -> None:
        self.path = path
        self.rows = 0
        self.schema = pa.schema(
            [
                *(pa.field(item, pa.string()) for item in items),
                pa.field("_rules", pa.list_(pa.field("element", pa.string()))),
                pa.field("_reasons", pa.string()),
                *(pa.field(name, pa.string()) for name in PROVENANCE),
                pa.field("_seen_at", pa.timestamp("us")),
            ]
        )
        self._items = tuple(items)
        self._origin = origin
        self._limit = limit
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        self.path.unlink(missing_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._writer is not None:
            self._writer.close()
            self.path.chmod(0o600)

    @property
    def full(self) -> bool:
        """Say whether no further row is kept."""
        return self._limit is not None and self.rows >= self._limit

    def put(self, rows: pa.Table, rules: Sequence[list[str]], reasons: Sequence[str]) -> None:
        """Add rows with the ids and the words of the rules that each of them fails."""
        left = rows.num_rows if self._limit is None else self._limit - self.rows
        table = self._told(rows.slice(0, left), rules[:left], reasons[:left])
        if not table.num_rows:
            return
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, self.schema, write_statistics=False)
        self._writer.write_table(table)
        self.rows += table.num_rows

    def _told(self, rows: pa.Table, rules: Sequence[list[str]], reasons: Sequence[str]) -> pa.Table:
        count, origin = rows.num_rows, self._origin
        columns = {
            name: as_text(rows.column(name)) for name in self._items if name in rows.schema.names
        }
        columns["_rules"] = pa.array(rules, self.schema.field("_rules").type)
        columns["_reasons"] = pa.array(reasons, pa.string())
        told = (origin.provider, origin.resource, origin.batch)
        for name, value in zip(PROVENANCE, told, strict=True):
            columns[name] = pa.repeat(pa.scalar(value, pa.string()), count)
        columns["_seen_at"] = pa.repeat(pa.scalar(origin.seen_at, pa.timestamp("us")), count)
        missing = pa.nulls(count, pa.string())
        return pa.table([columns.get(f.name, missing) for f in self.schema], schema=self.schema)


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column as text (转为文本); bytes as hexadecimal digits."""
    if pa.types.is_binary(column.type):
        digits = [value and value.hex() for value in column.to_pylist()]
        return pa.chunked_array([pa.array(digits, pa.string())])
    return column.cast(pa.string())
