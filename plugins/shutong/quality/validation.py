"""The verdict over a staged batch (校验): GX judges, bad rows are told apart, a report says all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from shutong.catalog.models import CodeTable, Dataset, Tolerance
from shutong.errors import Text
from shutong.model import (
    LoadMode,
    RuleResult,
    RuleState,
    Severity,
    StagedBatch,
    StagedFile,
    ValidationReport,
    Window,
)
from shutong.quality.judging import Verdict, judge
from shutong.quality.keys import with_key_rules
from shutong.quality.misfits import put_misfits
from shutong.quality.parameters import parameters
from shutong.quality.rejected import Origin, RejectedFile
from shutong.quality.splitting import reject_only, split
from shutong.quality.suites import Rule, read_suite

_KEPT_WHEN_REFUSED: Final = 10_000
"""Rejected rows kept of a refused batch: enough to see why."""


def validate_batch(
    *,
    staged: StagedBatch,
    dataset: Dataset,
    suite_path: Path,
    tolerance: Tolerance,
    codes: Mapping[str, CodeTable],
    folder: Path,
    memory: str,
    threads: int,
    today: date,
) -> ValidationReport:
    """Judge a staged batch and split its rejected rows off; see `shutong.quality.validate`."""
    suite = read_suite(suite_path)
    rules = _holding(with_key_rules(suite.rules, dataset), staged.window)
    values = parameters(today, codes)
    verdict = judge(
        staged, dataset, rules, values, folder=folder, memory=memory, threads=threads
    )
    rejected = staged.misfit_rows + sum(len(f.rows) for f in verdict.failing.values())
    refusals = tuple(str(text) for text in _refusals(verdict.results, staged, rejected, tolerance))
    now = datetime.now(UTC)
    outcome = _outcome(staged, dataset, verdict, folder, now, threads, refused=bool(refusals))
    return ValidationReport(
        batch_id=staged.batch_id,
        resource=staged.resource,
        dataset=staged.dataset,
        accepted=not refusals,
        reasons=refusals,
        rows=staged.rows + staged.misfit_rows,
        rejected_rows=rejected,
        tolerance=tolerance.rejected_share,
        rules=(*verdict.results, *outcome.misfits),
        clean_files=outcome.clean,
        rejected_file=outcome.rejected,
        suite=suite.name,
        suite_digest=suite.digest,
        engine=f"great_expectations {version('great_expectations')}, duckdb {version('duckdb')}",
        validated_at=now,
    )
