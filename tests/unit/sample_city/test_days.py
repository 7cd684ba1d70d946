"""A day passes: exactly what the report says, and nothing else."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shutong.errors import SourceMismatch, UnknownName
from shutong.sample_city import City, DayCounts, create, evening, pass_day
from shutong.sample_city.sizes import MAX_DAYS, SIZES
from shutong.sample_city.source_table import SourceTable
from shutong.sample_city.tables import TABLES

from .conftest import SCALE, SEED, asker
from .test_creating import digests
from .test_togetherness import COMPANIES, PEOPLE, strangers

Snapshot = dict[tuple[Any, ...], tuple[Any, ...]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create(tmp_path, seed=SEED, scale=SCALE)
    return tmp_path


def snapshot(folder: Path, table: SourceTable) -> Snapshot:
    """Return the rows by key, those with a repeated key by their order too."""
    path = folder / "front_ends" / f"{table.front_end}.db"
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute(f'SELECT rowid, * FROM "{table.name}" ORDER BY rowid').fetchall()
    names = [column.key for column in table.columns]
    at = [names.index(key) + 1 for key in table.identity]
    found: Snapshot = {}
    for row in rows:
        key = tuple(row[i] for i in at)
        found[(*key, row[0]) if key in found else key] = row[1:]
    return found


def difference(
    table: SourceTable, before: Snapshot, after: Snapshot, until: datetime, late: datetime
) -> DayCounts:
    """Return what changed between two snapshots."""
    new = [after[key] for key in after.keys() - before.keys()]
    number = 0
    if table.cursor == "updated_at":
        cursor = [column.key for column in table.columns].index("updated_at")
        assert all(row[cursor] <= str(until) for row in new)
        number = sum(row[cursor] < str(late) for row in new)
    return DayCounts(
        inserted=len(new) - number,
        late=number,
        updated=sum(before[key] != after[key] for key in before.keys() & after.keys()),
        deleted=len(before.keys() - after.keys()),
    )


def test_days_change_exactly_what_their_reports_say(folder: Path) -> None:
    for day in (1, 2, 3):
        before = {name: snapshot(folder, table) for name, table in TABLES.items()}
        report = pass_day(folder, seed=SEED, day=day, at=evening(day))
        late = evening(day) - timedelta(seconds=60)
        for name, table in TABLES.items():
            changed = difference(table, before[name], snapshot(folder, table), evening(day), late)
            assert changed == report.counts[name], (day, name)
    assert report.inserted > 0
    assert report.updated > 0
    assert report.deleted > 0
    assert report.late > 0


def test_a_changed_row_has_a_newer_cursor_value_and_another_value(folder: Path) -> None:
    table = TABLES["public-security.resident"]
    names = [column.key for column in table.columns]
    before = snapshot(folder, table)
    pass_day(folder, at=evening(1))
    after = snapshot(folder, table)
    changed = [
        (before[key], after[key])
        for key in before.keys() & after.keys()
        if before[key] != after[key]
    ]
    assert changed
    for old, new in changed:
        differing = {name for name, a, b in zip(names, old, new, strict=True) if a != b}
        assert differing == {"phone", "updated_at"}
        assert old[names.index("updated_at")] < new[names.index("updated_at")]


def test_late_rows_are_older_than_the_newest_but_within_the_overlap(folder: Path) -> None:
    before = snapshot(folder, TABLES["public-security.resident"])
    pass_day(folder, at=evening(1))
    after = snapshot(folder, TABLES["public-security.resident"])
    moments = sorted(after[key][-1] for key in after.keys() - before.keys())
    newest, oldest = (datetime.fromisoformat(text) for text in (moments[-1], moments[0]))
    assert newest == evening(1)
    assert timedelta(seconds=60) < newest - oldest < timedelta(seconds=600)


def test_the_same_days_make_the_same_bytes(folder: Path, tmp_path_factory: Any) -> None:
    other = tmp_path_factory.mktemp("other")
    create(other, seed=SEED, scale=SCALE)
    for day in (1, 2):
        assert pass_day(folder, at=evening(day)) == pass_day(other, at=evening(day))
    assert digests(folder) == digests(other)


def test_a_day_that_passed_is_not_passed_again(folder: Path) -> None:
    first = pass_day(folder, seed=SEED, day=1, at=evening(1))
    before = digests(folder)
    again = pass_day(folder, seed=SEED, day=1, at=evening(1))
    assert (first.repeated, again.repeated) == (False, True)
    assert again.counts == first.counts
    assert digests(folder) == before


def test_a_day_broken_off_between_two_machines_goes_on_where_it_stopped(
    folder: Path, tmp_path_factory: Any
) -> None:
    whole = tmp_path_factory.mktemp("whole")
    create(whole, seed=SEED, scale=SCALE)
    pass_day(whole, at=evening(1))
    marker = folder / "front_ends" / "city.json"
    before_the_day = marker.read_bytes()
    pass_day(folder, at=evening(1))
    # Some machines have passed the day, the marker has not been written.
    machine = folder / "front_ends" / "fe-taxation.db"
    untouched = tmp_path_factory.mktemp("untouched")
    create(untouched, seed=SEED, scale=SCALE)
    machine.write_bytes((untouched / "front_ends" / "fe-taxation.db").read_bytes())
    marker.write_bytes(before_the_day)
    assert not pass_day(folder, at=evening(1)).repeated
    assert digests(folder) == digests(whole)


def test_the_next_window_draws_the_day_by_default(folder: Path) -> None:
    begun = datetime.now() - timedelta(days=1)
    report = pass_day(folder)
    assert report.day == 1
    assert begun < report.at < datetime.now() + timedelta(days=1)
    assert City.read(folder / "front_ends" / "city.json").clock == report.at


def test_days_pass_in_order_and_end(folder: Path) -> None:
    with pytest.raises(UnknownName, match="day 1"):
        pass_day(folder, day=2, at=evening(2))
    with pytest.raises(UnknownName, match=str(MAX_DAYS)):
        pass_day(folder, day=MAX_DAYS + 1, at=evening(MAX_DAYS + 1))
    with pytest.raises(UnknownName, match="ended only"):
        pass_day(folder, at=evening(0))
    with pytest.raises(UnknownName, match="next day is day 1"):
        pass_day(folder, day=0, at=evening(1))


def test_a_day_needs_a_city_of_the_same_seed(folder: Path, tmp_path_factory: Any) -> None:
    with pytest.raises(UnknownName, match=f"seed {SEED}"):
        pass_day(folder, seed=SEED + 1)
    with pytest.raises(UnknownName, match="no sample city"):
        pass_day(tmp_path_factory.mktemp("empty"))


def test_a_day_changes_nothing_at_a_machine_whose_rows_are_others(folder: Path) -> None:
    path = folder / "front_ends" / "fe-changjiang.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DELETE FROM DB_JTCY")
    before = path.read_bytes()
    with pytest.raises(SourceMismatch):
        pass_day(folder, at=evening(1))
    assert path.read_bytes() == before


def test_people_and_companies_stay_together_as_days_pass(folder: Path, city: City) -> None:
    for day in range(1, 8):
        pass_day(folder, at=evening(day))
    ask = asker(folder)
    resident = ("public-security", "T_RK_JBXX", "SFZH")
    company = ("market-regulation", "E_BASEINFO", "UNISCID")
    for parent, children in ((resident, PEOPLE), (company, COMPANIES)):
        for department, table, column, resource_id, item in children:
            missing = strangers(ask, (department, table, column), parent)
            assert missing == city.counts[resource_id].by_item.get(item, 0), table


@pytest.mark.parametrize("scale", [1.0, 0.01, 0.3])
def test_a_city_has_enough_rows_for_all_its_days(scale: float) -> None:
    from shutong.sample_city.registers import make_registers

    for register in make_registers(SEED, scale):
        daily = SIZES[register.resource].daily.scaled(scale)
        assert len(register.may_go) >= daily.deleted * MAX_DAYS, register.resource
        assert len(register.may_change) > daily.updated * MAX_DAYS + 3, register.resource
        keys = [register.columns[key] for key in register.table.identity]
        newcomers = list(zip(*keys, strict=True))[register.count.base :]
        assert len(newcomers) == MAX_DAYS * (daily.inserted + daily.late)
        assert len(set(newcomers)) == len(newcomers), register.resource
