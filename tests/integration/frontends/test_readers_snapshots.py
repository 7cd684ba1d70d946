"""What every reader must count: snapshots, clock and declaration, on each kind of machine."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from tests.integration.frontends.conftest import (
    Site,
    drawn,
    opened,
    query_of,
    wanted_of,
)

from shutong.frontends import Query
from shutong.model import Bound

TEXT, MOMENT = pa.string(), pa.timestamp("us")

MARKS = ["2024-01-01 00:00:00", "2024-01-01 10:00:00", "2024-01-01 10:00:01", "2024-01-02 00:00:00"]


def at(text: str) -> Bound:
    return Bound(kind="datetime", text=text)


@pytest.mark.parametrize("rows", [0, 1, 40_000])
def test_the_source_s_count_is_the_number_of_rows(site: Site, rows: int) -> None:
    site.run("CREATE TABLE t (n INTEGER, v VARCHAR(20))")
    if rows:
        site.fill("t", [(n, None) for n in range(rows)])

    result = drawn(site, query_of("t", "v"), wanted_of(TEXT))

    assert result.source_rows == rows
    assert len(result.rows) == rows


def test_a_row_committed_while_reading_is_in_neither_the_count_nor_the_rows(site: Site) -> None:
    site.run("CREATE TABLE t (n INTEGER, v VARCHAR(100))")
    site.fill("t", [(n, "x" * 100) for n in range(100_000)])

    with opened(site) as reader:
        drawing = reader.draw(query_of("t", "n"), wanted_of(pa.int64()))
        with drawing:
            batches = iter(drawing)
            rows = next(batches).num_rows
            site.fill("t", [(-1, "late")])
            rows += sum(batch.num_rows for batch in batches)
            assert rows == drawing.source_rows == 100_000
        again = reader.draw(query_of("t", "n"), wanted_of(pa.int64()))
        with again:
            assert sum(batch.num_rows for batch in again) == 100_001


def test_a_reader_draws_one_table_after_another(site: Site) -> None:
    site.run("CREATE TABLE t (n INTEGER)", "CREATE TABLE u (n INTEGER)")
    site.fill("t", [(1,)])
    site.fill("u", [(2,)])

    with opened(site) as reader:
        for table in ("t", "u", "t"):
            with reader.draw(query_of(table, "n"), wanted_of(pa.int64())) as drawing:
                assert sum(batch.num_rows for batch in drawing) == 1


def test_leaving_early_leaves_the_reader_fit_for_the_next_drawing(site: Site) -> None:
    site.run("CREATE TABLE t (n INTEGER)")
    site.fill("t", [(n,) for n in range(100_000)])

    with opened(site) as reader:
        with reader.draw(query_of("t", "n"), wanted_of(pa.int64())) as drawing:
            next(iter(drawing))
        with reader.draw(query_of("t", "n"), wanted_of(pa.int64())) as drawing:
            assert sum(batch.num_rows for batch in drawing) == 100_000


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "UTC"])
def test_the_clock_is_the_wall_clock_of_the_front_end_s_zone(site: Site, zone: str) -> None:
    site.run("CREATE TABLE t (n INTEGER)")

    with opened(site, zone=zone) as reader:
        clock = reader.clock(query_of("t", "n"))

    expected = datetime.now(ZoneInfo(zone)).replace(tzinfo=None)
    assert clock.now.tzinfo is None
    assert abs(clock.now - expected) < timedelta(minutes=1)
    assert clock.cursor_max is None


@pytest.mark.parametrize(
    ("declared", "values", "expected"),
    [
        ("DATETIME", MARKS, at(MARKS[3])),
        ("DATETIME(6)", [f"{MARKS[0]}.5"], at(f"{MARKS[0]}.500000")),
        ("DATE", ["2024-01-09", "2024-01-10"], Bound(kind="date", text="2024-01-10")),
        ("BIGINT", [9, 10, 9223372036854775807], Bound(kind="integer", text=str(2**63 - 1))),
        ("VARCHAR(20)", ["a", "é"], Bound(kind="text", text="é")),
        ("DATETIME", [], None),
        ("DATETIME", [None], None),
    ],
)
def test_the_largest_cursor_is_told_with_its_kind(
    site: Site, declared: str, values: list[Any], expected: Bound | None
) -> None:
    site.run(f"CREATE TABLE t (c {declared})")
    if values:
        site.fill("t", [(value,) for value in values])

    with opened(site) as reader:
        assert reader.clock(query_of("t", "c", cursor="c")).cursor_max == expected


def test_a_window_up_to_the_largest_cursor_leaves_only_that_row(site: Site) -> None:
    site.run("CREATE TABLE t (c DATETIME)")
    site.fill("t", [(mark,) for mark in MARKS])
    query = query_of("t", "c", cursor="c")
    with opened(site) as reader:
        largest = reader.clock(query).cursor_max

    below = Query(None, "t", query.columns, cursor="c", high=largest)
    above = Query(None, "t", query.columns, cursor="c", low=largest)

    assert len(drawn(site, below, wanted_of(MOMENT)).rows) == 3
    assert len(drawn(site, above, wanted_of(MOMENT)).rows) == 1


def test_a_table_is_described_as_declared(site: Site) -> None:
    site.run("CREATE TABLE t (id BIGINT NOT NULL, name VARCHAR(60), income DECIMAL(12,2), d DATE)")

    with opened(site) as reader:
        key, name, income, day = reader.describe(None, "t")

    assert (key.name, key.type_name, key.nullable) == ("id", "bigint", False)
    assert (name.type_name, name.length, name.nullable) == (site.called("varchar"), 60, True)
    assert (income.type_name, income.precision, income.scale) == (site.called("decimal"), 12, 2)
    assert (day.name, day.type_name) == ("d", "date")
