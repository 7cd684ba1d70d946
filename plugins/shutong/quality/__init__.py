"""Validation by Great Expectations (数据校验): the only package that imports GX, and lazily.

`validate` judges a staged batch; `suite_faults` checks the suites in the tree and
`draft_suites` writes them from the data standards, both without GX.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from shutong.quality.relations import LandedDataset, datasets_named

if TYPE_CHECKING:
    from shutong.catalog import Catalog, Fault
    from shutong.catalog.models import CodeTable, Dataset, Tolerance
    from shutong.model import BatchProfile, StagedBatch, ValidationReport

__all__ = ["LandedDataset", "datasets_named", "draft_suites", "suite_faults", "validate"]


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
        if write_draft(expectations_dir, name, dataset, codes, datasets)
    )
