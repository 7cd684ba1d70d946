"""Rows from a front-end machine to staged files (取数落盘), from one statement or several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa

from shutong.collection.context import BatchFolder, CollectionContext, storing
from shutong.collection.staging import StagingWriter
from shutong.fieldtypes import arrow_type
from shutong.frontends import Query, Reader
from shutong.model import LoadMode, StagedBatch, Window

_GATHER: Final = 65_536
"""Rows handed over at once: large enough for Parquet row groups, small enough for memory."""
_ROWS_PER_MERGED_FILE: Final = 65_536
"""A file of a merged table is written again when one of its rows changes: it is kept small."""


@dataclass(slots=True)
class Drawn:
    """What several drawings came to (取数合计)."""

    source_rows: int = 0
    """Rows the source counted, each time in the snapshot that was drawn."""
    unplaced: int = 0
    """Of those, rows without a cursor value that were asked for as such."""
    readers: list[str] = field(default_factory=list)

    @property
    def reader(self) -> str:
        """How the rows were read."""
        return "; ".join(dict.fromkeys(self.readers))


def write_rows(
    context: CollectionContext,
    folder: BatchFolder,
    batch_id: str,
    reader: Reader,
    queries: Iterable[Query],
    *,
    name: str = "part",
) -> tuple[StagingWriter, Drawn]:
    """Draw each query and write its rows; return the closed writer and the sums.

    Files are called by `name` and their number. All queries ask for the same items.
    SourceUnreachable and SourceMismatch come from the reader; StorageFailed when the disk is
    full.
    """
    told = Drawn()
    wanted = wanted_schema(context, mapped_items(context))
    writer = StagingWriter(
        folder.data,
        dataset=context.dataset,
        provider=context.resource.provider,
        batch_id=batch_id,
        drawn=wanted,
        rows_per_file=_rows_per_file(context),
        name=name,
    )
    with storing(str(folder.path)), writer:
        for rows in gathered(_batches(reader, queries, wanted, told)):
            writer.put(rows)
    return writer, told


def staged_batch(
    context: CollectionContext, window: Window, writer: StagingWriter, told: Drawn
) -> StagedBatch:
    """Return the fact of what was drawn."""
    return StagedBatch(
        batch_id=window.batch_id,
        resource=context.resource_id,
        dataset=context.resource.dataset,
        window=window,
        files=writer.files,
        rows=writer.rows,
        source_rows=told.source_rows,
        reader=told.reader,
        misfits=writer.misfits,
        misfit_rows=writer.misfit_rows,
    )


def _batches(
    reader: Reader, queries: Iterable[Query], wanted: pa.Schema, told: Drawn
) -> Iterator[pa.RecordBatch]:
    for query in queries:
        with reader.draw(query, wanted) as drawing:
            yield from drawing
            told.source_rows += drawing.source_rows
            told.unplaced += drawing.source_rows if query.placed is False else 0
            told.readers.append(drawing.reader)


def mapped_items(context: CollectionContext) -> list[str]:
    """Return the items that the resource draws, in the order of the data standard."""
    mapped = context.resource.source.columns
    return [item.name for item in context.dataset.items if item.name in mapped]


def wanted_schema(context: CollectionContext, items: list[str]) -> pa.Schema:
    """Return the exact Arrow types that the data standard gives the drawn items."""
    fields = []
    for name in items:
        item = context.dataset.item(name)
        fields.append(pa.field(name, arrow_type(item.type, item.length, item.scale)))
    return pa.schema(fields)


def gathered(batches: Iterator[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """Give the batches in lists of some `_GATHER` rows."""
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


def _rows_per_file(context: CollectionContext) -> int:
    most = context.settings.rows_per_file
    grows = context.resource.source.load is not LoadMode.FULL
    return min(most, _ROWS_PER_MERGED_FILE) if grows else most
