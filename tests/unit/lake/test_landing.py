"""Landing a batch: what arrives, what stays, what the log tells."""

from __future__ import annotations

import hashlib
import shutil
import stat
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from tests.unit.lake.batches import (
    CANARY,
    CIVIL,
    NAME,
    POLICE,
    Batch,
    assert_harmless,
    batch,
    dataset,
    people,
    person,
    report_of,
    rows_of,
)

from shutong.datafiles import file_schema
from shutong.errors import LandingRefused, StorageFailed
from shutong.lake import Lake
from shutong.model import LoadMode

FULL, APPEND, MERGE = LoadMode.FULL, LoadMode.APPEND, LoadMode.MERGE


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "build" / "lake", tmp_path / "build" / "quarantine", memory="100MB")


def numbers(lake: Lake) -> list[tuple[int, str]]:
    return [(row["select"], row["_resource"]) for row in rows_of(lake, '"select", _resource')]


def data_files(lake: Lake) -> list[Path]:
    return sorted((lake.root / NAME).rglob("*.parquet"))


# ---------------------------------------------------------------- what arrives


def test_every_type_arrives_exactly(lake: Lake, tmp_path: Path) -> None:
    rows = [*people(1, 2), person(3) | dict.fromkeys(person(3).keys() - {"id_number"})]
    landed = batch(tmp_path, rows).land(lake)
    assert (landed.rows_landed, landed.table_rows, landed.version) == (3, 3, 1)
    marks = {"_provider": "public-security", "_batch": landed.batch_id, "_resource": POLICE}
    assert rows_of(lake) == [row | marks for row in rows]


def test_another_reader_of_delta_sees_the_same_table(lake: Lake, tmp_path: Path) -> None:
    batch(tmp_path, people(1, 2)).land(lake)
    table = DeltaTable(str(lake.root / NAME))
    schema = pa.schema(table.schema().to_arrow())
    assert schema.names == [*file_schema(dataset()).names, "_resource"]
    assert schema.field("changed").type == pa.timestamp("us")
    read = pa.table(table.scan(columns=["select", "_resource"])).to_pylist()
    assert sorted(row["select"] for row in read) == [1, 2]
    assert {row["_resource"] for row in read} == {POLICE}


def test_clean_files_are_adopted_without_writing_them_again(lake: Lake, tmp_path: Path) -> None:
    made = batch(tmp_path, people(*range(10)), files=3)
    landed = made.land(lake)
    for number, file in enumerate(landed.files):
        assert file.path == f"_resource={POLICE}/{made.batch_id}-{number:05d}.parquet"
        assert (lake.root / NAME / file.path).samefile(made.staged.files[number].path)


