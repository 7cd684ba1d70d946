"""Land a validated batch in the shared high-frequency database (入库)."""

from __future__ import annotations

from shutong.audit import Action
from shutong.collection.context import CollectionContext, storing
from shutong.collection.ticketing import ticket_changes
from shutong.ledger import TicketChanges
from shutong.model import LandedBatch, LoadMode, StagedBatch, ValidationReport


def land(context: CollectionContext, batch_id: str) -> LandedBatch:
    """Put the batch's clean rows into the dataset's table and its rejected rows aside.

    The last and atomic act: a batch that fails here changes nothing, and a rerun lands once.
    Rejected rows go first, so that no row is ever in neither place; what they mean for
    correction tickets is entered with the landing.
    """
    landed = context.ledger.landing(batch_id)
    folder = context.folder(batch_id)
    if landed is not None:
        folder.clear_rows()
        return landed.model_copy(update={"repeated": True})
    report = ValidationReport.read(folder.need(folder.report, "validate"))
    staged = StagedBatch.read(folder.staged)
    with storing(str(folder.path)):
        changes = ticket_changes(context, staged, report)
    landed = _into_tables(context, _renewing(staged, changes), report)
    watermark = staged.window.high or staged.window.watermark
    context.ledger.land(landed, watermark, changes)
    folder.clear_rows()
    return landed


def _renewing(staged: StagedBatch, changes: TicketChanges | None) -> StagedBatch:
    """Let a batch of a source that only grows renew rows that a spreadsheet had corrected.

    The source's own row wins; otherwise the batch would be refused, and all after it.
    """
    if changes is None or not changes.overtaken or staged.window.mode is not LoadMode.APPEND:
        return staged
    window = staged.window.model_copy(update={"mode": LoadMode.MERGE})
    return staged.model_copy(update={"window": window})


def _into_tables(
    context: CollectionContext, staged: StagedBatch, report: ValidationReport
) -> LandedBatch:
    with storing(str(context.settings.lake_dir)):
        if report.rejected_file is not None:
            rows = context.lake.quarantine(report, context.dataset)
            context.ledger.record(
                Action.ROWS_QUARANTINED,
                report.batch_id,
                {"resource": report.resource, "dataset": report.dataset, "rows": rows},
            )
        return context.lake.land(report=report, staged=staged, dataset=context.dataset)
