"""Two runs at once, as processes, each under a time zone of its own."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.collection.boundaries import at
from tests.integration.collection.processes import BUSY, DONE, ended, started
from tests.integration.collection.town import (
    FIRST_DAY,
    OTHER,
    RESOURCE,
    MariadbSite,
    Person,
    SqliteSite,
    Town,
    build,
)
from tests.integration.mariadb import MariaDB

from shutong.collection import collect

SERVER_ZONES = {"UTC": "+08:00", "Asia/Shanghai": "+00:00"}
"""The server's zone is the other one than ours."""


def filled(folder: Path, mariadb: MariaDB) -> Town:
    town = build(folder, MariadbSite(mariadb.admin, mariadb.reader))
    # An hour ago by the department's own clock, whatever zone a session is in.
    ((changed,),) = town.site.ask(
        "SELECT CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', '+08:00') - INTERVAL 1 HOUR"
    )
    for table in ("RY", "RY2"):
        people = [Person(f"{table}-{i}", f"甲{i}", changed=changed) for i in range(500)]
        town.put(*people, Person(f"{table}-空", None, changed=changed), table=table)
    return town


@pytest.fixture(params=SERVER_ZONES)
def zone(request: pytest.FixtureRequest, mariadb: MariaDB) -> str:
    """Give our zone while new sessions at the server begin in another one."""
    ours = str(request.param)
    ((before,),) = MariadbSite(mariadb.admin, mariadb.reader).ask("SELECT @@global.time_zone")
    mariadb.admin.run(f"SET GLOBAL time_zone = '{SERVER_ZONES[ours]}'")
    request.addfinalizer(lambda: mariadb.admin.run(f"SET GLOBAL time_zone = '{before}'"))
    return ours


def test_two_runs_of_one_resource_land_once(tmp_path: Path, mariadb: MariaDB, zone: str) -> None:
    town = filled(tmp_path, mariadb)
    runs = [started(town.root, zone=zone) for _ in range(2)]
    results = sorted(ended(run) for run in runs)
    assert results in ([DONE, BUSY], [DONE, DONE])
    wanted = sorted(f"RY-{i}" for i in range(500))
    assert [row[0] for row in town.landed()] == wanted
    ledger = town.context().ledger
    landings = [record.landed for record in ledger.landings(RESOURCE)]
    assert sum(landed.rows_landed for landed in landings) == 500
    assert len(landings) == results.count(DONE)
    window = ledger.batches(RESOURCE, limit=1)[0].window
    ((clock,),) = town.site.ask("SELECT CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', '+08:00')")
    assert abs((window.planned_at - clock).total_seconds()) < 600, "the department's own clock"
    town.check_books()


@pytest.mark.parametrize(
    "point",
    [
        "shutong.collection.planning:plan_window:after:1",
        "shutong.model:StagedBatch.write:after:1",
        "shutong.lake.landing:commit_change:before:1",
    ],
)
def test_a_run_that_begins_within_another_is_told_to_wait(tmp_path: Path, point: str) -> None:
    town = build(tmp_path, SqliteSite(tmp_path / "fe.db"), now=FIRST_DAY + timedelta(hours=1))
    town.put(Person("1", "甲"))
    results: list[int] = []
    with at(point, lambda: results.append(ended(started(town.root)))):
        landed = collect(RESOURCE, context=town.context())
    assert results == [BUSY]
    assert (landed.rows_landed, len(town.landed())) == (1, 1)
    town.check_books()


def test_two_resources_of_one_dataset_land_beside_each_other(
    tmp_path: Path, mariadb: MariaDB, zone: str
) -> None:
    town = filled(tmp_path, mariadb)
    runs = [started(town.root, resource=name, zone=zone) for name in (RESOURCE, OTHER)]
    assert [ended(run) for run in runs] == [DONE, DONE]
    assert [row[0] for row in town.landed(RESOURCE)] == sorted(f"RY-{i}" for i in range(500))
    assert [row[0] for row in town.landed(OTHER)] == sorted(f"RY2-{i}" for i in range(500))
    town.check_books()
    town.check_swept()
