"""Increments of a day and its running number: none lost, none twice, NULL parts told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.collection.boundaries import Crash, at, crash
from tests.integration.collection.town import (
    FIRST_DAY,
    RESOURCE,
    MariadbSite,
    Person,
    SqliteSite,
    Town,
    build,
)
from tests.integration.mariadb import MariaDB

from shutong.collection import collect, compare
from shutong.model import LandedBatch

SECOND = timedelta(seconds=1)
TODAY, YESTERDAY, BEFORE = "2026-03-02", "2026-03-01", "2026-02-27"
CURSOR = {"composite": ["CSRQ", "XH"]}


@pytest.fixture(params=["sqlite", "mariadb"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> SqliteSite | MariadbSite:
    if request.param == "sqlite":
        return SqliteSite(tmp_path / "fe.db")
    mariadb: MariaDB = request.getfixturevalue("mariadb")
    return MariadbSite(mariadb.admin, mariadb.reader)


def person(number: str, born: str, serial: int | None) -> Person:
    return Person(number, "甲", born=born, serial=serial)


def run(town: Town) -> LandedBatch:
    assert town.now is not None
    town.now += SECOND
    return collect(RESOURCE, context=town.context())


def found(town: Town) -> list[str]:
    return [number for number, *_ in town.landed()]


@pytest.mark.parametrize("load", ["append", "merge"])
def test_a_day_s_next_number_arrives_the_same_day(
    tmp_path: Path, site: SqliteSite | MariadbSite, load: str
) -> None:
    town = build(tmp_path, site, now=FIRST_DAY, load=load, cursor=CURSOR)
    town.put(person("1", YESTERDAY, 900), person("2", TODAY, 1))
    assert run(town).rows_landed == 2
    town.put(person("3", TODAY, 2))
    assert run(town).rows_landed == 1
    town.put(person("4", YESTERDAY, 901))
    assert run(town).rows_landed == 1, "late by a day, within the overlap"
    assert run(town).rows_landed == 0
    assert found(town) == ["1", "2", "3", "4"]


@pytest.mark.parametrize("point", [
    "shutong.model:StagedBatch.write:after:1",
    "shutong.ledger.book:Ledger.advance:after:3",
    "shutong.lake.landing:commit_change:after:1",
])  # fmt: skip
def test_rows_that_tie_at_a_window_s_edge_land_once_though_the_run_died(
    tmp_path: Path, site: SqliteSite | MariadbSite, point: str
) -> None:
    exact = {"overlap_seconds": 0, "overlap_numbers": 0}
    town = build(tmp_path, site, now=FIRST_DAY, load="merge", cursor=CURSOR, **exact)
    town.put(*(person(f"{n:03}", TODAY, 7) for n in range(100)), person("old", BEFORE, 8))
    with pytest.raises(Crash), at(point, crash):
        run(town)
    run(town)
    assert len(found(town)) == len(set(found(town))) == 101
    town.put(person("next", TODAY, 8))
    landed = run(town)
    assert (landed.rows_read, landed.rows_landed) == (1, 1)
    town.check_books()


def test_rows_of_which_a_part_is_null_are_read_by_the_comparison_and_told(
    tmp_path: Path, site: SqliteSite | MariadbSite
) -> None:
    town = build(tmp_path, site, now=FIRST_DAY, load="merge", cursor=CURSOR)
    town.put(person("1", TODAY, 1), person("2", TODAY, None), person("3", BEFORE, None))
    run(town)
    assert found(town) == ["1"]
    assert town.now is not None
    town.now += SECOND
    landed, told = compare(RESOURCE, context=town.context())
    assert told is not None
    assert (told.unplaced, landed.rows_landed) == (2, 2)
    assert found(town) == ["1", "2", "3"]
    town.check_books()
