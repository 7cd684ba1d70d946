"""Validate a staged batch against the dataset's expectations (校验)."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from shutong import quality
from shutong.catalog.models import Tolerance
from shutong.collection.context import CollectionContext, storing
from shutong.collection.relating import landed_datasets, last_profile
from shutong.collection.reports import write_report
from shutong.errors import BatchRefused, Text
from shutong.lake import sm3_of
from shutong.model import BatchState, StagedBatch, StagedFile, ValidationReport


def validate(context: CollectionContext, batch_id: str) -> ValidationReport:
    """Judge the batch, split the rejected rows off, seal the files and write the report.

    BatchRefused when a table rule failed, a rule could not be carried out or too many rows
    were rejected: the report says which, and the last good state stays.
    """
    folder = context.folder(batch_id)
    if context.settled(batch_id):
        return ValidationReport.read(folder.report)
    folder.need(folder.reconciliation, "reconcile")
    staged = StagedBatch.read(folder.staged)
    with storing(str(folder.path)), ThreadPoolExecutor(context.settings.threads) as pool:
        # Beside the judging, which leaves the processor idle while GX prepares.
        sealing = [pool.submit(_sealed, file) for file in staged.files if file.digest is None]
        report = quality.validate(
            staged=staged,
            dataset=context.dataset,
            suite_path=context.suite_path,
            tolerance=_tolerance(context, staged),
            codes=context.codes,
            folder=folder.path,
            memory=context.settings.duckdb_memory,
            threads=context.settings.threads,
            # The front-end's own day, so that the exchange's clock and zone do not matter
            # and the same batch is always judged alike.
            today=staged.window.planned_at.date(),
            landed=landed_datasets(context),
            previous=last_profile(context),
        )
        report = _with_seals(report, [each.result() for each in sealing])
        report.write(folder.report)
        write_report(context, report, staged)
    if not report.accepted:
        context.ledger.refuse(batch_id, report.reasons)
        raise BatchRefused(
            _told(report.reasons),
            place=f"{context.resource_id} {batch_id}",
            next_step=Text(
                "查看校验报告, 由数据专员更正后重跑; 共享库保持上一批",
                "see the report; have the steward correct the data; the last batch stays",
            ),
        )
    context.ledger.advance(batch_id, BatchState.VALIDATED)
    return report


def _tolerance(context: CollectionContext, staged: StagedBatch) -> Tolerance:
    """Return the resource's tolerance; all rows of a comparison or correction may be rejected."""
    tolerance = context.resource.tolerance
    if staged.compared is None and staged.window.correction is None:
        return tolerance
    return tolerance.model_copy(update={"rejected_share": 1.0})


_SHOWN: Final = 3
"""Reasons that a message gives; the report and the ledger give all."""


def _told(reasons: Sequence[str]) -> Text:
    more = len(reasons) - _SHOWN
    rest = Text(f"；另有 {more} 条原因", f"; {more} reasons more") if more > 0 else Text("", "")
    shown = reasons[:_SHOWN]
    return Text("；".join(shown) + rest.zh, "; ".join(shown) + rest.en)


def _sealed(file: StagedFile) -> StagedFile:
    return file.model_copy(update={"digest": sm3_of(file.path)})


def _with_seals(report: ValidationReport, sealed: Sequence[StagedFile]) -> ValidationReport:
    """Return the report with the digests of the files that the judging left as they were.

    A file written anew without its rejected rows is sealed by the landing, which has time then.
    """
    known = {file.path: file for file in sealed}
    files = tuple(known.get(file.path, file) for file in report.clean_files)
    return report.model_copy(update={"clean_files": files})
