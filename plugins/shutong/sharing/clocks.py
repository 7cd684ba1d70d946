"""Terms of a request in working days (办理时限), begun at the ledger's first sight of a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from shutong.catalog.loading import Catalog
from shutong.catalog.models import Clock, ShareType
from shutong.catalog.share_cases import Case, ShareFile
from shutong.ledger import ShareRecord
from shutong.standards.workdays import YearMissing, city_day, deadline, working_days_between

ANSWER_CLOCKS: Final = {
    ShareType.UNCONDITIONAL: "unconditional-answer",
    ShareType.CONDITIONAL: "conditional-answer",
}
EXTENSION_CLOCK: Final = "conditional-extension"
SHARING_CLOCK: Final = "sharing"


@dataclass(frozen=True)
class Due:
    """A term that runs (时限): what it is, when it began, its last day."""

    clock: Clock
    begins: date
    ends: date | None
    """None where the calendar of working days does not reach so far."""
    missing: YearMissing | None = None
    extended: bool = False

    def left(self, today: date) -> int | None:
        """Return the working days left, negative once it is over; None where nobody can tell."""
        if self.ends is None:
            return None
        try:
            return working_days_between(today, self.ends)
        except YearMissing:
            return None

    def over(self, today: date) -> bool:
        """Say whether the last day has passed; never guessed."""
        return self.ends is not None and today > self.ends


def first_sight(
    record: ShareRecord,
    declared: ShareFile,
    mark: str,
    substance: str | None = None,
) -> datetime | None:
    """Return when the ledger first saw a file with a step in it; None where it has not.

    With `substance`, only contents that ask for or decide the same count.
    """
    file = declared.source.file
    found = [
        seen.at
        for seen in record.files
        if seen.file == file
        and mark in seen.marks
        and (substance is None or seen.substance == substance)
    ]
    return datetime.fromisoformat(min(found)) if found else None


def answer_due(case: Case, catalog: Catalog, record: ShareRecord) -> Due | None:
    """Return the term of the provider's answer; None where none has begun.

    It begins anew when a returned request comes again, and when a request that waits is edited.
    """
    clock = catalog.clocks.get(ANSWER_CLOCKS.get(case.share_type, ""))
    if clock is None or not case.waiting:
        return None
    asked = case.request.value
    mark = "resubmitted_on" if asked.resubmitted_on is not None else "submitted_on"
    begun = first_sight(record, case.request, mark, asked.substance)
    if begun is None:
        return None
    due = _due(clock.value, city_day(begun))
    longer = catalog.clocks.get(EXTENSION_CLOCK)
    if longer is None or case.share_type is not ShareType.CONDITIONAL or due.ends is None:
        return due
    if not _extended(case, record, due.ends):
        return due
    further = _due(longer.value, due.ends)
    return Due(clock.value, due.begins, further.ends, further.missing, extended=True)


def sharing_due(case: Case, catalog: Catalog, record: ShareRecord) -> Due | None:
    """Return the term within which what was granted is to be shared; None where none runs."""
    clock = catalog.clocks.get(SHARING_CLOCK)
    decided = decided_at(case, record)
    if clock is None or decided is None:
        return None
    return _due(clock.value, city_day(decided))


def decided_at(case: Case, record: ShareRecord) -> datetime | None:
    """Return when the decision that counts was first seen; None where there is none."""
    for declared in (case.settlement, case.ruling, case.review):
        if declared is not None and declared.value.decision is not None:
            return first_sight(record, declared, "decision", declared.value.substance)
    moved = [m.at for m in record.moves if m.request == case.id and m.word == "granted"]
    return datetime.fromisoformat(moved[0]) if moved else None


def _extended(case: Case, record: ShareRecord, ends: date) -> bool:
    """Say whether both sides of an extension were on record before the term ended."""
    for declared in (case.review, case.ruling):
        if declared is None or declared.value.extension is None:
            return False
        seen = first_sight(record, declared, "extension")
        if seen is None or city_day(seen) > ends:
            return False
    return True


def _due(clock: Clock, begins: date) -> Due:
    try:
        return Due(clock, begins, deadline(begins, clock.days))
    except YearMissing as exc:
        return Due(clock, begins, None, exc)
