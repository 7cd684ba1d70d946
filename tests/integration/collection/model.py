"""What the shared database must hold, told by a plain dictionary: no window, log or engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from tests.integration.collection.town import OVERLAP, Person

from shutong.model import LoadMode

NUMBERS: Final = 1_000
"""By how many numbers the windows of an integer cursor overlap."""


@dataclass(frozen=True)
class Outcome:
    """What a run leaves (结果)."""

    landed: dict[str, tuple[Any, ...]]
    watermark: datetime | int | None
    kept: list[Person]
    rejected: list[Person]


@dataclass
class Model:
    """The department's rows and the exchange's, as they must be (模型).

    Each attempt to collect sees the department as it stands; what it saw counts when its batch
    has landed. An attempt that broke off once it was settled is taken up by the next run.
    """

    mode: LoadMode
    source: dict[str, Person] = field(default_factory=dict)
    landed: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    watermark: datetime | int | None = None
    _seen: tuple[dict[str, Person], datetime, bool] | None = None

    def attempt(self, now: datetime, *, comparison: bool = False) -> None:
        """Begin a run: it takes up what an earlier one settled, or looks anew."""
        if self._seen is None:
            self._seen = (dict(self.source), now, comparison)

    def gave_up(self) -> None:
        """End a run before its batch was settled: the next one looks anew."""
        self._seen = None

    @property
    def pending(self) -> bool:
        """Say whether an attempt was settled and has not landed."""
        return self._seen is not None

    def outcome(self) -> Outcome:
        """Return what the attempt under way leaves when it lands."""
        assert self._seen is not None
        seen, now, comparison = self._seen
        if comparison:
            return self._compared(seen)
        high = self._high(seen, now)
        read = [person for person in seen.values() if self._within(person, high)]
        kept = [person for person in read if person.lands]
        landed = self.landed | {person.number: person.content for person in kept}
        if self.mode is LoadMode.FULL:
            landed = {person.number: person.content for person in kept}
        rejected = [person for person in read if not person.lands]
        return Outcome(landed, high if high is not None else self.watermark, kept, rejected)

    def _compared(self, seen: dict[str, Person]) -> Outcome:
        """Return what a comparison of keys leaves: what is not there goes, what lacks comes."""
        read = [
            person
            for person in seen.values()
            if self._cursor(person) is None or person.number not in self.landed
        ]
        kept = [person for person in read if person.lands]
        landed = {number: row for number, row in self.landed.items() if number in seen}
        landed |= {person.number: person.content for person in kept}
        rejected = [person for person in read if not person.lands]
        return Outcome(landed, self.watermark, kept, rejected)

    def succeeded(self) -> Outcome:
        """End a run whose batch landed."""
        outcome = self.outcome()
        self.landed, self.watermark, self._seen = outcome.landed, outcome.watermark, None
        return outcome

    def _cursor(self, person: Person) -> datetime | int | None:
        return person.serial if self.mode is LoadMode.APPEND else person.changed

    def _high(self, seen: dict[str, Person], now: datetime) -> datetime | int | None:
        cursors = [self._cursor(person) for person in seen.values()]
        known: list[Any] = [cursor for cursor in cursors if cursor is not None]
        if self.mode is LoadMode.FULL or not known:
            return self.watermark
        high: Any = max(known) + 1 if self.mode is LoadMode.APPEND else _closed(max(known), now)
        return high if self.watermark is None else max(high, self.watermark)

    def _within(self, person: Person, high: Any) -> bool:
        if self.mode is LoadMode.FULL or high is None:
            return True
        cursor: Any = self._cursor(person)
        mark: Any = self.watermark
        if cursor is None or cursor >= high:
            return False
        if mark is None:
            return True
        low = mark - OVERLAP if isinstance(mark, datetime) else mark - NUMBERS
        return bool(cursor >= low)


def _closed(last: datetime, now: datetime) -> datetime:
    """Return the end of the last second that is over, of those with rows."""
    return min(now.replace(microsecond=0), last.replace(microsecond=0) + timedelta(seconds=1))
