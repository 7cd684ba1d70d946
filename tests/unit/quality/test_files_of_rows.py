"""Rejected rows as text, misfits, and clean files like those they come from."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shutong.catalog.models import Dataset, Item
from shutong.model import StagedFile
from shutong.quality.misfits import put_misfits
from shutong.quality.rejected import Origin, RejectedFile, as_text
from shutong.quality.splitting import Failing, split

ORIGIN = Origin("public-security", "public-security.people", "b1", datetime(2026, 11, 23, 8))


def failing(rows: dict[int, list[int]]) -> Failing:
    return Failing(
        np.array(list(rows), dtype=np.int64), pa.array(list(rows.values()), pa.list_(pa.int32()))
    )


def tell(numbers: Any) -> tuple[list[str], str]:
    return [f"r{number}" for number in numbers], "；".join(f"规则{number}" for number in numbers)


def staged(path: Path, table: pa.Table, **how: Any) -> StagedFile:
    pq.write_table(table, path, **how)
    return StagedFile(path=path, rows=table.num_rows, bytes=path.stat().st_size)


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (pa.array([1, None]), ["1", None]),
        (pa.array([Decimal("1.50")]), ["1.50"]),
        (pa.array([True, False]), ["true", "false"]),
        (pa.array([b"\xff\x00"]), ["ff00"]),
        (pa.array([datetime(2026, 1, 2, 3, 4, 5, 6)]), ["2026-01-02 03:04:05.000006"]),
        (pa.array(["男", None]).dictionary_encode(), ["男", None]),
    ],
)
def test_every_type_has_its_text(values: pa.Array, texts: list[str | None]) -> None:
    assert as_text(pa.chunked_array([values])).to_pylist() == texts


def test_rejected_rows_keep_the_order_of_their_files(tmp_path: Path) -> None:
    table = pa.table({"x": list(range(1000))})
    files = [staged(tmp_path / f"{n}.parquet", table, row_group_size=10) for n in range(4)]
    bad = {file.path: failing({5: [0], 995: [1, 0]}) for file in files}

    with RejectedFile(tmp_path / "rejected.parquet", ["x"], ORIGIN) as rejected:
        clean = split(
            files, bad, folder=tmp_path / "clean", rejected=rejected, tell=tell, threads=2
        )

    rows = pq.read_table(tmp_path / "rejected.parquet").to_pylist()
    assert [row["x"] for row in rows] == ["5", "995"] * 4
    assert [row["_rules"] for row in rows[:2]] == [["r0"], ["r1", "r0"]]
    assert rows[1]["_reasons"] == "规则1；规则0"
    assert [file.rows for file in clean] == [998] * 4
    assert [file.path.name for file in clean] == [
        "0.parquet",
        "1.parquet",
        "2.parquet",
        "3.parquet",
    ]


MIXED = {"code": "snappy", "name": "none", "amount": "snappy", "at": "snappy"}
PACKED = {
    "amount": "DELTA_BINARY_PACKED",
    "at": "DELTA_BINARY_PACKED",
    "name": "DELTA_LENGTH_BYTE_ARRAY",
}


@pytest.mark.parametrize("compression", ["snappy", "zstd", "none", "mixed"])
@pytest.mark.parametrize("store_schema", [True, False])
@pytest.mark.parametrize("packed", [True, False])
def test_a_clean_file_is_like_the_one_it_comes_from(
    tmp_path: Path, compression: str, store_schema: bool, packed: bool
) -> None:
    table = pa.table(
        {
            "code": ["a", "b", None, "a"] * 500,
            "name": [f"名{n}" for n in range(2000)],
            "amount": pa.array([Decimal("1.25")] * 2000, pa.decimal128(12, 2)),
            "at": pa.array([datetime(2026, 1, 1)] * 2000, pa.timestamp("us")),
        }
    )
    file = staged(
        tmp_path / "a.parquet",
        table,
        compression=MIXED if compression == "mixed" else compression,
        use_dictionary=["code"],
        write_statistics=["at"],
        store_schema=store_schema,
        store_decimal_as_integer=packed,
        column_encoding=PACKED if packed else None,
        row_group_size=700,
    )
    bad = {file.path: failing({0: [0], 699: [0], 1999: [0]})}

    with RejectedFile(tmp_path / "r.parquet", table.schema.names, ORIGIN) as rejected:
        (clean,) = split(
            [file], bad, folder=tmp_path / "clean", rejected=rejected, tell=tell, threads=1
        )

    keep = [n for n in range(2000) if n not in (0, 699, 1999)]
    assert pq.read_table(clean.path).equals(table.take(keep))
    old, new = pq.ParquetFile(file.path), pq.ParquetFile(clean.path)
    assert new.schema_arrow.equals(old.schema_arrow, check_metadata=True)
    assert new.num_row_groups == old.num_row_groups
    for column in range(4):
        was, now = (f.metadata.row_group(0).column(column) for f in (old, new))
        assert now.compression == was.compression
        assert now.encodings == was.encodings
        assert now.physical_type == was.physical_type
        assert now.is_stats_set == was.is_stats_set


def test_no_rejected_file_is_made_without_rows(tmp_path: Path) -> None:
    path = tmp_path / "rejected.parquet"
    path.write_bytes(b"of an earlier try")

    with RejectedFile(path, ["x"], ORIGIN):
        pass

    assert not path.exists()


def test_misfits_are_counted_by_item_and_reason(tmp_path: Path) -> None:
    items = [
        Item.model_validate({"name": "born", "title": "出生日期", "type": "D"}),
        Item.model_validate({"name": "pay", "title": "金额", "type": "Y"}),
    ]
    dataset = Dataset(
        title="t", title_en="t", summary="s", basis="b", key=("born",), items=tuple(items)
    )
    reasons = ["born: invalid_date", "pay: too_large; born: invalid_date", "pay: of_tomorrow"]
    table = pa.table({"born": ["x", "y", "2020-01-01"], "pay": ["1", "2", "z"]})
    pq.write_table(table.append_column("_reasons", pa.array(reasons)), tmp_path / "m.parquet")

    with RejectedFile(tmp_path / "r.parquet", ["born", "pay"], ORIGIN) as rejected:
        misfits = put_misfits(tmp_path / "m.parquet", dataset, rejected)

    rows = pq.read_table(tmp_path / "r.parquet").to_pylist()
    assert [row["_rules"] for row in rows] == [
        ["born.type"],
        ["pay.type", "born.type"],
        ["pay.type"],
    ]
    assert rows[1]["_reasons"] == "金额数字位数超出标准；出生日期不是存在的日期或时间"
    assert rows[2]["_reasons"] == "金额of_tomorrow", "a reason nobody put into words yet"
    born, pay = misfits.results(dataset)
    assert (born.rule, born.failed_rows, born.detail) == ("born.type", 2, "invalid_date 2")
    assert (pay.failed_rows, pay.detail) == (2, "of_tomorrow 1, too_large 1")
