"""A full disk: a clear error, nothing half done, and the rerun lands."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.lake.batches import NAME, POLICE, batch, people, person, rows_of

from shutong.errors import RecordFailed, StorageFailed
from shutong.lake import Lake
from shutong.ledger import Ledger
from shutong.model import LoadMode


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Give a disk of two megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("a small disk can only be mounted by root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path) -> Path:
    """Use up the disk to the last byte."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return ballast


def lake_on(disk: Path) -> Lake:
    return Lake(disk / "lake", disk / "quarantine", memory="100MB")


@pytest.mark.parametrize("mode", [LoadMode.FULL, LoadMode.MERGE])
@pytest.mark.parametrize("staged_on_the_same_disk", [False, True])
def test_a_full_disk_stops_a_landing_before_it_changes_anything(
    disk: Path, tmp_path: Path, mode: LoadMode, staged_on_the_same_disk: bool
) -> None:
    lake = lake_on(disk)
    batch(tmp_path, people(1, 2)).land(lake)
    staging = disk / "staging" if staged_on_the_same_disk else tmp_path
    made = batch(staging, [person(2, name="新"), person(3)], mode=mode, hour=1)
    before = lake.current_files(NAME)
    ballast = fill(disk)
    with pytest.raises(StorageFailed, match="No space left") as raised:
        made.land(lake)
    assert POLICE in str(raised.value)
    assert lake.version(NAME) == 1
    assert lake.current_files(NAME) == before
    ballast.unlink()
    made.land(lake)
    wanted = [2, 3] if mode is LoadMode.FULL else [1, 2, 3]
    assert [row["select"] for row in rows_of(lake)] == wanted


def test_a_full_disk_stops_the_first_landing_of_a_dataset(disk: Path, tmp_path: Path) -> None:
    lake = lake_on(disk)
    made = batch(tmp_path, people(1, 2))
    ballast = fill(disk)
    with pytest.raises(StorageFailed, match="No space left"):
        made.land(lake)
    ballast.unlink()
    assert made.land(lake).version == 1
    assert len(rows_of(lake)) == 2


def test_a_full_disk_stops_the_ledger_and_with_it_what_was_to_be_recorded(
    disk: Path, tmp_path: Path
) -> None:
    ledger = Ledger(f"sqlite:///{disk / 'ledger.db'}")
    ledger.batches()
    window = batch(tmp_path, []).staged.window
    ballast = fill(disk)
    with pytest.raises(RecordFailed, match="full"):
        ledger.plan(window, NAME)
    ballast.unlink()
    assert ledger.state(window.batch_id) is None
    ledger.plan(window, NAME)
