"""Where a request stands today (办理进度), by its files, the ledger and the calendar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from shutong.catalog.faults import Fault
from shutong.catalog.loading import Catalog
from shutong.catalog.models import ShareType
from shutong.catalog.share_cases import Case, ShareFile, Taken
from shutong.catalog.share_models import Deciding, Decision
from shutong.catalog.share_states import State, Step, leads_to
from shutong.errors import Text
from shutong.ledger import SeenFile, ShareRecord
from shutong.sharing.clocks import Due, answer_due, first_sight, sharing_due
from shutong.standards.workdays import city_day

_MARKS: Final = (
    *("submitted_on", "resubmitted_on", "dispute", "appeal", "withdrawn"),
    *("returned", "decision", "extension", "revoked"),
)
"""Entries of a file that are steps."""


@dataclass(frozen=True)
class Moment:
    """A step in the timeline of a request (办理节点)."""

    step: Step
    file: str
    declared: date | None
    """The day that the file says; None where the rule itself decided."""
    seen: datetime | None
    """When the ledger first saw it."""
    late: bool = False
    """An answer first seen after its term."""

    @property
    def back_dated(self) -> bool:
        """Say whether the file claims an earlier day than the one it appeared on (倒签)."""
        return (
            self.seen is not None
            and self.declared is not None
            and self.declared < city_day(self.seen)
        )


@dataclass(frozen=True)
class Progress:
    """Where a request stands (办理进度)."""

    case: Case
    state: State
    timeline: tuple[Moment, ...]
    due: Due | None = None
    """The term of the provider's answer, while it runs."""
    sharing: Due | None = None
    """The term within which what was granted is to be shared."""
    halts: tuple[Text, ...] = ()
    """Why it counts for nothing, whatever its state; none for most."""
    edited: tuple[str, ...] = ()
    """Files that were changed in substance after they were first seen with a step."""
    faults: tuple[Fault, ...] = ()
    """Faults of its files."""

    @property
    def overdue(self) -> bool:
        """Say whether the provider let its term pass."""
        return self.state is State.ESCALATED


def marks_of(declared: ShareFile) -> tuple[str, ...]:
    """Return the steps that a file declares, by the names of their entries."""
    return tuple(mark for mark in _MARKS if getattr(declared.value, mark, None) is not None)


def progress_of(
    case: Case,
    catalog: Catalog,
    record: ShareRecord,
    today: date,
    faults: tuple[Fault, ...] = (),
) -> Progress:
    """Return where a request stands on a day. Nothing is entered anywhere."""
    due = answer_due(case, catalog, record)
    last = record.last_state(case.id)
    by_rule = case.refused_by_rule() or _granted_by_rule(case, due, last, today)
    overdue = _overdue(case, due, last, today)
    state = case.standing(by_rule, overdue=overdue)
    timeline = tuple(_moments(case, record, due, by_rule, overdue=overdue))
    files = {declared.source.file for declared in case.files}
    return Progress(
        case,
        state,
        timeline,
        due if state.waits_for_provider else None,
        sharing_due(case, catalog, record) if state.gives else None,
        tuple(_halts(case, record, last, state)),
        tuple(_edited(case, record)),
        tuple(fault for fault in faults if fault.file in files),
    )


def _granted_by_rule(case: Case, due: Due | None, last: str | None, today: date) -> Decision | None:
    """Return the grant of an unconditional resource whose provider did not object in its day."""
    if case.share_type is not ShareType.UNCONDITIONAL:
        return None
    passed = due is not None and due.over(today)
    return Decision.GRANTED if passed or last == State.GRANTED else None


def _overdue(case: Case, due: Due | None, last: str | None, today: date) -> bool:
    if case.share_type is not ShareType.CONDITIONAL:
        return False
    return last == State.ESCALATED or (due is not None and due.over(today))


def _moments(
    case: Case, record: ShareRecord, due: Due | None, by_rule: Decision | None, *, overdue: bool
) -> Iterator[Moment]:
    for taken in case.steps(by_rule, overdue=overdue):
        if taken.path == ("resource",):
            yield Moment(taken.step, taken.file.source.file, None, _moved(case, record, taken.step))
            continue
        mark = str(taken.path[0])
        seen = first_sight(record, taken.file, mark, _substance(taken, mark))
        late = (
            mark == "decision"
            and case.review is not None
            and taken.file is case.review
            and seen is not None
            and due is not None
            and due.over(city_day(seen))
        )
        yield Moment(taken.step, taken.file.source.file, day_of(taken), seen, late)


def _substance(taken: Taken, mark: str) -> str | None:
    counts = mark in ("submitted_on", "resubmitted_on", "decision")
    return taken.file.value.substance if counts else None


def _moved(case: Case, record: ShareRecord, step: Step) -> datetime | None:
    """Return when the ledger entered a step that no file declares."""
    word = {
        Step.GRANT: State.GRANTED,
        Step.REFUSE: State.REFUSED,
        Step.ESCALATE: State.ESCALATED,
    }[step]
    found = [move.at for move in record.moves if move.request == case.id and move.word == word]
    return datetime.fromisoformat(found[0]) if found else None


def day_of(taken: Taken) -> date | None:
    """Return the day that a step is declared for; None where none is."""
    value = taken.file.value
    if isinstance(value, Deciding) and taken.path == ("decision",):
        return value.decided_on
    said = getattr(value, str(taken.path[0]))
    if isinstance(said, date):
        return said
    day: date | None = getattr(said, "on", None)
    return day


def _halts(case: Case, record: ShareRecord, last: str | None, state: State) -> Iterator[Text]:
    if last is not None and not leads_to(State(last), state):
        before = State(last).words
        yield Text(
            f"原为“{before.zh}”, 现文件所示“{state.words.zh}”不能由此而来",
            f"it was '{before.en}', which never leads to '{state.words.en}' as its files say now",
        )
    for declared in (case.review, case.ruling, case.settlement):
        if declared is None or declared.value.decision is None:
            continue
        first = _first_decision(declared, record)
        if first is not None and first.substance != declared.value.substance:
            yield Text(
                f"{declared.source.file} 作出意见后被改动",
                f"{declared.source.file} was changed after it was decided",
            )
    if case.ruling is not None and case.ruling.value.on_overdue and _never_overdue(case, record):
        yield Text(
            f"{case.ruling.source.file} 以逾期为由审定, 但答复并未逾期",
            f"{case.ruling.source.file} rules on an overdue answer, but none was overdue",
        )


def _first_decision(declared: ShareFile, record: ShareRecord) -> SeenFile | None:
    file = declared.source.file
    found = (seen for seen in record.files if seen.file == file and "decision" in seen.marks)
    return next(found, None)


def _never_overdue(case: Case, record: ShareRecord) -> bool:
    return not any(
        move.request == case.id and move.word == State.ESCALATED for move in record.moves
    )


def _edited(case: Case, record: ShareRecord) -> Iterator[str]:
    """Yield the request's file where its substance changed since it was submitted this time."""
    asked = case.request.value
    mark = "resubmitted_on" if asked.resubmitted_on is not None else "submitted_on"
    file = case.request.source.file
    before = {seen.substance for seen in record.files if seen.file == file and mark in seen.marks}
    if before - {asked.substance}:
        yield file
