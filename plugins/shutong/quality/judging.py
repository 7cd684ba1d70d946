"""GX's verdict over a batch, and which rows fail (判定): no value of a row leaves here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from shutong.catalog.models import Dataset
from shutong.model import RuleResult, RuleState, Severity, StagedBatch
from shutong.quality.changes import measures_of_nothing
from shutong.quality.feasible import Infeasible, obstacles
from shutong.quality.known_expectations import CHANGE_EXPECTATIONS
from shutong.quality.parameters import filled
from shutong.quality.relations import Attached
from shutong.quality.results import passed, rule_results
from shutong.quality.rows import failing_rows, locate_failing
from shutong.quality.session import session
from shutong.quality.splitting import Failing
from shutong.quality.suites import Rule


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of a batch (判定结果)."""

    results: tuple[RuleResult, ...]
    failing: Mapping[Path, Failing] = field(default_factory=dict)
    """By staged file, the rows that rules reject; files without any are absent."""
    rejecting: tuple[Rule, ...] = ()
    """The rules that `failing` numbers."""
    measures: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By rule id, what rules that compare with the last batch have measured."""


class UnknownParameter(KeyError):
    """A suite names a parameter that the run does not know (未知参数)."""


def judge(
    staged: StagedBatch,
    dataset: Dataset,
    rules: Sequence[Rule],
    values: Mapping[str, Any],
    *,
    folder: Path,
    memory: str,
    threads: int,
    attached: Sequence[Attached] = (),
) -> Verdict:
    """Judge the staged rows by the rules (判定); a batch without rows passes every rule.

    `attached` are the views over other datasets that the rules name.
    """
    if not staged.rows:
        return Verdict(passed(rules), measures=measures_of_nothing(rules))
    items = [item.name for item in dataset.items]
    ready, unready = filled_rules(rules, values, items)
    personal = {item.name for item in dataset.items if item.sensitivity.personal}
    files = [file.path for file in staged.files]
    with session(
        files, items, folder=folder, memory=memory, threads=threads, attached=attached
    ) as opened:
        verdicts = {**unready, **opened.judge(ready)}
        results = rule_results(rules, verdicts, personal)
        measures = measures_of(results, verdicts)
        rejecting = _rejecting(ready, results)
        if not rejecting:
            return Verdict(results, measures=measures)
        results = _found_again(results, locate_failing(opened, rejecting))
        found = {path: failing_rows(opened, path) for path in files}
    failing = {path: failing for path, failing in found.items() if failing.rows.size}
    return Verdict(results, failing, rejecting, measures)


def measures_of(
    results: Sequence[RuleResult], verdicts: Mapping[str, Any]
) -> dict[str, Mapping[str, Any]]:
    """Return what the rules measured that compare with the last batch (变化规则实测)."""
    return {
        result.rule: verdicts[result.rule].result["observed_value"]
        for result in results
        if result.expectation in CHANGE_EXPECTATIONS and result.state is not RuleState.ERRORED
    }


def filled_rules(
    rules: Sequence[Rule], values: Mapping[str, Any], items: Sequence[str]
) -> tuple[list[Rule], dict[str, Exception]]:
    """Return the rules with their parameters' values (代入参数), and why others cannot be run.

    The latter come by rule id with what is wrong.
    """
    ready: list[Rule] = []
    unready: dict[str, Exception] = {}
    for rule in rules:
        obstacle = next(obstacles(rule, items), None)
        if obstacle is not None:
            unready[rule.rule] = Infeasible(obstacle.kind)
            continue
        try:
            ready.append(replace(rule, kwargs=filled(rule.kwargs, values)))
        except KeyError as exc:
            unready[rule.rule] = UnknownParameter(*exc.args)
    return ready, unready


def _rejecting(rules: Sequence[Rule], results: Sequence[RuleResult]) -> tuple[Rule, ...]:
    failed = {
        result.rule
        for result in results
        if result.state is RuleState.FAILED and result.severity is Severity.REJECT_ROW
    }
    return tuple(rule for rule in rules if rule.rule in failed)


def _found_again(
    results: Sequence[RuleResult], found: Mapping[str, int | Exception]
) -> tuple[RuleResult, ...]:
    """Return the results, errored where the rows found are not those counted.

    A bad row that was counted and not found would land.
    """
    return tuple(_held(result, found.get(result.rule, result.failed_rows)) for result in results)


def _held(result: RuleResult, found: int | Exception) -> RuleResult:
    if found == result.failed_rows:
        return result
    kind = type(found).__name__ if isinstance(found, Exception) else "RowsNotFound"
    return result.model_copy(update={"state": RuleState.ERRORED, "detail": kind})
