"""GX's own documents of a batch, written beside its report (GX 原生文档)."""

from __future__ import annotations

from pathlib import Path

from shutong.collection.verifying import basis_of, report_of
from shutong.errors import StorageFailed, Text
from shutong.quality.documents import Counted, documents
from shutong.reporting.places import put
from shutong.settings import Settings


def write_documents(batch_id: str, to: Path | None, *, using: Settings) -> tuple[Path, Path]:
    """Write a batch's Data Docs page and result JSON; return both paths.

    Into `to`, or beside the report. UnknownName for a batch without a report, StorageFailed
    when what it was judged by is no more kept. No row is read.
    """
    facts = report_of(batch_id, using=using)
    basis = basis_of(facts, using=using)
    if basis is None:
        raise StorageFailed(
            Text("留存的规则集缺失或被改动", "the kept suite is missing or was altered"),
            place=str(using.reports_dir / ".evidence"),
            next_step=Text("从备份恢复该目录", "restore the folder from a backup"),
        )
    made = documents(
        basis.suite,
        [Counted(rule.rule, rule.state, rule.failed_rows, rule.detail) for rule in facts.rules],
        rows=facts.rows - facts.misfit_rows,
        batch=batch_id,
        asset=facts.resource,
        dataset=basis.dataset,
        codes=basis.codes,
        today=facts.judged_on,
        at=facts.validated_at,
    )
    folder = to or using.reports_dir / facts.resource
    page, results = folder / f"{batch_id}-gx.html", folder / f"{batch_id}-gx.json"
    put(results, made.results)
    put(page, made.page)
    return page, results
