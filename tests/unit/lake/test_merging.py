"""Merging a batch into its resource's rows: what is renewed, added, taken away, left alone."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.lake.batches import (
    CANARY,
    CIVIL,
    NAME,
    POLICE,
    batch,
    dataset,
    people,
    person,
    rows_of,
)

from shutong.errors import LandingRefused
from shutong.lake import Lake
from shutong.model import LoadMode

FULL, MERGE = LoadMode.FULL, LoadMode.MERGE


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "build" / "lake", tmp_path / "build" / "quarantine", memory="100MB")


def numbers(lake: Lake) -> list[tuple[int, str]]:
    return [(row["select"], row["_resource"]) for row in rows_of(lake, '"select", _resource')]


def data_files(lake: Lake) -> list[Path]:
    return sorted((lake.root / NAME).rglob("*.parquet"))


def names(lake: Lake) -> dict[int, str | None]:
    return {r["select"]: r["name"] for r in rows_of(lake, '"select", name')}


def test_a_merge_renews_changed_rows_inserts_new_ones_and_leaves_the_rest(
    lake: Lake, tmp_path: Path
) -> None:
    first = batch(tmp_path, people(1, 2, 3), mode=MERGE).land(lake)
    batch(tmp_path, people(2), resource=CIVIL, mode=MERGE).land(lake)
    second = batch(tmp_path, [person(2, name="新"), person(3), person(4)], mode=MERGE, hour=1).land(
        lake
    )
    assert (second.rows_landed, second.rows_unchanged, second.table_rows) == (2, 1, 5)
    told = rows_of(lake, '"select", name, _resource, _batch')
    assert [(r["select"], r["name"], r["_resource"]) for r in told] == [
        (1, f"{CANARY}1", POLICE),
        (2, f"{CANARY}2", CIVIL),
        (2, "新", POLICE),
        (3, f"{CANARY}3", POLICE),
        (4, f"{CANARY}4", POLICE),
    ]
    by_batch = {r["select"]: r["_batch"] for r in told if r["_resource"] == POLICE}
    assert by_batch == {
        1: first.batch_id,
        2: second.batch_id,
        3: first.batch_id,
        4: second.batch_id,
    }


def test_a_merge_by_a_key_of_two_items_tells_them_apart(lake: Lake, tmp_path: Path) -> None:
    standard = dataset(key=("id_number", "select"))
    rows = [person(1), person(1, select=7)]
    batch(tmp_path, rows, mode=MERGE, standard=standard).land(lake)
    landed = batch(
        tmp_path, [person(1, select=7, name="新")], mode=MERGE, hour=1, standard=standard
    ).land(lake)
    assert (landed.rows_landed, landed.table_rows) == (1, 2)
    told = rows_of(lake, '"select", name')
    assert sorted((r["select"], r["name"]) for r in told) == [(1, f"{CANARY}1"), (7, "新")]


EDGE: dict[str, tuple[Any, Any]] = {
    "name": (None, ""),
    "income": (None, 0),
    "born": (datetime(2000, 1, 1), None),
    "changed": (datetime(2026, 1, 1, 0, 0, 0, 1), datetime(2026, 1, 1, 0, 0, 0, 2)),
    "alive": (False, None),
    "photo": (b"", None),
    "height": (0.1, 0.1 + 2**-56),
    "share": (0, None),
}


@pytest.mark.parametrize("item", EDGE)
def test_the_smallest_change_of_an_item_is_a_change(lake: Lake, tmp_path: Path, item: str) -> None:
    before, after = EDGE[item]
    batch(tmp_path, [person(1, **{item: before})], mode=MERGE).land(lake)
    landed = batch(tmp_path, [person(1, **{item: after})], mode=MERGE, hour=1).land(lake)
    assert landed.rows_landed == 1
    again = batch(tmp_path, [person(1, **{item: after})], mode=MERGE, hour=2).land(lake)
    assert (again.rows_landed, again.rows_unchanged) == (0, 1)


def test_a_value_that_is_no_number_is_not_a_change(lake: Lake, tmp_path: Path) -> None:
    rows = [person(1, height=float("nan"))]
    batch(tmp_path, rows, mode=MERGE).land(lake)
    assert batch(tmp_path, rows, mode=MERGE, hour=1).land(lake).rows_unchanged == 1


def test_a_merge_of_nothing_new_is_on_record_and_writes_no_file(lake: Lake, tmp_path: Path) -> None:
    batch(tmp_path, people(1, 2), mode=MERGE).land(lake)
    files = data_files(lake)
    made = batch(tmp_path, people(1, 2), mode=MERGE, hour=1)
    landed = made.land(lake)
    assert (landed.rows_landed, landed.rows_unchanged, landed.files) == (0, 2, ())
    assert data_files(lake) == files
    assert made.land(lake).repeated


def test_a_merge_leaves_large_files_alone_that_lose_no_row(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutong.lake.merging.SMALL_FILE_ROWS", 2)
    monkeypatch.setattr("shutong.lake.rowfiles.ROWS_PER_FILE", 4)
    monkeypatch.setattr("shutong.lake.rowfiles._ROWS_PER_GROUP", 1)
    batch(tmp_path, people(*range(12)), files=3, mode=MERGE).land(lake)
    before = set(lake.current_files(NAME))
    rows = [*people(20, 21, 22, 23), person(1, name="新"), person(2, name="新")]
    landed = batch(tmp_path, rows, mode=MERGE, hour=1).land(lake)
    assert len(before & set(lake.current_files(NAME))) == 1
    assert len(landed.files) == 3
    assert landed.table_rows == 16
    assert {n for n, _ in numbers(lake)} == {*range(12), 20, 21, 22, 23}


def test_a_merge_of_many_rows_is_compared_in_portions(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutong.lake.merging.ROWS_AT_ONCE", 3)
    batch(tmp_path, people(*range(10)), files=2, mode=MERGE).land(lake)
    rows = [*people(*range(5, 9)), *people(*range(20, 24)), person(9, name="新")]
    landed = batch(tmp_path, rows, files=2, mode=MERGE, hour=1).land(lake)
    assert (landed.rows_landed, landed.rows_unchanged, landed.table_rows) == (5, 4, 14)
    told = {r["select"]: r["name"] for r in rows_of(lake, '"select", name')}
    assert told[9] == "新"
    assert set(told) == {*range(10), *range(20, 24)}


def test_small_files_of_many_merges_do_not_pile_up(lake: Lake, tmp_path: Path) -> None:
    for hour in range(5):
        batch(tmp_path, people(hour), mode=MERGE, hour=hour).land(lake)
    assert len(lake.current_files(NAME)) == 1
    assert [n for n, _ in numbers(lake)] == [0, 1, 2, 3, 4]


def test_a_table_that_holds_a_key_twice_is_not_merged_into(lake: Lake, tmp_path: Path) -> None:
    made = batch(tmp_path, people(1, 2))
    made.land(lake)
    twice = pa.concat_tables([pq.read_table(made.staged.files[0].path, partitioning=None)] * 2)
    target = data_files(lake)[0]
    target.unlink()
    pq.write_table(twice, target, store_schema=False)
    with pytest.raises(LandingRefused, match="holds a key twice"):
        batch(tmp_path, people(1), mode=MERGE, hour=1).land(lake)


def test_renewed_rows_keep_their_places(lake: Lake, tmp_path: Path) -> None:
    batch(tmp_path, people(*range(6)), files=2, mode=MERGE).land(lake)
    landed = batch(tmp_path, [person(2, name="新")], mode=MERGE, hour=1).land(lake)
    (renewed,) = landed.files
    table = pq.read_table(lake.root / NAME / renewed.path, partitioning=None)
    assert table.column("select").to_pylist() == [0, 2, 4]
    assert table.column("name").to_pylist() == [f"{CANARY}0", "新", f"{CANARY}4"]
    assert set(table.column("_batch").to_pylist()) > {landed.batch_id}


def test_rows_that_the_source_has_no_more_leave_and_stay_in_the_history(
    lake: Lake, tmp_path: Path
) -> None:
    batch(tmp_path, people(*range(6)), files=3, mode=MERGE).land(lake)
    batch(tmp_path, people(1), resource=CIVIL, mode=MERGE).land(lake)
    made = batch(tmp_path, [person(9)], gone=people(0, 1, 3, 77), mode=MERGE, hour=1)
    landed = made.land(lake)
    assert (landed.rows_landed, landed.rows_removed, landed.table_rows) == (1, 3, 5)
    assert numbers(lake) == [(1, CIVIL), (2, POLICE), (4, POLICE), (5, POLICE), (9, POLICE)]
    before = lake.query({NAME: landed.version - 1}).run(
        "SELECT count(*) AS n FROM population.resident"
    )
    assert before.read_all().to_pylist() == [{"n": 7}]
    assert made.land(lake).repeated


def test_a_row_that_leaves_and_comes_in_one_batch_comes(lake: Lake, tmp_path: Path) -> None:
    batch(tmp_path, people(1, 2), mode=MERGE).land(lake)
    made = batch(tmp_path, [person(1, name="新")], gone=people(1), mode=MERGE, hour=1)
    assert made.land(lake).rows_removed == 0
    assert names(lake) == {1: "新", 2: f"{CANARY}2"}


def test_all_rows_may_leave(lake: Lake, tmp_path: Path) -> None:
    batch(tmp_path, people(1, 2), files=2, mode=MERGE).land(lake)
    landed = batch(tmp_path, [], gone=people(1, 2), mode=MERGE, hour=1).land(lake)
    assert (landed.rows_removed, landed.table_rows, landed.files) == (2, 0, ())
    assert numbers(lake) == []


@pytest.mark.parametrize(
    "spoilt",
    [pa.table({"id_number": pa.array([None], pa.string())}), pa.table({"select": [1]})],
    ids=["no key", "another column"],
)
def test_keys_to_take_away_that_are_none_are_refused(
    lake: Lake, tmp_path: Path, spoilt: pa.Table
) -> None:
    batch(tmp_path, people(1), mode=MERGE).land(lake)
    made = batch(tmp_path, [], gone=people(1), mode=MERGE, hour=1)
    assert made.staged.gone is not None
    pq.write_table(spoilt, made.staged.gone)
    with pytest.raises(LandingRefused):
        made.land(lake)
    assert numbers(lake) == [(1, POLICE)]


def test_only_a_merge_takes_rows_away_by_key(lake: Lake, tmp_path: Path) -> None:
    batch(tmp_path, people(1), mode=MERGE).land(lake)
    with pytest.raises(LandingRefused):
        batch(tmp_path, people(2), gone=people(1), mode=FULL, hour=1).land(lake)


merges = st.lists(
    st.tuples(
        st.dictionaries(st.integers(0, 8), st.sampled_from(["甲", "乙", None]), max_size=6),
        st.sets(st.integers(0, 9), max_size=4),
    ),
    min_size=1,
    max_size=4,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(told=merges, at_once=st.sampled_from([1, 3, 100]), small=st.sampled_from([1, 3, 100]))
def test_merges_one_after_the_other_make_the_same_as_a_dictionary(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    told: list[tuple[dict[int, str | None], set[int]]],
    at_once: int,
    small: int,
) -> None:
    monkeypatch.setattr("shutong.lake.merging.ROWS_AT_ONCE", at_once)
    monkeypatch.setattr("shutong.lake.merging.SMALL_FILE_ROWS", small)
    folder = tmp_path_factory.mktemp("merge")
    lake = Lake(folder / "lake", folder / "quarantine", memory="100MB")
    wanted: dict[int, str | None] = {}
    for hour, (rows, leaving) in enumerate(told):
        made = batch(
            folder,
            [person(n, name=v) for n, v in rows.items()],
            gone=people(*leaving),
            mode=MERGE,
            hour=hour,
            files=2 if len(rows) > 1 else 1,
        )
        landed = made.land(lake)
        changed = {n: v for n, v in rows.items() if n not in wanted or wanted[n] != v}
        gone = {n for n in leaving if n in wanted and n not in rows}
        assert landed.rows_landed == len(changed)
        assert landed.rows_unchanged == len(rows) - len(changed)
        assert landed.rows_removed == len(gone)
        wanted = {n: v for n, v in (wanted | rows).items() if n not in gone}
        assert landed.table_rows == len(wanted) == sum(lake_rows(lake))
    assert names(lake) == wanted


def lake_rows(lake: Lake) -> list[int]:
    files = lake.current_files(NAME)
    return [pq.read_metadata(file).num_rows for file in files]
