"""Each limit of a front-end machine holds, whatever database it is: hours, pace, time, number."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from tests.integration.frontends.conftest import (
    Site,
    SqliteSite,
    front_end,
    query_of,
    wanted_of,
)

from shutong.catalog.models import FrontEnd
from shutong.errors import Busy, OutsideHours, SourceUnreachable
from shutong.frontends import Reader, open_reader
from shutong.frontends.hours import allowed
from shutong.frontends.waiting import Timing

ROWS = 60_000
QUERY, WANTED = query_of("t", "n", cursor="n"), wanted_of(pa.int64())


@dataclass
class Clock:
    """A clock that stands still unless it is waited on or pushed."""

    at: datetime = datetime(2026, 1, 5, 21, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    passed: float = 0.0
    waits: list[float] = field(default_factory=list)

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.push(seconds)

    def push(self, seconds: float) -> None:
        self.passed += seconds
        self.at += timedelta(seconds=seconds)

    @property
    def timing(self) -> Timing:
        def now(zone: ZoneInfo) -> datetime:
            return self.at.astimezone(zone)

        return Timing(lambda: self.passed, now, self.wait)


@pytest.fixture
def filled(site: Site) -> Site:
    """Make a table of many batches on each kind of front-end machine."""
    site.run("CREATE TABLE t (n INTEGER)")
    site.fill("t", [(n,) for n in range(ROWS)])
    return site


def limited(site: Site, zone: str = "Asia/Shanghai", **limits: Any) -> FrontEnd:
    """Return a catalog entry with limits."""
    made = front_end(site.kind, zone=zone)
    return made.model_copy(update={"limits": made.limits.model_copy(update=limits)})


@contextmanager
def reading(site: Site, machine: FrontEnd, clock: Clock, **other: Any) -> Iterator[Reader]:
    with closing(open_reader(machine, site.endpoint, timing=clock.timing, **other)) as reader:
        yield reader


# ------------------------------------------------------------------- hours


@pytest.mark.parametrize(
    ("hours", "at", "holds"),
    [
        ((), "03:00", True),
        (("20:00-07:00",), "20:00", True),
        (("20:00-07:00",), "23:59", True),
        (("20:00-07:00",), "00:00", True),
        (("20:00-07:00",), "06:59", True),
        (("20:00-07:00",), "07:00", False),
        (("20:00-07:00",), "19:59", False),
        (("12:00-13:30",), "13:29", True),
        (("12:00-13:30",), "13:30", False),
        (("20:00-24:00",), "23:59", True),
        (("20:00-24:00",), "00:00", False),
        (("12:00-13:00", "20:00-07:00"), "12:30", True),
        (("12:00-13:00", "20:00-07:00"), "15:00", False),
    ],
)
def test_hours_begin_with_their_first_minute_and_end_before_their_last(
    hours: tuple[str, ...], at: str, holds: bool
) -> None:
    assert allowed(hours, datetime.fromisoformat(f"2026-01-05 {at}")) is holds


def test_outside_its_hours_a_machine_s_rows_are_not_touched(filled: Site) -> None:
    clock = Clock()
    machine = limited(filled, hours=("22:00-07:00",))
    with reading(filled, machine, clock) as reader:
        for begin in (lambda: reader.clock(QUERY), lambda: reader.draw(QUERY, WANTED)):
            with pytest.raises(OutsideHours, match="22:00-07:00") as caught:
                begin()
            assert "21:00" in caught.value.fact.zh
            assert "test-fe" in caught.value.place
        assert reader.describe(None, "t")
    assert OutsideHours.exit_code == 13


def test_hours_are_those_of_the_machine_s_own_zone(filled: Site) -> None:
    clock = Clock()  # 21:00 in Shanghai is 13:00 in UTC
    with reading(filled, limited(filled, "UTC", hours=("12:00-14:00",)), clock) as reader:
        assert reader.draw(QUERY, WANTED)
    with (
        reading(filled, limited(filled, "UTC", hours=("20:00-22:00",)), clock) as reader,
        pytest.raises(OutsideHours, match="13:00"),
    ):
        reader.draw(QUERY, WANTED)


def test_a_drawing_that_runs_past_the_end_of_its_hours_is_stopped(filled: Site) -> None:
    clock, rows = Clock(), 0
    with (
        reading(filled, limited(filled, hours=("20:00-21:30",)), clock) as reader,
        pytest.raises(OutsideHours, match="已结束") as caught,
        reader.draw(QUERY, WANTED) as drawing,
    ):
        for batch in drawing:
            rows += batch.num_rows
            clock.push(1800)
    assert 0 < rows < ROWS
    assert f"已收到 {rows} 行, 未入库任何数据" in caught.value.fact.zh


def test_a_drawing_within_its_hours_is_whole(filled: Site) -> None:
    with (
        reading(filled, limited(filled, hours=("20:00-21:30",)), Clock()) as reader,
        reader.draw(QUERY, WANTED) as drawing,
    ):
        assert sum(batch.num_rows for batch in drawing) == drawing.source_rows == ROWS


# ------------------------------------------------------------------- pace and time


def test_rows_come_no_faster_than_the_pace(filled: Site) -> None:
    clock, rows = Clock(), 0
    with (
        reading(filled, limited(filled, rows_per_second=1000), clock) as reader,
        reader.draw(QUERY, WANTED) as drawing,
    ):
        for batch in drawing:
            assert clock.passed >= rows / 1000
            rows += batch.num_rows
        assert rows == drawing.source_rows == ROWS
    assert clock.passed == pytest.approx(ROWS / 1000)


def test_a_consumer_that_is_slower_than_the_pace_is_not_held_up(filled: Site) -> None:
    clock = Clock()
    with (
        reading(filled, limited(filled, rows_per_second=1000), clock) as reader,
        reader.draw(QUERY, WANTED) as drawing,
    ):
        for batch in drawing:
            clock.push(batch.num_rows / 1000)
    assert sum(clock.waits) == pytest.approx(0, abs=1e-6)


def test_without_a_pace_nothing_waits(filled: Site) -> None:
    clock = Clock()
    with (
        reading(filled, limited(filled), clock) as reader,
        reader.draw(QUERY, WANTED) as drawing,
    ):
        assert sum(batch.num_rows for batch in drawing) == ROWS
    assert clock.waits == []


def test_a_drawing_that_lasts_too_long_is_stopped(filled: Site) -> None:
    clock, rows = Clock(), 0
    with (
        reading(filled, limited(filled, statement_timeout_seconds=60), clock) as reader,
        pytest.raises(SourceUnreachable, match="超过 60 秒被中止"),
        reader.draw(QUERY, WANTED) as drawing,
    ):
        for batch in drawing:
            rows += batch.num_rows
            clock.push(61)
    assert 0 < rows < ROWS


# ------------------------------------------------------------------- number


def test_no_more_readers_than_connections_are_open_at_once(
    sqlite: SqliteSite, tmp_path: Path
) -> None:
    sqlite.run("CREATE TABLE t (n INTEGER)")
    machine, clock, locks = limited(sqlite, connections=2), Clock(), tmp_path / "locks"
    with reading(sqlite, machine, clock, locks=locks):
        with reading(sqlite, machine, clock, locks=locks):
            with pytest.raises(Busy, match="2 个连接名额") as caught:
                open_reader(machine, sqlite.endpoint, locks=locks, timing=clock.timing)
            assert sum(clock.waits) == pytest.approx(machine.limits.connect_timeout_seconds, 0.1)
            assert caught.value.next_step.zh
        with reading(sqlite, machine, clock, locks=locks) as reader:
            assert reader.describe(None, "t")


def test_a_reader_waits_a_while_for_a_slot(sqlite: SqliteSite, tmp_path: Path) -> None:
    sqlite.run("CREATE TABLE t (n INTEGER)")
    machine = limited(sqlite, connections=1)
    first = open_reader(machine, sqlite.endpoint, locks=tmp_path, timing=Clock().timing)
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        first.close()

    with closing(
        open_reader(machine, sqlite.endpoint, locks=tmp_path, timing=Timing(wait=wait))
    ) as second:
        assert second.describe(None, "t")
    assert len(waits) == 1


def test_a_reader_that_could_not_be_opened_keeps_no_slot(
    sqlite: SqliteSite, tmp_path: Path
) -> None:
    machine, clock = limited(sqlite, connections=1), Clock()
    missing = SqliteSite(tmp_path / "missing.db")
    for _ in range(2):
        with pytest.raises(SourceUnreachable):
            open_reader(machine, missing.endpoint, locks=tmp_path / "l", timing=clock.timing)


def test_another_machine_has_slots_of_its_own(sqlite: SqliteSite, tmp_path: Path) -> None:
    sqlite.run("CREATE TABLE t (n INTEGER)")
    machine, clock = limited(sqlite, connections=1), Clock()
    other = machine.model_copy(update={"code": "other-fe"})
    with (
        reading(sqlite, machine, clock, locks=tmp_path),
        reading(sqlite, other, clock, locks=tmp_path) as reader,
    ):
        assert reader.describe(None, "t")


HOLDER = """
import sys
from pathlib import Path
from shutong.catalog.models import FrontEnd
from shutong.frontends import Endpoint, open_reader
machine = FrontEnd.model_validate_json(sys.argv[1])
reader = open_reader(machine, Endpoint("sqlite", host=sys.argv[2]), locks=Path(sys.argv[3]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_slot_holds_against_another_process_and_ends_with_it(
    sqlite: SqliteSite, tmp_path: Path
) -> None:
    sqlite.run("CREATE TABLE t (n INTEGER)")
    machine, clock, locks = limited(sqlite, connections=1), Clock(), tmp_path / "locks"
    arguments = [machine.model_dump_json(), str(sqlite.path), str(locks)]
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Busy):
            open_reader(machine, sqlite.endpoint, locks=locks, timing=clock.timing)
        holder.kill()
        holder.wait()
    with reading(sqlite, machine, clock, locks=locks) as reader:
        assert reader.describe(None, "t")
