"""Windows of a cursor whose columns are compared part by part: no value is passed over."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shutong.catalog.models import CompositeCursor, Source
from shutong.errors import SourceMismatch
from shutong.model import Bound, LoadMode, Window
from shutong.windows import composite, day, moment, number, parts_of, plan_window, shown, value_of

NOW: Final = datetime(2024, 3, 5, 10, 0, 0, 250_000)
TODAY: Final = NOW.date()


def of(*parts: Any) -> Bound:
    makers = {date: day, datetime: moment, int: number}
    return composite([makers[type(part)](part) for part in parts])


def planned(
    largest: Bound | None, watermark: Bound | None = None, now: datetime = NOW, **overlap: int
) -> Window:
    source = Source(
        front_end="fe",
        table="T",
        columns={"id": "ID"},
        load=LoadMode.MERGE,
        cursor=CompositeCursor(composite=("D", "S")),
        **overlap,
    )
    return plan_window("a.b", source, now=now, cursor_max=largest, watermark=watermark)


@pytest.mark.parametrize(
    ("largest", "high"),
    [
        ((date(2024, 3, 4), 57), (date(2024, 3, 4), 58)),
        ((TODAY, 57), (TODAY, 58)),
        ((date(2099, 1, 1), 1), (date(2024, 3, 6),)),
        ((2024, 57), (2024, 58)),
        ((2024, 12, 57), (2024, 12, 58)),
        ((datetime(2024, 3, 5, 9, 59, 59, 5), 57), (datetime(2024, 3, 5, 9, 59, 59, 5), 58)),
        ((datetime(2024, 3, 5, 10, 0, 0), 57), (datetime(2024, 3, 5, 10),)),
        ((datetime(2099, 1, 1), 57), (datetime(2024, 3, 5, 10),)),
        ((datetime(2024, 3, 5, 9, 59, 59, 5),), (datetime(2024, 3, 5, 10),)),
    ],
)
def test_a_window_ends_one_past_the_largest_value_and_never_ahead_of_the_clock(
    largest: tuple[Any, ...], high: tuple[Any, ...]
) -> None:
    assert planned(of(*largest)).high == of(*high)


@pytest.mark.parametrize(
    ("watermark", "overlap", "low"),
    [
        ((date(2024, 3, 4), 57), {}, (date(2024, 3, 3),)),
        ((date(2024, 3, 4), 57), {"overlap_seconds": 0}, (date(2024, 3, 4), 57)),
        ((datetime(2024, 3, 5, 9), 57), {"overlap_seconds": 60}, (datetime(2024, 3, 5, 8, 59),)),
        ((datetime(2024, 3, 5, 9), 57), {"overlap_seconds": 0}, (datetime(2024, 3, 5, 9), 57)),
        ((2024, 5_000), {}, (2024, 4_000)),
        ((2024, 5_000), {"overlap_numbers": 0}, (2024, 5_000)),
        ((2024, 57), {}, (2023,)),
        ((2024, 1, 57), {}, (2023,)),
        ((2024, 7, 57), {}, (2024, 6)),
    ],
)
def test_a_window_begins_an_overlap_before_and_reaches_back_over_the_turn_of_the_year(
    watermark: tuple[Any, ...], overlap: dict[str, int], low: tuple[Any, ...]
) -> None:
    later = (*watermark[:-1], watermark[-1] + 9)
    assert planned(of(*later), of(*watermark), **overlap).low == of(*low)


def test_without_rows_that_have_every_part_nothing_moves() -> None:
    mark = of(TODAY, 5)
    assert (planned(None, mark).low, planned(None, mark).high) == (mark, mark)


@pytest.mark.parametrize(
    "largest", [(day(TODAY), Bound(kind="text", text="A7")), (number(1), moment(NOW))]
)
def test_a_second_part_that_is_no_whole_number_is_refused(largest: tuple[Bound, ...]) -> None:
    with pytest.raises(SourceMismatch, match="第二列起须为整数") as caught:
        planned(composite(largest))
    assert "A7" not in str(caught.value)
    assert caught.value.next_step.zh


@pytest.mark.parametrize("watermark", [day(TODAY), of(2024, 5), Bound(kind="log", text="b.1:4")])
def test_a_watermark_of_another_kind_asks_for_loading_anew(watermark: Bound) -> None:
    with pytest.raises(SourceMismatch, match="类型由"):
        planned(of(TODAY, 5), watermark)


def test_a_bound_is_read_back_whole_and_shown_without_its_kinds() -> None:
    bound = of(date(2024, 1, 31), 57)
    assert value_of(bound) == (date(2024, 1, 31), 57)
    assert parts_of(bound) == (day(date(2024, 1, 31)), number(57))
    assert shown(bound) == "(2024-01-31, 57)"
    assert Bound.model_validate_json(bound.model_dump_json()) == bound


steps = st.lists(
    # Days that pass, rows that are added, whether the run lands.
    st.tuples(st.integers(0, 2), st.integers(0, 3), st.booleans()),
    min_size=1,
    max_size=12,
)


@pytest.mark.parametrize("kind", ["date", "datetime", "year"])
@given(told=steps, overlap=st.sampled_from([0, 1, 1_000]))
def test_rows_that_come_in_order_are_each_drawn(
    kind: str, told: list[tuple[int, int, bool]], overlap: int
) -> None:
    now, mark, serial = NOW, None, 0
    rows: list[tuple[Any, ...]] = []
    drawn: set[tuple[Any, ...]] = set()
    for days, added, lands in [*told, (3, 0, True)]:
        now += timedelta(days=days, seconds=2)
        serial = serial if days == 0 else 0
        for _ in range(added):
            serial += 1
            day_before = now - timedelta(seconds=2)
            first = {"date": now.date(), "datetime": day_before, "year": now.toordinal()}[kind]
            rows.append((first, serial))
        window = planned(
            of(*max(rows)) if rows else None, mark, now, overlap_seconds=overlap,
            overlap_numbers=overlap,
        )  # fmt: skip
        if lands and window.high is not None:
            low, high = window.low and value_of(window.low), value_of(window.high)
            drawn |= {row for row in rows if (low is None or row >= low) and row < high}
            mark = window.high
    assert drawn == set(rows)
