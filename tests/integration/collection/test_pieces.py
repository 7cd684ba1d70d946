"""A first load in pieces: interrupted anywhere, it goes on where it stopped, and is whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from tests.integration.collection import boundaries, processes
from tests.integration.collection.town import (
    FIRST_DAY,
    RESOURCE,
    MariadbSite,
    Person,
    Site,
    SqliteSite,
    Town,
    build,
)
from tests.integration.mariadb import MariaDB

from shutong.collection import collect, compare, extract, pieces, plan
from shutong.errors import SourceDrifted
from shutong.model import BatchState, LandedBatch
from shutong.settings import Settings

ROWS = 23
NUMBERS = ["a1", "A2", "b'3", "张三", "李\\四", "𠮷", *(f"N{n:03d}" for n in range(ROWS - 6))]


@pytest.fixture(params=["sqlite", "mysql"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    if request.param == "sqlite":
        yield SqliteSite(tmp_path / "fe.db")
        return
    database: MariaDB = request.getfixturevalue("mariadb")
    yield MariadbSite(database.admin, database.reader)


def people() -> list[Person]:
    return [Person(number, f"人{n}", serial=n + 1) for n, number in enumerate(NUMBERS)]


def town_of(site: Site, tmp_path: Path, **source: Any) -> Town:
    drawn = {"load": "merge", "cursor": "GXSJ", **source}
    town = build(tmp_path / "town", site, now=FIRST_DAY + timedelta(days=1), **drawn)
    town.rows_per_piece = 5
    town.put(*people())
    return town


def later(town: Town) -> Town:
    assert town.now is not None
    town.now += timedelta(seconds=1)
    return town


def collected(town: Town) -> LandedBatch:
    return collect(RESOURCE, context=later(town).context())


def landed_exactly(town: Town, *wanted: Person) -> None:
    assert sorted(town.landed()) == sorted(person.content for person in wanted or people())
    town.check_books()


@contextmanager
def drawings(act_after: int = -1, act: Any = None) -> Iterator[list[int]]:
    """Give the numbers of the pieces that are drawn; act once after one of them."""
    drawn: list[int] = []
    original = pieces._draw

    def draw(*args: Any) -> Any:
        number = args[-1]
        drawn.append(number)
        made = original(*args)
        if number == act_after:
            act()
        return made

    with mock.patch.object(pieces, "_draw", draw):
        yield drawn


def crashed() -> None:
    raise boundaries.Crash


def broken_after(town: Town, number: int) -> list[int]:
    with drawings(number, crashed) as drawn, pytest.raises(boundaries.Crash):
        collected(town)
    assert town.landed() == []
    return drawn


def test_a_first_load_in_pieces_lands_the_source_and_tells_how_far_it_is(
    site: Site, tmp_path: Path
) -> None:
    town = town_of(site, tmp_path)
    told: list[str] = []
    with drawings() as drawn:
        landed = collect(RESOURCE, context=town.context(), progress=told.append)
    assert drawn == [0, 1, 2, 3, 4]
    assert told[:4] == ["plan", "extract", "extract 1/5", "extract 2/5"]
    assert (landed.rows_read, landed.rows_landed) == (ROWS, ROWS)
    landed_exactly(town)
    folder = town.context().folder(landed.batch_id)
    assert not folder.pieces.exists(), "values of the key leave with the rows"


@pytest.mark.parametrize("number", [0, 2, 4])
def test_a_load_that_broke_off_after_a_piece_draws_only_the_others(
    site: Site, tmp_path: Path, number: int
) -> None:
    town = town_of(site, tmp_path)
    broken_after(town, number)
    batch = town.context().ledger.open_batch(RESOURCE)
    assert batch is not None
    with drawings() as drawn:
        landed = collected(town)
    assert drawn == list(range(number + 1, 5))
    assert landed.batch_id == batch.batch_id
    landed_exactly(town)


@pytest.mark.parametrize(
    "border",
    [
        "staging:StagingWriter._close_file:before:3",
        "staging:StagingWriter._close_file:after:3",
        "piece_files:force:before:9",
    ],
)
def test_a_load_that_broke_off_within_a_piece_draws_it_anew(
    site: Site, tmp_path: Path, border: str
) -> None:
    town = town_of(site, tmp_path)
    point = f"shutong.collection.{border}"
    with boundaries.at(point, boundaries.crash) as crossed, pytest.raises(boundaries.Crash):
        collected(town)
    assert crossed == [point]
    with drawings() as drawn:
        collected(town)
    assert drawn in ([1, 2, 3, 4], [2, 3, 4])
    landed_exactly(town)


def _collect_and_die(root: Path, point: str) -> None:
    using = Settings(root=root, data_dir=root / "build", rows_per_file=20_000, rows_per_piece=5)
    with boundaries.at(point, boundaries.kill):
        collect(RESOURCE, using=using)
    os._exit(0)


@pytest.mark.parametrize(
    ("point", "missing"),
    [
        ("shutong.model:Pieces.write:after:1", [0, 1, 2, 3, 4]),
        ("shutong.model:Piece.write:before:3", [2, 3, 4]),
        ("shutong.model:Piece.write:after:3", [3, 4]),
        ("shutong.collection.staging:StagingWriter._close_file:after:3", [2, 3, 4]),
        ("shutong.model:StagedBatch.write:before:1", []),
        ("shutong.model:Reconciliation.write:after:1", []),
    ],
)
def test_a_killed_load_goes_on_where_it_stopped(
    site: Site, tmp_path: Path, point: str, missing: list[int]
) -> None:
    town = town_of(site, tmp_path)
    town.now = None
    process = processes.context().Process(target=_collect_and_die, args=(town.root, point))
    process.start()
    assert processes.ended(process) == processes.KILLED
    with drawings() as drawn:
        collect(RESOURCE, context=town.context())
    assert drawn == missing
    landed_exactly(town)


def test_a_piece_that_was_torn_meanwhile_is_drawn_anew(site: Site, tmp_path: Path) -> None:
    town = town_of(site, tmp_path)
    broken_after(town, 2)
    (torn,) = town.root.rglob("piece-0001-00000.parquet")
    torn.write_bytes(torn.read_bytes()[:-9])
    (empty,) = town.root.rglob("piece-0000.json")
    empty.write_text("")
    with drawings() as drawn:
        collected(town)
    assert drawn == [0, 1, 3, 4]
    landed_exactly(town)


def test_rows_changed_between_pieces_come_once_with_the_next_window(
    site: Site, tmp_path: Path
) -> None:
    town = town_of(site, tmp_path)
    order = [n for (n,) in site.ask("SELECT BH FROM RY ORDER BY BH")]
    late = FIRST_DAY + timedelta(days=1, hours=1)
    changed = {n: Person(n, "改", Decimal("9.00"), changed=late) for n in (order[0], order[-1])}
    new = Person("Z-new", "新", changed=late)
    with drawings(2, lambda: town.put(*changed.values(), new)):
        first = collected(town)
    assert first.rows_read == ROWS - 1, "the last piece has one row less"
    assert town.now is not None
    town.now += timedelta(hours=2)
    with drawings() as drawn:
        second = collected(town)
    assert drawn == [], "a later window is not cut"
    assert second.rows_landed == 3
    landed_exactly(town, new, *(changed.get(p.number, p) for p in people()))


def test_rows_deleted_or_given_another_key_between_pieces_are_settled_by_the_comparison(
    site: Site, tmp_path: Path
) -> None:
    town = town_of(site, tmp_path)
    order = [n for (n,) in site.ask("SELECT BH FROM RY ORDER BY BH")]
    first, second, last = order[0], order[1], order[-1]

    def change() -> None:
        town.drop(first)
        for number, other in ((second, "zz9"), (last, "0-first")):
            mark = site.mark
            site.run(f"UPDATE RY SET BH = {mark} WHERE BH = {mark}", (other, number))

    with drawings(2, change):
        collected(town)
    compare(RESOURCE, context=later(town).context())
    moved = {second: "zz9", last: "0-first"}
    wanted = [replace(p, number=moved.get(p.number, p.number)) for p in people()]
    landed_exactly(town, *(p for p in wanted if p.number != first))


def test_a_table_that_was_changed_between_pieces_is_refused_and_goes_on_when_mended(
    site: Site, tmp_path: Path
) -> None:
    town = town_of(site, tmp_path)
    with drawings(1, lambda: site.run("ALTER TABLE RY RENAME COLUMN XM TO XINGMING")) as drawn:
        with pytest.raises(SourceDrifted):
            collected(town)
        with pytest.raises(SourceDrifted):
            collected(town)
    assert drawn == [0, 1]
    assert town.landed() == []
    site.run("ALTER TABLE RY RENAME COLUMN XINGMING TO XM")
    with drawings() as drawn:
        collected(town)
    assert drawn == [2, 3, 4]
    landed_exactly(town)


def test_pieces_of_another_question_are_not_mixed_in(site: Site, tmp_path: Path) -> None:
    town = town_of(site, tmp_path)
    broken_after(town, 2)
    place = town.root / "catalog/registry/resources/person.yaml"
    filters = "filters:\n  - {column: XH, operator: '>', value: 3}\n"
    text = place.read_text("utf-8").replace("  cursor: GXSJ", f"  cursor: GXSJ\n  {filters}", 1)
    place.write_text(text.replace("\n  - {column", "\n    - {column"), "utf-8")
    before = town.context().ledger.open_batch(RESOURCE)
    assert before is not None
    with drawings() as drawn:
        landed = collected(town)
    assert drawn == [0, 1, 2, 3, 4]
    assert landed.batch_id != before.batch_id
    assert town.context().ledger.state(before.batch_id) is BatchState.REFUSED
    landed_exactly(town, *people()[3:])


def test_rejected_rows_of_all_pieces_are_in_quarantine(site: Site, tmp_path: Path) -> None:
    town = town_of(site, tmp_path)
    bad = {n: replace(p, born="0000-00-00") for n, p in enumerate(people()) if n % 6 == 1}
    bad |= {n: replace(people()[n], name=None) for n in (0, 9, 20)}
    town.put(*bad.values())
    broken_after(town, 2)
    landed = collected(town)
    assert landed.rows_rejected == len(bad)
    assert sorted(town.quarantined(landed.batch_id)) == sorted(p.number for p in bad.values())
    landed_exactly(town, *(p for n, p in enumerate(people()) if n not in bad))


def test_small_tables_full_loads_and_a_setting_of_zero_are_drawn_in_one_statement(
    site: Site, tmp_path: Path
) -> None:
    for rows, load in ((ROWS, "merge"), (0, "merge"), (5, "full")):
        town = town_of(site, tmp_path / f"{rows}-{load}", load=load)
        town.rows_per_piece = rows
        with drawings() as drawn:
            window = plan(town.context())
            staged = extract(town.context(), window.batch_id)
        assert drawn == []
        assert [file.path.name for file in staged.files] == ["part-00000.parquet"]
        assert not town.context().folder(window.batch_id).pieces.exists()


def test_an_appending_load_is_cut_too(site: Site, tmp_path: Path) -> None:
    town = town_of(site, tmp_path, load="append", cursor="XH")
    town.rows_per_piece = 1
    broken_after(town, 10)
    with drawings() as drawn:
        collected(town)
    assert len(drawn) == ROWS - 11
    landed_exactly(town)
