"""Drift reports (结构变更报告): an offline page, and the same facts as JSON beside it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from shutong.drift import Finding
from shutong.errors import Text
from shutong.model import Fact
from shutong.reporting.pages import environment

LATEST: Final = "latest-drift.html"


class TouchedRule(Fact):
    """A rule of the suite that speaks of a touched item (涉及的规则)."""

    rule: str
    items: tuple[str, ...]
    words: str
    words_en: str
    severity: str


class DriftReport(Fact):
    """A drift with all that it touches (结构变更报告): names and declarations, no value."""

    name: str
    """Stem of the report's files."""
    resource: str
    title: str
    provider: str
    dataset: str
    dataset_title: str
    front_end: str
    table: str
    dag_id: str
    policy: str
    verdict: Literal["refused", "evolved"]
    found_at: datetime
    baseline_at: datetime | None
    findings: tuple[Finding, ...]
    same_dataset: tuple[str, ...]
    """Other resources that feed the dataset."""
    same_table: tuple[str, ...]
    """Other resources that are drawn from the table."""
    rules: tuple[TouchedRule, ...]
    requests: tuple[str, ...]
    """Files of share requests that name the resource or its dataset."""
    deliveries: tuple[str, ...]
    proposed_files: tuple[str, ...]
    proposed_diff: str
    notes: tuple[Text, ...]


def drift_paths(folder: Path, resource: str, name: str) -> tuple[Path, Path]:
    """Return where a drift's page and facts lie below the reports' folder."""
    place = folder / resource
    return place / f"{name}.html", place / f"{name}.json"


def write_drift(report: DriftReport, folder: Path) -> Path:
    """Write a report's facts and page; the page last, for it says that both are there."""
    page, facts = drift_paths(folder, report.resource, report.name)
    page.parent.mkdir(parents=True, exist_ok=True)
    report.write(facts)
    text = environment().get_template("drift_report.html").render(report=report)
    for target in (page.with_name(LATEST), page):
        temporary = target.with_suffix(".tmp")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(target)
    return page
