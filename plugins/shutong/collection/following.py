"""Follow a front-end machine's log (日志归集): draw the rows whose keys it names.

The log tells which keys were touched; what stands under them now is drawn as ever, and a key
that draws nothing is of a row that left. Where too many were touched, the whole table is drawn
and its keys are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from shutong.collection.comparing import KEYS_PER_STATEMENT, guard_vanished
from shutong.collection.context import BatchFolder, CollectionContext, storing
from shutong.collection.drawing import Drawn, staged_batch, write_rows
from shutong.collection.log_windows import key_query, log_of
from shutong.collection.planning import query_of
from shutong.collection.staging import StagingWriter
from shutong.fitting import fit
from shutong.frontends import Among, Query, Reader
from shutong.lake import KeyDifference, KeyFiles
from shutong.model import StagedBatch, Window

MOST_KEYS: Final = 200_000
"""Touched keys that are drawn one by one; more, and the whole table is drawn."""

Keys = set[tuple[Any, ...]]


def draw_changed(
    context: CollectionContext, reader: Reader, window: Window, folder: BatchFolder
) -> StagedBatch:
    """Stage the rows that changed in the window's part of the log, and the keys that left.

    BatchRefused where more rows vanished than the resource allows. Rows are drawn as they are
    now, which may be later than the window: the next one brings them again.
    """
    if window.low is None or window.high is None:
        return _whole(context, reader, window, folder)
    whole = query_of(context, None)
    query, wanted = key_query(context, whole)
    keys = log_of(context, reader).changed_keys(query, wanted, window.low, window.high, MOST_KEYS)
    if keys is None:
        return _whole(context, reader, window, folder)
    writer, told = write_rows(
        context, folder, window.batch_id, reader, _queries(whole, query.columns, keys)
    )
    told.readers.insert(0, f"log: {keys.num_rows} keys")
    with storing(str(folder.path)):
        touched = _as_keys(fit(keys, wanted).rows)
        left = touched - _drawn_keys(writer, wanted)
        found = _standing(context, window, folder, left, wanted)
    return _staged(context, window, folder, (writer, told), found, None)


def _queries(
    whole: Query, key: tuple[tuple[str, str], ...], keys: pa.RecordBatch
) -> Iterator[Query]:
    columns = tuple(column for _, column in key)
    for begin in range(0, keys.num_rows, KEYS_PER_STATEMENT):
        part = keys.slice(begin, KEYS_PER_STATEMENT)
        rows = zip(*(part.column(item).to_pylist() for item, _ in key), strict=True)
        yield replace(whole, among=Among(columns, tuple(rows)))


def _whole(
    context: CollectionContext, reader: Reader, window: Window, folder: BatchFolder
) -> StagedBatch:
    """Stage the whole table, and the keys that only the shared table has."""
    writer, told = write_rows(context, folder, window.batch_id, reader, [query_of(context, None)])
    found = KeyDifference(gone=0, missing=0, table_rows=0)
    if context.ledger.last_landing(context.resource_id) is not None:
        _, wanted = key_query(context, query_of(context, None))
        keys = folder.path / "keys.parquet"
        with storing(str(folder.path)):
            _write_drawn_keys(writer, wanted, keys)
            files = KeyFiles(
                source=[keys],
                gone=_gone(folder),
                missing=folder.path / "missing.parquet",
            )
            found = context.lake.compare_keys(
                context.dataset, context.resource.dataset, window.resource, files
            )
    return _staged(context, window, folder, (writer, told), found, told.source_rows)


def _staged(
    context: CollectionContext,
    window: Window,
    folder: BatchFolder,
    drawn: tuple[StagingWriter, Drawn],
    found: KeyDifference,
    source_rows: int | None,
) -> StagedBatch:
    guard_vanished(context, window, found, source_rows)
    staged = staged_batch(context, window, *drawn)
    gone = _gone(folder) if found.gone else None
    return staged.model_copy(update={"gone": gone, "gone_rows": found.gone})


def _standing(
    context: CollectionContext,
    window: Window,
    folder: BatchFolder,
    left: Keys,
    wanted: pa.Schema,
) -> KeyDifference:
    """Write those of the keys that stand in the shared table: the others never landed."""
    if not left:
        return KeyDifference(gone=0, missing=0, table_rows=0)
    asked = folder.path / "left.parquet"
    _write_keys(left, wanted, asked)
    return context.lake.standing_keys(
        context.dataset, context.resource.dataset, window.resource, asked, _gone(folder)
    )


def _drawn_keys(writer: StagingWriter, wanted: pa.Schema) -> Keys:
    """Return the keys of all rows that were drawn, those of misfit rows too."""
    keys = _misfit_keys(writer, wanted)
    for file in writer.files:
        keys |= _as_keys(pq.read_table(file.path, columns=wanted.names))
    return keys


def _write_drawn_keys(writer: StagingWriter, wanted: pa.Schema, target: Path) -> None:
    """Write the keys of all rows that were drawn, file by file: they may be many."""
    with pq.ParquetWriter(target, wanted, write_statistics=False) as out:
        for file in writer.files:
            out.write_table(pq.read_table(file.path, columns=wanted.names).cast(wanted))
        out.write_table(_table_of(_misfit_keys(writer, wanted), wanted))
    target.chmod(0o600)


def _misfit_keys(writer: StagingWriter, wanted: pa.Schema) -> Keys:
    """Return the keys of rows that have a value no type can hold: they have not left."""
    if writer.misfits is None:
        return set()
    table = pq.read_table(writer.misfits, columns=wanted.names)
    return {key for batch in table.to_batches() for key in _as_keys(fit(batch, wanted).rows)}


def _as_keys(rows: pa.RecordBatch | pa.Table) -> Keys:
    return set(zip(*(column.to_pylist() for column in rows.columns), strict=True))


def _write_keys(keys: Keys, wanted: pa.Schema, target: Path) -> None:
    pq.write_table(_table_of(keys, wanted), target, write_statistics=False)
    target.chmod(0o600)


def _table_of(keys: Keys, wanted: pa.Schema) -> pa.Table:
    columns = list(zip(*keys, strict=True)) or [()] * len(wanted)
    arrays = [pa.array(c, type=f.type) for c, f in zip(columns, wanted, strict=True)]
    return pa.Table.from_arrays(arrays, schema=wanted)


def _gone(folder: BatchFolder) -> Path:
    return folder.path / "gone.parquet"
