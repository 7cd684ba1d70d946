"""Windows tile the source's time without gap or overlap, and never run backwards."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shutong.catalog.models import Source
from shutong.errors import SourceMismatch
from shutong.model import Bound, LoadMode
from shutong.windows import day, moment, number, plan_window, value_of

NOW = datetime(2026, 1, 5, 2, 0, 0)


def a_source(load: LoadMode = LoadMode.MERGE, *, overlap: int = 600) -> Source:
    return Source(
        front_end="fe",
        table="T",
        columns={"id": "ID"},
        load=load,
        cursor="UPDATED_AT",
        overlap_seconds=overlap,
    )


@pytest.mark.parametrize(
    ("newest", "high"),
    [
        (NOW + timedelta(days=1), NOW),
        (NOW, NOW),
        (NOW - timedelta(microseconds=1), NOW),
        (NOW - timedelta(days=1), NOW - timedelta(days=1) + timedelta(seconds=1)),
    ],
)
def test_the_first_window_draws_everything_up_to_the_sources_last_closed_second(
    newest: datetime, high: datetime
) -> None:
    window = plan_window("a.b", a_source(), now=NOW, cursor_max=moment(newest), watermark=None)
    assert window.low is None
    assert window.high == moment(high)
    assert not window.incremental


def test_a_clock_that_is_once_far_ahead_hides_nothing_afterwards() -> None:
    wrong = plan_window(
        "a.b",
        a_source(),
        now=NOW + timedelta(days=3650),
        cursor_max=moment(NOW),
        watermark=None,
    )
    after = plan_window(
        "a.b",
        a_source(),
        now=NOW + timedelta(hours=1),
        cursor_max=moment(NOW + timedelta(minutes=50)),
        watermark=wrong.high,
    )
    assert after.high == moment(NOW + timedelta(minutes=50, seconds=1))


def test_the_next_window_begins_an_overlap_before_the_last_ones_end() -> None:
    mark = moment(NOW - timedelta(days=1))
    window = plan_window(
        "a.b", a_source(overlap=600), now=NOW, cursor_max=moment(NOW), watermark=mark
    )
    assert window.low is not None
    assert value_of(window.low) == NOW - timedelta(days=1, seconds=600)
    assert window.incremental


def test_a_full_load_has_no_bounds_even_where_a_cursor_is_declared() -> None:
    window = plan_window(
        "a.b", a_source(LoadMode.FULL), now=NOW, cursor_max=moment(NOW), watermark=moment(NOW)
    )
    assert (window.low, window.high) == (None, None)


@pytest.mark.parametrize("load", list(LoadMode))
def test_two_plans_within_a_second_are_two_batches(load: LoadMode) -> None:
    first, second = (
        plan_window(
            "a.b",
            a_source(load),
            now=NOW + timedelta(microseconds=number),
            cursor_max=moment(NOW),
            watermark=moment(NOW),
        )
        for number in (1, 2)
    )
    assert first.batch_id != second.batch_id
    assert first.high == second.high


def test_an_integer_cursor_ends_one_past_the_largest_value_so_that_ties_are_whole() -> None:
    source = a_source().model_copy(update={"overlap_numbers": 10})
    window = plan_window("a.b", source, now=NOW, cursor_max=number(41), watermark=number(30))
    assert (window.low, window.high) == (number(20), number(42))


def test_a_day_cursor_leaves_today_for_tomorrow() -> None:
    today = NOW.date()
    window = plan_window("a.b", a_source(), now=NOW, cursor_max=day(today), watermark=None)
    assert window.high == day(today)


def test_a_front_end_clock_set_back_never_moves_a_window_back() -> None:
    mark = moment(NOW + timedelta(hours=3))
    window = plan_window("a.b", a_source(), now=NOW, cursor_max=moment(NOW), watermark=mark)
    assert window.high == mark


def test_a_cursor_that_changed_its_kind_is_refused() -> None:
    with pytest.raises(SourceMismatch):
        plan_window("a.b", a_source(), now=NOW, cursor_max=number(5), watermark=moment(NOW))


def test_a_cursor_of_text_is_refused() -> None:
    with pytest.raises(SourceMismatch):
        plan_window(
            "a.b", a_source(), now=NOW, cursor_max=Bound(kind="text", text="x"), watermark=None
        )


def test_an_emptied_table_keeps_its_watermark() -> None:
    window = plan_window("a.b", a_source(), now=NOW, cursor_max=None, watermark=number(7))
    assert (window.low, window.high) == (number(7), number(7))


@given(st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=12))
def test_windows_over_growing_clocks_tile_time_without_gap_or_overlap(steps: list[int]) -> None:
    now, mark, edges = NOW, None, []
    for step in steps:
        now += timedelta(seconds=step)
        window = plan_window(
            "a.b", a_source(overlap=0), now=now, cursor_max=moment(now), watermark=mark
        )
        edges.append((window.low, window.high))
        mark = window.high
    assert edges[0][0] is None
    for (_, high), (low, _) in itertools.pairwise(edges):
        assert low == high


@given(
    st.one_of(
        st.datetimes(min_value=datetime(1900, 1, 1)).map(moment),
        st.dates(min_value=date(1900, 1, 1)).map(day),
        st.integers(min_value=0, max_value=2**63).map(number),
    )
)
def test_a_bound_keeps_its_value_exactly(bound: Bound) -> None:
    value = value_of(bound)
    again = (
        moment(value)
        if isinstance(value, datetime)
        else day(value)
        if isinstance(value, date)
        else number(int(value))
    )
    assert again == bound


@given(
    st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)),
    st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)),
)
def test_bounds_as_text_sort_like_their_values(a: datetime, b: datetime) -> None:
    assert (moment(a).text < moment(b).text) == (a < b)


def test_the_same_window_has_the_same_batch_id_and_another_one_another() -> None:
    one = plan_window("a.b", a_source(), now=NOW, cursor_max=number(3), watermark=None)
    same = plan_window("a.b", a_source(), now=NOW, cursor_max=number(3), watermark=None)
    other = plan_window("a.b", a_source(), now=NOW, cursor_max=number(4), watermark=None)
    assert one.batch_id == same.batch_id != other.batch_id
