"""Extract a window to staged Parquet (抽取).

Two threads share the work: this one receives rows from the front-end machine, the other
fits them to the data standard's exact types and writes them. What lies between them is
bounded, so memory does not grow with the table.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Final

import pyarrow as pa

from shutong.collection.context import CollectionContext, storing
from shutong.collection.drifting import guard_drift
from shutong.collection.giving_way import giving_way
from shutong.collection.planning import query_of
from shutong.collection.staging import StagingWriter
from shutong.fieldtypes import arrow_type
from shutong.frontends import Reader
from shutong.model import BatchState, LoadMode, StagedBatch, Window


def extract(context: CollectionContext, batch_id: str) -> StagedBatch:
    """Draw the batch's window from the front-end machine into Parquet files.

    Whole or not at all: files of an earlier try are cleared first, and the batch counts as
    staged only when its fact is written, last. SourceUnreachable and SourceMismatch come
    from the reader; StorageFailed when the disk is full.
    """
    folder = context.folder(batch_id)
    if context.settled(batch_id):
        return StagedBatch.read(folder.staged)
    window = Window.read(folder.need(folder.window, "plan"))
    query = query_of(context, window)
    wanted = wanted_schema(context, [item for item, _ in query.columns])
    with storing(str(folder.path)):
        shutil.rmtree(folder.data, ignore_errors=True)
        folder.staged.unlink(missing_ok=True)
        folder.data.mkdir(parents=True, mode=0o700)
    # One allocator beside numpy's own: each would keep what the other needs.
    pa.set_memory_pool(pa.system_memory_pool())
    with (
        giving_way(),
        context.reader() as reader,
        _unchanged(context, reader).draw(query, wanted) as drawing,
    ):
        writer = StagingWriter(
            folder.data,
            dataset=context.dataset,
            provider=context.resource.provider,
            batch_id=batch_id,
            drawn=wanted,
            rows_per_file=_rows_per_file(context),
        )
        with storing(str(folder.path)), writer:
            for rows in _gathered(iter(drawing)):
                writer.put(rows)
            source_rows = drawing.source_rows
    # What is kept for the next batches, the validating engine needs more.
    pa.default_memory_pool().release_unused()
    staged = StagedBatch(
        batch_id=batch_id,
        resource=context.resource_id,
        dataset=context.resource.dataset,
        window=window,
        files=writer.files,
        rows=writer.rows,
        source_rows=source_rows,
        reader=drawing.reader,
        misfits=writer.misfits,
        misfit_rows=writer.misfit_rows,
    )
    with storing(str(folder.path)):
        staged.write(folder.staged)
    context.ledger.advance(batch_id, BatchState.STAGED)
    return staged


_ROWS_PER_MERGED_FILE: Final = 131_072
"""A file of a merged table is written again when one of its rows changes: it is kept small."""


def _rows_per_file(context: CollectionContext) -> int:
    most = context.settings.rows_per_file
    merges = context.resource.source.load is LoadMode.MERGE
    return min(most, _ROWS_PER_MERGED_FILE) if merges else most


def _unchanged(context: CollectionContext, reader: Reader) -> Reader:
    """Return the reader; SourceDrifted when the table was changed after the plan."""
    guard_drift(context, reader)
    return reader


def wanted_schema(context: CollectionContext, items: list[str]) -> pa.Schema:
    """Return the exact Arrow types that the data standard gives the drawn items."""
    fields = []
    for name in items:
        item = context.dataset.item(name)
        fields.append(pa.field(name, arrow_type(item.type, item.length, item.scale)))
    return pa.schema(fields)


_GATHER = 65_536
"""Rows handed over at once: large enough for Parquet row groups, small enough for memory."""


def _gathered(batches: Iterator[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        if rows >= _GATHER:
            yield held
            held, rows = [], 0
    if held:
        yield held
