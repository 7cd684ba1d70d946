"""Rejected rows, put aside with their reasons."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from tests.unit.lake.batches import CANARY, CIVIL, NAME, POLICE, batch, dataset, people, report_of

from shutong.errors import LandingRefused
from shutong.lake import Lake
from shutong.lake.quarantine import quarantine_schema
from shutong.model import ValidationReport


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake", tmp_path / "quarantine", memory="100MB")


def rejected(
    folder: Path,
    *names: str,
    resource: str = POLICE,
    without: tuple[str, ...] = ("_provider", "_batch", "_seen_at", "_resource"),
    hour: int = 0,
) -> ValidationReport:
    """Return the report of a batch with one rejected row per name."""
    made = batch(folder, people(1), resource=resource, hour=hour)
    schema = quarantine_schema(dataset())
    for name in without:
        schema = schema.remove(schema.get_field_index(name))
    rows: list[dict[str, Any]] = [
        {"name": name, "born": "0000-00-00", "_rules": ["born.valid"], "_reasons": "出生日期无效"}
        for name in names
    ]
    path = folder / f"rejected-{resource}-{hour}.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema), path)
    return report_of(made.staged, rejected_file=path, rejected_rows=len(rows), rows=1 + len(rows))


def held(lake: Lake) -> list[dict[str, Any]]:
    table = DeltaTable(str(lake.quarantine_root / NAME))
    rows = pa.table(table.scan()).to_pylist()
    return sorted(rows, key=lambda row: (row["_resource"], row["name"] or ""))


def test_rejected_rows_are_kept_as_text_with_reason_and_origin(lake: Lake, tmp_path: Path) -> None:
    report = rejected(tmp_path, CANARY)
    assert lake.quarantine(report, dataset()) == 1
    row = held(lake)[0]
    assert row["name"] == CANARY
    assert row["born"] == "0000-00-00"
    assert row["id_number"] is None
    assert row["_rules"] == ["born.valid"]
    assert row["_reasons"] == "出生日期无效"
    assert row["_provider"] == "public-security"
    assert row["_resource"] == POLICE
    assert row["_batch"] == report.batch_id
    assert row["_seen_at"] == datetime(2026, 11, 23, 4, 5, 6)


def test_a_batch_is_quarantined_once(lake: Lake, tmp_path: Path) -> None:
    report = rejected(tmp_path, "甲", "乙")
    assert lake.quarantine(report, dataset()) == 2
    assert lake.quarantine(report, dataset()) == 2
    assert DeltaTable(str(lake.quarantine_root / NAME)).version() == 1
    assert len(held(lake)) == 2


def test_a_batch_validated_anew_takes_the_place_of_its_earlier_rows(
    lake: Lake, tmp_path: Path
) -> None:
    lake.quarantine(rejected(tmp_path, "甲", hour=1), dataset())
    lake.quarantine(rejected(tmp_path, "甲", "乙"), dataset())
    lake.quarantine(rejected(tmp_path, "丙", resource=CIVIL), dataset())
    lake.quarantine(rejected(tmp_path, "乙"), dataset())
    assert [(row["name"], row["_resource"]) for row in held(lake)] == [
        ("丙", CIVIL),
        ("乙", POLICE),
        ("甲", POLICE),
    ]


def test_a_batch_without_rejected_rows_makes_no_table(lake: Lake, tmp_path: Path) -> None:
    assert lake.quarantine(batch(tmp_path, people(1)).report, dataset()) == 0
    assert not (lake.quarantine_root / NAME).exists()


def test_origin_columns_of_the_rejected_file_are_kept(lake: Lake, tmp_path: Path) -> None:
    report = rejected(tmp_path, "甲", without=("_resource", "_seen_at"))
    lake.quarantine(report, dataset())
    assert held(lake)[0]["_resource"] == POLICE


@pytest.mark.parametrize("missing", ["name", "_reasons"])
def test_rejected_rows_that_lack_a_column_are_refused(
    lake: Lake, tmp_path: Path, missing: str
) -> None:
    report = rejected(tmp_path, "甲", without=(missing,))
    with pytest.raises(LandingRefused, match=missing):
        lake.quarantine(report, dataset())


def test_rejected_rows_that_are_not_text_are_refused(lake: Lake, tmp_path: Path) -> None:
    report = rejected(tmp_path, "甲")
    assert report.rejected_file is not None
    table = pq.read_table(report.rejected_file)
    index = table.schema.get_field_index("select")
    typed = table.set_column(index, "select", pa.array([1], pa.int64()))
    pq.write_table(typed, report.rejected_file)
    with pytest.raises(LandingRefused, match="select"):
        lake.quarantine(report, dataset())


def test_no_rejected_value_stands_in_the_log_or_a_footer(lake: Lake, tmp_path: Path) -> None:
    lake.quarantine(rejected(tmp_path, CANARY), dataset())
    folder = lake.quarantine_root / NAME
    for path in (folder / "_delta_log").iterdir():
        assert CANARY not in path.read_text(encoding="utf-8")
    (data,) = folder.rglob("*.parquet")
    group = pq.read_metadata(data).row_group(0)
    assert not any(group.column(n).is_stats_set for n in range(group.num_columns))
    assert data.stat().st_mode & 0o077 == 0
