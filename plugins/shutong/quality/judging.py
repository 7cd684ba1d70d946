"""GX's verdict over a batch, and which rows fail (判定): no value of a row leaves here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from shutong.catalog.models import Dataset
from shutong.model import RuleResult, RuleState, Severity, StagedBatch
from shutong.quality.parameters import filled
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
) -> Verdict:
    """Judge the staged rows by the rules (判定); a batch without rows passes every rule."""
    if not staged.rows:
        return Verdict(passed(rules))
    ready, unready = filled_rules(rules, values)
    personal = {item.name for item in dataset.items if item.sensitivity.personal}
    items = [item.name for item in dataset.items]
    files = [file.path for file in staged.files]
    with session(files, items, folder=folder, memory=memory, threads=threads) as opened:
        verdicts = {**unready, **opened.judge(ready)}
        results = rule_results(rules, verdicts, personal)
        rejecting = _rejecting(ready, results)
        if not rejecting:
            return Verdict(results)
        results = _found_again(results, locate_failing(opened, rejecting))
        found = {path: failing_rows(opened, path) for path in files}
    failing = {path: failing for path, failing in found.items() if failing.rows.size}
    return Verdict(results, failing, rejecting)


def filled_rules(
    rules: Sequence[Rule], values: Mapping[str, Any]
) -> tuple[list[Rule], dict[str, Exception]]:
    """Return the rules with their parameters' values (代入参数), and those that name unknown ones.

    The latter come by rule id with what is wrong.
    """
    ready: list[Rule] = []
    unready: dict[str, Exception] = {}
    for rule in rules:
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
