"""Extract a window to staged Parquet (抽取).

Two threads share the work: this one receives rows from the front-end machine, the other
fits them to the data standard's exact types and writes them. What lies between them is
bounded, so memory does not grow with the table.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pyarrow as pa
from pydantic import JsonValue

from shutong.collection.comparing import draw_difference
from shutong.collection.context import BatchFolder, CollectionContext, storing
from shutong.collection.drawing import staged_batch, write_rows
from shutong.collection.drifting import guard_drift
from shutong.collection.following import draw_changed
from shutong.collection.giving_way import giving_way
from shutong.collection.pieces import cut_window, draw_pieces
from shutong.collection.planning import query_of
from shutong.frontends import Reader
from shutong.model import BatchState, LoadMode, StagedBatch, Window


def extract(
    context: CollectionContext,
    batch_id: str,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> StagedBatch:
    """Draw the batch's window from the front-end machine into Parquet files.

    Whole or not at all: files of an earlier try are cleared first, but for whole pieces of a
    window that is cut, and the batch counts as staged only when its fact is written, last.
    `progress` is called with the number of each piece and how many there are.
    SourceUnreachable and SourceMismatch come from the reader; StorageFailed when the disk is
    full.
    """
    folder = context.folder(batch_id)
    if context.settled(batch_id):
        return StagedBatch.read(folder.staged)
    window = Window.read(folder.need(folder.window, "plan"))
    with storing(str(folder.path)):
        shutil.rmtree(folder.data, ignore_errors=True)
        folder.staged.unlink(missing_ok=True)
        folder.data.mkdir(parents=True, mode=0o700)
    # One allocator beside numpy's own: each would keep what the other needs.
    pa.set_memory_pool(pa.system_memory_pool())
    with giving_way(), context.reader() as reader:
        guard_drift(context, reader)  # The table may have been changed after the plan.
        if window.comparison:
            staged = draw_difference(context, reader, window, folder)
        elif context.resource.source.load is LoadMode.LOG:
            staged = draw_changed(context, reader, window, folder)
        else:
            staged = _draw_window(context, reader, window, folder, progress)
    # What is kept for the next batches, the validating engine needs more.
    pa.default_memory_pool().release_unused()
    with storing(str(folder.path)):
        staged.write(folder.staged)
    context.ledger.advance(batch_id, BatchState.STAGED, _told(staged))
    return staged


def _draw_window(
    context: CollectionContext,
    reader: Reader,
    window: Window,
    folder: BatchFolder,
    progress: Callable[[int, int], None] | None,
) -> StagedBatch:
    query = query_of(context, window)
    pieces = cut_window(context, reader, window, query)
    if pieces is not None:
        return draw_pieces(context, reader, window, query, pieces, progress)
    writer, told = write_rows(context, folder, window.batch_id, reader, [query])
    return staged_batch(context, window, writer, told)


def _told(staged: StagedBatch) -> dict[str, JsonValue]:
    """Return the facts for the audit chain: counts only."""
    if staged.compared is None:
        return {}
    return staged.compared.model_dump(mode="json")
