"""Cursors of several columns that are compared part by part, on each kind of machine."""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from tests.integration.frontends.conftest import (
    Site,
    SqliteSite,
    drawn,
    opened,
    query_of,
    wanted_of,
)

from shutong.catalog.models import CompositeCursor
from shutong.frontends import KeyRange
from shutong.model import Bound
from shutong.windows import composite, day, moment, number

NUMBER = pa.int64()
PARTS = CompositeCursor(composite=("d", "s"))
DAYS = [date(2024, 1, day) for day in (9, 10, 11)]
PLACED = [(day, serial) for day in DAYS for serial in (-1, 9, 9, 10)]
"""(9, 9) stands for rows that tie."""
UNPLACED = [(DAYS[0], None), (DAYS[2], None), (None, 9), (None, None)]
ROWS = PLACED + UNPLACED


def bound_of(*parts: Any) -> Bound:
    makers = {date: day, datetime: moment, int: number}
    return composite([makers[type(part)](part) for part in parts])


@pytest.fixture
def table(site: Site) -> Site:
    site.run("CREATE TABLE t (n INTEGER, d DATE, s BIGINT)")
    site.fill("t", [(n, d and d.isoformat(), s) for n, (d, s) in enumerate(ROWS)])
    return site


def numbers(site: Site, **window: Any) -> list[int]:
    query = query_of("t", "n", cursor=PARTS, **window)
    result = drawn(site, query, wanted_of(NUMBER))
    assert result.source_rows == len(result.rows)
    return sorted(row["a"] for row in result.rows)


ENDS: list[tuple[Any, ...]] = [
    (DAYS[0], -1), (DAYS[0], 9), (DAYS[0], 10), (DAYS[0], 11), (DAYS[1],), (DAYS[1], 9),
    (DAYS[1], 10), (DAYS[2], -1), (DAYS[2], 9), (DAYS[2], 11), (date(2024, 2, 1),),
]  # fmt: skip


@pytest.mark.parametrize("end", ENDS, ids=str)
def test_a_window_is_half_open_in_the_order_of_the_parts(table: Site, end: tuple[Any, ...]) -> None:
    assert numbers(table, low=bound_of(*end)) == [i for i, r in enumerate(PLACED) if r >= end]
    assert numbers(table, high=bound_of(*end)) == [i for i, r in enumerate(PLACED) if r < end]


def test_windows_tile_the_table_and_rows_that_tie_are_in_one_of_them(table: Site) -> None:
    edges = [None, *(bound_of(*end) for end in ENDS)]
    windows = [numbers(table, low=low, high=high) for low, high in pairwise(edges)]
    assert sorted(n for window in windows for n in window) == list(range(len(PLACED)))
    for one, other in ((1, 2), (5, 6), (9, 10)):
        assert [one in w for w in windows] == [other in w for w in windows]


def test_rows_of_which_a_part_is_null_are_drawn_by_no_window_and_told_apart(table: Site) -> None:
    unplaced = list(range(len(PLACED), len(ROWS)))
    assert numbers(table, placed=False) == unplaced
    assert numbers(table, placed=True) == list(range(len(PLACED)))
    assert numbers(table, low=bound_of(date(1900, 1, 1))) == list(range(len(PLACED)))
    assert numbers(table) == list(range(len(ROWS)))


def test_a_first_window_is_cut_into_pieces_as_any_other(table: Site) -> None:
    high, half = bound_of(DAYS[1], 10), number(4)
    pieces = [KeyRange("n", None, half), KeyRange("n", half, None)]
    found = [numbers(table, high=high, within=piece) for piece in pieces]
    assert found == [[0, 1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (ROWS, bound_of(DAYS[2], 10)),
        ([*ROWS, (date(2024, 5, 1), None)], bound_of(DAYS[2], 10)),
        (UNPLACED, None),
        ([], None),
    ],
)
def test_the_largest_value_is_that_of_a_row_and_not_of_each_column(
    site: Site, rows: list[tuple[date | None, int | None]], expected: Bound | None
) -> None:
    site.run("CREATE TABLE t (d DATE, s BIGINT)")
    if rows:
        site.fill("t", [(d and d.isoformat(), s) for d, s in rows])
    with opened(site) as reader:
        assert reader.clock(query_of("t", "s", cursor=PARTS)).cursor_max == expected


def test_three_parts_are_compared_as_two_are(site: Site) -> None:
    site.run("CREATE TABLE t (n INTEGER, y INTEGER, m INTEGER, s BIGINT)")
    rows = [(y, m, s) for y in (2023, 2024) for m in (1, 12) for s in (1, 2)]
    site.fill("t", [(n, *row) for n, row in enumerate(rows)])
    cursor = CompositeCursor(composite=("y", "m", "s"))
    for end in [(2023, 12), (2023, 12, 2), (2024,), (2024, 1, 2), (2024, 12, 3)]:
        below = query_of("t", "n", cursor=cursor, high=bound_of(*end))
        found = [row["a"] for row in drawn(site, below, wanted_of(NUMBER)).rows]
        assert sorted(found) == [n for n, row in enumerate(rows) if row < end]
    with opened(site) as reader:
        assert reader.clock(below).cursor_max == bound_of(2024, 12, 2)


def test_a_date_time_with_a_fraction_may_come_first(site: Site) -> None:
    site.run("CREATE TABLE t (n INTEGER, d DATETIME(6), s BIGINT)")
    times = [datetime(2024, 1, 1, 10, 0, 0, micro) for micro in (250_000, 500_000)]
    rows = [(time, serial) for time in times for serial in (1, 2)]
    site.fill("t", [(n, t.isoformat(" ").rstrip("0"), s) for n, (t, s) in enumerate(rows)])
    with opened(site) as reader:
        assert reader.clock(query_of("t", "n", cursor=PARTS)).cursor_max == bound_of(*rows[-1])
    for end in [*rows, (times[1],), (datetime(2024, 1, 1, 10, 0, 1),)]:
        assert numbers(site, low=bound_of(*end)) == [n for n, row in enumerate(rows) if row >= end]
        assert numbers(site, high=bound_of(*end)) == [n for n, row in enumerate(rows) if row < end]


@pytest.mark.parametrize("text", ["2024-01-01 10:00", "2024-01-01 10:00:00.500", "2024-01-01"])
def test_a_date_time_in_another_writing_counts_to_its_place_only(
    sqlite: SqliteSite, text: str
) -> None:
    sqlite.run("CREATE TABLE t (d DATETIME, s BIGINT)", f"INSERT INTO t VALUES ('{text}', 7)")
    with opened(sqlite) as reader:
        largest = reader.clock(query_of("t", "s", cursor=PARTS)).cursor_max
    assert largest == composite([moment(datetime.fromisoformat(text))])


def test_a_part_that_is_no_number_keeps_its_kind_so_that_it_can_be_refused(site: Site) -> None:
    site.run("CREATE TABLE t (d DATE, s VARCHAR(9))")
    site.fill("t", [("2024-01-01", "A7")])
    with opened(site) as reader:
        largest = reader.clock(query_of("t", "s", cursor=PARTS)).cursor_max
    assert largest == composite([day(date(2024, 1, 1)), Bound(kind="text", text="A7")])
