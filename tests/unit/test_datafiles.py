"""How data files are written: what a footer may tell, and what it may not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from tests.unit.lake.batches import CANARY, dataset, people

from shutong.catalog.models import NamedRule
from shutong.datafiles import file_schema, written_as

MARKS = {"_provider": "public-security", "_batch": "20260101T000000-0123456789ab"}


def written(folder: Path, **changes: Any) -> Path:
    path = folder / "rows.parquet"
    standard = dataset(**changes)
    schema = file_schema(standard)
    rows = pa.Table.from_pylist([row | MARKS for row in people(1, 2, 3)], schema)
    with pq.ParquetWriter(path, schema, **written_as(standard)) as writer:
        writer.write_table(rows)
    return path


def test_a_footer_tells_the_ends_of_open_numbers_and_times_alone(tmp_path: Path) -> None:
    footer = pq.read_metadata(written(tmp_path)).row_group(0)
    columns = [footer.column(number) for number in range(footer.num_columns)]

    told = {column.path_in_schema for column in columns if column.is_stats_set}

    # `born` is personal.
    assert told == {"select", "income", "changed", "alive", "height", "share"}


def test_a_footer_holds_no_text_of_a_row(tmp_path: Path) -> None:
    path = written(tmp_path)
    size = pq.read_metadata(path).serialized_size

    footer = path.read_bytes()[-size - 8 :]

    assert CANARY.encode() not in footer
    assert b"36020019900101" not in footer


def test_numbers_and_times_are_packed_up_to_the_digits_of_an_integer(tmp_path: Path) -> None:
    footer = pq.read_metadata(written(tmp_path)).row_group(0)
    columns = [footer.column(number) for number in range(footer.num_columns)]

    packed = {c.path_in_schema for c in columns if "DELTA_BINARY_PACKED" in c.encodings}

    assert packed == {"select", "income", "born", "changed"}
    # `share` has 38 digits.
    assert pq.read_table(written(tmp_path)).to_pylist() == [row | MARKS for row in people(1, 2, 3)]


def test_identifiers_are_kept_as_they_are(tmp_path: Path) -> None:
    items = [
        item.model_copy(update={"rule": NamedRule.CITIZEN_NUMBER})
        if item.name == "id_number"
        else item
        for item in dataset().items
    ]
    column = pq.read_metadata(written(tmp_path, items=tuple(items))).row_group(0).column(0)

    assert column.compression == "UNCOMPRESSED"
    assert "DELTA_LENGTH_BYTE_ARRAY" in column.encodings


def test_short_codes_and_marks_are_kept_by_dictionary(tmp_path: Path) -> None:
    footer = pq.read_metadata(written(tmp_path)).row_group(0)
    columns = [footer.column(number) for number in range(footer.num_columns)]

    coded = [c.path_in_schema for c in columns if "RLE_DICTIONARY" in c.encodings]

    assert coded == ["_provider", "_batch"]
