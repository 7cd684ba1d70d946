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
