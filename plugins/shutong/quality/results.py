"""From GX's results to rule results without any value (校验结果)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from shutong.model import RuleResult, RuleState
from shutong.quality.feasible import Infeasible
from shutong.quality.known_expectations import NAMES_OBSERVED, NON_PERSONAL_FIGURES
from shutong.quality.suites import Rule

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult

_UNKNOWN: Final = "Unknown"
_ERROR_LINE: Final = re.compile(
    r"(?:(?:[a-z_]\w*\.)+([A-Z]\w*)|([A-Z]\w*(?:Error|Exception)))(?:: ?([A-Z][A-Za-z]*)?.*)?"
)
"""`module.Kind: text` as a traceback ends with, at the beginning of a line."""

_YEAR_MISSING: Final = "YearMissing"
_YEAR: Final = re.compile(r"(?<!\d)\d{4}(?!\d)")


def rule_results(
    rules: Sequence[Rule],
    verdicts: Mapping[str, ExpectationValidationResult | Exception],
    personal: Set[str],
) -> tuple[RuleResult, ...]:
    """Return each rule's result in the suite's order (逐条结果).

    `personal` are the items whose values appear nowhere. A rule without a verdict has erred.
    """
    return tuple(_result(rule, verdicts.get(rule.rule), personal) for rule in rules)


def passed(rules: Sequence[Rule]) -> tuple[RuleResult, ...]:
    """Return the results over a batch without rows: nothing can fail (空批次)."""
    return tuple(told(rule, RuleState.PASSED) for rule in rules)


def _result(rule: Rule, verdict: Any, personal: Set[str]) -> RuleResult:
    if verdict is None:
        return told(rule, RuleState.ERRORED, detail="NoResult")
    if isinstance(verdict, Exception):
        kind = str(verdict) if isinstance(verdict, Infeasible) else type(verdict).__name__
        return told(rule, RuleState.ERRORED, detail=kind)
    kinds = list(raised(verdict.exception_info))
    if kinds:
        return told(rule, RuleState.ERRORED, detail=kinds[0])
    result = verdict.result or {}
    failed = result.get("unexpected_count")
    if rule.by_row and failed is None:
        return told(rule, RuleState.ERRORED, detail="NoCount")
    return told(
        rule,
        RuleState.PASSED if verdict.success else RuleState.FAILED,
        failed_rows=int(failed or 0),
        detail="" if rule.by_row else _observed(rule, result.get("observed_value"), personal),
    )


def raised(info: Any) -> Iterator[str]:
    """Yield the kinds of the errors in GX's `exception_info`, whose shape is one of two.

    One error with its text, or errors by metric. Texts may quote values: only kinds leave.
    """
    if not isinstance(info, Mapping):
        return
    if "raised_exception" in info:
        if info["raised_exception"]:
            yield _kind(str(info.get("exception_message") or ""), info.get("exception_traceback"))
        return
    for each in info.values():
        yield from raised(each)


def _kind(message: str, traceback: Any) -> str:
    """Return the name of the first error's class in a traceback: the cause comes first."""
    for line in [*str(traceback or "").splitlines(), message]:
        found = _ERROR_LINE.fullmatch(line)
        if found is None:
            continue
        kind = found[1] or found[2]
        if kind == _YEAR_MISSING and (year := _YEAR.search(line)):
            # The one fact without which nobody can act on it.
            return f"{kind} {year[0]}"
        # The engine's own error names the database's by its class.
        return found[3] if kind == "QueryFailed" and found[3] else kind
    return _UNKNOWN


def _observed(rule: Rule, value: Any, personal: Set[str]) -> str:
    """Return the observed figure where it is one, and no value of a personal item."""
    if rule.expectation in NAMES_OBSERVED:
        return str(value or "")
    shown = rule.expectation in NON_PERSONAL_FIGURES or personal.isdisjoint(rule.items)
    if not shown or isinstance(value, bool):
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value) if isinstance(value, int | Decimal | date) else ""


def told(rule: Rule, state: RuleState, *, failed_rows: int = 0, detail: str = "") -> RuleResult:
    """Return a rule's result with its words (规则结果)."""
    return RuleResult(
        rule=rule.rule,
        expectation=rule.expectation,
        items=rule.items,
        words=rule.words,
        words_en=rule.words_en,
        severity=rule.severity,
        state=state,
        failed_rows=failed_rows,
        detail=detail,
    )
