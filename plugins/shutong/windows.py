"""Which part of a source a batch draws (归集窗口规划).

Windows are half open, [low, high), in the front-end's own clock. They begin an overlap before
the last landed end, so that a row committed late with an older cursor value arrives with the
next run: a sequence hands its numbers out before their transactions commit, a clock its times.
Rows seen twice are merged by key and change nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from shutong.catalog.models import Source
from shutong.errors import SourceMismatch, Text
from shutong.model import Bound, LoadMode, Window

COMPOSITE: Final = "composite"
_TIMES: Final = frozenset({"datetime", "date"})


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


def composite(parts: Sequence[Bound]) -> Bound:
    """Return the parts of a composite cursor's value as one bound."""
    return Bound(kind=COMPOSITE, text=json.dumps([[part.kind, part.text] for part in parts]))


def parts_of(bound: Bound) -> tuple[Bound, ...]:
    """Return the parts of a bound; itself where it is not composite."""
    if bound.kind != COMPOSITE:
        return (bound,)
    return tuple(Bound(kind=kind, text=text) for kind, text in json.loads(bound.text))


def shown(bound: Bound) -> str:
    """Return a bound as people read it: "(2024-01-31, 57)"."""
    if bound.kind != COMPOSITE:
        return bound.text
    return f"({', '.join(part.text for part in parts_of(bound))})"


def value_of(bound: Bound) -> datetime | date | int | str | tuple[Any, ...]:
    """Return the exact value of a bound; of a composite one its parts' values."""
    match bound.kind:
        case kind if kind == COMPOSITE:
            return tuple(value_of(part) for part in parts_of(bound))
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
    if watermark is not None and not _alike(watermark, high):
        named = " / ".join(source.cursor_columns)
        before, after = (_kinds(each) for each in (watermark, high))
        raise SourceMismatch(
            Text(
                f"游标列 {named} 的类型由 {before} 变为 {after}",
                f"cursor {named} changed its kind: {before} to {after}",
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
        case kind if kind == COMPOSITE:
            return _composite_high(parts_of(cursor_max), now)
        case kind:
            raise SourceMismatch(
                Text(f"游标列类型 {kind} 不能作增量", f"a cursor of kind {kind} has no order"),
                next_step=Text("改用时间或整数列", "use a date-time, date or integer column"),
            )


def _composite_high(parts: tuple[Bound, ...], now: datetime) -> Bound:
    """Return the exclusive upper end of a composite cursor: one past its largest value.

    One that is ahead of the source's clock counts as that clock, as a single column's would.
    A value that ends before the cursor's last column is known to that place only, and what
    begins alike is drawn whole.
    """
    first, *rest = parts
    if wrong := next((part for part in rest if part.kind != "integer"), None):
        raise SourceMismatch(
            Text(
                f"复合游标第二列起须为整数, 现有 {wrong.kind}",
                f"from its second column on a composite cursor has whole numbers, not {wrong.kind}",
            ),
            next_step=Text(
                "时间列放在第一列; 只按时间增量时不用复合游标",
                "put the time first; a time that grows by itself needs no composite cursor",
            ),
        )
    past = _high(first, now)
    ahead = first.kind == "datetime" and datetime.fromisoformat(first.text) >= now
    if first.kind == "date" and date.fromisoformat(first.text) > now.date():
        return composite([day(now.date() + timedelta(days=1))])
    if ahead or not rest:
        return composite([past])
    return composite([*parts[:-1], number(int(parts[-1].text) + 1)])


def _low(watermark: Bound | None, source: Source) -> Bound | None:
    if watermark is None:
        return None
    if watermark.kind == COMPOSITE:
        return _composite_low(parts_of(watermark), source)
    value = value_of(watermark)
    overlap = timedelta(seconds=source.overlap_seconds)
    if isinstance(value, datetime):
        return moment(value - overlap)
    if isinstance(value, date):
        return day(value - timedelta(days=-(-overlap // timedelta(days=1))))
    return number(int(watermark.text) - source.overlap_numbers)


def _composite_low(parts: tuple[Bound, ...], source: Source) -> Bound:
    """Return the lower end: the first column's time less the overlap, or so many numbers before.

    The last column's numbers begin anew with each value before them: where they do not reach
    back far enough, the whole value before is drawn too.
    """
    if parts[0].kind in _TIMES:
        earlier = _low(parts[0], source)
        return composite([earlier] if earlier is not None and source.overlap_seconds else parts)
    values = [int(part.text) for part in parts]
    if not source.overlap_numbers:
        return composite(parts)
    values[-1] -= source.overlap_numbers
    while len(values) > 1 and values[-1] < 1:
        values.pop()
        values[-1] -= 1
    return composite([number(value) for value in values])


def _alike(one: Bound, other: Bound) -> bool:
    """Say whether two bounds are of one kind, part by part as far as both go."""
    pairs = zip(parts_of(one), parts_of(other), strict=False)
    return one.kind == other.kind and all(a.kind == b.kind for a, b in pairs)


def _kinds(bound: Bound) -> str:
    return " + ".join(part.kind for part in parts_of(bound))


def _latest(high: Bound, watermark: Bound | None) -> Bound:
    """Never move back: the front-end's clock may have been set to an earlier time."""
    if watermark is None:
        return high
    # By value: as texts, numbers below zero sort the wrong way round.
    latest: Bound = max(high, watermark, key=_value)
    return latest


def _value(bound: Bound) -> Any:
    return value_of(bound)
