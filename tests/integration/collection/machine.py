"""Random days of a department and its exchange, held against the model (状态机)."""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from tests.integration.collection.boundaries import EVERYWHERE, Crash, at, crash
from tests.integration.collection.model import NUMBERS, Model
from tests.integration.collection.town import (
    FIRST_DAY,
    RESOURCE,
    Person,
    Site,
    SqliteSite,
    Town,
    build,
)

from shutong.collection import collect, compare
from shutong.errors import Busy
from shutong.model import BatchState, LandedBatch, LoadMode

SLACK: Final = timedelta(minutes=2)
"""How far the clock is set back, and how late a row is committed: together within the overlap."""

numbers = st.integers(1, 12).map(str)
names = st.one_of(st.none(), st.sampled_from(["甲", "乙", "𠮷", "丙"]))
days = st.sampled_from(["1990-01-01", "2000-02-29", "0000-00-00"])
amounts = st.decimals(Decimal(0), Decimal(10), places=2)
seconds = st.integers(0, int(SLACK.total_seconds()))
points = st.sampled_from(EVERYWHERE)


class Exchange(RuleBasedStateMachine):
    """A merged resource with a date-time cursor; others differ by what they allow."""

    mode = LoadMode.MERGE
    source: dict[str, Any] = {}  # noqa: RUF012 - each kind of machine sets its own
    limits: dict[str, Any] = {  # noqa: RUF012
        "every_days": None,
        "vanished_share": 1.0,
    }
    """A comparison of keys is made when a rule says so, and may take away all but the last."""
    changes = True
    """Whether rows change and disappear at the source."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="town-"))
        self.town: Town = build(
            self.folder,
            self.site(),
            now=FIRST_DAY,
            load=str(self.mode),
            comparison=self.limits,
            drift="evolve",
            **self.source,
        )
        self.model = Model(self.mode)
        self.clock = self.latest = FIRST_DAY
        self.planned: set[datetime] = set()
        self.known: set[str] = set()
        self.serial = 10_000
        self.columns = 0

    def site(self) -> Site:
        return SqliteSite(self.folder / "fe.db")

    def teardown(self) -> None:
        if not hasattr(self, "folder"):
            return
        try:
            if sys.exc_info()[0] is None:
                self.everything_arrives()
        finally:
            shutil.rmtree(self.folder)

    # ------------------------------------------------------------ the department

    @rule(number=numbers, name=names, born=days, amount=amounts, late=seconds)
    def put(self, number: str, name: str | None, born: str, amount: Decimal, late: int) -> None:
        """Insert a row or change it, with the clock's time or a time that is a little past."""
        if not self.changes and number in self.model.source:
            return
        self.serial += 1
        self._put(Person(number, name, amount, born, self._past(late), self.serial))

    @rule(name=names, count=st.integers(2, 40))
    def many_at_once(self, name: str | None, count: int) -> None:
        """Insert many rows with the same cursor value, at the very edge of the next window."""
        self.serial += 1
        first = len(self.model.source) + 100
        self._put(
            *(
                Person(f"{first + i}", name, Decimal(i), changed=self._past(0), serial=self.serial)
                for i in range(count)
            )
        )

    @rule(number=numbers)
    def put_without_cursor(self, number: str) -> None:
        """Insert a row that no incremental window reads: a later pass over all keys does."""
        if number not in self.model.source:
            self._put(Person(number, "无", changed=None, serial=None))

    @rule(gap=st.integers(1, NUMBERS // 2))
    def commit_late(self, gap: int) -> None:
        """Insert a row whose number was handed out long before it is committed."""
        self._put(
            Person(
                f"late-{self.serial}-{gap}",
                "迟",
                serial=self.serial - gap,
                changed=self._past(int(SLACK.total_seconds())),
            )
        )

    @precondition(lambda self: self.changes)
    @rule(number=numbers)
    def delete(self, number: str) -> None:
        self.town.drop(number)
        self.model.source.pop(number, None)

    @rule()
    def add_column(self) -> None:
        """Add a column that nothing maps."""
        self.columns += 1
        self.town.site.run(f"ALTER TABLE RY ADD COLUMN BZ{self.columns} VARCHAR(10)")

    # ------------------------------------------------------------ time

    @rule(
        passed=st.one_of(
            st.timedeltas(timedelta(microseconds=1), timedelta(seconds=3)),
            st.timedeltas(timedelta(1), timedelta(3)),
        )
    )
    def time_passes(self, passed: timedelta) -> None:
        self.clock += passed

    @rule(back=seconds)
    def clock_is_set_back(self, back: int) -> None:
        self.clock = max(self.clock - timedelta(seconds=back), self.latest - SLACK)

    # ------------------------------------------------------------ the exchange

    @rule()
    def run(self) -> None:
        self._attempt()
        self._landed(self._collect())

    @rule(point=points)
    def crash(self, point: str) -> None:
        """Break a run off; whatever rule follows, sooner or later it is run again."""
        self._attempt()
        with at(point, crash):
            try:
                landed = self._collect()
            except Crash:
                self._broke_off()
            else:
                self._landed(landed)

    @precondition(lambda self: self._comparable)
    @rule()
    def compare(self) -> None:
        """Compare all keys: deleted rows leave, rows that no window drew come."""
        self._attempt(comparison=True)
        self._landed(self._compare())

    @precondition(lambda self: self._comparable)
    @rule(point=points)
    def crash_of_a_comparison(self, point: str) -> None:
        """Break a comparison off."""
        self._attempt(comparison=True)
        with at(point, crash):
            try:
                landed = self._compare()
            except Crash:
                self._broke_off()
            else:
                self._landed(landed)

    @rule(point=points)
    def two_runs_at_once(self, point: str) -> None:
        """Begin a second run anywhere within the first one: it is told to wait."""
        told: list[object] = []

        def second() -> None:
            thread = threading.Thread(target=lambda: told.append(self._try()))
            thread.start()
            thread.join()

        self._attempt()
        with at(point, second) as crossed:
            landed = self._collect()
        self._landed(landed)
        assert [type(each) for each in told] == [Busy] * len(crossed)

    @invariant()
    def the_shared_table_is_the_models(self) -> None:
        if not hasattr(self, "town"):
            return
        states = [self.model.landed]
        if self.model.pending:
            # Its commit may have come through, or not: never a part of it.
            states.append(self.model.outcome().landed)
        assert self.town.landed() in [sorted(state.values()) for state in states]

    def everything_arrives(self) -> None:
        """Run until nothing is pending: each valid row with a cursor stands there as it is."""
        self.clock += timedelta(days=1)
        for _ in range(2):
            self.run()
            self.clock += timedelta(seconds=1)
        if self._comparable:
            self.compare()
        standing = self.model.source.values()
        wanted = {person.number: person.content for person in standing if person.lands}
        landed = {str(row[0]): row for row in self.town.landed()}
        # What was right once and keeps no rule now stands as it was: its row is in quarantine.
        spoilt = {person.number for person in standing if not person.lands}
        if self.mode is LoadMode.FULL or self._comparable:
            assert wanted == {n: row for n, row in landed.items() if n not in spoilt}
        self.town.check_books()
        self.town.check_swept()
        assert {str(row[0]): row for row in self.town.landed()} == landed

    # ------------------------------------------------------------ inside

    def _past(self, late: int) -> datetime:
        return (self.clock - timedelta(seconds=late)).replace(microsecond=0)

    def _has_cursor(self, person: Person) -> bool:
        if self.mode is LoadMode.FULL:
            return True
        return (person.serial if self.mode is LoadMode.APPEND else person.changed) is not None

    def _put(self, *people: Person) -> None:
        self.town.put(*people)
        self.model.source |= {person.number: person for person in people}

    @property
    def _comparable(self) -> bool:
        """Say whether keys may be compared; an emptied source would be refused."""
        if self.mode is LoadMode.FULL or not self.known:
            return False
        return bool(self.model.source) or not self.model.landed

    def _attempt(self, *, comparison: bool = False) -> None:
        # No clock shows the same microsecond at two plans, not even one that was set back.
        while self.clock in self.planned:
            self.clock += timedelta(microseconds=1)
        self.planned.add(self.clock)
        self.latest = max(self.latest, self.clock)
        self.model.attempt(self.clock, comparison=comparison)

    def _collect(self) -> LandedBatch:
        self.town.now = self.clock
        return collect(RESOURCE, context=self.town.context())

    def _compare(self) -> LandedBatch:
        self.town.now = self.clock
        return compare(RESOURCE, context=self.town.context())[0]

    def _try(self) -> object:
        try:
            return self._collect()
        except Busy as busy:
            return busy

    def _landed(self, landed: LandedBatch) -> None:
        assert landed.batch_id not in self.known
        self.known.add(landed.batch_id)
        outcome = self.model.succeeded()
        assert landed.rows_read == len(outcome.kept) + len(outcome.rejected)
        assert landed.rows_landed + landed.rows_unchanged == len(outcome.kept)
        rejected = sorted(person.number for person in outcome.rejected)
        assert self.town.quarantined(landed.batch_id) == rejected
        self.town.check_landing(landed)

    def _broke_off(self) -> None:
        """Ask the ledger what the next run will find of the one that broke off."""
        ledger = self.town.context().ledger
        last = ledger.last_landing(RESOURCE)
        window = ledger.open_batch(RESOURCE)
        if last is not None and last.landed.batch_id not in self.known:
            self._landed(last.landed)
        elif window is None or ledger.state(window.batch_id) is not BatchState.VALIDATED:
            self.model.gave_up()
