"""What a batch is held against besides itself (比对依据): other datasets, and the last batch."""

from __future__ import annotations

from collections.abc import Collection, Sequence

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
    providers = _resources_of(context, names)
    return {name: _landed(context, name, providers[name]) for name in names}


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


def _landed(context: CollectionContext, name: str, providers: Sequence[str]) -> LandedDataset:
    waiting = tuple(
        resource for resource in providers if context.ledger.last_landing(resource) is None
    )
    # Asked after the ledger, so that the version holds whatever landed until then.
    version = context.lake.version(name)
    if not version:
        # The first version is the making of the table, before anything lands in it.
        return LandedDataset(name, waiting=waiting)
    files = context.lake.current_files(name, version)
    return LandedDataset(name, version, files, waiting)


def _resources_of(context: CollectionContext, names: Collection[str]) -> dict[str, list[str]]:
    """Return the resources of some datasets, over all departments.

    Of a thousand resources only those are read as YAML that name such a dataset at all.
    """
    found: dict[str, list[str]] = {name: [] for name in names}
    if not found:
        return found
    root = context.settings.root
    texts = (
        (resource, (root / resource_path(resource)).read_text(encoding="utf-8", errors="replace"))
        for resource in resource_ids(root)
    )
    naming = [resource for resource, text in texts if any(name in text for name in names)]
    for resource, declared in load_resources(root, naming).resources.items():
        if declared.value.dataset in found:
            found[declared.value.dataset].append(resource)
    return found
