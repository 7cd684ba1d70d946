"""What lies in the staging folder afterwards: facts, and no row of anybody."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.collection.boundaries import Crash, at, crash
from tests.integration.collection.town import FIRST_DAY, RESOURCE, Person, SqliteSite, Town, build

from shutong.collection import collect, compare


@pytest.fixture
def town(tmp_path: Path) -> Town:
    site = SqliteSite(tmp_path / "fe.db")
    made = build(tmp_path / "town", site, now=FIRST_DAY, load="merge", cursor="GXSJ")
    made.put(Person("1", "甲"), Person("2", None), Person("3", "丙", born="0000-00-00"))
    return made


def rows_left(town: Town) -> list[str]:
    return sorted(path.name for path in town.settings.staging_dir.rglob("*.parquet"))


def test_a_landed_batch_leaves_its_facts_and_no_row(town: Town) -> None:
    town.now = FIRST_DAY + timedelta(hours=1)
    landed = collect(RESOURCE, context=town.context())
    assert rows_left(town) == []
    facts = town.context().folder(landed.batch_id)
    assert facts.window.is_file()
    assert facts.report.is_file()
    town.drop("1")
    town.put(Person("4", "丁", changed=None))
    town.now += timedelta(hours=1)
    compare(RESOURCE, context=town.context())
    assert rows_left(town) == []
    town.check_books()


def test_a_batch_that_was_given_up_leaves_no_row(town: Town) -> None:
    town.now = FIRST_DAY + timedelta(hours=1)
    with at("shutong.model:Reconciliation.write:before:1", crash), pytest.raises(Crash):
        collect(RESOURCE, context=town.context())
    assert rows_left(town) != []
    town.now += timedelta(hours=1)
    collect(RESOURCE, context=town.context())
    assert rows_left(town) == []


@pytest.mark.parametrize("torn", ["report.json", "staged.json", "data/part-00000.parquet"])
@pytest.mark.parametrize("lost", [True, False])
def test_a_validated_batch_that_a_power_failure_tore_is_drawn_anew(
    town: Town, torn: str, lost: bool
) -> None:
    town.now = FIRST_DAY + timedelta(hours=1)
    town.drop("2", "3")
    with at("shutong.lake.landing:guard_rows:after:1", crash), pytest.raises(Crash):
        collect(RESOURCE, context=town.context())
    window = town.context().ledger.open_batch(RESOURCE)
    assert window is not None
    path = town.context().folder(window.batch_id).path / torn
    if lost:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-7])
    town.now += timedelta(hours=1)
    landed = collect(RESOURCE, context=town.context())
    assert landed.batch_id != window.batch_id
    assert [number for number, *_ in town.landed()] == ["1"]
    town.check_books()
