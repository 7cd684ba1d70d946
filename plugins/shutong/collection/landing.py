"""Land a validated batch in the shared high-frequency database (入库)."""

from __future__ import annotations

from shutong.audit import Action
from shutong.collection.context import CollectionContext, storing
from shutong.collection.problem_states import end_problems
from shutong.collection.reports import tell_landing
from shutong.collection.ticketing import ticket_effect
from shutong.errors import LandingRefused, NotReconciled, StorageFailed, Text
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
        _tell(context, landed)
        return landed.model_copy(update={"repeated": True})
    report = ValidationReport.read(folder.need(folder.report, "validate"))
    staged = StagedBatch.read(folder.staged)
    with storing(str(folder.path)):
        effect = ticket_effect(context, staged, report)
    landed = _into_tables(context, _renewing(staged, effect.changes), report)
    end_problems(context.lake, report.dataset, report.resource, effect.ended, reference=batch_id)
    watermark = staged.window.high or staged.window.watermark
    context.ledger.land(landed, watermark, effect.changes)
    folder.clear_rows()
    _tell(context, landed)
    return landed


def _renewing(staged: StagedBatch, changes: TicketChanges | None) -> StagedBatch:
    """Let a batch of a source that only grows renew rows that a spreadsheet had corrected.

    The source's own row wins; otherwise the batch would be refused, and all after it.
    """
    if changes is None or not changes.overtaken or staged.window.mode is not LoadMode.APPEND:
        return staged
    window = staged.window.model_copy(update={"mode": LoadMode.MERGE})
    return staged.model_copy(update={"window": window})


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
        rows = 0
        if report.rejected_file is not None:
            seal = context.resource.quarantine.encrypt
            rows = context.lake.quarantine(report, context.dataset, seal=seal)
            context.ledger.record(
                Action.ROWS_QUARANTINED,
                report.batch_id,
                {"resource": report.resource, "dataset": report.dataset, "rows": rows},
            )
        _guard_kept(report, rows)
        landed = context.lake.land(report=report, staged=staged, dataset=context.dataset)
    return _accounted(landed.model_copy(update={"rows_quarantined": rows}))


def _guard_kept(report: ValidationReport, rows: int) -> None:
    """Refuse to land anything before each rejected row lies in quarantine."""
    if rows == report.rejected_rows:
        return
    raise LandingRefused(
        Text(
            f"被拒 {report.rejected_rows} 行, 隔离区有 {rows} 行",
            f"{report.rejected_rows} rows were rejected, {rows} are in quarantine",
        ),
        place=f"{report.resource} {report.batch_id}",
        next_step=Text("重新校验该批次", "validate the batch again"),
    )


def _accounted(landed: LandedBatch) -> LandedBatch:
    """Return a landing whose rows add up; NotReconciled for any other: it is not entered."""
    if landed.unaccounted == 0:
        return landed
    raise NotReconciled(
        Text(
            f"批次账目不平, 差 {landed.unaccounted} 行: 读取 {landed.rows_read} ≠ "
            f"入库 {landed.rows_landed} + 未变 {landed.rows_unchanged} "
            f"+ 隔离 {landed.rows_quarantined}",
            f"the batch's rows do not add up by {landed.unaccounted}: {landed.rows_read} read, "
            f"{landed.rows_landed} landed, {landed.rows_unchanged} unchanged, "
            f"{landed.rows_quarantined} in quarantine",
        ),
        place=f"{landed.resource} {landed.batch_id}",
        next_step=Text(
            "停止归集该资源, 用 shutong verify 核验", "stop collecting it, and run shutong verify"
        ),
    )
