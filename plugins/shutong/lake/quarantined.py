"""Rows in quarantine by batch and place (问题数据定位), for those who mend them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from shutong.errors import StorageFailed, Text
from shutong.lake.tables import file_rows, open_table, table_folder


def quarantined_files(root: Path, dataset: str, resource: str) -> dict[str, Path]:
    """Return where the rejected rows of each batch of a resource lie (隔离文件)."""
    folder = table_folder(root, dataset)
    table = open_table(folder)
    if table is None:
        return {}
    return {
        Path(path).stem.rpartition("-")[0]: folder / path
        for path, facts in file_rows(table).items()
        if facts["resource"] == resource
    }


def rows_at(path: Path | None, batch_id: str, places: Sequence[int]) -> pa.Table:
    """Return a batch's rejected rows at `places`, in that order, every item as text.

    StorageFailed when the batch has no such rows in quarantine: a file was lost.
    """
    try:
        # Not by the folder's name, which would add a column of its own.
        table = pq.ParquetFile(path).read() if path is not None else None
    except FileNotFoundError:
        table = None
    if table is None or (places and max(places) >= table.num_rows):
        raise StorageFailed(
            Text("隔离区缺少该批次的问题数据", "the batch's rejected rows are not in quarantine"),
            place=batch_id,
            next_step=Text(
                "从备份恢复隔离区后重跑", "restore the quarantine from a backup, then rerun"
            ),
        )
    return table.take(pa.array(places, pa.int64()))
