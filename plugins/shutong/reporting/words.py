"""Words of the reports (报告用语), Chinese first."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Final

from shutong.errors import Text
from shutong.model import RuleState, Severity
from shutong.reporting.facts import ACCEPTED, LANDED, REFUSED, TYPE_RULE, RuleFacts

_CITY: Final = timezone(timedelta(hours=8))
_SEVERITIES: Final[dict[str, Text]] = {
    Severity.REJECT_ROW: Text("剔除该行", "rejects the row"),
    Severity.REJECT_BATCH: Text("拒收整批", "refuses the batch"),
    Severity.WARN: Text("仅提示", "warns"),
}
_STATES: Final[dict[str, Text]] = {
    RuleState.PASSED: Text("通过", "passed"),
    RuleState.FAILED: Text("未通过", "failed"),
    RuleState.ERRORED: Text("无法执行", "could not run"),
    RuleState.UNJUDGED: Text("未判", "not judged"),
}
_OUTCOMES: Final[dict[str, Text]] = {
    ACCEPTED: Text("校验通过，待入库", "accepted, to be landed"),
    REFUSED: Text("整批拒收", "refused whole"),
    LANDED: Text("已入库", "landed"),
}
_MODES: Final[dict[str, Text]] = {
    "full": Text("全量", "full"),
    "append": Text("追加", "append"),
    "merge": Text("增量合并", "merge by key"),
    "log": Text("日志归集", "from the database's log"),
}


def severity(name: str) -> Text:
    """Return a rule's severity in words (规则等级)."""
    return _SEVERITIES.get(name, Text(name, name))


def state(name: str) -> Text:
    """Return a rule's state in words (规则结论)."""
    return _STATES.get(name, Text(name, name))


def outcome(name: str) -> Text:
    """Return what happened to a batch in words (批次结论)."""
    return _OUTCOMES.get(name, Text(name, name))


def mode(name: str) -> Text:
    """Return a load mode in words (归集方式)."""
    return _MODES.get(name, Text(name, name))


def share(value: float) -> str:
    """Return a share as a percentage; a share that is not nothing never reads as nothing."""
    if value and value < 0.0001:  # noqa: PLR2004 - what three digits cannot show
        return "<0.01%"
    return f"{value:.2%}"


def city(moment: datetime) -> str:
    """Return a moment by the city's clock, which officials read (本市时间)."""
    return f"{moment.astimezone(_CITY):%Y-%m-%d %H:%M:%S %z}"


def detail(rule: RuleFacts) -> Text:
    """Return a rule's detail in words: a figure as it is, reasons about types by their names."""
    if rule.expectation != TYPE_RULE or not rule.detail:
        return Text(rule.detail, rule.detail)
    from shutong.quality.misfits import REASON_WORDS

    told = [each.rpartition(" ") for each in rule.detail.split(", ")]
    words = [(REASON_WORDS.get(name, Text(name, name)), count) for name, _, count in told]
    return Text(
        "，".join(f"{text.zh} {count} 行" for text, count in words),
        ", ".join(f"{text.en}: {count}" for text, count in words),
    )
