"""Rejected rows are known again, sealed on demand, looked at and settled."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from tests.unit.lake.batches import CANARY, NAME, POLICE, dataset
from tests.unit.lake.test_quarantine import held, rejected
from tests.unit.lake.test_sealing import NEW, OLD, keys_at

from shutong.errors import KeyUnusable, LandingRefused, UnknownName
from shutong.lake import KeyRing, Lake
from shutong.lake.quarantine import KNOWN, quarantine_schema
from shutong.model import ValidationReport


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    keys = KeyRing(keys_at(tmp_path, f"a = {OLD}"))
    return Lake(tmp_path / "lake", tmp_path / "quarantine", memory="100MB", keys=keys)


def later(report: ValidationReport, hours: int) -> ValidationReport:
    return report.model_copy(update={"validated_at": report.validated_at + timedelta(hours=hours)})


def rows_of(lake: Lake, batch_id: str | None = None) -> list[dict[str, Any]]:
    tables = lake.problem_rows(NAME, dataset(), POLICE, batch_id=batch_id)
    rows = [row for table in tables for row in table.to_pylist()]
    return sorted(rows, key=lambda row: (row["name"], row["_seen_at"]))


FIRST = datetime(2026, 11, 23, 4, 5, 6)


def test_a_row_that_comes_again_keeps_its_id_and_the_moment_it_was_first_seen(
    lake: Lake, tmp_path: Path
) -> None:
    lake.quarantine(rejected(tmp_path, "甲", "乙", hour=1), dataset())
    lake.quarantine(later(rejected(tmp_path, "甲", "丙", hour=2), 5), dataset())
    rows = rows_of(lake)
    assert [(row["name"], row["_first_seen"]) for row in rows] == [
        ("丙", FIRST + timedelta(hours=5)),
        ("乙", FIRST),
        ("甲", FIRST),
        ("甲", FIRST),
    ]
    assert rows[2]["_row_id"] == rows[3]["_row_id"]
    assert len({row["_row_id"] for row in rows}) == 3
    lines = list(lake.problems())
    assert [(line.rows, line.problems, line.open) for line in lines] == [(2, 2, 2)] * 2
    assert lines[1].first_seen == FIRST


def test_a_batch_validated_anew_keeps_the_moment_too(lake: Lake, tmp_path: Path) -> None:
    lake.quarantine(rejected(tmp_path, "甲"), dataset())
    lake.quarantine(later(rejected(tmp_path, "甲", "乙"), 1), dataset())
    assert [row["_first_seen"] for row in rows_of(lake)] == [FIRST + timedelta(hours=1), FIRST]


def test_ids_tell_nothing_to_who_tries_values(tmp_path: Path, lake: Lake) -> None:
    other = Lake(tmp_path / "lake2", tmp_path / "quarantine2", memory="100MB")
    report = rejected(tmp_path, "甲")
    for each in (lake, other):
        each.quarantine(report, dataset())
    (one,), (two,) = held(lake), held(other)
    assert one["_row_id"] != two["_row_id"]
    assert one["_key_digest"] != two["_key_digest"]


def test_rows_kept_by_an_earlier_release_are_known_again(lake: Lake, tmp_path: Path) -> None:
    from shutong.lake.committing import NewFile, commit_files
    from shutong.lake.tables import ensure_table

    schema = quarantine_schema(dataset())
    for name in KNOWN.names:
        schema = schema.remove(schema.get_field_index(name))
    folder = lake.quarantine_root / NAME
    table = ensure_table(folder, schema, NAME)
    path = folder / f"_resource={POLICE}" / "old-0123456789ab.parquet"
    path.parent.mkdir(parents=True)
    row = {"name": "甲", "born": "0000-00-00", "_rules": ["born.valid"], "_batch": "old",
           "_seen_at": datetime(2026, 1, 1)}  # fmt: skip
    physical = schema.remove(schema.get_field_index("_resource"))
    pq.write_table(pa.Table.from_pylist([row], physical), path)
    added = [NewFile(str(path.relative_to(folder)), path.stat().st_size, 1)]
    commit_files(table, batch_id="old", resource=POLICE, told={"rows": 1}, added=added)
    assert lake.quarantine(rejected(tmp_path, "甲"), dataset()) == 1
    assert {row["_first_seen"] for row in rows_of(lake)} == {None, datetime(2026, 1, 1)}
    assert sum(line.rows for line in lake.problems()) == 2


def test_sealed_rows_show_their_reasons_and_nothing_else(lake: Lake, tmp_path: Path) -> None:
    report = rejected(tmp_path, CANARY)
    assert lake.quarantine(report, dataset(), seal=True) == 1
    (row,) = held(lake)
    assert [row[item.name] for item in dataset().items] == [None] * len(dataset().items)
    assert (row["_rules"], row["_batch"], row["_key"]) == (["born.valid"], report.batch_id, None)
    assert row["_sealed_by"] == "a"
    for path in lake.quarantine_root.rglob("*"):
        assert not path.is_file() or CANARY.encode() not in path.read_bytes()
    (opened,) = rows_of(lake)
    assert (opened["name"], opened["born"], opened["id_number"]) == (CANARY, "0000-00-00", None)
    assert next(lake.problems()).sealed


def test_without_the_key_reports_work_and_rows_stay_shut(lake: Lake, tmp_path: Path) -> None:
    lake.quarantine(rejected(tmp_path, CANARY), dataset(), seal=True)
    for keys in (KeyRing(), KeyRing(keys_at(tmp_path, f"a = {NEW}"))):
        blind = Lake(lake.root, lake.quarantine_root, memory="100MB", keys=keys)
        assert [line.problems for line in blind.problems()] == [1]
        with pytest.raises(KeyUnusable) as refused:
            rows_of(blind)
        assert CANARY not in refused.value.render("both")


def test_nothing_is_written_when_the_key_is_missing(tmp_path: Path) -> None:
    blind = Lake(tmp_path / "lake", tmp_path / "quarantine", memory="100MB")
    with pytest.raises(KeyUnusable):
        blind.quarantine(rejected(tmp_path, CANARY), dataset(), seal=True)
    assert not list((tmp_path / "quarantine").rglob("*.parquet"))


def test_ids_outlive_sealing_and_the_change_of_its_key(lake: Lake, tmp_path: Path) -> None:
    lake.quarantine(rejected(tmp_path, "甲", hour=1), dataset())
    lake.quarantine(rejected(tmp_path, "甲", hour=2), dataset(), seal=True)
    keys_at(tmp_path, f"b = {NEW}", f"a = {OLD}")
    lake.quarantine(rejected(tmp_path, "甲", hour=3), dataset(), seal=True)
    keys_at(tmp_path, f"b = {NEW}")
    lake.quarantine(rejected(tmp_path, "甲", hour=4), dataset(), seal=True)
    assert len({row["_row_id"] for row in held(lake)}) == 1
    keys_at(tmp_path, f"b = {NEW}", f"a = {OLD}")
    assert {row["name"] for row in rows_of(lake)} == {"甲"}
    secret = next((lake.quarantine_root / ".row_ids").iterdir())
    assert '"key": "b"' in secret.read_text()
    assert secret.stat().st_mode & 0o077 == 0


def test_a_sealed_row_does_not_open_in_the_place_of_another(lake: Lake, tmp_path: Path) -> None:
    lake.quarantine(rejected(tmp_path, "甲", "乙"), dataset(), seal=True)
    (path,) = lake.quarantine_root.rglob("_resource=*/*.parquet")
    table = pq.ParquetFile(path).read()
    index = table.schema.get_field_index("_sealed")
    swapped = table.column("_sealed").take(pa.array([1, 0]))
    pq.write_table(table.set_column(index, table.schema.field(index), swapped), path)
    with pytest.raises(KeyUnusable, match="被改动"):
        rows_of(lake)


def test_a_settled_problem_is_open_again_when_it_comes_again(lake: Lake, tmp_path: Path) -> None:
    lake.quarantine(rejected(tmp_path, "甲", "乙", hour=1), dataset())
    ids = {row["name"]: row["_row_id"] for row in rows_of(lake)}
    assert lake.settle(NAME, POLICE, {ids["甲"]: "source"}, reference="gd-1") == 1
    assert lake.settle(NAME, POLICE, {ids["甲"]: "source"}, reference="gd-1") == 0
    assert {row["name"]: row["_state"] for row in rows_of(lake)} == {"甲": "source", "乙": "open"}
    assert [line.open for line in lake.problems()] == [1]
    version = DeltaTable(str(lake.quarantine_root / NAME)).version()
    lake.quarantine(rejected(tmp_path, "甲", hour=2), dataset())
    assert {row["_state"] for row in rows_of(lake)} == {"open"}
    assert DeltaTable(str(lake.quarantine_root / NAME)).version() == version + 1


def test_an_id_nobody_knows_cannot_be_settled(lake: Lake, tmp_path: Path) -> None:
    lake.quarantine(rejected(tmp_path, "甲"), dataset())
    with pytest.raises(UnknownName):
        lake.settle(NAME, POLICE, {"f" * 32: "source"}, reference="gd-1")
    with pytest.raises(UnknownName):
        rows_of(lake, batch_id="no-such-batch")


def test_a_file_with_fewer_rows_than_were_rejected_is_refused(lake: Lake, tmp_path: Path) -> None:
    report = rejected(tmp_path, "甲").model_copy(update={"rejected_rows": 2})
    with pytest.raises(LandingRefused, match="1 ≠ 2"):
        lake.quarantine(report, dataset())
