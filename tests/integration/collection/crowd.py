"""A MariaDB table of many rows that changes between runs, and what must have become of it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from tests.integration.collection.processes import DONE, ended, started
from tests.integration.collection.town import RESOURCE, MariadbSite, Person, Town, build
from tests.integration.mariadb import MariaDB

from shutong.model import LandedBatch

_CLOCK: Final = "SELECT CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', '+08:00')"
"""The department's time, whatever zone the session is in."""
_NAMES: Final = ["甲", "乙", "丙", "𠮷", "丁"]


@dataclass
class Crowd:
    """The town with `size` rows, each run of which is told what to expect."""

    town: Town
    size: int
    chance: random.Random
    people: dict[str, Person] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def change(self, share: float = 0.02) -> None:
        """Change some rows, add a few, among them some that keep no rule."""
        now = self._now()
        chosen = self.chance.sample(sorted(self.people), int(len(self.people) * share) or 1)
        fresh = [f"n{len(self.people) + i}" for i in range(max(2, int(self.size * share / 4)))]
        self._put([self._person(number, now) for number in [*chosen, *fresh]])

    def rerun(self) -> None:
        """Collect again after a kill: a batch that was settled is finished first."""
        context = self.town.context()
        window = context.ledger.open_batch(RESOURCE)
        settled = window is not None and context.settled(window.batch_id)
        for _ in range(2 if settled else 1):
            assert ended(started(self.town.root)) == DONE

    def check(self) -> None:
        """See that the shared table holds the department's rows, each once, and the books agree.

        A row that breaks a rule stays as it last was, or out.
        """
        landed = {row[0]: row for row in self.town.landed()}
        assert len(landed) == len(self.town.landed())
        wanted = {p.number: p.content for p in self.people.values() if p.lands}
        differing = [n for n in wanted if landed.get(n) != wanted[n]]
        assert not differing, f"{len(differing)} of {len(wanted)} rows are lost or old"
        assert landed.keys() <= self.people.keys()
        newest = self.town.context().ledger.last_landing(RESOURCE)
        assert newest is not None
        self._check_quarantine(newest.landed)
        for record in self.town.context().ledger.landings(RESOURCE):
            if record.landed.batch_id not in self.seen:
                self.seen.add(record.landed.batch_id)
                self.town.check_landing(record.landed)

    def _check_quarantine(self, landed: LandedBatch) -> None:
        """See that a batch's rows in quarantine are those of its window that break a rule."""
        batch = self.town.context().ledger.batch(landed.batch_id)
        assert batch is not None
        low, high = batch.window.low, batch.window.high
        assert high is not None
        wanted = [
            p.number
            for p in self.people.values()
            if not p.lands
            and (low is None or str(p.changed) >= low.text)
            and str(p.changed) < high.text
        ]
        assert self.town.quarantined(landed.batch_id) == sorted(wanted)

    def _now(self) -> datetime:
        """Return the last full second of the department's own clock: a window ends after it."""
        ((now,),) = self.town.site.ask(_CLOCK)
        moment: datetime = now
        return moment - timedelta(seconds=2)

    def _person(self, number: str, changed: datetime) -> Person:
        name: Any = self.chance.choice(_NAMES) + str(self.chance.random())[:8]
        born = "1990-01-01"
        match self.chance.randrange(100):
            case 0:
                name = None
            case 1:
                born = "0000-00-00"
            case _:
                pass
        return Person(number, name, Decimal(self.chance.randrange(10**6)) / 100, born, changed)

    def _put(self, people: list[Person]) -> None:
        self.town.put(*people)
        self.people |= {person.number: person for person in people}


def crowd(folder: Path, mariadb: MariaDB, size: int, seed: int) -> Crowd:
    """Make the town on MariaDB with `size` rows."""
    site = MariadbSite(mariadb.admin, mariadb.reader)
    made = Crowd(build(folder, site), size, random.Random(seed))
    now = made._now() - timedelta(hours=1)
    people = [made._person(str(i), now) for i in range(size)]
    for first in range(0, size, 10_000):
        made._put(people[first : first + 10_000])
    return made
