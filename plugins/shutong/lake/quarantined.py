"""Rows in quarantine by batch and place (问题数据定位), for those who mend them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from shutong.catalog.models import Dataset
from shutong.errors import StorageFailed, Text
from shutong.lake.problems import read_rejected
from shutong.lake.sealing import KeyRing
from shutong.lake.tables import file_rows, open_table, table_folder

Places = Mapping[str, Sequence[int]]
"""Positions among the rejected rows of their batch, by the batch."""


def rows_at(
    root: Path, name: str, dataset: Dataset, resource: str, ring: KeyRing, places: Places
) -> dict[str, pa.Table]:
    """Return rejected rows by batch, in the order of `places`, sealed ones opened.

    StorageFailed for rows that lie there no more, KeyUnusable for sealed ones without a key.
    """
    files = _files(root, name, resource) if places else {}
    return {
        batch: _taken(
            read_rejected(files[batch], dataset, resource, ring) if batch in files else None,
            batch,
            wanted,
        )
        for batch, wanted in places.items()
    }


def ids_at(root: Path, name: str, resource: str, places: Places) -> list[str]:
    """Return the ids of rows at `places`; no key is needed. Rows of earlier releases have none."""
    files = _files(root, name, resource) if places else {}
    found: list[str] = []
    for batch, wanted in places.items():
        path = files.get(batch)
        if path is None or not path.is_file():
            continue
        with pq.ParquetFile(path) as file:
            if "_row_id" in file.schema_arrow.names:
                rows = _taken(file.read(columns=["_row_id"]), batch, wanted)
                found += [row_id for row_id in rows.column("_row_id").to_pylist() if row_id]
    return found


def _files(root: Path, name: str, resource: str) -> dict[str, Path]:
    folder = table_folder(root, name)
    table = open_table(folder)
    if table is None:
        return {}
    return {
        Path(path).stem.rpartition("-")[0]: folder / path
        for path, facts in file_rows(table).items()
        if facts["resource"] == resource
    }


def _taken(table: pa.Table | None, batch_id: str, places: Sequence[int]) -> pa.Table:
    if table is None or (places and max(places) >= table.num_rows):
        raise StorageFailed(
            Text("隔离区缺少该批次的问题数据", "the batch's rejected rows are not in quarantine"),
            place=batch_id,
            next_step=Text(
                "从备份恢复隔离区后重跑", "restore the quarantine from a backup, then rerun"
            ),
        )
    return table.take(pa.array(places, pa.int64()))
