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
    BatchProfile,
    LoadMode,
    RuleResult,
    RuleState,
    Severity,
    StagedBatch,
    StagedFile,
    ValidationReport,
    Window,
)
from shutong.quality.changes import changes_told, profile_of, with_previous
from shutong.quality.judging import Verdict, judge
from shutong.quality.keys import with_key_rules
from shutong.quality.misfits import put_misfits
from shutong.quality.parameters import parameters
from shutong.quality.rejected import Origin, RejectedFile
from shutong.quality.relations import (
    LandedDataset,
    made_ready,
    refused_for_want,
    with_unjudged,
)
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
    landed: Mapping[str, LandedDataset],
    previous: BatchProfile | None,
) -> ValidationReport:
    """Judge a staged batch and split its rejected rows off; see `shutong.quality.validate`."""
    suite = read_suite(suite_path)
    rules = _holding(with_key_rules(suite.rules, dataset), staged.window)
    rules = with_previous(rules, previous, dataset, codes)
    ready = made_ready(rules, landed)
    verdict = judge(
        staged,
        dataset,
        ready.rules,
        parameters(today, codes),
        folder=folder,
        memory=memory,
        threads=threads,
        attached=ready.attached,
    )
    personal = {item.name for item in dataset.items if item.sensitivity.personal}
    judged = changes_told(verdict.results, ready.rules, verdict.measures, personal)
    results = with_unjudged(rules, judged, ready.unjudged)
    rejected = staged.misfit_rows + sum(len(f.rows) for f in verdict.failing.values())
    places = {rule.rule: f"{_shown(suite_path)}:{rule.line}" for rule in suite.rules}
    refusals = (
        *(str(text) for text in refused_for_want(rules, ready.unjudged)),
        *(str(text) for text in _refusals(results, staged, rejected, tolerance, places)),
    )
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
        min_rows=tolerance.min_rows,
        rules=(*results, *outcome.misfits),
        clean_files=outcome.clean,
        rejected_file=outcome.rejected,
        suite=suite.name,
        suite_digest=suite.digest,
        engine=f"great_expectations {version('great_expectations')}, duckdb {version('duckdb')}",
        validated_at=now,
        references=tuple(other.told for _, other in sorted(landed.items())),
        compared_with=previous.batch_id if previous is not None else None,
        profile=profile_of(staged, verdict.measures, previous),
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


def _shown(suite_path: Path) -> str:
    """Return a suite's place as it is known in the tree: theme and file."""
    return f"{suite_path.parent.name}/{suite_path.name}"


def _refusals(
    results: Sequence[RuleResult],
    staged: StagedBatch,
    rejected: int,
    tolerance: Tolerance,
    places: Mapping[str, str],
) -> Iterator[Text]:
    """Yield why the batch is refused, if it is (拒收原因); `places` say where each rule stands."""
    for result in results:
        if result.state is RuleState.ERRORED:
            told = f"{result.detail}, {places[result.rule]}" if result.rule in places else ""
            why = told or result.detail
            yield Text(
                f"规则 {result.rule} 无法执行({why}): {result.words}",
                f"rule {result.rule} could not be carried out ({why})",
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
