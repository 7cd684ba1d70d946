"""Data files written by the landing itself (写数据文件), each whole and on disk, or not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

import pyarrow as pa
import pyarrow.parquet as pq

from shutong.catalog.models import Dataset
from shutong.datafiles import file_schema, written_as
from shutong.lake.files import force

ROWS_PER_FILE: Final = 131_072
_ROWS_PER_GROUP: Final = 65_536


class RowFiles:
    """Writes rows into numbered files of one batch (批次数据文件), cut at `ROWS_PER_FILE`.

    Rows gather into groups first, so that many small batches do not become many small groups.
    """

    def __init__(self, partition: Path, batch_id: str, dataset: Dataset) -> None:
        self._partition = partition
        self._batch_id = batch_id
        self._dataset = dataset
        self._schema = file_schema(dataset)
        self._gathered: list[pa.RecordBatch] = []
        self._rows = 0
        self._writer: pq.ParquetWriter | None = None
        self._written = 0
        self.files: list[tuple[Path, int]] = []
        """The files with their rows, complete when the context is left."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._flush()
            self._close()
        elif self._writer is not None:
            self._writer.close()
            self._temporary.unlink(missing_ok=True)

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows; OSError when the disk is full."""
        if not batch.num_rows:
            return
        self._gathered.append(batch.cast(self._schema))
        self._rows += batch.num_rows
        if self._rows >= _ROWS_PER_GROUP:
            self._flush()

    @property
    def _target(self) -> Path:
        return self._partition / f"{self._batch_id}-{len(self.files):05d}.parquet"

    @property
    def _temporary(self) -> Path:
        return self._target.with_name(f".{self._target.name}.tmp")

    def _flush(self) -> None:
        if not self._rows:
            return
        writer = self._writer or self._open()
        writer.write_table(pa.Table.from_batches(self._gathered, self._schema))
        self._written += self._rows
        self._gathered, self._rows = [], 0
        if self._written >= ROWS_PER_FILE:
            self._close()

    def _open(self) -> pq.ParquetWriter:
        self._writer = pq.ParquetWriter(self._temporary, self._schema, **written_as(self._dataset))
        return self._writer

    def _close(self) -> None:
        if self._writer is None:
            return
        self._writer.close()
        target = self._target
        _complete(self._temporary, target)
        self.files.append((target, self._written))
        self._writer, self._written = None, 0


def write_file(target: Path, tables: Iterator[pa.Table], dataset: Dataset) -> int | None:
    """Write tables as the row groups of one data file; return its rows.

    None, and no file, when there is no table; 0, and no file, when none has a row. The file is
    on disk and whole, or not there.
    """
    temporary = target.with_name(f".{target.name}.tmp")
    writer: pq.ParquetWriter | None = None
    rows: int | None = None
    try:
        for table in tables:
            rows = (rows or 0) + table.num_rows
            if table.num_rows:
                if writer is None:
                    writer = pq.ParquetWriter(temporary, table.schema, **written_as(dataset))
                writer.write_table(table, row_group_size=table.num_rows)
    except BaseException:
        if writer is not None:
            writer.close()
            temporary.unlink(missing_ok=True)
        raise
    if writer is not None:
        writer.close()
        _complete(temporary, target)
    return rows


def _complete(temporary: Path, target: Path) -> None:
    temporary.chmod(0o600)
    force(temporary)
    temporary.replace(target)
