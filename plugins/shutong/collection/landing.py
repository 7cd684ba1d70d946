"""Land a validated batch in the shared high-frequency database (入库)."""

from __future__ import annotations

from shutong.audit import Action
from shutong.collection.context import CollectionContext, storing
from shutong.collection.reports import tell_landing
from shutong.errors import StorageFailed, Text
from shutong.model import LandedBatch, StagedBatch, ValidationReport


def land(context: CollectionContext, batch_id: str) -> LandedBatch:
    """Put the batch's clean rows into the dataset's table and its rejected rows aside.

    The last and atomic act: a batch that fails here changes nothing, and a rerun lands once.
    Rejected rows go first, so that no row is ever in neither place.
    """
    landed = context.ledger.landing(batch_id)
    folder = context.folder(batch_id)
    if landed is not None:
        folder.clear_rows()
        _tell(context, landed)
        return landed.model_copy(update={"repeated": True})
    report = ValidationReport.read(folder.need(folder.report, "validate"))
    staged = StagedBatch.read(folder.staged)
    landed = _into_tables(context, staged, report)
    watermark = staged.window.high or staged.window.watermark
    context.ledger.land(landed, watermark)
    folder.clear_rows()
    _tell(context, landed)
    return landed


def _tell(context: CollectionContext, landed: LandedBatch) -> None:
    """Write into the report what landed; a full disk is told, for the rows are in the table."""
    try:
        tell_landing(context, landed)
    except OSError as exc:
        raise StorageFailed(
            Text("已入库, 但报告写不下", "the batch has landed, its report cannot be written"),
            place=str(context.settings.reports_dir),
            next_step=Text(
                "腾出空间后重跑入库, 不会重复入库", "free space and land again; it lands once"
            ),
        ) from exc


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
