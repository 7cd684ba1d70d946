"""Drawing by key, as comparisons do: a key that was drawn finds its row again, and no other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from tests.integration.frontends.conftest import Site, drawn, opened, query_of, wanted_of

from shutong.collection.comparing import KEYS_PER_STATEMENT
from shutong.frontends import Among, Query
from shutong.model import Bound

TEXT, WHOLE = pa.string(), pa.int64()


def raw_keys(site: Site, query: Query, wanted: pa.Schema) -> list[tuple[Any, ...]]:
    """Return the rows as the reader itself gives them, before fitting."""
    with opened(site) as reader, reader.draw(query, wanted) as drawing:
        return [
            row
            for batch in drawing
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
        ]


@pytest.mark.parametrize(
    ("declared", "wanted", "values"),
    [
        ("VARCHAR(30)", TEXT, ["a", "A", "o'b", "𠮷\\", "", " x"]),
        ("CHAR(6)", TEXT, ["ab", "AB", "李"]),
        ("INTEGER", WHOLE, [-5, 0, 7, 2**31 - 1]),
        ("BIGINT", TEXT, [-5, 2**63 - 1]),
        ("DECIMAL(20, 2)", pa.decimal128(20, 2), ["1.50", "-999999999999999999.99"]),
        ("DATE", pa.date32(), ["2024-02-29", "1900-01-01"]),
    ],
)
def test_each_key_that_was_drawn_finds_its_own_row(
    site: Site, declared: str, wanted: pa.DataType, values: list[Any]
) -> None:
    site.run(f"CREATE TABLE t (k {site.declared(declared)}, n INTEGER)")
    site.fill("t", [(value, n) for n, value in enumerate(values)])
    query = query_of("t", "k", "n")
    keys = raw_keys(site, query_of("t", "k"), wanted_of(wanted))
    numbers = [row["b"] for row in drawn(site, query, wanted_of(wanted, WHOLE)).rows]

    for key, number in zip(keys, numbers, strict=True):
        found = drawn(site, replace(query, among=Among(("k",), (key,))), wanted_of(wanted, WHOLE))
        assert [row["b"] for row in found.rows] == [number]
        assert found.source_rows == 1
    all_of_them = replace(query, among=Among(("k",), tuple(keys)))
    assert len(drawn(site, all_of_them, wanted_of(wanted, WHOLE)).rows) == len(values)


def test_a_key_of_two_columns_is_found_by_both(site: Site) -> None:
    site.run("CREATE TABLE t (k VARCHAR(9), n INTEGER)")
    site.fill("t", [("a", 1), ("a", 2), ("b", 1), ("b", 2)])
    query = query_of("t", "k", "n")
    keys = raw_keys(site, query, wanted_of(TEXT, WHOLE))

    among = Among(("k", "n"), (keys[1], keys[2]))
    found = drawn(site, replace(query, among=among), wanted_of(TEXT, WHOLE))

    assert [(row["a"], row["b"]) for row in found.rows] == [("a", 2), ("b", 1)]


def test_as_many_keys_of_two_columns_as_a_comparison_asks_for_at_once(site: Site) -> None:
    many = KEYS_PER_STATEMENT
    site.run("CREATE TABLE t (k VARCHAR(9), n INTEGER)")
    site.fill("t", [(f"k{n}", n) for n in range(many + 5)])
    query = query_of("t", "k", "n")
    keys = raw_keys(site, query, wanted_of(TEXT, WHOLE))

    among = Among(("k", "n"), tuple(keys[:many]))

    assert len(drawn(site, replace(query, among=among), wanted_of(TEXT, WHOLE)).rows) == many


def test_rows_without_a_cursor_value_are_asked_for_alone_or_left_out(site: Site) -> None:
    site.run("CREATE TABLE t (n INTEGER, changed DATETIME, made DATETIME)")
    site.fill("t", [(1, None, None), (2, None, "2024-01-01 08:00:00"), (3, "2024-01-02", None)])
    query = query_of("t", "n", cursor=("changed", "made"))

    def numbers(**facts: Any) -> list[int]:
        return [r["a"] for r in drawn(site, replace(query, **facts), wanted_of(WHOLE)).rows]

    assert numbers(placed=False) == [1]
    assert numbers(placed=True) == [2, 3]
    low = Bound(kind="datetime", text="2024-01-01 12:00:00")
    assert (numbers(low=low), numbers(high=low)) == ([3], [2])
    with opened(site) as reader:
        assert reader.clock(query).cursor_max == Bound(kind="datetime", text="2024-01-02 00:00:00")
