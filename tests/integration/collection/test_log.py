"""Following the log: what was inserted, changed and deleted arrives, and nothing else."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from tests.integration.collection.logged import (
    collected,
    numbers,
    person,
    same_as_source,
    staged,
    town_of,
)
from tests.integration.collection.town import OTHER, RESOURCE, MariadbSite, Person, Town

from shutong.collection import collect
from shutong.errors import BatchRefused
from shutong.model import LandedBatch


def test_inserts_changes_and_deletes_arrive_with_the_next_run(town: Town) -> None:
    town.put(*(person(n) for n in range(10)))
    first = collected(town)
    assert (first.rows_read, first.rows_landed) == (10, 10)
    town.put(person(10), person(3, amount=Decimal("99.50")))
    town.drop("N00005", "N00006")
    second = collected(town)
    assert (second.rows_read, second.rows_landed, second.rows_removed) == (2, 2, 2)
    same_as_source(town)
    town.check_books()


def test_a_run_in_which_nothing_changed_reads_and_writes_nothing(town: Town) -> None:
    town.put(person(1))
    collected(town)
    again = collected(town)
    assert (again.rows_read, again.rows_landed, again.rows_removed) == (0, 0, 0)
    same_as_source(town)


def test_a_changed_key_takes_the_old_row_away_and_brings_the_new_one(town: Town) -> None:
    town.put(person(1), person(2))
    collected(town)
    town.site.run("UPDATE RY SET BH = 'N00009' WHERE BH = 'N00001'")
    landed = collected(town)
    assert (landed.rows_landed, landed.rows_removed) == (1, 1)
    assert numbers(town) == ["N00002", "N00009"]
    same_as_source(town)


def test_two_rows_that_exchange_their_keys_keep_their_other_values(town: Town) -> None:
    town.put(person(1), person(2))
    collected(town)
    for old, new in (("N00001", "X"), ("N00002", "N00001"), ("X", "N00002")):
        town.site.run(f"UPDATE RY SET BH = '{new}' WHERE BH = '{old}'")
    assert collected(town).rows_removed == 0
    same_as_source(town)
    assert [name for _, name, *_ in town.landed()] == ["人2", "人1"]


def test_many_changes_of_one_row_are_one_change_of_it(town: Town) -> None:
    town.put(person(1), person(2))
    collected(town)
    for amount in range(20):
        town.site.run(f"UPDATE RY SET JE = {amount}.25 WHERE BH = 'N00001'")
    landed = collected(town)
    assert (landed.rows_read, landed.rows_landed) == (1, 1)
    same_as_source(town)


def test_an_update_that_changes_no_item_of_the_standard_lands_nothing(town: Town) -> None:
    town.put(person(1))
    collected(town)
    town.site.run("UPDATE RY SET XH = 77")
    landed = collected(town)
    assert (landed.rows_read, landed.rows_landed, landed.rows_unchanged) == (1, 0, 1)
    town.site.run("UPDATE RY SET JE = JE")
    assert collected(town).rows_read == 0


def test_a_row_deleted_and_inserted_again_stays(town: Town) -> None:
    town.put(person(1), person(2))
    collected(town)
    town.drop("N00001")
    town.put(person(1, amount=Decimal("5.00")))
    landed = collected(town)
    assert (landed.rows_landed, landed.rows_removed) == (1, 0)
    same_as_source(town)


def test_a_row_that_came_and_left_between_two_runs_is_never_seen(town: Town) -> None:
    town.put(person(1))
    collected(town)
    town.put(person(2))
    town.drop("N00002")
    landed = collected(town)
    assert (landed.rows_read, landed.rows_landed, landed.rows_removed) == (0, 0, 0)
    same_as_source(town)


def test_what_was_rolled_back_never_arrives(town: Town) -> None:
    town.put(person(1))
    collected(town)
    assert isinstance(town.site, MariadbSite)
    connection = town.site.admin.connect()
    try:
        connection.begin()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE RY SET JE = 1000")
            cursor.execute("DELETE FROM RY")
        connection.rollback()
    finally:
        connection.close()
    assert collected(town).rows_read == 0
    same_as_source(town)


def test_other_tables_and_other_schemas_are_passed_over(town: Town, logged: MariadbSite) -> None:
    town.put(person(1))
    collected(town)
    other = f"{logged.reader.database}_other"
    logged.run(f"CREATE DATABASE {other}")
    try:
        logged.run(f"CREATE TABLE {other}.RY LIKE RY")
        logged.run(f"INSERT INTO {other}.RY SELECT * FROM RY")
        logged.run(f"UPDATE {other}.RY SET BH = 'N00007'")
        logged.run(f"TRUNCATE TABLE `{other}`.`RY`")
        town.put(person(2), table="RY2")
        landed = collected(town)
    finally:
        logged.run(f"DROP DATABASE {other}")
    assert (landed.rows_read, landed.rows_removed) == (0, 0)
    assert collect(OTHER, context=town.context(OTHER)).rows_landed == 1


def test_a_changed_row_with_a_date_that_is_none_goes_to_quarantine_and_its_old_state_stays(
    town: Town,
) -> None:
    town.put(person(1), person(2))
    collected(town)
    town.site.run("UPDATE RY SET CSRQ = '0000-00-00' WHERE BH = 'N00001'")
    landed = collected(town)
    assert (landed.rows_rejected, landed.rows_landed, landed.rows_removed) == (1, 0, 0)
    assert town.quarantined(landed.batch_id) == ["N00001"]
    assert numbers(town) == ["N00001", "N00002"]
    town.site.run("UPDATE RY SET CSRQ = '1999-09-09' WHERE BH = 'N00001'")
    assert collected(town).rows_landed == 1
    same_as_source(town)


def test_a_row_that_leaves_the_filter_leaves_the_shared_table(
    logged: MariadbSite, tmp_path: Path
) -> None:
    filters = [{"column": "XH", "operator": "=", "value": 1}]
    town = town_of(logged, tmp_path, filters=filters)
    town.put(person(1, serial=1), person(2, serial=1), person(3, serial=2))
    collected(town)
    logged.run("UPDATE RY SET XH = 2 WHERE BH = 'N00001'")
    logged.run("UPDATE RY SET XH = 1 WHERE BH = 'N00003'")
    collected(town)
    assert numbers(town) == ["N00002", "N00003"]


def test_more_vanished_than_the_resource_allows_is_refused_and_the_place_stays(
    logged: MariadbSite, tmp_path: Path
) -> None:
    limits = {"vanished_share": 0.1, "vanished_rows": 1}
    town = town_of(logged, tmp_path, comparison=limits)
    town.put(*(person(n) for n in range(40)))
    collected(town)
    before = town.context().ledger.watermark(RESOURCE)
    town.drop(*(f"N{n:05d}" for n in range(5)))
    with pytest.raises(BatchRefused, match="more than the limit of 4"):
        collected(town)
    assert len(numbers(town)) == 40
    assert town.context().ledger.watermark(RESOURCE) == before
    town.put(person(0))
    assert collected(town).rows_removed == 4
    same_as_source(town)


def test_more_changes_than_are_drawn_by_key_are_drawn_whole_with_what_left(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.put(*(person(n) for n in range(30)))
    collected(town)
    monkeypatch.setattr("shutong.collection.following.MOST_KEYS", 5)
    town.put(*(person(n, amount=Decimal("3.00")) for n in range(10)))
    town.drop("N00020")
    town.site.run("UPDATE RY SET CSRQ = '0000-00-00' WHERE BH = 'N00021'")
    landed = collected(town)
    assert (landed.rows_read, landed.rows_landed, landed.rows_removed) == (29, 10, 1)
    assert landed.rows_rejected == 1
    assert "N00021" in numbers(town), "a row that is wrong now has not left"
    town.check_books()


def test_keys_are_drawn_in_portions(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutong.collection.following.KEYS_PER_STATEMENT", 7)
    town.put(*(person(n) for n in range(3)))
    collected(town)
    town.put(*(person(n) for n in range(30)))
    landed = collected(town)
    assert (landed.rows_read, landed.rows_landed) == (27, 27)
    assert staged(town, landed).reader.startswith("log: 27 keys; mysql")
    same_as_source(town)


def test_a_table_that_was_empty_at_first_is_followed(town: Town) -> None:
    assert collected(town).rows_landed == 0
    town.put(Person("1", "𠮷野"))
    landed: LandedBatch = collected(town)
    assert landed.rows_landed == 1
    same_as_source(town)
