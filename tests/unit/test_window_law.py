"""The law of windows: whatever the clock does, no cursor value is passed over.

A sequence of runs is a list of what the front-end machine tells at each: its clock, which may
be set back, and its largest cursor value, which falls when rows are deleted.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shutong.catalog.models import Source
from shutong.model import Bound, LoadMode, Window
from shutong.windows import day, moment, number, plan_window, value_of

START: Final = datetime(2026, 1, 5, 2, 0, 0, 250_000)
BOUND: Final[dict[str, Callable[[Any], Bound]]] = {
    "datetime": moment,
    "date": day,
    "integer": number,
}
DAY: Final = timedelta(days=1)

steps = st.tuples(
    # How far the clock moves: a run after microseconds or after days, or a clock set back.
    st.one_of(
        st.timedeltas(timedelta(0), timedelta(seconds=2)),
        st.timedeltas(timedelta(-3), timedelta(9)),
    ),
    st.one_of(st.none(), st.integers(-5_000, 5_000)),
    st.booleans(),
)
sequences = st.lists(steps, min_size=2, max_size=15)
overlaps = st.one_of(st.just(0), st.integers(0, 3 * 86_400))
kinds = st.sampled_from(list(BOUND))


def a_source(overlap: int) -> Source:
    return Source(
        front_end="fe",
        table="T",
        columns={"id": "ID"},
        load=LoadMode.MERGE,
        cursor="C",
        overlap_seconds=overlap,
        overlap_numbers=overlap,
    )


def landed_windows(
    kind: str, told: Sequence[tuple[timedelta, int | None, bool]], overlap: int
) -> list[Window]:
    """Return the windows that landed; a batch that fails leaves the watermark as it was."""
    now, mark, landed = START, None, []
    for moved, position, lands in told:
        now += moved
        largest: Any = position
        if position is not None and kind != "integer":
            largest = START + timedelta(minutes=position)
            largest = largest.date() if kind == "date" else largest
        window = plan_window(
            "a.b",
            a_source(overlap),
            now=now,
            cursor_max=None if largest is None else BOUND[kind](largest),
            watermark=mark,
        )
        assert window.watermark == mark
        if lands:
            landed.append(window)
            mark = window.high or window.watermark
    return landed


def ends(window: Window) -> tuple[Any, Any]:
    """Return a window's ends as values, None for one that is open."""
    low, high = window.low, window.high
    return (low and value_of(low), high and value_of(high))


def stated(kind: str, overlap: int) -> Any:
    """Return by how much windows may overlap at most."""
    if kind == "integer":
        return overlap
    exact = timedelta(seconds=overlap)
    return exact if kind == "datetime" else -(-exact // DAY) * DAY


@given(kinds, sequences, overlaps)
def test_windows_leave_no_gap_overlap_as_stated_and_never_move_back(
    kind: str, told: list[tuple[timedelta, int | None, bool]], overlap: int
) -> None:
    drawn = [ends(window) for window in landed_windows(kind, told, overlap)]
    if not drawn:
        return
    assert drawn[0][0] is None, "the first window begins at the beginning"
    for (_, high), (low, next_high) in itertools.pairwise(drawn):
        if high is None:
            # Nothing but NULL cursors so far: all of it is drawn again.
            assert low is None
            continue
        assert low <= high, "a gap"
        assert high - low in (type(high - low)(0), stated(kind, overlap))
        assert next_high >= high, "moved back"


@given(kinds, sequences, overlaps, st.integers(-5_000, 5_000))
def test_every_value_below_the_last_high_was_in_a_window(
    kind: str, told: list[tuple[timedelta, int | None, bool]], overlap: int, position: int
) -> None:
    drawn = [ends(window) for window in landed_windows(kind, told, overlap)]
    last = drawn[-1][1] if drawn else None
    if last is None:
        return
    value: Any = position
    if kind != "integer":
        value = START + timedelta(minutes=position)
        value = value.date() if kind == "date" else value
    if value < last:
        assert any((low is None or low <= value) and value < high for low, high in drawn if high)


@given(
    kinds,
    st.lists(st.integers(0, 4_000), min_size=2, max_size=10),
    st.integers(0, 3 * 86_400),
    st.data(),
)
def test_a_late_row_within_the_overlap_is_in_the_next_window(
    kind: str, minutes: list[int], overlap: int, data: st.DataObject
) -> None:
    """Its cursor value is older than the last window's end by the overlap at most."""
    clock = sorted(minutes)
    told = [(timedelta(minutes=b - a), b, True) for a, b in itertools.pairwise([0, *clock])]
    *_, before, after = landed_windows(kind, told, overlap)
    if before.high is None:
        return
    high: Any = value_of(before.high)
    late = data.draw(st.integers(0, overlap))
    lateness: Any = late if kind == "integer" else timedelta(seconds=late)
    low, end = ends(after)
    value = high - (lateness if kind != "date" else -(-lateness // DAY) * DAY)
    assert low <= value
    assert value < end or value >= high


@pytest.mark.parametrize("kind", list(BOUND))
def test_a_batch_that_failed_leaves_its_window_to_the_next(kind: str) -> None:
    told = [
        (timedelta(0), 0, True),
        (timedelta(days=2), 3_000, False),
        (timedelta(days=2), 4_000, True),
    ]
    first, second = landed_windows(kind, told, 0)
    assert second.low == first.high
    assert isinstance(ends(second)[1], (datetime, date, int))
