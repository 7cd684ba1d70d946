"""The frozen results that travel along the path (流转事实).

Each stage takes the result before it and returns the next one::

    Window --extract--> StagedBatch --reconcile--> Reconciliation
           --validate--> ValidationReport --land--> LandedBatch

They carry ids, counts, paths and digests, never a row's values, and go from process to
process as JSON files in the batch's folder.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict


class Fact(BaseModel):
    """Base of every frozen result (事实)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def write(self, path: Path) -> None:
        """Write this fact as JSON at `path`, whole or not at all."""
        temporary = path.with_suffix(".tmp")
        temporary.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")
        temporary.replace(path)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a fact of this kind from the JSON at `path`."""
        return cls.model_validate_json(path.read_text(encoding="utf-8"))


class LoadMode(StrEnum):
    """How a resource is drawn (归集方式)."""

    FULL = "full"
    """全量: the source's rows replace what this resource landed before."""
    APPEND = "append"
    """追加: rows are only ever added at the source."""
    MERGE = "merge"
    """增量合并: rows changed since the last window replace theirs by key."""
    LOG = "log"
    """日志归集: the database's own log tells which rows were changed or deleted; they are
    merged by key."""


class Bound(Fact):
    """One end of a window: a cursor value as exact text, with its kind (游标值)."""

    kind: str
    """"datetime", "date", "integer", "text", or "log" for a place in a database's log."""
    text: str


class Window(Fact):
    """A half-open cursor interval [low, high) in the source's own clock (归集窗口).

    `low` is None for everything from the beginning; `high` None where the load has no cursor.
    `planned_at` is the front-end's own time of planning.
    """

    resource: str
    mode: LoadMode
    low: Bound | None = None
    high: Bound | None = None
    watermark: Bound | None = None
    """The last landed upper bound; `low` is this less the overlap (重叠)."""
    planned_at: datetime
    comparison: bool = False
    """All keys are compared, and only what differs is drawn (主键比对)."""

    @property
    def batch_id(self) -> str:
        """Identify the batch by resource and window: a retry writes the same place."""
        edges = [b.text if b else "" for b in (self.low, self.high)]
        key = "\x1f".join([self.resource, self.mode, *edges, self.planned_at.isoformat()])
        digest = hashlib.sha256(key.encode()).hexdigest()[:12]
        return f"{self.planned_at:%Y%m%dT%H%M%S}-{digest}"

    @property
    def incremental(self) -> bool:
        """Say whether this window draws only what changed since the last batch."""
        return self.low is not None


class StagedFile(Fact):
    """One Parquet file written by the extraction (暂存文件)."""

    path: Path
    rows: int
    bytes: int
    digest: str | None = None
    """SM3, lower-case hexadecimal; None where nobody has had the time yet."""


class Pieces(Fact):
    """Where the drawing of a window is cut into pieces (分片): decided once for a batch.

    The cuts are values of the key. They lie beside the rows and go when those go.
    """

    column: str
    cuts: tuple[Bound, ...]
    """In the database's own order; there is one piece more than cuts."""
    basis: str
    """Digest of what the rows were asked as: pieces of different questions do not mix."""


class Piece(Fact):
    """One piece of a window, whole and on disk (分片结果)."""

    number: int
    files: tuple[StagedFile, ...]
    rows: int
    """Rows this side received and wrote."""
    source_rows: int
    """Rows the source counted in the read snapshot of this piece."""
    reader: str
    misfits: Path | None = None
    misfit_rows: int = 0


class Compared(Fact):
    """What a comparison of keys found (主键比对结果)."""

    source_keys: int
    """Rows the source has, those without a whole key included."""
    table_rows: int
    """Rows of the resource in the table before."""
    gone: int
    """Rows of the table that the source has no more."""
    missing: int
    """Rows of the source that the table lacks: late ones, rejected ones, those of today."""
    unplaced: int
    """Rows without a cursor value, which no window draws; they were drawn."""


