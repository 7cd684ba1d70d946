"""The facts of a batch's report (报告事实): what its page shows, and what an auditor recomputes.

One JSON file per batch, complete in itself: page, site and trend are made from these files
alone. Names, words, counts and digests only, never a value of a row. States and severities
are plain words here, so that a report keeps being read when kinds are added.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from pathlib import Path
from typing import Final

from pydantic import Field

from shutong.catalog.models import UpdateCycle
from shutong.model import BatchProfile, Fact, ReferencedVersion, ValidationReport
from shutong.quality.suites import digest_of

_BATCH: Final = re.compile(r"(\d{4})(\d{2})\d{2}T\d{6}-[0-9a-f]{12}\Z")

ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"
LANDED: Final = "landed"
TYPE_RULE: Final = "type"
"""Stands for the expectation of rules about types: rows that no type could hold."""


class ItemFacts(Fact):
    """An information item that a rule speaks of (信息项)."""

    name: str
    title: str


class RuleFacts(Fact):
    """One rule with its verdict (规则与结论)."""

    rule: str
    expectation: str
    items: tuple[ItemFacts, ...]
    words: str
    words_en: str
    source: str
    """Law, standard or data standard behind the rule, with its number."""
    source_en: str
    severity: str
    state: str
    failed_rows: int
    detail: str = ""
    of_standard: bool = True
    """False for a rule that a person wrote."""


class WindowFacts(Fact):
    """What was drawn (归集窗口); a bound that is no time is not told, it may be a number."""

    mode: str
    incremental: bool
    comparison: bool
    low: str = ""
    high: str = ""
    planned_at: datetime
    """The front-end's own clock."""


class FileFacts(Fact):
    """A file of the batch with its seal (文件摘要)."""

    name: str
    rows: int
    bytes: int
    digest: str | None
    """SM3; None where the file was written anew and is sealed by the landing."""


class LandedFacts(Fact):
    """What the batch changed in the shared database (入库结果)."""

    version: int
    rows_landed: int
    rows_unchanged: int
    rows_removed: int
    table_rows: int
    files: tuple[FileFacts, ...]
    digest: str


class TrendPoint(Fact):
    """One batch in the trend (趋势点)."""

    batch_id: str
    outcome: str
    rows: int
    rejected_rows: int

    @property
    def share(self) -> float:
        """Share of rejected rows, 0 to 1."""
        return self.rejected_rows / self.rows if self.rows else 0.0


class BatchFacts(Fact):
    """Everything a batch's report says (批次报告)."""

    batch_id: str
    resource: str
    title: str
    provider: str
    """The department's name."""
    cycle: UpdateCycle
    dataset: str
    dataset_title: str
    dataset_title_en: str
    basis: str
    outcome: str
    """"accepted" (judged, not landed yet), "refused" or "landed"."""
    reasons: tuple[str, ...] = ()
    rows: int
    rejected_rows: int
    misfit_rows: int
    """Rows with values no type can hold, among the rejected ones."""
    source_rows: int
    reader: str
    tolerance: float
    rules: tuple[RuleFacts, ...]
    window: WindowFacts
    judged_on: date
    """The last day that dates and births may lie on: the city's, by the front-end's clock."""
    files: tuple[FileFacts, ...]
    """The clean files as they were judged."""
    suite: str
    suite_digest: str
    evidence: dict[str, str] = Field(default_factory=dict)
    """Digests of what the rules were judged by, each kept beside the reports: suite, standard,
    codes."""
    references: tuple[ReferencedVersion, ...] = ()
    """Other datasets that the batch was held against, each at its version."""
    previous: BatchProfile | None = None
    """Counts of the batch landed before, which this one was compared with."""
    compared_with: str | None = None
    """That batch's id."""
    engine: str
    validated_at: datetime
    landed: LandedFacts | None = None
    ticket: str | None = None
    """Number of the ticket (工单) about the rejected rows, where there is one."""
    trend: tuple[TrendPoint, ...] = ()
    """The batches before this one, the oldest first."""

    @property
    def clean_rows(self) -> int:
        """Rows that may land."""
        return self.rows - self.rejected_rows

    @property
    def share(self) -> float:
        """Share of rejected rows, 0 to 1."""
        return self.rejected_rows / self.rows if self.rows else 0.0

    @property
    def failed_rules(self) -> int:
        """Rules that did not pass, or could not be carried out."""
        return sum(rule.state not in ("passed", "unjudged") for rule in self.rules)

    @property
    def unjudged_rules(self) -> int:
        """Rules that had nothing to be held against."""
        return sum(rule.state == "unjudged" for rule in self.rules)

    @property
    def point(self) -> TrendPoint:
        """Its place in the trend."""
        return TrendPoint(
            batch_id=self.batch_id,
            outcome=self.outcome,
            rows=self.rows,
            rejected_rows=self.rejected_rows,
        )

    @property
    def digest(self) -> str:
        """SM3 of these facts as canonical JSON (报告摘要), as the audit chain keeps it."""
        return digest_of(json.loads(self.model_dump_json()))


def month_of(batch_id: str) -> str | None:
    """Return the month ("2026-11") in which a batch was planned; None for no batch's id."""
    found = _BATCH.match(batch_id)
    return f"{found[1]}-{found[2]}" if found else None


def read_facts(path: Path) -> BatchFacts | None:
    """Return the facts in a file, None where it is missing or holds none."""
    try:
        return BatchFacts.read(path)
    except (OSError, ValueError):
        return None


def files_of(report: ValidationReport) -> tuple[FileFacts, ...]:
    """Return the clean files of a report by name, without the place where they lay."""
    return tuple(
        FileFacts(name=file.path.name, rows=file.rows, bytes=file.bytes, digest=file.digest)
        for file in report.clean_files
    )
