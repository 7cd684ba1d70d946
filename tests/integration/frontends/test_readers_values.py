"""What every reader must carry: values, on each kind of front-end machine."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from tests.integration.frontends.conftest import (
    LOOSE_DAY,
    Site,
    drawn,
    query_of,
    wanted_of,
)

TEXT, MOMENT = pa.string(), pa.timestamp("us")


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
    site.run(f"CREATE TABLE t (n INTEGER, d {site.declared(LOOSE_DAY)})")
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
    site.run(f"CREATE TABLE t (n INTEGER, d {site.declared(LOOSE_DAY)})")
    site.fill("t", [(n, "2024-01-01") for n in range(40_000)] + [(40_000, "0000-00-00")])

    result = drawn(site, query_of("t", "n", "d"), wanted_of(pa.int64(), pa.date32()))

    assert len(result.schemas) == 1
    assert len(result.rows) == 40_000
    assert len(result.misfits) == 1