class StagedBatch(Fact):
    """The rows of a window as the source gave them, on disk (暂存批次)."""

    batch_id: str
    resource: str
    dataset: str
    window: Window
    files: tuple[StagedFile, ...]
    rows: int
    """Rows this side received and wrote."""
    source_rows: int
    """Rows the source counted in the same read snapshot."""
    reader: str
    """Which reader drew the rows, and how (for instance "mysql: text rows as Arrow")."""
    misfits: Path | None = None
    """Rows with values no type can hold, as text with reason; none in most batches."""
    misfit_rows: int = 0
    gone: Path | None = None
    """Keys whose rows the source has no more, to be taken away; none in most batches."""
    gone_rows: int = 0
    compared: Compared | None = None
    """What the comparison found, for a batch that is one."""


class Reconciliation(Fact):
    """Staged rows held against the source's count (对账结果)."""

    batch_id: str
    source_rows: int
    staged_rows: int
    misfit_rows: int


class Severity(StrEnum):
    """What a failed rule does (规则等级)."""

    REJECT_ROW = "reject_row"
    """Rows that fail go to quarantine, the others land."""
    REJECT_BATCH = "reject_batch"
    """The batch is refused whole."""
    WARN = "warn"
    """Reported only."""


class RuleState(StrEnum):
    """How one rule ended (规则结论); an error is never mistaken for a failure."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"


class RuleResult(Fact):
    """One rule's verdict over the batch (规则校验结果), without any value."""

    rule: str
    """Stable id inside the suite, for instance "id_number.citizen_number"."""
    expectation: str
    items: tuple[str, ...]
    words: str
    """The rule in Chinese words."""
    words_en: str
    severity: Severity
    state: RuleState
    failed_rows: int
    detail: str = ""
    """For table rules: the observed figure; for errors: the error's kind."""


class BatchState(StrEnum):
    """Where a batch stands (批次状态)."""

    PLANNED = "planned"
    STAGED = "staged"
    RECONCILED = "reconciled"
    VALIDATED = "validated"
    LANDED = "landed"
    REFUSED = "refused"


class ValidationReport(Fact):
    """The verdict over a batch (校验报告)."""

    batch_id: str
    resource: str
    dataset: str
    accepted: bool
    reasons: tuple[str, ...] = ()
    """Why the batch is refused, in Chinese words with English beside; empty when accepted."""
    rows: int
    """Rows checked, misfits included."""
    rejected_rows: int
    tolerance: float
    """Largest share of rejected rows that still lands."""
    rules: tuple[RuleResult, ...]
    clean_files: tuple[StagedFile, ...]
    """Files with the rows that may land; an untouched staged file appears as it is, sealed."""
    rejected_file: Path | None = None
    """Rejected rows with rule and reason, for the quarantine table."""
    suite: str
    suite_digest: str
    engine: str
    validated_at: datetime

    @property
    def clean_rows(self) -> int:
        """Rows that may land."""
        return sum(f.rows for f in self.clean_files)


class LandedFile(Fact):
    """One data file of the shared database with its digest (入库文件)."""

    path: str
    """Relative to the table's folder."""
    rows: int
    bytes: int
    digest: str
    """SM3, lower-case hexadecimal."""


class LandedBatch(Fact):
    """What a batch changed in the shared database (入库批次)."""

    batch_id: str
    resource: str
    dataset: str
    version: int
    """Version of the dataset's table after the landing."""
    rows_read: int
    rows_rejected: int
    rows_landed: int
    """Rows written: all clean rows in full and append, inserted and updated ones in merge."""
    rows_unchanged: int
    """Clean rows that already stood in the table just so (merge only)."""
    rows_removed: int
    """Rows that the batch took away: all others in full, vanished ones in merge."""
    table_rows: int
    """Rows of the dataset's table after the landing, over all its providers."""
    files: tuple[LandedFile, ...]
    digest: str
    """SM3 over the landed files' paths and digests, in order."""
    repeated: bool = False
    """True when the batch had landed before and nothing was written again."""
