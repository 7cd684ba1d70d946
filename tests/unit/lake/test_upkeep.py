"""Sweeping, verifying and comparing the shared tables."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.unit.lake.batches import CIVIL, NAME, POLICE, batch, dataset, people

from shutong.errors import Busy, StorageFailed
from shutong.lake import Damage, DamageKind, Lake
from shutong.lake.log import commit_path
from shutong.lake.tables import ensure_table, table_schema
from shutong.model import LandedBatch, LoadMode

NOW = timedelta(0)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake", tmp_path / "quarantine", memory="100MB")


@pytest.fixture
def landed(lake: Lake, tmp_path: Path) -> list[LandedBatch]:
    return [
        batch(tmp_path, people(1, 2, 3), files=2).land(lake),
        batch(tmp_path, people(7), resource=CIVIL).land(lake),
        batch(tmp_path, people(3, 4), mode=LoadMode.APPEND, hour=1).land(lake),
    ]


# ---------------------------------------------------------------- sweeping


def leave_behind(lake: Lake) -> list[Path]:
    partition = lake.root / NAME / f"_resource={POLICE}"
    left = [
        partition / "20260101T000000-0123456789ab-00000.parquet",
        partition / "part-00000-x.snappy.parquet#1",
        partition / ".x.parquet.tmp",
        lake.root / NAME / "_delta_log" / "00000000000000000009.json#1",
        lake.root / ".spill" / "tmpx" / "duckdb_temp_storage-0.tmp",
    ]
    for path in left:
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(b"orphan")
    return left


def test_files_of_no_version_and_temporaries_are_swept(
    lake: Lake, landed: list[LandedBatch]
) -> None:
    left = leave_behind(lake)
    swept = lake.sweep(NOW)
    assert set(swept.files) == set(left)
    assert swept.bytes == 6 * len(left)
    assert not any(path.exists() for path in left)
    assert lake.verify(NAME, [f for b in landed for f in b.files]) == ()


def test_files_of_an_earlier_version_stay(
    lake: Lake, landed: list[LandedBatch], tmp_path: Path
) -> None:
    assert landed
    batch(tmp_path, people(5), hour=2).land(lake)
    assert lake.sweep(NOW).files == ()
    assert len(lake.query({NAME: 1}).run("SELECT name FROM population.resident").read_all()) == 3


def test_young_files_stay_because_they_may_be_about_to_land(
    lake: Lake, landed: list[LandedBatch]
) -> None:
    assert landed
    left = leave_behind(lake)
    assert lake.sweep().files == ()
    assert all(path.exists() for path in left)


def test_a_resource_that_is_worked_on_is_not_swept(lake: Lake, landed: list[LandedBatch]) -> None:
    import threading

    assert landed
    left = leave_behind(lake)
    swept: list[Path] = []
    with lake.working_on(POLICE):
        sweeper = threading.Thread(target=lambda: swept.extend(lake.sweep(NOW).files))
        sweeper.start()
        sweeper.join()
    assert set(swept) == set(left[3:])
    assert left[0].exists()


# ---------------------------------------------------------------- verifying


def test_an_untouched_table_verifies(lake: Lake, landed: list[LandedBatch]) -> None:
    assert lake.verify(NAME, [file for b in landed for file in b.files]) == ()


def test_a_flipped_bit_is_found(lake: Lake, landed: list[LandedBatch]) -> None:
    path = lake.current_files(NAME)[1]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    relative = str(path.relative_to(lake.root / NAME))
    assert lake.verify(NAME, [file for b in landed for file in b.files]) == (
        Damage(NAME, relative, DamageKind.ALTERED),
    )


def test_a_lost_file_is_found(lake: Lake, landed: list[LandedBatch]) -> None:
    path = lake.current_files(NAME)[0]
    path.unlink()
    relative = str(path.relative_to(lake.root / NAME))
    assert lake.verify(NAME, [file for b in landed for file in b.files]) == (
        Damage(NAME, relative, DamageKind.MISSING),
    )


def test_a_file_the_ledger_does_not_know_is_found(lake: Lake, landed: list[LandedBatch]) -> None:
    damages = lake.verify(NAME, [file for b in landed[:2] for file in b.files])
    assert [damage.kind for damage in damages] == [DamageKind.UNRECORDED]
    assert landed[2].files[0].path == damages[0].path


# ---------------------------------------------------------------- comparing


def test_a_table_as_the_ledger_knows_it_compares_equal(
    lake: Lake, landed: list[LandedBatch]
) -> None:
    assert lake.compare(landed[-1:]) == ()


def test_a_landing_the_ledger_has_not_heard_of_is_told(
    lake: Lake, landed: list[LandedBatch]
) -> None:
    assert lake.compare(landed[:1]) == (landed[1].batch_id, landed[2].batch_id)
    assert lake.compare([]) == tuple(b.batch_id for b in landed)


def assert_lost(lake: Lake, landed: LandedBatch, words: str) -> None:
    with pytest.raises(StorageFailed, match=words) as raised:
        lake.compare([landed])
    assert raised.value.place == NAME
    assert "restore" in raised.value.next_step.en


def test_a_last_commit_emptied_by_power_loss_is_found(
    lake: Lake, landed: list[LandedBatch]
) -> None:
    commit_path(lake.root / NAME, landed[-1].version).write_bytes(b"")
    assert lake.rows(NAME) == 4
    assert_lost(lake, landed[-1], "missing or torn")


def test_a_last_commit_that_is_gone_is_found(lake: Lake, landed: list[LandedBatch]) -> None:
    commit_path(lake.root / NAME, landed[-1].version).unlink()
    assert_lost(lake, landed[-1], "2 < 3")


def test_a_version_that_another_batch_made_is_found(
    lake: Lake, landed: list[LandedBatch], tmp_path: Path
) -> None:
    commit_path(lake.root / NAME, landed[-1].version).unlink()
    batch(tmp_path, people(9), resource=CIVIL, hour=3).land(lake)
    assert_lost(lake, landed[-1], "not made by this batch")


def test_other_rows_than_the_ledger_knows_are_found(lake: Lake, landed: list[LandedBatch]) -> None:
    assert_lost(lake, landed[-1].model_copy(update={"table_rows": 4}), "5 ≠ 4")


def test_a_table_that_is_gone_is_found(lake: Lake, landed: list[LandedBatch]) -> None:
    other = landed[-1].model_copy(update={"dataset": "credit/gone"})
    with pytest.raises(StorageFailed, match="there is no table"):
        lake.compare([landed[-1], other])


# ---------------------------------------------------------------- one run at a time


def test_a_second_run_on_a_resource_is_told_that_it_is_busy(lake: Lake, tmp_path: Path) -> None:
    import threading

    made = batch(tmp_path, people(1))
    raised: list[BaseException] = []

    def land() -> None:
        try:
            made.land(lake)
        except Busy as exc:
            raised.append(exc)

    with lake.working_on(POLICE):
        other = threading.Thread(target=land)
        other.start()
        other.join()
        made.land(lake)
    assert len(raised) == 1
    assert POLICE in str(raised[0])


def test_tables_made_at_once_are_one_table(lake: Lake) -> None:
    folder, schema = lake.root / NAME, table_schema(dataset())
    first = ensure_table(folder, schema, NAME)
    assert ensure_table(folder, schema, NAME).metadata().id == first.metadata().id
