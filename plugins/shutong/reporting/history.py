"""The history of a resource's batches (批次历史), by month: a new batch touches one month."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from shutong.model import Fact
from shutong.reporting.facts import REFUSED, BatchFacts, TrendPoint, month_of
from shutong.reporting.places import compact, loaded, put

_MONTH: Final = re.compile(r"\d{4}-\d{2}\Z")


class HistoryLine(Fact):
    """One batch in the history (历史条目)."""

    batch_id: str
    outcome: str
    rows: int
    rejected_rows: int
    rules: int
    failed_rules: int
    landed_rows: int | None = None
    version: int | None = None
    incremental: bool = False
    validated_at: datetime

    @property
    def point(self) -> TrendPoint:
        """Its place in a trend."""
        return TrendPoint(
            batch_id=self.batch_id,
            outcome=self.outcome,
            rows=self.rows,
            rejected_rows=self.rejected_rows,
        )

    @property
    def share(self) -> float:
        """Share of rejected rows, 0 to 1."""
        return self.point.share


def line_of(facts: BatchFacts) -> HistoryLine:
    """Return a batch's line."""
    return HistoryLine(
        batch_id=facts.batch_id,
        outcome=facts.outcome,
        rows=facts.rows,
        rejected_rows=facts.rejected_rows,
        rules=len(facts.rules),
        failed_rules=facts.failed_rules,
        landed_rows=facts.landed.rows_landed if facts.landed else None,
        version=facts.landed.version if facts.landed else None,
        incremental=facts.window.incremental,
        validated_at=facts.validated_at,
    )


def light_of(line: HistoryLine) -> str:
    """Return a batch's colour (信号灯): red refused, amber with findings, green clean."""
    if line.outcome == REFUSED:
        return "red"
    return "amber" if line.rejected_rows or line.failed_rules else "green"


def month_facts(place: Path, month: str) -> Path:
    """Return where a month's lines lie in a resource's folder."""
    return place / f"{month}.json"


def month_page(place: Path, month: str) -> Path:
    """Return where a month's page lies in a resource's folder."""
    return place / f"{month}.html"


def months(place: Path) -> tuple[str, ...]:
    """Return the months that a resource has batches of, the newest first."""
    found = (path.stem for path in place.glob("????-??.json"))
    return tuple(sorted((stem for stem in found if _MONTH.match(stem)), reverse=True))


def lines(place: Path, month: str) -> list[HistoryLine]:
    """Return the batches of a month, the newest first; none where the file is torn."""
    found = loaded(month_facts(place, month))
    try:
        return [HistoryLine.model_validate(each) for each in found or []]
    except ValueError:
        return []


def put_lines(place: Path, month: str, wanted: Iterable[HistoryLine]) -> list[HistoryLine]:
    """Write the batches of a month, each once, and return them, the newest first."""
    by_id = {line.batch_id: line for line in wanted}
    ordered = [by_id[name] for name in sorted(by_id, reverse=True)]
    text = compact([line.model_dump(mode="json") for line in ordered])
    put(month_facts(place, month), text)
    return ordered


def enter(place: Path, facts: BatchFacts) -> None:
    """Enter a batch into its month, in place of its earlier line (登记历史)."""
    month = month_of(facts.batch_id)
    if month is not None:
        put_lines(place, month, [*lines(place, month), line_of(facts)])


def latest(place: Path, count: int, before: str | None = None) -> list[HistoryLine]:
    """Return the latest batches, the newest first, or those planned before a batch."""
    found: list[HistoryLine] = []
    for line in _newest_first(place, month_of(before) if before else None):
        if before is None or line.batch_id < before:
            found.append(line)
        if len(found) == count:
            break
    return found


def _newest_first(place: Path, until: str | None) -> Iterator[HistoryLine]:
    for month in months(place):
        if until is None or month <= until:
            yield from lines(place, month)
