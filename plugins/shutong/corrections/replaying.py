"""Replay corrected rows (更正行重走): a small batch of their own, through the same rules."""

from __future__ import annotations

import shutil
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from shutong.collection.context import CollectionContext, storing
from shutong.collection.drawing import mapped_items, wanted_schema
from shutong.collection.landing import land
from shutong.collection.reconciling import reconcile
from shutong.collection.staging import StagingWriter
from shutong.collection.ticketing import CORRECTED
from shutong.collection.validating import validate
from shutong.ledger import Ticket
from shutong.model import BatchState, LandedBatch, LoadMode, StagedBatch, Window

_READER: Final = "corrected spreadsheet (更正表)"


def last_attempt(context: CollectionContext, prefix: str) -> tuple[str, BatchState] | None:
    """Return the last batch of a file's replay and where it stands, None before the first."""
    found = None
    number = 1
    while (state := context.ledger.state(f"{prefix}-{number}")) is not None:
        found = (f"{prefix}-{number}", state)
        number += 1
    return found


def next_attempt(prefix: str, last: tuple[str, BatchState] | None) -> str:
    """Return the id of the batch to run: an open one again, or one more after a refusal."""
    if last is None:
        return f"{prefix}-1"
    batch_id, state = last
    if state is not BatchState.REFUSED:
        return batch_id
    return f"{prefix}-{int(batch_id.rpartition('-')[2]) + 1}"


def replay(
    context: CollectionContext, ticket: Ticket, batch_id: str, submitted: pa.Table
) -> LandedBatch:
    """Carry corrected rows along the path; return what landed. The caller holds the resource.

    They are fitted, validated by the same suite and merged by key, into resources of any
    load. Rows that are still wrong go into quarantine again, under the same ticket. Busy when
    a batch of the resource is under way; BatchRefused where a rule refuses the whole batch.
    """
    window = _planned(context, batch_id)
    if not context.settled(batch_id):
        _stage(context, ticket, window, submitted)
        reconcile(context, batch_id)
        validate(context, batch_id)
    return land(context, batch_id)


def _planned(context: CollectionContext, batch_id: str) -> Window:
    zone = ZoneInfo(context.front_end.time_zone)
    window = Window(
        resource=context.resource_id,
        mode=LoadMode.MERGE,
        watermark=context.ledger.watermark(context.resource_id),
        planned_at=datetime.now(zone).replace(tzinfo=None),
        correction=batch_id,
    )
    window = context.ledger.plan(window, context.resource.dataset).window
    folder = context.folder(batch_id)
    with storing(str(folder.path)):
        folder.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        window.write(folder.window)
    return window


def _stage(
    context: CollectionContext, ticket: Ticket, window: Window, submitted: pa.Table
) -> StagedBatch:
    """Write the rows as an extraction would, with the file that tells whose they are."""
    folder = context.folder(window.batch_id)
    numbered = submitted.replace_schema_metadata({"ticket": ticket.ticket})
    wanted = wanted_schema(context, mapped_items(context))
    with storing(str(folder.path)):
        shutil.rmtree(folder.data, ignore_errors=True)
        folder.staged.unlink(missing_ok=True)
        folder.data.mkdir(parents=True, mode=0o700)
        target = folder.path / CORRECTED
        target.touch(mode=0o600)
        pq.write_table(numbered, target, write_statistics=False)
        writer = StagingWriter(
            folder.data,
            dataset=context.dataset,
            provider=context.resource.provider,
            batch_id=window.batch_id,
            drawn=wanted,
            rows_per_file=context.settings.rows_per_file,
        )
        with writer:
            writer.put(submitted.select(wanted.names).combine_chunks().to_batches())
        staged = StagedBatch(
            batch_id=window.batch_id,
            resource=context.resource_id,
            dataset=context.resource.dataset,
            window=window,
            files=writer.files,
            rows=writer.rows,
            source_rows=submitted.num_rows,
            reader=_READER,
            misfits=writer.misfits,
            misfit_rows=writer.misfit_rows,
        )
        staged.write(folder.staged)
    told = {"ticket": ticket.ticket, "rows": submitted.num_rows}
    context.ledger.advance(window.batch_id, BatchState.STAGED, told)
    return staged
