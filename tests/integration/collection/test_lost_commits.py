"""A shared table that lost what it had: found before the next rows are planned, never built on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.collection.town import (
    DATASET,
    FIRST_DAY,
    RESOURCE,
    Person,
    SqliteSite,
    Town,
    build,
)

from shutong.collection import collect
from shutong.errors import StorageFailed
from shutong.model import LandedBatch

MINUTE = timedelta(minutes=1)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    made = build(tmp_path, SqliteSite(tmp_path / "fe.db"), now=FIRST_DAY)
    for number in ("1", "2"):
        made.put(Person(number, "甲"))
        run(made)
    return made


def run(town: Town) -> LandedBatch:
    assert town.now is not None
    town.now += MINUTE
    return collect(RESOURCE, context=town.context())


def commits(town: Town) -> list[Path]:
    return sorted((town.lake.root / DATASET / "_delta_log").glob("*.json"))


@pytest.mark.parametrize("lose", [lambda path: path.write_bytes(b""), Path.unlink])
def test_a_last_commit_that_a_power_failure_took_stops_the_next_collection(
    town: Town, lose: Callable[[Path], object]
) -> None:
    last = commits(town)[-1]
    kept = last.read_bytes()
    lose(last)
    town.put(Person("3", "丙"))

    with pytest.raises(StorageFailed) as caught:
        run(town)

    assert caught.value.next_step.zh
    assert [record.state for record in town.context().ledger.batches(RESOURCE)] == ["landed"] * 2
    last.write_bytes(kept)
    assert run(town).rows_landed == 1
    assert [number for number, *_ in town.landed()] == ["1", "2", "3"]
    town.check_books()


def test_a_table_that_is_gone_stops_the_next_collection(town: Town, tmp_path: Path) -> None:
    folder = town.lake.root / DATASET
    folder.rename(tmp_path / "elsewhere")

    with pytest.raises(StorageFailed):
        run(town)

    assert not folder.exists()
    (tmp_path / "elsewhere").rename(folder)
    assert run(town).rows_landed == 0


def test_a_table_that_cannot_be_restored_is_drawn_anew(town: Town, tmp_path: Path) -> None:
    (town.lake.root / DATASET).rename(tmp_path / "lost")
    assert town.now is not None
    town.now += MINUTE

    landed = collect(RESOURCE, context=town.context(), anew=True)

    assert landed.rows_landed == 2
    town.put(Person("3", "丙"))
    assert run(town).rows_landed == 1
