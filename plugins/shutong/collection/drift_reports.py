"""What a drift touches, put together for people (结构变更影响)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from shutong.catalog import Fault, load_catalog
from shutong.catalog.yaml_source import read_yaml
from shutong.collection.context import CollectionContext, storing
from shutong.collection.drifting import Drift, told
from shutong.collection.proposing import propose
from shutong.errors import CatalogFaulty
from shutong.ledger import Action
from shutong.quality.suites import read_suite
from shutong.reporting.drift import DriftReport, TouchedRule, drift_paths, write_drift
from shutong.reporting.summary import shown


def report_drift(context: CollectionContext, drift: Drift) -> str:
    """Write the report of a drift, once, with its audit record; return the page's path.

    A drift is told once however often it is met: by its baseline, the table as it is and what
    the catalog makes of it.
    """
    name = _name(drift)
    page, _ = drift_paths(context.settings.reports_dir, context.resource_id, name)
    if not page.is_file():
        report = drift_report(context, drift, name)
        context.ledger.record(
            Action.SHAPE_DRIFTED,
            context.resource_id,
            {"report": name, "verdict": report.verdict, "changes": told(drift.findings)},
        )
        with storing(str(context.settings.reports_dir)):
            write_drift(report, context.settings.reports_dir)
    return shown(page, context.settings.root)


def drift_report(context: CollectionContext, drift: Drift, name: str = "") -> DriftReport:
    """Return the report of a drift."""
    resource, source, baseline = context.resource, context.resource.source, drift.baseline
    zone = ZoneInfo(context.front_end.time_zone)
    catalog = load_catalog(context.settings.root)
    same_dataset, same_table = [], []
    for other, declared in sorted(catalog.resources.items()):
        theirs = declared.value.source
        if other == context.resource_id:
            continue
        if declared.value.dataset == resource.dataset:
            same_dataset.append(other)
        if (theirs.front_end, theirs.db_schema, theirs.table.casefold()) == (
            source.front_end,
            source.db_schema,
            source.table.casefold(),
        ):
            same_table.append(other)
    department = catalog.departments.get(resource.provider)
    proposal = propose(context, drift)
    return DriftReport(
        name=name or _name(drift),
        resource=context.resource_id,
        title=resource.name,
        provider=department.value.name if department else resource.provider,
        dataset=resource.dataset,
        dataset_title=context.dataset.title,
        front_end=context.front_end.name,
        table=source.table,
        dag_id=context.resource_id,
        policy=str(drift.policy),
        verdict="refused" if drift.blocking else "evolved",
        found_at=datetime.now(zone),
        baseline_at=datetime.fromisoformat(baseline.at).astimezone(zone) if baseline else None,
        findings=drift.findings,
        same_dataset=tuple(same_dataset),
        same_table=tuple(same_table),
        rules=tuple(_rules(context, drift)),
        requests=tuple(_naming(context, "requests")),
        deliveries=tuple(_naming(context, "deliveries")),
        proposed_files=tuple(proposal.files),
        proposed_diff=proposal.diff,
        notes=proposal.notes,
    )


def _name(drift: Drift) -> str:
    parts = [
        drift.resource,
        str(drift.baseline.number if drift.baseline else 0),
        drift.present.digest,
        "refused" if drift.blocking else "evolved",
        *(f"{f.change.words.en} {f.reason.en}" for f in drift.findings),
    ]
    return "drift-" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12]


def _rules(context: CollectionContext, drift: Drift) -> Iterator[TouchedRule]:
    """Yield the suite's rules that speak of a touched item."""
    try:
        rules = read_suite(context.suite_path).rules
    except CatalogFaulty:
        return  # `shutong check` tells what is wrong with it.
    touched = {use.item for f in drift.findings for use in f.uses if use.item is not None}
    for rule in rules:
        items = tuple(item for item in rule.items if item in touched)
        if items:
            yield TouchedRule(
                rule=rule.rule,
                items=items,
                words=rule.words,
                words_en=rule.words_en,
                severity=str(rule.severity),
            )


def _naming(context: CollectionContext, kind: str) -> Iterator[str]:
    """Yield the files under `catalog/*/<kind>/` that name the resource or its dataset."""
    root = context.settings.root
    names = {context.resource_id, context.resource.code, context.resource.dataset}
    for path in sorted(root.glob(f"catalog/*/{kind}/**/*.yaml")):
        source = read_yaml(path, root)
        if not isinstance(source, Fault) and names & set(_texts(source.data)):
            yield shown(Path(path), root)


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from _texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from _texts(value)
