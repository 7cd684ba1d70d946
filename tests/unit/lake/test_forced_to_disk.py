"""What is reported as landed lies on the disk, not only in the machine's memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.lake.batches import NAME, batch, people

from shutong.lake import Lake
from shutong.model import LoadMode


@pytest.fixture
def forced(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Note what is forced to disk, in order."""
    paths: list[str] = []
    really = os.fsync

    def fsync(descriptor: int) -> None:
        paths.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        really(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    yield paths


@pytest.mark.parametrize("mode", [LoadMode.FULL, LoadMode.APPEND, LoadMode.MERGE])
def test_files_commit_and_folders_are_forced_before_success_is_told(
    tmp_path: Path, forced: list[str], mode: LoadMode
) -> None:
    lake = Lake(tmp_path / "lake", tmp_path / "quarantine", memory="100MB")
    for hour in (1, 2):
        forced.clear()
        landed = batch(tmp_path, people(hour), mode=mode, hour=hour).land(lake)

        table = lake.root / NAME
        commit = table / "_delta_log" / f"{landed.version:020}.json"
        files = [table / file.path for file in landed.files]
        assert files
        for path in [*files, commit]:
            assert str(path) in forced
            for folder in (path.parent, table, lake.root):
                assert str(folder) in forced
        last = {str(path): at for at, path in enumerate(forced)}
        assert last[str(commit)] < last[str(commit.parent)], "the name after the content"
