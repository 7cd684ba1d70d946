"""Staged Parquet files, ready to become the shared table's own (暂存写入)."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pyarrow as pa
import pyarrow.parquet as pq

from shutong.catalog.models import Dataset
from shutong.collection.giving_way import step_back
from shutong.datafiles import PROVENANCE, file_schema, written_as
from shutong.fitting import fit
from shutong.lake import sm3_unless
from shutong.model import StagedFile

_REPEATED: Final = pa.dictionary(pa.int32(), pa.string())
_WAITING: Final = 2
"""Hand-overs that may wait for the writing thread."""


class StagingWriter:
    """Writes drawn rows to Parquet in a thread of its own (暂存写入器).

    `put` hands rows over; leaving the context waits for the last file. An error of the
    writing thread is raised in the thread that puts.
    """

    def __init__(
        self,
        folder: Path,
        *,
        dataset: Dataset,
        provider: str,
        batch_id: str,
        drawn: pa.Schema,
        rows_per_file: int,
        name: str = "part",
    ) -> None:
        self._folder = folder
        self._name = name
        self._dataset = dataset
        self._drawn = drawn
        self._schema = file_schema(dataset)
        self._constants = {
            name: pa.array([value])
            for name, value in zip(PROVENANCE, (provider, batch_id), strict=True)
        }
        self._written = pa.schema(
            [f.with_type(_REPEATED) if f.name in self._constants else f for f in self._schema]
        )
        self._rows_per_file = rows_per_file
        self._queue: queue.Queue[list[pa.RecordBatch] | None] = queue.Queue(_WAITING)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="staging", daemon=True)
        self._file: pq.ParquetWriter | None = None
        self._file_path = folder
        self._file_rows = 0
        self._misfit_file: pq.ParquetWriter | None = None
        self._closed: list[StagedFile] = []
        self._sealing = ThreadPoolExecutor(1, "sealing", initializer=step_back)
        self._seals: list[Future[str | None]] = []
        self._hurried = threading.Event()
        self.rows = 0
        self.misfit_rows = 0

    @property
    def files(self) -> tuple[StagedFile, ...]:
        """The files written, in order, complete after the context is left.

        Those are sealed that the processor had time for: the source counts its rows at the
        end, and we wait. The others are sealed by the validation.
        """
        return tuple(self._closed)

    @property
    def misfits(self) -> Path | None:
        """The file of rows that no type can hold, when there are any."""
        return self._misfit_path if self.misfit_rows else None

    @property
    def _misfit_path(self) -> Path:
        return self._folder.parent / "misfits.parquet"

    def __enter__(self) -> Self:
        self._misfit_path.unlink(missing_ok=True)
        self._thread.start()
        return self

    def put(self, rows: list[pa.RecordBatch]) -> None:
        """Hand rows over for writing; waits while too many wait already."""
        while True:
            if self._error is not None:
                raise self._error
            try:
                self._queue.put(rows, timeout=1.0)
            except queue.Full:
                continue
            return

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self._error = self._error or error
        self._finish()
        self._hurried.set()
        self._sealing.shutdown(cancel_futures=True)
        if error is None and self._error is not None:
            raise self._error
        if error is None:
            self._closed = [
                file if seal.cancelled() else file.model_copy(update={"digest": seal.result()})
                for file, seal in zip(self._closed, self._seals, strict=True)
            ]

    def _finish(self) -> None:
        while self._thread.is_alive():
            try:
                self._queue.put(None, timeout=0.2)
            except queue.Full:
                continue
            self._thread.join()

    def _work(self) -> None:
        more = True
        try:
            while (held := self._queue.get()) is not None:
                if self._error is None:
                    self._write(held)
            more = False
            self._close_file()
            if self._misfit_file is not None:
                self._misfit_file.close()
        except BaseException as exc:  # noqa: BLE001 - handed to the thread that puts
            self._error = exc
            # Whoever puts must not wait for room; after the end nothing comes any more.
            while more and self._queue.get() is not None:
                pass

    def _write(self, batches: list[pa.RecordBatch]) -> None:
        """Write the rows that fit as one row group, and the others apart."""
        fitted = [fit(batch, self._drawn) for batch in batches]
        for each in fitted:
            if each.misfits is not None and each.misfits.num_rows:
                self._write_misfits(each.misfits)
        table = self._completed(pa.Table.from_batches([each.rows for each in fitted]))
        if not table.num_rows:
            return
        file = self._file or self._open_file()
        file.write_table(table, row_group_size=table.num_rows)
        self._file_rows += table.num_rows
        self.rows += table.num_rows
        if self._file_rows >= self._rows_per_file:
            self._close_file()

    def _completed(self, rows: pa.Table) -> pa.Table:
        """Add what the standard has and the source lacks, and where the rows come from."""
        columns = []
        for field in self._schema:
            if field.name in self._constants:
                columns.append(_repeated(self._constants[field.name], rows.num_rows))
            elif field.name in rows.schema.names:
                columns.append(rows.column(field.name))
            else:
                columns.append(pa.nulls(rows.num_rows, field.type))
        return pa.table(columns, schema=self._written)

    def _open_file(self) -> pq.ParquetWriter:
        self._file_path = self._folder / f"{self._name}-{len(self._closed):05d}.parquet"
        self._file = pq.ParquetWriter(
            self._file_path,
            self._written,
            **written_as(self._dataset),
        )
        return self._file

    def _close_file(self) -> None:
        if self._file is None:
            return
        self._file.close()
        self._file_path.chmod(0o600)
        self._closed.append(
            StagedFile(
                path=self._file_path,
                rows=self._file_rows,
                bytes=self._file_path.stat().st_size,
            )
        )
        self._seals.append(self._sealing.submit(sm3_unless, self._hurried.is_set, self._file_path))
        self._file, self._file_rows = None, 0

    def _write_misfits(self, misfits: pa.RecordBatch) -> None:
        if self._misfit_file is None:
            self._misfit_file = pq.ParquetWriter(
                self._misfit_path, misfits.schema, write_statistics=False
            )
        self._misfit_file.write_batch(misfits)
        self.misfit_rows += misfits.num_rows


def _zeros(rows: int) -> pa.Array:
    return pa.Array.from_buffers(pa.int32(), rows, [None, pa.py_buffer(bytes(4 * rows))])


def _repeated(value: pa.Array, rows: int) -> pa.Array:
    """Return one text for every row: as a dictionary it costs next to nothing to write.

    In the file it is an ordinary column of text, because no Arrow schema is stored there.
    """
    return pa.DictionaryArray.from_arrays(_zeros(rows), value)
