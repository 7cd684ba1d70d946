"""Which part of a source a batch draws (归集窗口规划).

Windows are half open, [low, high), in the front-end's own clock. They begin an overlap before
the last landed end, so that a row committed late with an older cursor value arrives with the
next run: a sequence hands its numbers out before their transactions commit, a clock its times.
Rows seen twice are merged by key and change nothing.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from shutong.catalog.models import Source
from shutong.errors import SourceMismatch, Text
from shutong.model import Bound, LoadMode, Window


def moment(value: datetime) -> Bound:
    """Return a date-time as a bound, exact to the microsecond.

    Whole seconds carry no fraction: some sources hold date-times as text, and there
    "10:00:00" sorts before "10:00:00.000000", which would let an edge row in twice.
    """
    return Bound(kind="datetime", text=value.isoformat(sep=" "))


def day(value: date) -> Bound:
    """Return a day as a bound."""
    return Bound(kind="date", text=value.isoformat())


def number(value: int) -> Bound:
    """Return an integer as a bound."""
    return Bound(kind="integer", text=str(value))


def value_of(bound: Bound) -> datetime | date | int | str:
    """Return the exact value of a bound."""
    match bound.kind:
        case "datetime":
            return datetime.fromisoformat(bound.text)
        case "date":
            return date.fromisoformat(bound.text)
        case "integer":
            return int(bound.text)
        case _:
            return bound.text


def plan_window(
    resource: str,
    source: Source,
    *,
    now: datetime,
    cursor_max: Bound | None,
    watermark: Bound | None,
) -> Window:
    """Return the next window of a resource.

    `now` is the front-end's own wall clock, `cursor_max` the largest cursor value there (None
    for an empty table or no cursor), `watermark` the upper end of the last landed window.
    Without a cursor, and for full loads, the window is everything. The batch's id comes from
    all of it, the microsecond of planning included: two plans are two batches.
    """
    if source.load is LoadMode.FULL or source.cursor is None or cursor_max is None:
        return Window(
            resource=resource,
            mode=source.load,
            watermark=watermark if source.load is not LoadMode.FULL else None,
            low=watermark if source.load is not LoadMode.FULL else None,
            high=watermark if source.load is not LoadMode.FULL else None,
            planned_at=now,
        )
    high = _high(cursor_max, now.replace(microsecond=0))
    if watermark is not None and watermark.kind != high.kind:
        named = " / ".join(source.cursor_columns)
        raise SourceMismatch(
            Text(
                f"游标列 {named} 的类型由 {watermark.kind} 变为 {high.kind}",
                f"cursor {named} changed its kind: {watermark.kind} to {high.kind}",
            ),
            place=resource,
            next_step=Text("核对源表后重新全量归集", "look at the source table, then load anew"),
        )
    return Window(
        resource=resource,
        mode=source.load,
        low=_low(watermark, source),
        high=_latest(high, watermark),
        watermark=watermark,
        planned_at=now,
    )


def _high(cursor_max: Bound, now: datetime) -> Bound:
    """Return the exclusive upper end: the source's now, or one past the largest number."""
    match cursor_max.kind:
        # Never far ahead of the rows: a clock that is wrong once would hide what follows.
        case "datetime":
            last = datetime.fromisoformat(cursor_max.text).replace(microsecond=0)
            return moment(now if last >= now else last + timedelta(seconds=1))
        case "date":
            # Rows of today may still come; with [.., today) they are drawn tomorrow, whole.
            final = date.fromisoformat(cursor_max.text)
            return day(now.date() if final >= now.date() else final + timedelta(days=1))
        case "integer":
            return number(int(cursor_max.text) + 1)
        case kind:
            raise SourceMismatch(
                Text(f"游标列类型 {kind} 不能作增量", f"a cursor of kind {kind} has no order"),
                next_step=Text("改用时间或整数列", "use a date-time, date or integer column"),
            )


def _low(watermark: Bound | None, source: Source) -> Bound | None:
    if watermark is None:
        return None
    value = value_of(watermark)
    overlap = timedelta(seconds=source.overlap_seconds)
    if isinstance(value, datetime):
        return moment(value - overlap)
    if isinstance(value, date):
        return day(value - timedelta(days=-(-overlap // timedelta(days=1))))
    return number(int(value) - source.overlap_numbers)


def _latest(high: Bound, watermark: Bound | None) -> Bound:
    """Never move back: the front-end's clock may have been set to an earlier time."""
    if watermark is None:
        return high
    # By value: as texts, numbers below zero sort the wrong way round.
    latest: Bound = max(high, watermark, key=_value)
    return latest


def _value(bound: Bound) -> Any:
    return value_of(bound)
