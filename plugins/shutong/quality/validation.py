"""The verdict over a staged batch (校验): GX judges, bad rows are told apart, a report says all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
from shutong.quality.splitting import Tell, reject_only, split
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
    verdict = judge(staged, dataset, rules, values, folder=folder, memory=memory, threads=threads)
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


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What was written of a judged batch."""

    clean: tuple[StagedFile, ...]
    rejected: Path | None
    misfits: tuple[RuleResult, ...]


def _outcome(
    staged: StagedBatch,
    dataset: Dataset,
    verdict: Verdict,
    folder: Path,
    now: datetime,
    threads: int,
    *,
    refused: bool,
) -> _Outcome:
    """Write clean and rejected rows apart; of a refused batch only some rejected ones."""
    origin = Origin(
        provider=staged.resource.partition(".")[0],
        resource=staged.resource,
        batch=staged.batch_id,
        seen_at=now.replace(tzinfo=None),
    )
    items = [item.name for item in dataset.items]
    path = folder / "rejected.parquet"
    limit = _KEPT_WHEN_REFUSED if refused else None
    with RejectedFile(path, items, origin, limit) as rejected:
        misfits = put_misfits(staged.misfits, dataset, rejected) if staged.misfits else None
        tell = _telling(verdict.rejecting)
        if refused:
            clean: tuple[StagedFile, ...] = ()
            reject_only(staged.files, verdict.failing, rejected=rejected, tell=tell)
        else:
            clean = split(
                staged.files,
                verdict.failing,
                folder=folder / "clean",
                rejected=rejected,
                tell=tell,
                threads=threads,
            )
    return _Outcome(
        clean=clean,
        rejected=path if rejected.rows else None,
        misfits=misfits.results(dataset) if misfits else (),
    )


def _telling(rules: Sequence[Rule]) -> Tell:
    def tell(numbers: Sequence[int]) -> tuple[list[str], str]:
        failed = [rules[number] for number in numbers]
        return [rule.rule for rule in failed], "；".join(rule.words for rule in failed)

    return tell


def _holding(rules: Sequence[Rule], window: Window) -> tuple[Rule, ...]:
    """Return the rules that hold of this window: some speak of whole tables only."""
    return tuple(rule for rule in rules if not (rule.full_only and window.incremental))


def _refusals(
    results: Sequence[RuleResult], staged: StagedBatch, rejected: int, tolerance: Tolerance
) -> Iterator[Text]:
    """Yield why the batch is refused, if it is (拒收原因)."""
    for result in results:
        if result.state is RuleState.ERRORED:
            yield Text(
                f"规则 {result.rule} 无法执行({result.detail}): {result.words}",
                f"rule {result.rule} could not be carried out ({result.detail})",
            )
        elif result.state is RuleState.FAILED and result.severity is Severity.REJECT_BATCH:
            seen = f"({result.detail})" if result.detail else ""
            yield Text(
                f"规则 {result.rule} 未通过{seen}: {result.words}",
                f"rule {result.rule} failed {seen}".rstrip(),
            )
    rows = staged.rows + staged.misfit_rows
    few = tolerance.rejected_rows if staged.window.incremental else 0
    if rejected > few and rejected / rows > tolerance.rejected_share:
        share, most = f"{rejected / rows:.2%}", f"{tolerance.rejected_share:.2%}"
        yield Text(
            f"{rows} 行中有 {rejected} 行被拒({share}), 超过容忍度 {most}",
            f"{rejected} of {rows} rows rejected ({share}), more than the tolerance {most}",
        )
    clean = rows - rejected
    if staged.window.mode is LoadMode.FULL and clean < tolerance.min_rows:
        yield Text(
            f"全量归集可入库 {clean} 行, 少于最少行数 {tolerance.min_rows}",
            f"{clean} rows of a full load may land, fewer than {tolerance.min_rows}",
        )
