"""However the writing of staged files ends, it ends: nobody waits for ever."""

from __future__ import annotations

import errno
import threading
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.unit.collection.test_staging import batch, writer


@pytest.mark.parametrize("rows_per_file", [10, 1])
def test_a_disk_that_is_full_at_a_files_last_byte_stops_the_staging(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_per_file: int
) -> None:
    """The footer is written when all rows have been handed over and nobody puts any more."""

    def full(_: Any) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(pq.ParquetWriter, "close", full)
    raised: list[BaseException] = []

    def stage() -> None:
        try:
            with writer(tmp_path, rows_per_file) as staged:
                staged.put([batch(0, 5)])
        except OSError as exc:
            raised.append(exc)

    staging = threading.Thread(target=stage, daemon=True)
    staging.start()
    staging.join(20)
    assert not staging.is_alive(), "the staging waits for ever"
    assert [getattr(exc, "errno", None) for exc in raised] == [errno.ENOSPC]
