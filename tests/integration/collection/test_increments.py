"""What swallows rows between two runs, one event after the other, each with its outcome."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.integration.collection.boundaries import Crash, at, crash
from tests.integration.collection.town import (
    FIRST_DAY,
    OVERLAP,
    RESOURCE,
    MariadbSite,
    Person,
    SqliteSite,
    Town,
    build,
)
from tests.integration.frontends.line import Line
from tests.integration.mariadb import MariaDB

from shutong.collection import collect
from shutong.errors import SourceUnreachable
from shutong.model import LandedBatch

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.fixture(params=["sqlite", "mariadb"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> SqliteSite | MariadbSite:
    if request.param == "sqlite":
        return SqliteSite(tmp_path / "fe.db")
    mariadb: MariaDB = request.getfixturevalue("mariadb")
    return MariadbSite(mariadb.admin, mariadb.reader)


@pytest.fixture
def town(tmp_path: Path, site: SqliteSite | MariadbSite) -> Town:
    return build(tmp_path, site, now=FIRST_DAY + MINUTE)


def run(town: Town, passed: timedelta = timedelta(0)) -> LandedBatch:
    """Let time pass at the department, then collect."""
    assert town.now is not None
    town.now += passed + timedelta(microseconds=1)
    return collect(RESOURCE, context=town.context())


def found(town: Town) -> list[tuple[str, str]]:
    return [(number, name) for number, name, *_ in town.landed()]


def test_a_row_committed_late_with_an_older_time_arrives_with_the_next_run(town: Town) -> None:
    town.put(Person("1", "甲", changed=FIRST_DAY))
    run(town)
    assert town.now is not None
    oldest = (town.now - OVERLAP).replace(microsecond=0)
    town.put(Person("2", "乙", changed=oldest))
    landed = run(town, MINUTE)
    assert landed.rows_landed == 1
    assert found(town) == [("1", "甲"), ("2", "乙")]
    assert run(town, SECOND).rows_landed == 0


@pytest.mark.parametrize("load", ["append", "merge"])
def test_a_number_handed_out_early_and_committed_late_arrives_with_the_next_run(
    tmp_path: Path, site: SqliteSite | MariadbSite, load: str
) -> None:
    town = build(tmp_path, site, now=FIRST_DAY, load=load, cursor="XH")
    town.put(Person("1", "甲", serial=41), Person("3", "丙", serial=43))
    run(town)
    town.put(Person("2", "乙", serial=42))
    assert run(town).rows_landed == 1
    assert found(town) == [("1", "甲"), ("2", "乙"), ("3", "丙")]
    assert run(town).rows_landed == 0


def test_a_row_of_yesterday_committed_today_arrives_with_the_next_run(
    tmp_path: Path, site: SqliteSite | MariadbSite
) -> None:
    town = build(tmp_path, site, now=FIRST_DAY, load="merge", cursor="CSRQ")
    town.put(Person("1", "甲", born="2026-02-28"))
    run(town)
    town.put(Person("2", "乙", born="2026-03-01"), Person("3", "丙", born="2026-03-02"))
    run(town)
    assert found(town) == [("1", "甲"), ("2", "乙")], "today is not over"
    run(town, timedelta(days=1))
    assert found(town) == [("1", "甲"), ("2", "乙"), ("3", "丙")]


@pytest.mark.parametrize("point", [
    "shutong.model:StagedBatch.write:after:1",
    "shutong.ledger.book:Ledger.advance:after:3",
    "shutong.lake.landing:commit_change:after:1",
])  # fmt: skip
def test_equal_cursor_values_at_a_windows_edge_survive_a_crash_none_lost_none_twice(
    tmp_path: Path, point: str
) -> None:
    town = build(tmp_path, SqliteSite(tmp_path / "fe.db"), now=FIRST_DAY + MINUTE)
    assert town.now is not None
    edge = (town.now + MINUTE).replace(microsecond=0)
    below = edge - SECOND
    town.put(*(Person(f"a{i}", "甲", changed=below) for i in range(50)))
    town.put(*(Person(f"b{i}", "乙", changed=edge) for i in range(50)))
    with at(point, crash), pytest.raises(Crash):
        run(town, MINUTE)
    # More rows of the edge's own second come while the run is down.
    town.put(*(Person(f"c{i}", "丙", changed=edge) for i in range(50)))
    run(town)
    assert {name for _, name in found(town)} == {"甲"}
    assert len(found(town)) == 50
    run(town, SECOND)
    assert len(found(town)) == 150 == len(set(found(town)))
    town.check_books()


def test_windows_are_in_the_front_ends_own_clock_however_wrong_it_is(town: Town) -> None:
    town.now = datetime.now().replace(microsecond=0) - timedelta(days=1000)
    town.put(Person("1", "甲", changed=town.now - SECOND), Person("2", "乙", changed=town.now))
    run(town)
    assert found(town) == [("1", "甲")]
    town.put(Person("3", "丙", changed=town.now + SECOND))
    run(town, 2 * SECOND)
    assert found(town) == [("1", "甲"), ("2", "乙"), ("3", "丙")]
    batch = town.context().ledger.batches(RESOURCE, limit=1)[0]
    assert abs(batch.window.planned_at - town.now) < SECOND


def test_rows_that_change_while_they_are_drawn_come_whole_with_this_run_or_the_next(
    town: Town,
) -> None:
    """Largest cursor, count and rows are asked at three moments; the table moves between."""
    town.put(*(Person(str(i), "甲", changed=FIRST_DAY) for i in range(20)))
    assert town.now is not None
    now = town.now

    def meanwhile() -> None:
        town.put(*(Person(str(i), "乙", changed=now) for i in range(5, 25)))

    with at("shutong.collection.planning:plan_window:after:1", meanwhile):
        landed = run(town)
    assert landed.rows_read == 5
    run(town, SECOND)
    assert found(town) == sorted((str(i), "甲" if i < 5 else "乙") for i in range(25))
    town.check_books()


@pytest.fixture
def line(mariadb: MariaDB) -> Iterator[Line]:
    with closing(Line(mariadb.reader.host, mariadb.reader.port)) as made:
        yield made


@pytest.mark.parametrize("fate", ["cut", "silent", "killed"])
def test_a_line_that_breaks_in_the_middle_lands_nothing_and_the_retry_converges(
    tmp_path: Path, mariadb: MariaDB, line: Line, fate: str
) -> None:
    site = MariadbSite(mariadb.admin, replace(mariadb.reader, host="127.0.0.1", port=line.port))
    town = build(tmp_path, site, now=FIRST_DAY + MINUTE)
    fronts = tmp_path / "catalog/front_ends.yaml"
    text = fronts.read_text(encoding="utf-8")
    fronts.write_text(
        text.replace("read_timeout_seconds: 60", "read_timeout_seconds: 3"), encoding="utf-8"
    )
    town.put(*(Person(str(i), "甲" * 50) for i in range(20_000)))
    setattr(line, "cut_after" if fate == "cut" else "quiet_after", 500_000)
    killer = threading.Thread(target=_kill, args=(mariadb, line))
    if fate == "killed":
        killer.start()
    with pytest.raises(SourceUnreachable):
        run(town)
    if fate == "killed":
        killer.join()
    assert town.landed() == []
    line.cut_after = line.quiet_after = None
    assert run(town).rows_landed == 20_000
    town.check_books()


def _kill(mariadb: MariaDB, line: Line) -> None:
    """End the reading's connection at the server while its bytes are held back."""
    while line.received <= 500_000:
        threading.Event().wait(0.02)
    mariadb.admin.run(f"KILL CONNECTION USER '{mariadb.reader.login}'")
    line.speak()
