"""Batches for the tests of the shared database: small, real, on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from shutong.catalog.models import Dataset, Item, Sensitivity
from shutong.datafiles import file_schema
from shutong.errors import ShutongError
from shutong.fieldtypes import FieldType
from shutong.lake import Lake
from shutong.model import (
    LandedBatch,
    LoadMode,
    StagedBatch,
    StagedFile,
    ValidationReport,
    Window,
)

NAME = "population/resident"
POLICE = "public-security.resident"
CIVIL = "civil-affairs.resident"
NOON = datetime(2026, 11, 23, 12, 0, 0)
CANARY = "金丝雀"


def dataset(**changes: Any) -> Dataset:
    """Return a dataset with an item of every type."""
    items = (
        Item(
            name="id_number",
            title="公民身份号码",
            type=FieldType.C,
            length=18,
            required=True,
            sensitivity=Sensitivity.PERSONAL,
        ),
        Item(
            name="name",
            title="姓名",
            type=FieldType.C,
            length=60,
            sensitivity=Sensitivity.PERSONAL,
        ),
        Item(name="select", title="序号", type=FieldType.I),
        Item(name="income", title="收入", type=FieldType.Y),
        Item(name="born", title="出生日期", type=FieldType.D, sensitivity=Sensitivity.PERSONAL),
        Item(name="changed", title="更新时间", type=FieldType.T),
        Item(name="alive", title="健在", type=FieldType.L),
        Item(name="photo", title="照片", type=FieldType.G),
        Item(name="height", title="身高", type=FieldType.B),
        Item(name="share", title="比例", type=FieldType.N, length=38, scale=10),
    )
    facts: dict[str, Any] = {
        "title": "居民",
        "title_en": "Residents",
        "summary": "居民基本信息",
        "basis": "GB 11643",
        "key": ("id_number",),
        "items": items,
    }
    return Dataset(**(facts | changes))


def person(number: int, **changes: Any) -> dict[str, Any]:
    """Return one resident; `number` is the key."""
    row = {
        "id_number": f"36020019900101{number:04d}",
        "name": f"{CANARY}{number}",
        "select": number,
        "income": Decimal(f"{number}.10"),
        "born": date(1990, 1, 1) + timedelta(days=number),
        "changed": datetime(2026, 1, 1, 8, 0, 0, number),
        "alive": number % 2 == 0,
        "photo": f"{CANARY}{number}".encode(),
        "height": 1.5 + number,
        "share": Decimal(f"{number}.0000000001"),
    }
    return row | changes


def people(*numbers: int, **changes: Any) -> list[dict[str, Any]]:
    """Return residents by number."""
    return [person(number, **changes) for number in numbers]


@dataclass(frozen=True)
class Batch:
    """A validated batch with its files."""

    staged: StagedBatch
    report: ValidationReport
    dataset: Dataset

    @property
    def batch_id(self) -> str:
        return self.report.batch_id

    def land(self, lake: Lake) -> LandedBatch:
        return lake.land(report=self.report, staged=self.staged, dataset=self.dataset)


def batch(
    folder: Path,
    rows: Sequence[Mapping[str, Any]],
    *,
    resource: str = POLICE,
    mode: LoadMode = LoadMode.FULL,
    hour: int = 0,
    files: int = 1,
    schema: pa.Schema | None = None,
    standard: Dataset | None = None,
    marks: Mapping[str, str] | None = None,
    name: str = NAME,
    gone: Sequence[Mapping[str, Any]] = (),
) -> Batch:
    """Return a batch of `rows` staged below `folder`, planned `hour` hours after noon.

    The keys of the rows in `gone` are to be taken away.
    """
    standard = standard or dataset()
    window = Window(resource=resource, mode=mode, planned_at=NOON + timedelta(hours=hour))
    home = folder / resource / window.batch_id / "data"
    home.mkdir(parents=True, exist_ok=True)
    marks = marks or {"_provider": resource.partition(".")[0], "_batch": window.batch_id}
    schema = schema or file_schema(standard)
    staged_files = []
    for number in range(files if rows else 0):
        part = [{**row, **marks} for row in rows[number::files]]
        path = home / f"part-{number:05d}.parquet"
        path.unlink(missing_ok=True)
        pq.write_table(pa.Table.from_pylist(part, schema), path, store_schema=False)
        size = path.stat().st_size
        staged_files.append(StagedFile(path=path, rows=len(part), bytes=size))
    staged = StagedBatch(
        batch_id=window.batch_id,
        resource=resource,
        dataset=name,
        window=window,
        files=tuple(staged_files),
        rows=len(rows),
        source_rows=len(rows),
        reader="test",
        gone=keys_file(home.parent, gone, standard) if gone else None,
        gone_rows=len(gone),
    )
    return Batch(staged, report_of(staged, clean_files=sealed(staged_files)), standard)


def keys_file(folder: Path, rows: Sequence[Mapping[str, Any]], standard: Dataset) -> Path:
    """Write the keys of rows to a file of their own."""
    path = folder / "gone.parquet"
    schema = pa.schema([file_schema(standard).field(name) for name in standard.key])
    pq.write_table(pa.Table.from_pylist(list(rows), schema), path, store_schema=False)
    return path


def sealed(files: Sequence[StagedFile]) -> tuple[StagedFile, ...]:
    """Return the files with their digests, as validation tells them."""
    digests = [hashlib.new("sm3", file.path.read_bytes()).hexdigest() for file in files]
    return tuple(
        file.model_copy(update={"digest": digest})
        for file, digest in zip(files, digests, strict=True)
    )


def report_of(staged: StagedBatch, **changes: Any) -> ValidationReport:
    """Return the report of a batch that validation accepted whole."""
    facts: dict[str, Any] = {
        "batch_id": staged.batch_id,
        "resource": staged.resource,
        "dataset": staged.dataset,
        "accepted": True,
        "rows": staged.rows,
        "rejected_rows": 0,
        "tolerance": 0.0,
        "rules": (),
        "clean_files": staged.files,
        "suite": "x",
        "suite_digest": "x",
        "engine": "x",
        "validated_at": datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC),
    }
    return ValidationReport(**(facts | changes))


def rows_of(lake: Lake, columns: str = "*", dataset: str = "population.resident") -> list[Any]:
    """Return the rows of a table, sorted by key."""
    sql = f"SELECT {columns} FROM {dataset} ORDER BY id_number, _resource"
    return list(lake.query().run(sql).read_all().to_pylist())


def assert_harmless(error: ShutongError) -> None:
    """See that a message names the resource and shows no value."""
    assert POLICE in str(error)
    assert CANARY not in str(error)
    assert "360200" not in str(error)
    assert error.next_step.zh
