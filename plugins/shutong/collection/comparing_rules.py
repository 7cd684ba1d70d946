"""Each rule of a report held against its recount (逐条复算)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from shutong.collection.verdicts import Check, Outcome
from shutong.errors import Text
from shutong.lake import BatchRows
from shutong.model import RuleResult, RuleState, Severity
from shutong.quality.known_expectations import NAMES_OBSERVED, ROW_EXPECTATIONS
from shutong.reporting import BatchFacts
from shutong.reporting.facts import TYPE_RULE, RuleFacts
from shutong.reporting.words import state

_KNOWN: Final = (RuleState.PASSED, RuleState.FAILED, RuleState.UNJUDGED)
_GONE: Final = Text(
    "隔离的行已不全, 问题行数无法复算: 从备份恢复隔离区",
    "rejected rows are no more complete in quarantine: restore it from a backup",
)


def compared_rules(
    facts: BatchFacts, results: Mapping[str, RuleResult], rows: BatchRows
) -> Iterator[Check]:
    """Give a check for each rule of the report, and for rules that it does not tell of."""
    told = {rule.rule for rule in facts.rules}
    unchanged = facts.landed.rows_unchanged if facts.landed else 0
    whole = rows.quarantined.rows == facts.rejected_rows and not rows.quarantined.altered
    for rule in facts.rules:
        if rule.expectation == TYPE_RULE:
            yield _misfits(rule, rows, whole)
        else:
            yield _compared(rule, results.get(rule.rule), unchanged, whole)
    for name in results.keys() - told:
        note = Text("报告里没有这条规则", "the report does not tell of this rule")
        yield Check(Text(name, name), Outcome.DIFFERS, note=note, rule=name)


def _misfits(rule: RuleFacts, rows: BatchRows, whole: bool) -> Check:
    if not whole:
        return _unknown(rule, _GONE)
    return _figures(rule, rows.quarantined.misfits.get(rule.rule, 0))


def _compared(rule: RuleFacts, result: RuleResult | None, unchanged: int, whole: bool) -> Check:
    if result is None:
        note = Text("规则集里没有这条规则", "the suite has no such rule")
        return Check(_name(rule), Outcome.DIFFERS, rule=rule.rule, note=note)
    if result.state not in _KNOWN or rule.state not in _KNOWN:
        kind = result.detail or rule.detail or rule.state
        note = Text(f"规则无法在此执行 ({kind})", f"the rule cannot be carried out here ({kind})")
        return _unknown(rule, note)
    if not whole and rule.failed_rows:
        return _unknown(rule, _GONE)
    by_row = rule.expectation in ROW_EXPECTATIONS
    of_schema = rule.expectation in NAMES_OBSERVED
    # Rows that stood in the table just so landed, so that no rule had rejected them.
    told_by_all = unchanged and not of_schema
    told_by_all = told_by_all and not (by_row and rule.severity == Severity.REJECT_ROW)
    if told_by_all and not (by_row and result.failed_rows == rule.failed_rows):
        left = rule.failed_rows - result.failed_rows
        if not by_row or 0 < left <= unchanged:
            note = Text(
                f"{unchanged} 行未变, 无法与旧行区分, 该规则不能复算",
                f"{unchanged} unchanged rows cannot be told from older ones",
            )
            return _unknown(rule, note)
    if not by_row:
        same = (rule.state, rule.detail) == (str(result.state), result.detail)
        return Check(
            _name(rule),
            Outcome.EQUAL if same else Outcome.DIFFERS,
            _verdict(rule.state, rule.detail),
            _verdict(str(result.state), result.detail),
            rule=rule.rule,
        )
    if rule.state != result.state and rule.failed_rows == result.failed_rows:
        return Check(
            _name(rule),
            Outcome.DIFFERS,
            _verdict(rule.state, ""),
            _verdict(str(result.state), ""),
            rule=rule.rule,
        )
    return _figures(rule, result.failed_rows)


def _figures(rule: RuleFacts, found: int) -> Check:
    same = rule.failed_rows == found
    outcome = Outcome.EQUAL if same else Outcome.DIFFERS
    return Check(_name(rule), outcome, str(rule.failed_rows), str(found), rule=rule.rule)


def _unknown(rule: RuleFacts, note: Text) -> Check:
    return Check(_name(rule), Outcome.UNKNOWN, str(rule.failed_rows), note=note, rule=rule.rule)


def _verdict(name: str, detail: str) -> str:
    words = state(name)
    return f"{words.zh} {words.en}" + (f" ({detail})" if detail else "")


def _name(rule: RuleFacts) -> Text:
    return Text(rule.words, rule.words_en)
