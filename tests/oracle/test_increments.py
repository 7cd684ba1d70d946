"""Increments and deletes of a table on a real Oracle server, along the whole path."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.integration.collection.town import FIRST_DAY, RESOURCE, Town, build
from tests.oracle.site import OracleSite

from shutong.collection import collect, compare
from shutong.model import LandedBatch

Row = tuple[str, str, datetime | None, int | None]
SECOND = timedelta(seconds=1)


@pytest.fixture
def town(tmp_path: Path, oracle: OracleSite) -> Town:
    return made(tmp_path, oracle)


def made(folder: Path, oracle: OracleSite, **source: Any) -> Town:
    # The town speaks of its site by what it does, whichever machine it is.
    site: Any = oracle
    return build(folder, site, now=FIRST_DAY + SECOND, db_schema=oracle.schema, **source)


def put(town: Town, rows: Iterable[Row]) -> None:
    town.site.run(
        "INSERT INTO RY (BH, XM, JE, CSRQ, GXSJ, XH) VALUES (:1, :2, 1.5, :3, :4, :5)",
        *((number, name, date(1990, 1, 1), at, serial) for number, name, at, serial in rows),
    )


def run(town: Town) -> LandedBatch:
    assert town.now is not None
    town.now += SECOND
    return collect(RESOURCE, context=town.context())


def found(town: Town) -> list[tuple[str, str]]:
    return [(number, name) for number, name, *_ in town.landed()]


def test_changed_late_and_deleted_rows_arrive_and_leave(town: Town) -> None:
    put(town, [("1", "甲", FIRST_DAY, None), ("2", "乙", FIRST_DAY, None)])
    assert run(town).rows_landed == 2
    put(town, [("3", "丙", FIRST_DAY - timedelta(minutes=5), None), ("4", "丁", None, None)])
    town.site.run("UPDATE RY SET XM = :1 WHERE BH = :2", ("𠮷", "1"))
    assert run(town).rows_landed == 2
    assert found(town) == [("1", "𠮷"), ("2", "乙"), ("3", "丙")]
    town.site.run("DELETE FROM RY WHERE BH = '2'")
    assert town.now is not None
    town.now += SECOND
    landed, told = compare(RESOURCE, context=town.context())
    assert told is not None
    assert (told.gone, told.unplaced, landed.rows_removed) == (1, 1, 1)
    assert found(town) == [("1", "𠮷"), ("3", "丙"), ("4", "丁")]
    town.check_books()


def test_a_running_number_that_begins_anew_is_followed(tmp_path: Path, oracle: OracleSite) -> None:
    town = made(tmp_path, oracle, cursor={"composite": ["GXSJ", "XH"]})
    put(town, [("1", "甲", FIRST_DAY - timedelta(days=1), 900), ("2", "乙", FIRST_DAY, 1)])
    assert run(town).rows_landed == 2
    put(town, [("3", "丙", FIRST_DAY, 2)])
    assert run(town).rows_landed == 1
    assert run(town).rows_landed == 0


def test_a_first_load_in_pieces_lands_the_source(town: Town) -> None:
    town.rows_per_piece = 100
    put(town, [(f"{n:04}", "甲", FIRST_DAY, None) for n in range(1_000)])
    assert run(town).rows_landed == 1_000
    assert len(found(town)) == 1_000
    town.check_books()
