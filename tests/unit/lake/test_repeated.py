"""Keys that stand on more than one row of a batch."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.lake.batches import dataset, people

from shutong.datafiles import file_schema, only_rises
from shutong.lake.repeated import repeated_rows
from shutong.lake.scratch import scratch


@pytest.mark.parametrize(
    ("numbers", "repeated"),
    [
        ([1, 2, 3, 4], 0),
        ([1, 1, 2, 3], 1),
        ([1, 2, 2, 3], 1),
        ([1, 3, 2, 3], 1),
        ([4, 3, 2, 1], 0),
        ([2, 2, 2, 2], 3),
    ],
)
@pytest.mark.parametrize("key", ["id_number", "select", "income", "born", "changed", "photo"])
def test_repeats_are_found_whatever_the_order_and_type_of_the_keys(
    tmp_path: Path, numbers: list[int], repeated: int, key: str
) -> None:
    files = []
    for page, part in enumerate([numbers[:2], [], numbers[2:]]):
        files.append(tmp_path / f"{page}.parquet")
        rows = pa.Table.from_pylist(people(*part), file_schema(dataset()))
        pq.write_table(rows, files[-1])

    with scratch(tmp_path, "100MB", 1) as connection:
        assert repeated_rows(connection, files, [key]) == repeated
    assert only_rises(files, [key]) is (numbers == [1, 2, 3, 4])
