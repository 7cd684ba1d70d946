"""Several writers on one table."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from deltalake.exceptions import CommitFailedError
from tests.integration.lake.lander import lake_in, ledger_in, made
from tests.unit.lake.batches import NAME, POLICE, Batch, batch, people, rows_of

from shutong.audit import AuditTrail
from shutong.errors import Busy
from shutong.lake import Lake
from shutong.lake import landing as landings
from shutong.lake.changes import Site, commit_change
from shutong.lake.guards import Landing
from shutong.model import LandedBatch, LoadMode

ROOT = Path(__file__).parents[3]
RESOURCES = [f"department-{n}.resident" for n in range(4)]


def test_processes_that_land_different_resources_in_a_new_table_all_land(
    tmp_path: Path,
) -> None:
    lander = [sys.executable, "-m", "tests.integration.lake.lander", str(tmp_path)]
    children = [
        subprocess.Popen([*lander, "merge", resource, "0", "1,2"], cwd=ROOT, stderr=-1)
        for resource in RESOURCES
    ]
    for child in children:
        _, errors = child.communicate(timeout=120)
        assert child.returncode == 0, errors.decode()
    lake, ledger = lake_in(tmp_path), ledger_in(tmp_path)
    assert {row["_resource"] for row in rows_of(lake)} == set(RESOURCES)
    assert lake.rows(NAME) == 8
    assert len(ledger.landings()) == 4
    assert AuditTrail(ledger).verify() is None
    assert lake.compare(ledger.last_of_each_dataset()) == ()


@pytest.mark.parametrize("mode", list(LoadMode))
def test_threads_that_land_different_resources_again_and_again_all_land(
    tmp_path: Path, mode: LoadMode
) -> None:
    lake = lake_in(tmp_path)

    def land(resource: str) -> list[LandedBatch]:
        made = [
            batch(tmp_path, people(hour, 50), resource=resource, hour=hour, mode=mode)
            for hour in range(4)
        ]
        return [each.land(lake) for each in made]

    with ThreadPoolExecutor(3) as pool:
        told = [landed for several in pool.map(land, RESOURCES[:3]) for landed in several]
    assert len({landed.version for landed in told}) == 12
    assert lake.rows(NAME) == (6 if mode is LoadMode.FULL else 15)
    assert len(rows_of(lake)) == lake.rows(NAME)


def test_the_same_batch_in_two_threads_lands_once(tmp_path: Path) -> None:
    lake, given = lake_in(tmp_path), made(tmp_path, "append", POLICE, "0", "1,2")

    def land(_: int) -> LandedBatch | None:
        try:
            return given.land(lake)
        except Busy:
            return None

    with ThreadPoolExecutor(4) as pool:
        told = [landed for landed in pool.map(land, range(4)) if landed is not None]
    assert len([landed for landed in told if not landed.repeated]) == 1
    assert len(rows_of(lake)) == 2


def _landing(given: Batch) -> Landing:
    return Landing(given.report, given.staged, given.dataset)


@pytest.mark.parametrize("first", [POLICE, "civil-affairs.resident"])
def test_two_machines_without_a_common_lock_do_not_double_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """The log itself stops the second of two commits for a resource on one version."""
    lake = lake_in(tmp_path)
    made(tmp_path, "append", first, "0", "1").land(lake)
    ours, theirs = (made(tmp_path, "merge", POLICE, h, "7,8") for h in ("1", "2"))
    landed = overtaken_by(theirs, ours, lake, monkeypatch)
    assert (landed.rows_landed, landed.rows_unchanged) == (0, 2)
    assert [row["select"] for row in rows_of(lake)] == [1, 7, 8]


def test_two_machines_with_the_same_batch_land_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = lake_in(tmp_path)
    made(tmp_path, "append", POLICE, "0", "1").land(lake)
    given = made(tmp_path, "append", POLICE, "1", "7,8")
    assert overtaken_by(given, given, lake, monkeypatch).repeated
    assert lake.version(NAME) == 2
    assert [row["select"] for row in rows_of(lake)] == [1, 7, 8]


def overtaken_by(
    theirs: Batch, ours: Batch, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> LandedBatch:
    """Land our batch; theirs lands between our look at the table and our commit."""
    site = Site(lake.root, "100MB", 2)
    original = commit_change
    overtaken: list[bool] = []

    def overtake(*args: object) -> None:
        if not overtaken:
            overtaken.append(True)
            landings.land(site, _landing(theirs))
        original(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(landings, "commit_change", overtake)
    return landings.land(site, _landing(ours))


def test_a_writer_that_is_always_overtaken_gives_up_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(*_: object) -> None:
        raise CommitFailedError

    monkeypatch.setattr(landings, "commit_change", overtaken)
    monkeypatch.setattr("shutong.lake.committing._LONGEST_WAIT_SECONDS", 0.0)
    lake = lake_in(tmp_path)
    given = made(tmp_path, "full", POLICE, "0", "1")
    with pytest.raises(Busy, match="other writers"):
        given.land(lake)
    assert lake.version(NAME) == 0
