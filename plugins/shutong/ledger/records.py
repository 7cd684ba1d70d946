"""What the ledger tells about batches and landings (台账记录)."""

from __future__ import annotations

from datetime import datetime

from shutong.model import BatchState, Fact, LandedBatch, LandedFile, LoadMode, Window


class BatchRecord(Fact):
    """A batch and where it stands (批次记录)."""

    number: int
    """Order of planning."""
    batch_id: str
    resource: str
    dataset: str
    mode: LoadMode
    window: Window
    state: BatchState
    reasons: tuple[str, ...]
    """Why it was refused; empty otherwise."""
    planned_at: datetime
    """When it was planned by this machine's clock, UTC."""
    changed_at: datetime
    """When its state changed last, UTC."""

    @property
    def ended(self) -> bool:
        """Say whether nothing more is to happen with the batch."""
        return self.state in (BatchState.LANDED, BatchState.REFUSED)


class LandingRecord(Fact):
    """A landing and when it was recorded (入库记录)."""

    landed: LandedBatch
    at: datetime
    """UTC."""


class RecordedFile(Fact):
    """A data file with the batch that brought it (已登记文件)."""

    dataset: str
    batch_id: str
    file: LandedFile
