"""The city's own expectations: equal verdicts on DuckDB, on pandas and by plain Python."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from chinese_calendar import is_workday
from tests.integration.quality.engines import Verdict, on_duckdb, on_pandas, rule_of
from tests.integration.quality.staging import citizen_number

from shutong.quality.results import raised
from shutong.quality.session import session
from shutong.quality.suites import Rule
from shutong.standards.predicates import is_amount
from shutong.standards.regions import region_valid

_NUMBERS: Final = [
    citizen_number(1),
    citizen_number(2),
    citizen_number(3, born="20000229"),
    citizen_number(4)[:17] + "?",
    "360202900307001",
    "",
    None,
]
_DAYS: Final = [
    date(1982, 5, 1),
    date(1985, 5, 1),
    date(1988, 5, 1),
    date(1992, 5, 1),
    date(1990, 3, 7),
    date(2000, 2, 29),
    date(2026, 1, 1),
    None,
]
_REGIONS: Final = ["360211", "360222", "360281", "362332", "360202", "999999", "", None]
_DOUBLES: Final = [
    *(0.0, -0.0, 0.1, 0.29, 1.005, 0.1 + 0.2, 19.99, -19.99, 123456789.01, 1e15, 9e13 + 0.01),
    *(1e-06, 0.000001, 12.345678, 1e300, float("inf"), float("-inf"), None),
]


def rows(values: list[Any], passes: Callable[[Any], bool]) -> tuple[int, ...]:
    return tuple(n for n, value in enumerate(values) if value is not None and not passes(value))


def both(table: pa.Table, folder: Path, kind: str, **kwargs: Any) -> Verdict:
    """Return the verdict of both engines, which must be one."""
    rule = rule_of("it", kind, **kwargs)
    ours, theirs = on_duckdb(table, [rule], folder)["it"], on_pandas(table, [rule])["it"]
    assert ours == theirs
    return ours


@pytest.mark.parametrize("seed", range(3))
def test_birth_date_and_sex_are_held_against_the_number_alike(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    numbers = [chance.choice(_NUMBERS) for _ in range(60)]
    born = [chance.choice(_DAYS) for _ in range(60)]
    sexes = [chance.choice(["0", "1", "2", "9", "x", None]) for _ in range(60)]
    table = pa.table({"number": numbers, "born": born, "sex": sexes})

    def formed(number: str | None) -> bool:
        return (
            number is not None and len(number) == 18 and number[:17].isdigit() and "?" not in number
        )

    births = both(
        table,
        tmp_path,
        "expect_column_values_to_be_birth_date_of_number",
        column="born",
        number_column="number",
    )
    said = both(
        table,
        tmp_path,
        "expect_column_values_to_be_sex_of_number",
        column="sex",
        number_column="number",
    )

    assert births.failing == tuple(
        n
        for n, (number, day) in enumerate(zip(numbers, born, strict=True))
        if day is not None and number and formed(number) and f"{day:%Y%m%d}" != number[6:14]
    )
    assert said.failing == tuple(
        n
        for n, (number, sex) in enumerate(zip(numbers, sexes, strict=True))
        if number and formed(number) and sex in ("1", "2") and int(number[16]) % 2 != int(sex) % 2
    )
    assert births.failing
    assert said.failing


@pytest.mark.parametrize("kind", [pa.date32(), pa.timestamp("us")])
def test_a_region_is_one_that_was_in_force_on_the_row_s_day(
    kind: pa.DataType, tmp_path: Path
) -> None:
    pairs = [(region, day) for region in _REGIONS for day in _DAYS]
    table = pa.table(
        {
            "region": [region for region, _ in pairs],
            "day": pa.array([day for _, day in pairs], pa.date32()).cast(kind),
        }
    )

    told = both(
        table,
        tmp_path,
        "expect_column_values_to_be_region_code_in_force",
        column="region",
        date_column="day",
    )

    assert told.failing == tuple(
        n
        for n, (region, day) in enumerate(pairs)
        if region is not None and day is not None and not region_valid(region, day)
    )
    failing = {pairs[row] for row in told.failing}
    assert ("360222", date(1985, 5, 1)) in failing, "浮梁县 stands again since 1988"
    assert ("360211", date(1985, 5, 1)) not in failing, "鹅湖区 stood from 1983 to 1988"
    assert ("360211", date(1992, 5, 1)) in failing


def test_a_working_day_is_one_by_the_state_council_s_calendar(tmp_path: Path) -> None:
    first = date(2025, 9, 20).toordinal()
    days = [date.fromordinal(first + n) for n in range(30)]
    days += [date(2026, 2, 14), date(2026, 2, 15), date(2026, 2, 28)]
    table = pa.table({"x": [*days, None]})

    told = both(table, tmp_path, "expect_column_values_to_be_working_day", column="x")
    moments = table.set_column(0, "x", table["x"].cast(pa.timestamp("us")))

    assert told.failing == rows(days, is_workday)
    assert days.index(date(2025, 9, 28)) not in told.failing, "a Sunday that is worked"
    assert days.index(date(2025, 10, 1)) in told.failing, "a Wednesday that is free"
    assert both(moments, tmp_path, "expect_column_values_to_be_working_day", column="x") == told


def test_a_year_without_its_calendar_is_an_error_that_names_it(tmp_path: Path) -> None:
    rule = rule_of("it", "expect_column_values_to_be_working_day", column="x")
    table = pa.table({"x": [date(2026, 1, 5), date(2031, 1, 6)]})

    assert errors_on_duckdb(table, rule, tmp_path) == ["YearMissing 2031"]
    with pytest.raises(AssertionError, match="2031"):
        on_pandas(table, [rule])


@pytest.mark.parametrize("scale", [2, 6, 0])
def test_an_amount_has_no_digit_behind_its_currency_s_last(scale: int, tmp_path: Path) -> None:
    kind = "expect_column_values_to_be_amount"
    decimals = [Decimal(text) for text in ("0", "0.01", "-0.010", "1.005", "99999999.99", "3.1")]
    exact = pa.table({"x": pa.array([*decimals, None], pa.decimal128(20, 6))})
    doubles = pa.table({"x": pa.array(_DOUBLES, pa.float64())})

    told = both(exact, tmp_path, kind, column="x", scale=scale)
    binary = both(doubles, tmp_path, kind, column="x", scale=scale)

    assert told.failing == rows(decimals, lambda value: is_amount(value, scale))
    assert binary.failing == rows(_DOUBLES, lambda value: is_amount(value, scale))
    if scale == 2:
        assert told.failing == (3,)
        assert [_DOUBLES[row] for row in binary.failing] == [
            *(1.005, 0.1 + 0.2, 1e15, 1e-06, 1e-06, 12.345678, 1e300),
            *(float("inf"), float("-inf")),
        ]


def test_a_double_that_is_no_number_lies_in_no_range_whatever_the_file_s_statistics(
    tmp_path: Path,
) -> None:
    # Over such a file DuckDB itself says that NaN is less than 5.
    doubles = pa.table({"x": pa.array([float("nan"), 1.0, float("inf"), -float("inf"), None])})
    most = rule_of("most", "expect_column_values_to_be_between", column="x", max_value=5)
    least = rule_of("least", "expect_column_values_to_be_between", column="x", min_value=0)
    within = rule_of("in", "expect_column_values_to_be_longitude_in_city", column="x")
    finite = rule_of("finite", "expect_column_values_to_be_finite", column="x")

    told = on_duckdb(doubles, [most, least, within, finite], tmp_path)

    assert told["most"].failing == (0, 2)
    assert told["least"].failing == (0, 3)
    assert told["in"].failing == (0, 1, 2, 3)
    assert told["finite"].failing == (0, 2, 3)
    rest = doubles.slice(1)
    assert on_pandas(rest, [finite]) == on_duckdb(rest, [finite], tmp_path)


def test_a_number_that_is_none_is_no_amount(tmp_path: Path) -> None:
    kind = "expect_column_values_to_be_amount"
    rule = rule_of("it", kind, column="x")
    nan = pa.table({"x": pa.array([float("nan"), 1.0], pa.float64())})
    whole = pa.table({"x": pa.array([1, 2, None], pa.int64())})

    assert on_duckdb(nan, [rule], tmp_path)["it"].failing == (0,)
    assert both(whole, tmp_path, kind, column="x") == Verdict(True)


@pytest.mark.parametrize("text", ["1.00", "a"])
def test_an_amount_in_a_column_of_texts_is_a_rule_that_has_erred(text: str, tmp_path: Path) -> None:
    rule = rule_of("it", "expect_column_values_to_be_amount", column="x")

    assert errors_on_duckdb(pa.table({"x": [text]}), rule, tmp_path) == ["TypeError"]
    with pytest.raises(AssertionError, match="an amount is a number"):
        on_pandas(pa.table({"x": [text]}), [rule])


def test_a_code_is_one_of_its_table_character_by_character(tmp_path: Path) -> None:
    values = ["1", "2", " 1", "１", "01", "", None]
    kind = "expect_column_values_to_be_in_code_table"

    told = both(
        pa.table({"x": values}), tmp_path, kind, column="x", codes=["1", "2"], code_table="sex"
    )

    assert told.failing == (2, 3, 4, 5)


def test_a_number_in_place_of_a_code_is_a_rule_that_has_erred(tmp_path: Path) -> None:
    kind = "expect_column_values_to_be_in_code_table"
    rule = rule_of("it", kind, column="x", codes=["1"])

    assert errors_on_duckdb(pa.table({"x": [1, 2]}), rule, tmp_path)
    with pytest.raises(AssertionError):
        on_pandas(pa.table({"x": [1, 2]}), [rule])


def test_rules_of_two_columns_hold_under_a_row_condition_too(tmp_path: Path) -> None:
    table = pa.table(
        {
            "day": [date(1990, 3, 8)] * 3,
            "number": [citizen_number(1)] * 3,
            "kind": ["a", "b", None],
            "moment": [datetime(2026, 1, 2)] * 3,
        }
    )

    told = both(
        table,
        tmp_path,
        "expect_column_values_to_be_birth_date_of_number",
        column="day",
        number_column="number",
        row_condition='col("kind") == "a"',
        condition_parser="great_expectations",
    )

    assert told.failing == (0,)


def errors_on_duckdb(table: pa.Table, rule: Rule, folder: Path) -> list[str]:
    """Return the kinds of error with which a rule ends on DuckDB."""
    path = folder / "rows.parquet"
    pq.write_table(table, path)
    names = table.schema.names
    with session([path], names, folder=folder, memory="200MB", threads=1) as opened:
        verdict: Any = opened.judge([rule])["it"]
    return list(raised(verdict.exception_info))
