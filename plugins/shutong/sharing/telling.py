"""A request's progress in words and as data (办理进度说明)."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from shutong.catalog.share_states import State
from shutong.errors import NO_TEXT, Text
from shutong.sharing.alarms import standing_alarms
from shutong.sharing.clocks import Due
from shutong.sharing.progress import Moment, Progress
from shutong.standards.workdays import CITY_ZONE

_FOR_PROVIDER: Final = Text(
    "{provider} 审核: shutong review grant|refuse|return {id} --as {provider}",
    "{provider} reviews: shutong review grant|refuse|return {id} --as {provider}",
)
_FOR_AUTHORITY: Final = Text(
    "主管部门审定: shutong rule grant|refuse {id} --as <主管部门>",
    "the authority rules: shutong rule grant|refuse {id} --as <authority>",
)
_TO_DISPUTE: Final = Text(
    "有异议的: shutong request dispute {id} --reason … --as {consumer}",
    "to disagree: shutong request dispute {id} --reason … --as {consumer}",
)
_TO_APPEAL: Final = Text(
    "仍有异议的: shutong request appeal {id} --reason … --as {consumer}",
    "to disagree still: shutong request appeal {id} --reason … --as {consumer}",
)
_GIVEN: Final = Text(
    "等待提供; 用毕: shutong request withdraw {id} --reason … --as {consumer}",
    "delivery follows; when done: shutong request withdraw {id} --reason … --as {consumer}",
)
_NEXT: Final[dict[State, Text]] = {
    State.DRAFT: Text(
        "核对后提交: shutong request submit {id} --as {consumer}",
        "look it over, then: shutong request submit {id} --as {consumer}",
    ),
    State.SUBMITTED: _FOR_PROVIDER,
    State.RESUBMITTED: _FOR_PROVIDER,
    State.RETURNED: Text(
        "{consumer} 补正后: shutong request submit {id} --as {consumer}",
        "{consumer} adds what is missing, then: shutong request submit {id} --as {consumer}",
    ),
    State.ESCALATED: _FOR_AUTHORITY,
    State.DISPUTED: _FOR_AUTHORITY,
    State.GRANTED: _GIVEN,
    State.GRANTED_IN_PART: Text(f"{_GIVEN.zh}; {_TO_DISPUTE.zh}", f"{_GIVEN.en}; {_TO_DISPUTE.en}"),
    State.REFUSED: _TO_DISPUTE,
    State.RULED_GRANTED: _GIVEN,
    State.RULED_IN_PART: Text(f"{_GIVEN.zh}; {_TO_APPEAL.zh}", f"{_GIVEN.en}; {_TO_APPEAL.en}"),
    State.RULED_REFUSED: _TO_APPEAL,
    State.APPEALED: Text(
        "共同上级审定: shutong rule grant|refuse {id} --as <共同上级>",
        "the common superior rules: shutong rule grant|refuse {id} --as <superior>",
    ),
    State.SETTLED_GRANTED: _GIVEN,
    State.SETTLED_IN_PART: _GIVEN,
}


def next_step(progress: Progress) -> Text:
    """Return who does what next (下一步); no text where the request has ended."""
    if progress.faults or progress.halts:
        return Text("先改正上面的问题", "put right what is said above first")
    case = progress.case
    words = _NEXT.get(progress.state, NO_TEXT)
    facts = {"id": case.id, "consumer": case.consumer, "provider": case.provider}
    return Text(words.zh.format(**facts), words.en.format(**facts))


def due_words(due: Due, today: date) -> Text:
    """Say a term: its last day and the working days left, and what it rests on."""
    name, days = due.clock.name, due.clock.days
    if due.ends is None:
        missing = due.missing.fact if due.missing is not None else NO_TEXT
        return Text(f"{name}: {missing.zh}, 时限无法计算", f"{due.clock.code}: {missing.en}")
    left = due.left(today)
    extended = Text(" (已延期)", " (extended)") if due.extended else NO_TEXT
    over = left is not None and left < 0
    zh = f"已逾期 {-(left or 0)} 个工作日" if over else f"还有 {left} 个工作日"
    en = f"{-(left or 0)} working days over" if over else f"{left} working days left"
    return Text(
        f"{name}: {due.ends} 届满{extended.zh}, {zh} ({days} 个工作日, {due.clock.basis})",
        f"{due.clock.code}: ends {due.ends}{extended.en}, {en} ({days} working days)",
    )


def moment_words(moment: Moment) -> Text:
    """Return the remarks on a step: late, or dated before it was seen."""
    zh, en = [], []
    if moment.seen is None:
        zh.append("尚未入台账")
        en.append("not on record yet")
    if moment.late:
        zh.append("逾期")
        en.append("late")
    if moment.back_dated:
        zh.append("所写日期早于首次出现")
        en.append("dated before it was first seen")
    if moment.declared is None:
        zh.append("按目录规定")
        en.append("by rule of the catalog")
    return Text("; ".join(zh), "; ".join(en))


def seen_text(moment: Moment) -> str | None:
    """Return when a step was first seen, in the city's time."""
    if moment.seen is None:
        return None
    return moment.seen.astimezone(CITY_ZONE).strftime("%Y-%m-%d %H:%M")


def as_data(progress: Progress, today: date) -> dict[str, Any]:
    """Return a request's progress for programs: JSON values only."""
    case, due = progress.case, progress.due
    asked = case.request.value
    return {
        "id": case.id,
        "consumer": case.consumer,
        "provider": case.provider,
        "resource": asked.resource,
        "items": list(asked.items),
        "state": str(progress.state),
        "state_words": progress.state.words.zh,
        "share_type": str(case.share_type),
        "digest": asked.substance,
        "due": due.ends.isoformat() if due is not None and due.ends is not None else None,
        "overdue": progress.overdue,
        "halts": [halt.en for halt in progress.halts],
        "edited": list(progress.edited),
        "faults": [fault.render("en") for fault in progress.faults],
        "alarms": [
            {"alarm": str(each.alarm), "detail": each.detail}
            for each in standing_alarms(progress, today)
        ],
        "timeline": [
            {
                "step": str(moment.step),
                "file": moment.file,
                "declared": moment.declared.isoformat() if moment.declared else None,
                "first_seen": moment.seen.isoformat() if moment.seen else None,
                "late": moment.late,
                "back_dated": moment.back_dated,
            }
            for moment in progress.timeline
        ],
        "next_step": next_step(progress).zh or None,
    }
