"""Validation by Great Expectations (数据校验): the only package that imports GX, and lazily.

`validate` judges a staged batch; `suite_faults` checks the suites in the tree and
`draft_suites` writes them from the data standards, both without GX.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shutong.quality.relations import LandedDataset, datasets_named

if TYPE_CHECKING:
    from shutong.catalog import Catalog, Fault
    from shutong.catalog.models import CodeTable, Dataset, Tolerance
    from shutong.model import BatchProfile, StagedBatch, ValidationReport

__all__ = [
    "LandedDataset",
    "datasets_named",
    "draft_suite_of",
    "draft_suites",
    "profile_query",
    "suite_faults",
    "uncovered_items",
    "validate",
]


def validate(
    *,
    staged: StagedBatch,
    dataset: Dataset,
    suite_path: Path,
    tolerance: Tolerance,
    codes: Mapping[str, CodeTable],
    folder: Path,
    memory: str,
    threads: int,
    today: date,
    landed: Mapping[str, LandedDataset] | None = None,
    previous: BatchProfile | None = None,
) -> ValidationReport:
    """Judge a staged batch and split its rejected rows off (校验).

    `memory` (as DuckDB writes it, "200MB") and `threads` bound the engine, `folder` is the
    batch's own, `today` the last day that dates and births may lie on. `landed` are the other
    datasets that the suite names (`datasets_named`), `previous` is the profile of the
    resource's last landed batch; rules without what they need are told as not judged. Writes
    `rejected.parquet` and, for files with rejected rows, `clean/`. The report says whether the
    batch may land. CatalogFaulty when the suite cannot be read.
    """
    from shutong.quality.validation import validate_batch

    return validate_batch(
        staged=staged,
        dataset=dataset,
        suite_path=suite_path,
        tolerance=tolerance,
        codes=codes,
        folder=folder,
        memory=memory,
        threads=threads,
        today=today,
        landed=landed or {},
        previous=previous,
    )


def suite_faults(catalog: Catalog, expectations_dir: Path) -> tuple[Fault, ...]:
    """Return every fault of the suites (规则集检查), each with file, line and next step."""
    from shutong.quality.checking import faults_of_suites

    return faults_of_suites(catalog, expectations_dir)


def draft_suites(catalog: Catalog, expectations_dir: Path) -> tuple[str, ...]:
    """Draft every dataset's suite (起草规则集), keep rules of a hand; return the changed ones."""
    from shutong.quality.drafting import write_draft

    codes = catalog.code_tables()
    datasets = {name: declared.value for name, declared in sorted(catalog.datasets.items())}
    return tuple(
        name
        for name, dataset in datasets.items()
        if write_draft(expectations_dir, name, dataset, codes, others=datasets)
    )


def draft_suite_of(
    catalog: Catalog, name: str, expectations_dir: Path, figures: Mapping[str, Any] | None = None
) -> bool:
    """Draft one dataset's suite (起草规则集); say whether it changed.

    With `figures`, the answer of `profile_query`, rules that warn are proposed from them. Rules
    of a person's hand stay. CatalogFaulty when the suite that is there cannot be read.
    """
    from shutong.quality.drafting import write_draft

    datasets = {each: declared.value for each, declared in sorted(catalog.datasets.items())}
    codes = catalog.code_tables()
    return write_draft(expectations_dir, name, datasets[name], codes, figures, others=datasets)


def profile_query(dataset: Dataset, table: str) -> str:
    """Return one SELECT of counts and ranges over a dataset's table (样貌查询)."""
    from shutong.quality.profiling import profile_query as query

    return query(dataset, table)


def uncovered_items(catalog: Catalog, expectations_dir: Path) -> tuple[Fault, ...]:
    """Return the items that no rule speaks of (规则未覆盖), each where it is declared."""
    from shutong.quality.coverage import uncovered_items as uncovered

    return uncovered(catalog, expectations_dir)
