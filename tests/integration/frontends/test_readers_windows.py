"""What every reader must leave out: windows and filters, on each kind of machine."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from tests.integration.frontends.conftest import (
    Site,
    drawn,
    opened,
    query_of,
    wanted_of,
)

from shutong.catalog.models import RowFilter
from shutong.errors import CatalogFaulty
from shutong.model import Bound

TEXT, MOMENT = pa.string(), pa.timestamp("us")

MARKS = ["2024-01-01 00:00:00", "2024-01-01 10:00:00", "2024-01-01 10:00:01", "2024-01-02 00:00:00"]


def at(text: str) -> Bound:
    return Bound(kind="datetime", text=text)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (MARKS[1], MARKS[3], MARKS[1:3]),
        (None, MARKS[1], MARKS[:1]),
        (MARKS[1], None, MARKS[1:]),
        (MARKS[1], MARKS[1], []),
        ("2024-01-01 10:00:00.500000", None, MARKS[2:]),
    ],
)
def test_a_window_is_half_open(
    site: Site, low: str | None, high: str | None, expected: list[str]
) -> None:
    site.run("CREATE TABLE t (name VARCHAR(30), updated DATETIME)")
    site.fill("t", [*((mark, mark) for mark in MARKS), ("no cursor", None)])
    query = query_of("t", "name", cursor="updated", low=low and at(low), high=high and at(high))

    result = drawn(site, query, wanted_of(TEXT))

    assert [row["a"] for row in result.rows] == expected
    assert result.source_rows == len(expected)


def test_without_a_window_rows_without_a_cursor_come_too(site: Site) -> None:
    site.run("CREATE TABLE t (name VARCHAR(30), updated DATETIME)")
    site.fill("t", [("a", MARKS[0]), ("b", None)])

    assert len(drawn(site, query_of("t", "name", cursor="updated"), wanted_of(TEXT)).rows) == 2


@pytest.mark.parametrize(
    ("kind", "declared", "values"),
    [
        ("integer", "BIGINT", ["9", "10", "100"]),
        ("date", "DATE", ["2024-01-09", "2024-01-10", "2024-01-11"]),
        ("text", "VARCHAR(20)", ["A'1", "B\\2", "C%3"]),
        ("datetime", "DATETIME(6)", [f"2024-01-01 10:00:00.{n}" for n in ("1", "25", "3")]),
    ],
)
def test_windows_run_over_every_kind_of_cursor(
    site: Site, kind: str, declared: str, values: list[str]
) -> None:
    site.run(f"CREATE TABLE t (n INTEGER, c {declared})")
    site.fill("t", list(enumerate(values)))
    low, high = (Bound(kind=kind, text=value) for value in (values[1], values[2]))

    query = query_of("t", "n", cursor="c", low=low, high=high)

    assert [row["a"] for row in drawn(site, query, wanted_of(pa.int64())).rows] == [1]


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("=", "a'b", {1}),
        ("<>", "a'b", {2, 3}),
        ("in", ("a'b", "c\\d"), {1, 2}),
        ("=", "x' OR '1'='1", set()),
        ("=", "c\\d", {2}),
        ("=", "%", {3}),
        ("=", "", set()),
        ("=", "𠮷", set()),
        ("is_null", None, {4}),
        ("not_null", None, {1, 2, 3}),
        (">=", "b", {2}),
    ],
)
def test_filter_values_are_values_and_never_sql(
    site: Site, operator: str, value: Any, expected: set[int]
) -> None:
    site.run("CREATE TABLE t (n INTEGER, v VARCHAR(20))")
    site.fill("t", [(1, "a'b"), (2, "c\\d"), (3, "%"), (4, None)])
    only = RowFilter(column="v", operator=operator, value=value)

    result = drawn(site, query_of("t", "n", filters=(only,)), wanted_of(pa.int64()))

    assert {row["a"] for row in result.rows} == expected
    assert result.source_rows == len(expected)


def test_filters_and_window_hold_together(site: Site) -> None:
    site.run("CREATE TABLE t (n INTEGER, state INTEGER, updated DATETIME)")
    site.fill("t", [(i, i % 2, MARKS[i]) for i in range(4)])
    query = query_of(
        "t",
        "n",
        filters=(RowFilter(column="state", operator="=", value=1),),
        cursor="updated",
        low=at(MARKS[0]),
        high=at(MARKS[3]),
    )

    assert [row["a"] for row in drawn(site, query, wanted_of(pa.int64())).rows] == [1]


@pytest.mark.parametrize(
    ("operator", "value"), [("=", None), ("in", ()), ("in", "a"), ("=", ("a",))]
)
def test_a_filter_without_its_value_is_refused(site: Site, operator: str, value: Any) -> None:
    site.run("CREATE TABLE t (v VARCHAR(20))")
    only = RowFilter(column="v", operator=operator, value=value)

    with opened(site) as reader, pytest.raises(CatalogFaulty, match="v"):
        reader.draw(query_of("t", "v", filters=(only,)), wanted_of(TEXT))
