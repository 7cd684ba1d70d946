"""Land a validated batch in the shared high-frequency database (入库)."""

from __future__ import annotations

from shutong.audit import Action
from shutong.collection.context import CollectionContext, storing
from shutong.collection.ticketing import ticket_changes
from shutong.model import LandedBatch, StagedBatch, ValidationReport


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
    landed = _into_tables(context, staged, report)
    watermark = staged.window.high or staged.window.watermark
    with storing(str(folder.path)):
        changes = ticket_changes(context, staged, report)
    context.ledger.land(landed, watermark, changes)
    folder.clear_rows()
    return landed


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