def test_a_file_on_another_disk_is_copied(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def another_disk(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(Path, "hardlink_to", another_disk)
    made = batch(tmp_path, people(1, 2))
    made.land(lake)
    shutil.rmtree(made.staged.files[0].path.parent)
    assert len(rows_of(lake)) == 2


def test_the_facts_name_every_file_with_its_digest(lake: Lake, tmp_path: Path) -> None:
    landed = batch(tmp_path, people(*range(5)), files=2).land(lake)
    text = ""
    for file in landed.files:
        content = (lake.root / NAME / file.path).read_bytes()
        assert file.digest == hashlib.new("sm3", content).hexdigest()
        assert file.bytes == len(content)
        text += f"{file.path}\x1f{file.digest}\n"
    assert sum(file.rows for file in landed.files) == 5
    assert landed.digest == hashlib.new("sm3", text.encode()).hexdigest()


def test_a_file_that_validation_wrote_again_gets_a_digest_of_its_own(
    lake: Lake, tmp_path: Path
) -> None:
    made = batch(tmp_path, people(1, 2, 3))
    clean = tmp_path / "clean" / "part-00000.parquet"
    clean.parent.mkdir()
    pq.write_table(pq.read_table(made.staged.files[0].path).slice(0, 2), clean)
    file = made.staged.files[0].model_copy(
        update={"path": clean, "rows": 2, "bytes": clean.stat().st_size}
    )
    report = report_of(made.staged, clean_files=(file,), rejected_rows=1)
    landed = Batch(made.staged, report, made.dataset).land(lake)
    assert (landed.rows_read, landed.rows_rejected, landed.rows_landed) == (3, 1, 2)
    assert landed.files[0].digest == hashlib.new("sm3", clean.read_bytes()).hexdigest()


def test_files_and_folders_belong_to_their_owner_alone(lake: Lake, tmp_path: Path) -> None:
    batch(tmp_path, people(1)).land(lake)
    batch(tmp_path, people(1, 2), mode=MERGE, hour=1).land(lake)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in data_files(lake))
    folder = data_files(lake)[0].parent
    while folder != lake.root.parent.parent:
        if folder.name != "_delta_log":
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
        folder = folder.parent


# ---------------------------------------------------------------- modes


def test_a_full_load_replaces_its_own_rows_and_nobody_elses(lake: Lake, tmp_path: Path) -> None:
    batch(tmp_path, people(1, 2, 3)).land(lake)
    batch(tmp_path, people(1, 9), resource=CIVIL).land(lake)
    landed = batch(tmp_path, people(2, 4), hour=1).land(lake)
    assert (landed.rows_landed, landed.rows_removed, landed.table_rows) == (2, 3, 4)
    assert numbers(lake) == [(1, CIVIL), (2, POLICE), (4, POLICE), (9, CIVIL)]


def test_an_empty_full_load_that_was_accepted_empties_its_partition(
    lake: Lake, tmp_path: Path
) -> None:
    batch(tmp_path, people(1, 2)).land(lake)
    landed = batch(tmp_path, [], hour=1).land(lake)
    assert (landed.rows_landed, landed.rows_removed, landed.table_rows) == (0, 2, 0)
    assert landed.files == ()
    assert rows_of(lake) == []


def test_an_append_adds_rows(lake: Lake, tmp_path: Path) -> None:
    batch(tmp_path, people(1, 2), mode=APPEND).land(lake)
    landed = batch(tmp_path, people(3), mode=APPEND, hour=1).land(lake)
    assert (landed.rows_landed, landed.rows_unchanged, landed.table_rows) == (1, 0, 3)
    assert [n for n, _ in numbers(lake)] == [1, 2, 3]


def test_an_append_passes_over_rows_that_an_overlap_brings_again(
    lake: Lake, tmp_path: Path
) -> None:
    batch(tmp_path, people(1, 2), mode=APPEND).land(lake)
    landed = batch(tmp_path, people(2, 3), mode=APPEND, hour=1).land(lake)
    assert (landed.rows_landed, landed.rows_unchanged, landed.table_rows) == (1, 1, 3)
    again = batch(tmp_path, people(2, 3), mode=APPEND, hour=2).land(lake)
    assert (again.rows_landed, again.rows_unchanged, again.table_rows) == (0, 2, 3)
    assert [n for n, _ in numbers(lake)] == [1, 2, 3]


def test_an_append_refuses_a_row_that_landed_with_other_content(lake: Lake, tmp_path: Path) -> None:
    batch(tmp_path, people(1, 2), mode=APPEND).land(lake)
    changed = batch(tmp_path, [person(2, name=f"{CANARY}改"), *people(3)], mode=APPEND, hour=1)
    with pytest.raises(LandingRefused, match="1 rows have keys") as raised:
        changed.land(lake)
    assert_harmless(raised.value)
    assert lake.version(NAME) == 1
    assert [n for n, _ in numbers(lake)] == [1, 2]


# ---------------------------------------------------------------- once


@pytest.mark.parametrize("mode", [FULL, APPEND, MERGE])
def test_a_batch_lands_once_however_often_it_is_run(
    lake: Lake, tmp_path: Path, mode: LoadMode
) -> None:
    batch(tmp_path, people(1, 2), mode=mode).land(lake)
    made = batch(tmp_path, people(3), mode=mode, hour=1)
    first = made.land(lake)
    batch(tmp_path, people(9), resource=CIVIL).land(lake)
    version = lake.version(NAME)
    second = made.land(lake)
    assert second == first.model_copy(update={"repeated": True})
    assert not first.repeated
    assert lake.version(NAME) == version


def test_a_batch_that_landed_is_told_again_after_its_staged_files_are_gone(
    lake: Lake, tmp_path: Path
) -> None:
    made = batch(tmp_path, people(1, 2))
    first = made.land(lake)
    shutil.rmtree(made.staged.files[0].path.parent)
    assert made.land(lake) == first.model_copy(update={"repeated": True})


def test_files_left_by_a_killed_try_are_replaced(lake: Lake, tmp_path: Path) -> None:
    made = batch(tmp_path, people(1, 2))
    left = lake.root / NAME / f"_resource={POLICE}" / f"{made.batch_id}-00000.parquet"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half of a file")
    made.land(lake)
    assert len(rows_of(lake)) == 2


# ---------------------------------------------------------------- the log and the folder


def test_the_log_holds_no_value_after_any_kind_of_landing(lake: Lake, tmp_path: Path) -> None:
    batch(tmp_path, people(1, 2)).land(lake)
    batch(tmp_path, people(3), mode=APPEND, hour=1).land(lake)
    batch(tmp_path, [person(3, name=f"{CANARY}改"), person(4)], mode=MERGE, hour=2).land(lake)
    DeltaTable(str(lake.root / NAME)).create_checkpoint()
    log = lake.root / NAME / "_delta_log"
    assert list(log.glob("*.checkpoint.parquet"))
    for path in log.iterdir():
        content = path.read_bytes()
        if path.suffix == ".parquet":
            content = str(pq.read_table(path).to_pylist()).encode()
        for canary in (CANARY.encode(), b"36020019900101", b"1990-01", b"minValues"):
            assert canary not in content, path.name
    assert any(CANARY.encode() in path.read_bytes() for path in data_files(lake))


def test_another_program_that_tidies_the_table_leaves_no_value_in_the_log_either(
    lake: Lake, tmp_path: Path
) -> None:
    for hour in range(2):
        batch(tmp_path, people(hour), mode=APPEND, hour=hour).land(lake)
    table = DeltaTable(str(lake.root / NAME))
    assert table.optimize.compact()["numFilesAdded"] == 1
    for path in (lake.root / NAME / "_delta_log").glob("*.json"):
        assert CANARY not in path.read_text(encoding="utf-8")
    assert [n for n, _ in numbers(lake)] == [0, 1]


def test_a_table_restored_to_another_place_opens_and_goes_on(lake: Lake, tmp_path: Path) -> None:
    batch(tmp_path, people(1, 2)).land(lake)
    batch(tmp_path, people(2, 3), mode=MERGE, hour=1).land(lake)
    shutil.copytree(lake.root, tmp_path / "another place")
    shutil.rmtree(lake.root)
    restored = Lake(tmp_path / "another place", tmp_path / "q", memory="100MB")
    assert [n for n, _ in numbers(restored)] == [1, 2, 3]
    batch(tmp_path, people(4), mode=MERGE, hour=2).land(restored)
    assert [n for n, _ in numbers(restored)] == [1, 2, 3, 4]


def test_a_landed_file_that_was_torn_after_its_commit_is_not_reported_as_landed(
    lake: Lake, tmp_path: Path
) -> None:
    made = batch(tmp_path, people(1, 2))
    made.land(lake)
    data_files(lake)[0].write_bytes(b"")
    with pytest.raises(StorageFailed, match="missing or torn"):
        made.land(lake)


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("a file where the folder should be")
    lake = Lake(tmp_path / "lake", tmp_path / "quarantine")
    with pytest.raises(StorageFailed):
        batch(tmp_path, people(1)).land(lake)
