"""What a batch is held against besides itself (比对依据): other datasets, and the last batch."""

from __future__ import annotations

from pydantic import ValidationError

from shutong import quality
from shutong.catalog import load_resources, resource_ids, resource_path
from shutong.collection.context import CollectionContext
from shutong.model import BatchProfile, ValidationReport
from shutong.quality import LandedDataset


def landed_datasets(context: CollectionContext) -> dict[str, LandedDataset]:
    """Return the other datasets that the resource's suite names, each at one version (引用数据集).

    All resources of a dataset are seen, whoever provides them.
    """
    names = quality.datasets_named(context.suite_path)
    return {name: _landed(context, name) for name in names}


def last_profile(context: CollectionContext) -> BatchProfile | None:
    """Return the profile of the resource's last landed batch (上一批概况), None without one.

    The report of a batch stays in its folder when its rows leave it.
    """
    record = context.ledger.last_landing(context.resource_id)
    if record is None:
        return None
    path = context.folder(record.landed.batch_id).report
    try:
        return ValidationReport.read(path).profile
    except (FileNotFoundError, ValidationError):
        # Lost or of another release: nothing to compare with, and the report says so.
        return None


def _landed(context: CollectionContext, name: str) -> LandedDataset:
    waiting = tuple(
        resource
        for resource in _resources_of(context, name)
        if context.ledger.last_landing(resource) is None
    )
    # Asked after the ledger, so that the version holds whatever landed until then.
    version = context.lake.version(name)
    if not version:
        # The first version is the making of the table, before anything lands in it.
        return LandedDataset(name, waiting=waiting)
    files = context.lake.current_files(name, version)
    return LandedDataset(name, version, files, waiting)


def _resources_of(context: CollectionContext, name: str) -> list[str]:
    """Return the resources of a dataset, over all departments.

    Of a thousand resources only those are read as YAML that name the dataset at all.
    """
    root = context.settings.root
    naming = [
        resource
        for resource in resource_ids(root)
        if name in (root / resource_path(resource)).read_text(encoding="utf-8", errors="replace")
    ]
    declared = load_resources(root, naming).resources
    return [each for each, resource in declared.items() if resource.value.dataset == name]
