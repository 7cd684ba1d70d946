"""Comparison of keys: what vanished leaves, what no window drew comes, and nothing by mistake."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from tests.integration.collection.town import (
    FIRST_DAY,
    OTHER,
    RESOURCE,
    MariadbSite,
    Person,
    Site,
    SqliteSite,
    Town,
    build,
)
from tests.integration.mariadb import MariaDB

from shutong.audit import AuditTrail
from shutong.collection import collect, compare
from shutong.errors import BatchRefused, SourceMismatch, UnknownName
from shutong.frontends import Among
from shutong.frontends.mysql import MysqlReader
from shutong.model import Compared, LandedBatch, LoadMode

MERGE: dict[str, Any] = {"load": "merge", "cursor": "GXSJ"}


@pytest.fixture(params=["sqlite", "mysql"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    if request.param == "sqlite":
        yield SqliteSite(tmp_path / "fe.db")
        return
    database: MariaDB = request.getfixturevalue("mariadb")
    yield MariadbSite(database.admin, database.reader)


def town_of(site: Site, tmp_path: Path, **source: Any) -> Town:
    return build(tmp_path / "town", site, now=FIRST_DAY + timedelta(days=1), **{**MERGE, **source})


def person(number: int, **facts: Any) -> Person:
    return Person(f"N{number:05d}", f"人{number}", **facts)


def later(town: Town) -> Town:
    """Let a second pass at the department: two plans are never made in one moment."""
    assert town.now is not None
    town.now += timedelta(seconds=1)
    return town


def collected(town: Town) -> LandedBatch:
    return collect(RESOURCE, context=later(town).context())


def compared(town: Town) -> tuple[LandedBatch, Compared]:
    landed, found = compare(RESOURCE, context=later(town).context())
    assert found is not None
    return landed, found


def test_a_row_that_was_deleted_at_the_source_leaves_and_stays_in_the_history(
    site: Site, tmp_path: Path
) -> None:
    town = town_of(site, tmp_path)
    town.put(*(person(n) for n in range(20)))
    town.put(person(3), table="RY2")
    before = collected(town)
    collect(OTHER, context=town.context(OTHER))
    town.drop("N00003", "N00007")
    landed, found = compared(town)
    assert (found.source_keys, found.table_rows, found.gone, found.missing) == (18, 20, 2, 0)
    assert (landed.rows_removed, landed.rows_landed, landed.table_rows) == (2, 0, 19)
    assert [number for number, *_ in town.landed()] == [
        f"N{n:05d}" for n in range(20) if n not in (3, 7)
    ]
    assert len(town.landed(OTHER)) == 1
    old = town.lake.query({"population/person": before.version})
    assert old.run("SELECT count(*) AS n FROM population.person").read_all()["n"][0].as_py() == 20
    town.check_books()


def test_a_row_without_a_cursor_value_is_read_and_reported(site: Site, tmp_path: Path) -> None:
    town = town_of(site, tmp_path)
    town.put(person(1), person(2, changed=None))
    assert collected(town).rows_landed == 1
    landed, found = compared(town)
    assert (found.unplaced, landed.rows_landed) == (1, 1)
    assert [number for number, *_ in town.landed()] == ["N00001", "N00002"]
    town.put(person(2, changed=None, amount=Decimal("5.00")))
    assert compared(town)[0].rows_landed == 1
    assert town.landed()[1][2] == Decimal("5.00")
    town.check_books()


def test_a_row_that_came_late_with_an_old_cursor_value_is_found(site: Site, tmp_path: Path) -> None:
    town = town_of(site, tmp_path)
    town.put(person(1))
    collected(town)
    late = [person(n, changed=FIRST_DAY - timedelta(days=900)) for n in range(5, 9)]
    town.put(*late)
    assert collected(town).rows_landed == 0
    landed, found = compared(town)
    assert (found.missing, landed.rows_landed) == (4, 4)
    assert compared(town)[1].missing == 0
    town.check_books()


def test_keys_that_differ_in_capitals_only_are_two_rows(site: Site, tmp_path: Path) -> None:
    town = town_of(site, tmp_path)
    town.put(person(1))
    collected(town)
    old = FIRST_DAY - timedelta(days=900)
    if isinstance(site, MariadbSite):
        site.run("ALTER TABLE RY MODIFY BH VARCHAR(20) COLLATE utf8mb4_bin NOT NULL")
        site.run("ALTER TABLE RY DROP PRIMARY KEY")
        site.run("ALTER TABLE RY MODIFY BH VARCHAR(20) COLLATE utf8mb4_general_ci NOT NULL")
        site.run("ALTER TABLE RY ADD KEY (BH)")
    for number in ("a'1", "A'1", "𠮷\\1"):
        marks = ", ".join([site.mark] * 6)
        row = Person(number, "甲", changed=old).values
        site.run(f"INSERT INTO RY (BH, XM, JE, CSRQ, GXSJ, XH) VALUES ({marks})", row)
    landed, found = compared(town)
    assert (found.missing, landed.rows_landed) == (3, 3)
    assert {number for number, *_ in town.landed()} == {"N00001", "a'1", "A'1", "𠮷\\1"}


def test_rows_that_keep_no_rule_stay_in_quarantine_and_refuse_no_comparison(
    site: Site, tmp_path: Path
) -> None:
    town = town_of(site, tmp_path)
    town.put(person(1), replace(person(2), name=None), replace(person(3), born="0000-00-00"))
    assert collected(town).rows_rejected == 2
    landed, found = compared(town)
    assert (found.missing, landed.rows_rejected, landed.rows_landed) == (2, 2, 0)
    assert [number for number, *_ in town.landed()] == ["N00001"]
    town.check_books()


def test_an_emptied_source_does_not_empty_the_city_s_table(site: Site, tmp_path: Path) -> None:
    town = town_of(site, tmp_path)
    town.put(*(person(n) for n in range(5)))
    collected(town)
    site.run("DELETE FROM RY")
    with pytest.raises(BatchRefused, match="5 of 5 rows"):
        compare(RESOURCE, context=later(town).context())
    assert len(town.landed()) == 5
    town.put(*(person(n) for n in range(5)))
    assert compared(town)[1].gone == 0
    town.check_books()


def test_more_vanished_than_the_resource_allows_is_refused(site: Site, tmp_path: Path) -> None:
    limits = {"vanished_share": 0.1, "vanished_rows": 1}
    town = town_of(site, tmp_path, comparison=limits)
    town.put(*(person(n) for n in range(40)))
    collected(town)
    town.drop(*(f"N{n:05d}" for n in range(5)))
    with pytest.raises(BatchRefused, match="more than the limit of 4"):
        compare(RESOURCE, context=later(town).context())
    assert len(town.landed()) == 40
    town.put(person(0))
    assert compared(town)[0].rows_removed == 4


def test_a_whole_part_that_no_window_drew_is_drawn_whole(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutong.collection.comparing.KEYS_PER_STATEMENT", 3)
    town = town_of(site, tmp_path)
    town.put(*(person(n) for n in range(30)))
    collected(town)
    old = FIRST_DAY - timedelta(days=900)
    town.put(*(person(n, changed=old) for n in range(100, 105)))
    few = compared(town)[0]
    assert (few.rows_read, few.rows_landed) == (5, 5)
    town.put(*(person(n, changed=old) for n in range(200, 230)))
    many = compared(town)[0]
    assert (many.rows_read, many.rows_landed, many.rows_unchanged) == (65, 30, 35)
    assert len(town.landed()) == 65
    town.check_books()


def test_where_a_key_does_not_find_its_row_everything_is_drawn(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = town_of(site, tmp_path)
    town.put(*(person(n) for n in range(10)))
    collected(town)
    town.put(person(50, changed=FIRST_DAY - timedelta(days=900)))
    monkeypatch.setattr(
        "shutong.collection.comparing.Among", lambda columns, rows: Among(columns, ((b"none",),))
    )
    landed, found = compared(town)
    assert (found.missing, landed.rows_read, landed.rows_landed) == (1, 11, 1)
    town.check_books()


def test_the_account_is_proven_once_for_all_statements_of_a_comparison(
    tmp_path: Path, mariadb: MariaDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutong.collection.comparing.KEYS_PER_STATEMENT", 2)
    town = town_of(MariadbSite(mariadb.admin, mariadb.reader), tmp_path)
    town.put(*(person(n) for n in range(40)))
    collected(town)
    town.put(*(person(n, changed=FIRST_DAY - timedelta(days=900)) for n in range(50, 56)))
    with patch.object(MysqlReader, "writable", autospec=True, return_value=()) as proofs:
        assert compared(town)[0].rows_landed == 6
    assert proofs.call_count == 1


def test_a_comparison_follows_a_collection_when_its_days_are_over(
    site: Site, tmp_path: Path
) -> None:
    town = town_of(site, tmp_path, comparison={"every_days": 7})
    town.put(person(1), person(2))
    collected(town)
    town.drop("N00002")
    assert town.now is not None
    town.now += timedelta(days=6)
    collected(town)
    assert len(town.landed()) == 2
    town.now += timedelta(days=1)
    collected(town)
    assert len(town.landed()) == 1
    town.drop("N00001")
    town.put(person(3))
    town.now += timedelta(days=6)
    collected(town)
    assert [number for number, *_ in town.landed()] == ["N00001", "N00003"]
    town.check_books()


def test_what_a_comparison_took_away_is_in_the_audit_chain(site: Site, tmp_path: Path) -> None:
    town = town_of(site, tmp_path)
    town.put(person(1), person(2))
    collected(town)
    town.drop("N00002")
    landed, _ = compared(town)
    events = list(AuditTrail(town.context().ledger).events(landed.batch_id))
    staged = next(e for e in events if str(e.action) == "batch.staged")
    assert json.loads(staged.facts)["gone"] == 1
    told = next(e for e in events if str(e.action) == "batch.landed")
    assert json.loads(told.facts)["rows_removed"] == 1
    assert "N00002" not in str(events)


def test_a_comparison_that_was_broken_off_is_made_anew(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = town_of(site, tmp_path)
    town.put(person(1), person(2))
    collected(town)
    town.drop("N00002")
    with monkeypatch.context() as broken:
        broken.setattr(
            "shutong.collection.running.land", lambda *_: (_ for _ in ()).throw(OSError("cut"))
        )
        with pytest.raises(OSError, match="cut"):
            compare(RESOURCE, context=later(town).context())
    assert len(town.landed()) == 2
    assert compared(town)[0].rows_removed == 1
    assert compared(town)[1].gone == 0
    town.check_books()


def test_only_loads_that_draw_changes_are_compared(site: Site, tmp_path: Path) -> None:
    town = town_of(site, tmp_path)
    with pytest.raises(UnknownName, match="nothing of this resource has landed"):
        compare(RESOURCE, context=later(town).context())
    full = build(tmp_path / "full", site, now=FIRST_DAY, load="full")
    full.put(person(1))
    collect(RESOURCE, context=full.context())
    with pytest.raises(SourceMismatch, match="a full load needs no comparison"):
        compare(RESOURCE, context=full.context())


def test_an_appending_resource_is_compared_too(site: Site, tmp_path: Path) -> None:
    town = town_of(site, tmp_path, load="append", cursor="XH")
    town.put(*(person(n, serial=n) for n in range(1, 6)))
    assert collected(town).rows_landed == 5
    town.drop("N00002")
    town.put(person(9))
    landed, found = compared(town)
    assert (landed.rows_removed, landed.rows_landed, found.unplaced) == (1, 1, 1)
    assert landed.resource == RESOURCE
    assert town.context().resource.source.load is LoadMode.APPEND


def test_the_first_of_several_cursor_columns_that_has_a_value_counts(
    site: Site, tmp_path: Path
) -> None:
    town = town_of(site, tmp_path)
    site.run("ALTER TABLE RY ADD COLUMN CJSJ DATETIME")
    town = Town(town.root, site, town.now)
    place = town.root / "catalog/registry/resources/person.yaml"
    text = place.read_text("utf-8").replace("cursor: GXSJ", "cursor: [GXSJ, CJSJ]")
    place.write_text(text, "utf-8")
    town.put(person(1), person(2, changed=None))
    site.run("UPDATE RY SET CJSJ = '2026-03-02 08:00:00'")
    assert collected(town).rows_landed == 2
    town.put(person(3, changed=None))
    site.run("UPDATE RY SET CJSJ = '2026-03-02 09:30:00' WHERE BH = 'N00003'")
    assert collected(town).rows_landed == 1
    assert compared(town)[1].unplaced == 0
