"""What every reader must do, run on each kind of front-end machine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from tests.integration.frontends.conftest import (
    Site,
    drawn,
    front_end,
    opened,
    query_of,
    wanted_of,
)

from shutong.catalog.models import FrontEndKind, RowFilter
from shutong.errors import CatalogFaulty, ShutongError, SourceMismatch, SourceUnreachable
from shutong.frontends import Endpoint, Query, open_reader
from shutong.model import Bound

TEXT, MOMENT = pa.string(), pa.timestamp("us")


def at(text: str) -> Bound:
    return Bound(kind="datetime", text=text)


# ------------------------------------------------------------------- values


def test_texts_arrive_to_the_last_code_point(site: Site) -> None:
    names = [
        "𠮷田",
        "㛃䶮",
        "阿卜杜·热西提",
        "😀👨‍👩‍👧",
        "",
        "  前后  ",
        "a'b\\c\"d%e`f",
        "\t\n",
        None,
    ]
    site.run(f"CREATE TABLE t (n INTEGER, name {site.declared('VARCHAR(60)')})")
    site.fill("t", list(enumerate(names)))

    result = drawn(site, query_of("t", "n", "name"), wanted_of(pa.int64(), TEXT))

    assert {row["a"]: row["b"] for row in result.rows} == dict(enumerate(names))
    assert result.misfits == []


@pytest.mark.parametrize(
    ("kind", "wanted", "values"),
    [
        ("DECIMAL(12,2)", pa.decimal128(12, 2), ["9999999999.99", "-0.01", "0.00"]),
        ("DECIMAL(18,12)", pa.decimal128(18, 12), ["0.000000000001", "-999999.999999999999"]),
        ("DECIMAL(18,0)", pa.int64(), ["999999999999999999", "-999999999999999999"]),
        ("DECIMAL(65,30)", pa.decimal128(38, 30), ["12345678.123456789012345678901234567891"]),
        ("DECIMAL(38,0)", pa.decimal128(38, 0), ["9" * 38, "-" + "9" * 38]),
        ("BIGINT UNSIGNED", pa.decimal128(20, 0), ["18446744073709551615", "0"]),
        ("BIGINT", pa.int64(), ["9223372036854775807", "-9223372036854775808"]),
    ],
)
def test_numbers_arrive_to_the_last_digit(
    site: Site, kind: str, wanted: pa.DataType, values: list[str]
) -> None:
    site.run(f"CREATE TABLE t (v {site.declared(kind)})")
    site.fill("t", [*((value,) for value in values), (None,)])

    result = drawn(site, query_of("t", "v"), wanted_of(wanted))

    arrived = [None if row["a"] is None else Decimal(row["a"]) for row in result.rows]
    assert arrived == [*map(Decimal, values), None]


def test_a_number_wider_than_the_standard_is_a_misfit(site: Site) -> None:
    site.run(f"CREATE TABLE t (v {site.declared('DECIMAL(65,30)')})")
    site.fill("t", [("12345.678",), ("123456789012.5",), ("1.25",)])

    result = drawn(site, query_of("t", "v"), wanted_of(pa.decimal128(10, 2)))

    assert [row["a"] for row in result.rows] == [Decimal("1.25")]
    assert [row["_reasons"] for row in result.misfits] == ["a: too_precise", "a: too_large"]


def test_days_and_moments_arrive(site: Site) -> None:
    site.run("CREATE TABLE t (d DATE, m DATETIME)")
    site.fill(
        "t",
        [
            ("1900-01-01", "1900-01-01 00:00:00"),
            ("2024-02-29", "2024-02-29 23:59:59"),
            ("9999-12-31", "9999-12-31 23:59:59"),
            (None, None),
        ],
    )

    result = drawn(site, query_of("t", "d", "m"), wanted_of(pa.date32(), MOMENT))

    assert [tuple(row.values()) for row in result.rows] == [
        (date(1900, 1, 1), datetime(1900, 1, 1)),
        (date(2024, 2, 29), datetime(2024, 2, 29, 23, 59, 59)),
        (date(9999, 12, 31), datetime(9999, 12, 31, 23, 59, 59)),
        (None, None),
    ]


@pytest.mark.parametrize("wanted", [pa.date32(), MOMENT])
def test_days_that_are_none_are_misfits_in_the_source_s_own_writing(
    site: Site, wanted: pa.DataType
) -> None:
    bad = ["0000-00-00", "2024-00-15", "2024-02-31"]
    site.run("CREATE TABLE t (n INTEGER, d DATE)")
    site.fill("t", [*enumerate(bad), (9, "2024-02-29")])

    result = drawn(site, query_of("t", "n", "d"), wanted_of(pa.int64(), wanted))

    assert [row["a"] for row in result.rows] == [9]
    assert [row["b"] for row in result.misfits] == bad
    assert {row["_reasons"] for row in result.misfits} == {"b: invalid_date"}
    assert result.source_rows == 4


def test_microseconds_arrive(site: Site) -> None:
    site.run("CREATE TABLE t (m DATETIME(6))")
    site.fill("t", [("2024-02-29 23:59:59.123456",), ("2024-02-29 00:00:00.000001",)])

    result = drawn(site, query_of("t", "m"), wanted_of(MOMENT))

    assert [row["a"].microsecond for row in result.rows] == [123456, 1]


def test_a_time_of_day_is_not_cut_from_a_day(site: Site) -> None:
    site.run("CREATE TABLE t (m DATETIME)")
    site.fill("t", [("2024-02-29 00:00:00",), ("2024-02-29 08:00:00",)])

    result = drawn(site, query_of("t", "m"), wanted_of(pa.date32()))

    assert [row["a"] for row in result.rows] == [date(2024, 2, 29)]
    assert [row["_reasons"] for row in result.misfits] == ["a: time_lost"]


def test_all_batches_of_a_drawing_share_a_schema_though_values_turn_bad_late(site: Site) -> None:
    site.run("CREATE TABLE t (n INTEGER, d DATE)")
    site.fill("t", [(n, "2024-01-01") for n in range(40_000)] + [(40_000, "0000-00-00")])

    result = drawn(site, query_of("t", "n", "d"), wanted_of(pa.int64(), pa.date32()))

    assert len(result.schemas) == 1
    assert len(result.rows) == 40_000
    assert len(result.misfits) == 1


# ------------------------------------------------------------------- windows and filters


MARKS = ["2024-01-01 00:00:00", "2024-01-01 10:00:00", "2024-01-01 10:00:01", "2024-01-02 00:00:00"]


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


def test_names_are_quoted_so_that_reserved_and_chinese_words_serve(site: Site) -> None:
    site.run("CREATE TABLE `select` (`order` INTEGER, `姓名` VARCHAR(20), `a$b#c` INTEGER)")
    site.fill("select", [(1, "李", 2)])
    query = query_of("select", "order", "姓名", "a$b#c")

    assert drawn(site, query, wanted_of(pa.int64(), TEXT, pa.int64())).rows == [
        {"a": 1, "b": "李", "c": 2}
    ]


HOSTILE = ["t; DROP TABLE t", "t`", 't"', "t'--", "t.t", "1t", "", "t\n", "t\x00", "(SELECT 1)"]


def hostile_queries() -> Iterator[Query]:
    for name in HOSTILE:
        yield Query(None, name, (("a", "v"),))
        yield Query(name, "t", (("a", "v"),))
        yield Query(None, "t", (("a", name),))
        yield Query(None, "t", (("a", "v"),), cursor=name)


def test_a_name_that_is_no_identifier_is_refused(site: Site) -> None:
    site.run("CREATE TABLE t (v VARCHAR(20))")

    with opened(site) as reader:
        for query in hostile_queries():
            with pytest.raises(CatalogFaulty):
                reader.draw(query, wanted_of(TEXT))


# ------------------------------------------------------------------- counts and snapshots


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


# ------------------------------------------------------------------- clock and declaration


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
    assert (name.type_name, name.length, name.nullable) == ("varchar", 60, True)
    assert (income.type_name, income.precision, income.scale) == ("decimal", 12, 2)
    assert (day.name, day.type_name) == ("d", "date")


# ------------------------------------------------------------------- what is not there


def test_a_missing_table_is_named(site: Site) -> None:
    with opened(site) as reader:
        with pytest.raises(SourceMismatch, match="T_MISSING"):
            reader.draw(query_of("T_MISSING", "v"), wanted_of(TEXT))
        with pytest.raises(SourceMismatch, match="T_MISSING"):
            reader.describe(None, "T_MISSING")
        with pytest.raises(SourceMismatch, match="T_MISSING"):
            reader.clock(query_of("T_MISSING", "v", cursor="v"))


def test_all_missing_columns_are_named_together_with_those_that_are_there(site: Site) -> None:
    site.run("CREATE TABLE t (here INTEGER)")
    query = query_of(
        "t",
        "gone",
        "here",
        filters=(RowFilter(column="lost", operator="is_null"),),
        cursor="away",
    )

    with opened(site) as reader, pytest.raises(SourceMismatch) as caught:
        reader.draw(query, wanted_of(TEXT, TEXT))

    assert "gone、lost、away" in caught.value.fact.zh
    assert "here" in caught.value.next_step.zh


def test_a_column_is_found_though_its_capitals_differ(site: Site) -> None:
    site.run("CREATE TABLE t (GXSJ INTEGER)")
    site.fill("t", [(1,)])

    assert drawn(site, query_of("t", "gxsj"), wanted_of(pa.int64())).rows == [{"a": 1}]


def test_an_unknown_zone_is_a_fault_of_the_catalog(site: Site) -> None:
    with pytest.raises(CatalogFaulty, match="Mars"):
        open_reader(front_end(site.kind, zone="Mars/Olympus"), site.endpoint)


CANARY = "Zx9-canary-password"


def test_errors_tell_what_to_do_and_keep_secrets(site: Site) -> None:
    site.run("CREATE TABLE t (v VARCHAR(20))")
    secret = "360203196602246411"
    hostile = RowFilter(column="missing", operator="=", value=secret)

    errors: list[ShutongError] = []
    with opened(site) as reader, pytest.raises(SourceMismatch) as caught:
        reader.draw(query_of("t", "v", filters=(hostile,)), wanted_of(TEXT))
    errors.append(caught.value)
    for endpoint in unreachable(site):
        with pytest.raises(SourceUnreachable) as missed:
            open_reader(front_end(site.kind, connect_timeout_seconds=2), endpoint)
        errors.append(missed.value)

    for error in errors:
        assert error.next_step.zh
        assert "test-fe" in error.place
        chain = f"{error!r} {error} {error.__cause__!r}"
        assert CANARY not in chain
        assert secret not in chain
        assert error.__cause__ is None


def unreachable(site: Site) -> list[Endpoint]:
    """Return endpoints that do not answer, or refuse, or are something else."""
    from dataclasses import replace

    from pydantic import SecretStr

    there = replace(site.endpoint, password=SecretStr(CANARY))
    if site.kind is FrontEndKind.SQLITE:
        return [
            replace(there, host="/nowhere/missing.db"),
            replace(there, host=__file__),
            replace(there, host="/"),
        ]
    return [
        there,
        replace(there, login="nobody"),
        replace(there, port=1),
        replace(there, host="no.such.host.invalid"),
    ]
