"""Small batches of people, staged as the extraction stages them, and judged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from shutong import quality
from shutong.catalog.models import CodeTable, CodeValue, Dataset, Item, Tolerance
from shutong.fieldtypes import arrow_type
from shutong.model import (
    BatchProfile,
    Bound,
    LoadMode,
    StagedBatch,
    StagedFile,
    ValidationReport,
    Window,
)
from shutong.quality import LandedDataset
from shutong.quality.drafting import draft_suite
from shutong.standards.identifiers import citizen_check_digit

TODAY: Final = date(2026, 11, 23)
RESOURCE: Final = "public-security.people"
NAME: Final = "population/people"

Rows = Sequence[Mapping[str, Any]]


def _item(name: str, kind: str, **more: Any) -> Item:
    return Item.model_validate({"name": name, "title": f"«{name}»", "type": kind, **more})


PEOPLE: Final = Dataset(
    title="人员",
    title_en="People",
    summary="测试用",
    basis="测试",
    key=("number",),
    items=(
        _item("number", "I", required=True),
        _item(
            "id_number",
            "C",
            length=18,
            required=True,
            rule="citizen_number",
            sensitivity="sensitive",
        ),
        _item("name", "C", length=5, required=True, rule="person_name", sensitivity="personal"),
        _item("sex", "C", length=1, code_table="sex"),
        _item("birth_date", "D", sensitivity="personal"),
        _item("phone", "C", length=11, rule="mobile_phone", sensitivity="personal"),
        _item("income", "Y", length=12, scale=2, sensitivity="personal"),
        _item("updated_at", "T"),
    ),
)

CODES: Final = {
    "sex": CodeTable(
        title="性别",
        basis="GB/T 2261.1",
        values=tuple(CodeValue(code=code, title=code) for code in "0129"),
    )
}


def citizen_number(sequence: int = 1, region: str = "360202", born: str = "19900307") -> str:
    """Return a valid citizen number; `sequence` from 0 to 999."""
    body = f"{region}{born}{sequence:03d}"
    return body + citizen_check_digit(body)


def person(number: int, **other: Any) -> dict[str, Any]:
    """Return a row that no rule rejects, with other values where said."""
    return {
        "number": number,
        "id_number": citizen_number(number % 1000),
        "name": "王小明",
        "sex": "1",
        "birth_date": date(1990, 3, 7),
        "phone": "13979800000",
        "income": Decimal("1200.50"),
        "updated_at": datetime(2026, 1, 2, 3, 4, 5),
        **other,
    }


def people(count: int) -> list[dict[str, Any]]:
    """Return so many rows that no rule rejects."""
    return [person(number) for number in range(count)]


def drafted(dataset: Dataset = PEOPLE) -> list[dict[str, Any]]:
    """Return the expectations that the standard implies."""
    entries: list[dict[str, Any]] = draft_suite(NAME, dataset, CODES)["expectations"]
    return entries


def rule(kind: str, name: str, severity: str | None = None, **kwargs: Any) -> dict[str, Any]:
    """Return one expectation with an id, and a severity where said."""
    meta: dict[str, Any] = {"rule": name, "words": f"规则 {name}", "words_en": f"rule {name}"}
    if severity:
        meta["severity"] = severity
    return {"type": kind, "kwargs": kwargs, "meta": meta}


@dataclass
class Bench:
    """A folder in which batches are staged and judged."""

    folder: Path
    dataset: Dataset = PEOPLE
    entries: list[dict[str, Any]] = field(default_factory=drafted)
    tolerance: Tolerance = field(default_factory=lambda: Tolerance(rejected_share=1, min_rows=0))
    mode: LoadMode = LoadMode.FULL
    low: Bound | None = None
    rows_per_file: int = 1000
    rows_per_group: int = 1000
    landed: dict[str, LandedDataset] = field(default_factory=dict)
    previous: BatchProfile | None = None

    def stage(self, rows: Rows, misfits: Rows = ()) -> StagedBatch:
        """Write rows as the extraction does."""
        data = self.folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        table = pa.Table.from_pylist(
            [{**row, "_provider": "public-security", "_batch": "b"} for row in rows],
            schema=self.schema,
        )
        files: list[StagedFile] = []
        for start in range(0, len(rows), self.rows_per_file):
            path = data / f"part-{len(files):05d}.parquet"
            part = table.slice(start, self.rows_per_file)
            self._write(part, path)
            files.append(StagedFile(path=path, rows=part.num_rows, bytes=path.stat().st_size))
        window = Window(
            resource=RESOURCE, mode=self.mode, low=self.low, planned_at=datetime(2026, 11, 23)
        )
        return StagedBatch(
            batch_id=window.batch_id,
            resource=RESOURCE,
            dataset=NAME,
            window=window,
            files=tuple(files),
            rows=len(rows),
            source_rows=len(rows) + len(misfits),
            reader="test",
            misfits=self._misfits(misfits),
            misfit_rows=len(misfits),
        )

    @property
    def rows_schema(self) -> pa.Schema:
        """The schema of the rows without their provenance."""
        return pa.schema([f for f in self.schema if not f.name.startswith("_")])

    @property
    def schema(self) -> pa.Schema:
        """The landed schema."""
        items = [
            pa.field(item.name, arrow_type(item.type, item.length, item.scale))
            for item in self.dataset.items
        ]
        return pa.schema([*items, ("_provider", pa.string()), ("_batch", pa.string())])

    def judge(self, rows: Rows, misfits: Rows = ()) -> ValidationReport:
        """Stage rows and judge them."""
        return self.judge_staged(self.stage(rows, misfits))

    def judge_staged(self, staged: StagedBatch) -> ValidationReport:
        """Judge a staged batch by the bench's expectations."""
        suite = self.folder / "suite.json"
        suite.write_text(
            json.dumps({"name": "population.people", "expectations": self.entries}),
            encoding="utf-8",
        )
        return quality.validate(
            staged=staged,
            dataset=self.dataset,
            suite_path=suite,
            tolerance=self.tolerance,
            codes=CODES,
            folder=self.folder,
            memory="200MB",
            threads=2,
            today=TODAY,
            landed=self.landed,
            previous=self.previous,
        )

    def _write(self, table: pa.Table, path: Path) -> None:
        coded = [item.name for item in self.dataset.items if item.code_table]
        open_ = [i.name for i in self.dataset.items if not i.sensitivity.personal]
        with pq.ParquetWriter(
            path,
            table.schema,
            use_dictionary=[*coded, "_provider", "_batch"],
            write_statistics=open_,
            store_schema=False,
        ) as writer:
            writer.write_table(table, row_group_size=self.rows_per_group)

    def _misfits(self, misfits: Rows) -> Path | None:
        if not misfits:
            return None
        names = [*(item.name for item in self.dataset.items), "_reasons"]
        path = self.folder / "misfits.parquet"
        schema = pa.schema([(name, pa.string()) for name in names])
        pq.write_table(pa.Table.from_pylist(list(misfits), schema=schema), path)
        return path


def clean_rows(report: ValidationReport) -> list[dict[str, Any]]:
    """Return the rows that may land."""
    return [row for file in report.clean_files for row in pq.read_table(file.path).to_pylist()]


def rejected_rows(report: ValidationReport) -> list[dict[str, Any]]:
    """Return the rejected rows as they are kept."""
    if report.rejected_file is None:
        return []
    rows: list[dict[str, Any]] = pq.read_table(report.rejected_file).to_pylist()
    return rows


def rules_by_number(report: ValidationReport) -> dict[int, list[str]]:
    """Return the rules that each rejected row fails, by the row's number."""
    return {int(row["number"]): row["_rules"] for row in rejected_rows(report)}


def results(report: ValidationReport) -> dict[str, Any]:
    """Return the rule results by rule."""
    return {result.rule: result for result in report.rules}
