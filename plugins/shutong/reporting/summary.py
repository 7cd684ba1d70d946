"""The summary of a run (归集汇总): one line per resource, for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from shutong.model import Fact, LandedBatch


class RunLine(Fact):
    """What a run did with one resource (资源归集结果)."""

    resource: str
    rows_read: int
    rows_rejected: int
    rows_landed: int
    seconds: float
    version: int | None
    report: str | None
    """Path of the validation report, relative to the project where it lies inside."""
    rows_unchanged: int = 0
    incremental: bool = False
    fault: str | None = None
    """Why nothing landed, when nothing did."""


def line_of(
    landed: LandedBatch, *, seconds: float, incremental: bool, report: Path | None, root: Path
) -> RunLine:
    """Return the summary line of a landed batch."""
    return RunLine(
        resource=landed.resource,
        rows_read=landed.rows_read,
        rows_rejected=landed.rows_rejected,
        rows_landed=landed.rows_landed,
        rows_unchanged=landed.rows_unchanged,
        seconds=round(seconds, 2),
        version=landed.version,
        report=shown(report, root) if report else None,
        incremental=incremental,
    )


def shown(path: Path, root: Path) -> str:
    """Return a path as people read it: relative to the project where it lies inside."""
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def write_run(lines: Sequence[RunLine], path: Path) -> None:
    """Write the summary as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    facts = [line.model_dump(mode="json") for line in lines]
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    temporary.replace(path)
