"""The site over all reports (校验报告站点): a batch renews its own page and what is above it.

Adding a batch reads one month of its resource and one file of all resources' last batches,
however many batches there are. All of it can be made again from the batches' facts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from shutong.reporting.facts import BatchFacts, month_of, read_facts
from shutong.reporting.history import (
    HistoryLine,
    enter,
    latest,
    line_of,
    lines,
    month_page,
    months,
    put_lines,
)
from shutong.reporting.overview import Known, entry_of, known_entries, write_index
from shutong.reporting.pages import month_text, page_text, resource_text
from shutong.reporting.places import INDEX, LATEST, alone, facts_of, page_of, put
from shutong.reporting.trend import SHOWN

_LISTED = 60
"""Batches on a resource's first page; older ones stand on their month's."""


def publish(facts: BatchFacts, folder: Path, *, now: datetime | None = None) -> Path:
    """Write a batch's facts and page, and renew history and index; return the page (发布).

    Again with the same facts nothing changes; with new ones they take the place of the old.
    OSError when the disk does not take it: what stood there before stands whole.
    """
    place = folder / facts.resource
    with alone(folder):
        told = with_trend(facts, folder)
        put(facts_of(folder, told.resource, told.batch_id), _json(told), durable=True)
        enter(place, told)
        page = _put_page(told, folder)
        _put_history(told, place, [month_of(told.batch_id)])
        newest = latest(place, 1)
        if newest and newest[0].batch_id == told.batch_id:
            put(place / LATEST, page.read_text(encoding="utf-8"))
            entries = known_entries(folder)
            entries[told.resource] = entry_of(told, _points(place), entries.get(told.resource))
            write_index(folder, entries, now or datetime.now(UTC))
    return page


def with_trend(facts: BatchFacts, folder: Path) -> BatchFacts:
    """Return the facts with the batches before it, as the site knows them."""
    before = latest(folder / facts.resource, SHOWN - 1, before=facts.batch_id)
    return facts.model_copy(update={"trend": tuple(line.point for line in reversed(before))})


def rebuild(
    folder: Path,
    known: Iterable[Known] = (),
    *,
    progress: Callable[[str], None] | None = None,
    now: datetime | None = None,
) -> int:
    """Make every page, history and the index again from the batches' facts (重建站点).

    `known` are the catalog's resources, so that those without a batch show. Returns the number
    of batches. Facts that cannot be read are left out and their page stays as it was.
    """
    entries = {each.resource: each.entry for each in known}
    batches = 0
    for place in sorted(path for path in folder.glob("*.*") if path.is_dir()):
        if progress is not None:
            progress(place.name)
        # Held for one resource at a time: batches that end meanwhile need not wait for all.
        with alone(folder):
            newest, count = _rebuild_resource(place, folder)
            batches += count
            if newest is not None:
                entries[newest.resource] = entry_of(newest, _points(place), None)
    with alone(folder):
        write_index(folder, entries, now or datetime.now(UTC))
    return batches


def _rebuild_resource(place: Path, folder: Path) -> tuple[BatchFacts | None, int]:
    by_month: dict[str, list[HistoryLine]] = defaultdict(list)
    newest: BatchFacts | None = None
    for path in sorted(place.glob("*.json")):
        month = month_of(path.stem)
        facts = read_facts(path) if month is not None else None
        if month is None or facts is None or facts.batch_id != path.stem:
            continue
        by_month[month].append(line_of(facts))
        _put_page(facts, folder)
        newest = facts
    for month, each in by_month.items():
        put_lines(place, month, each)
    if newest is not None:
        _put_history(newest, place, by_month)
        put(place / LATEST, page_text(newest))
    return newest, sum(map(len, by_month.values()))


def _put_page(facts: BatchFacts, folder: Path) -> Path:
    page = page_of(folder, facts.resource, facts.batch_id)
    put(page, page_text(facts))
    return page


def _put_history(facts: BatchFacts, place: Path, changed: Iterable[str | None]) -> None:
    for month in changed:
        if month is not None:
            put(month_page(place, month), month_text(facts, month, lines(place, month)))
    shown = latest(place, _LISTED)
    put(place / INDEX, resource_text(facts, shown, months(place)))


def _points(place: Path) -> list[HistoryLine]:
    return latest(place, 12)[::-1]


def _json(facts: BatchFacts) -> str:
    return facts.model_dump_json(indent=1) + "\n"
