"""Every expectation that GX brings is judged on DuckDB as GX's own pandas engine judges it.

Verdict, number and places of the failing rows, over random tables. What pandas cannot be asked
is held against plain Python instead (`test_text_rules.py`); what a batch cannot answer is
refused by `shutong check`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pytest
from tests.integration.quality.engines import Verdict, on_duckdb, on_pandas, rule_of

from shutong.quality.known_expectations import (
    CHANGE_EXPECTATIONS,
    NOT_CARRIED_OUT,
    RELATION_EXPECTATIONS,
    ROW_EXPECTATIONS,
    TABLE_EXPECTATIONS,
)
from shutong.quality.suites import Rule

_ROWS: Final = 40
_TEXTS: Final = [
    *("a", "b", "ab", "abc", "", " ", "中文", "𠮷", "A1", "12", "x%y", "a\nb"),
    *("1990-01-02", "2024-02-30", '{"k": 1}', "[1]", "NaN", "é"),
]
_OWN: Final = (
    "amount",
    "birth_date_of_number",
    "citizen_number",
    "credit_code",
    "finite",
    "in_code_table",
    "latitude_in_city",
    "longitude_in_city",
    "mobile_phone",
    "person_name",
    "region_code",
    "region_code_in_force",
    "sex_of_number",
    "working_day",
)
_NOT_ON_PANDAS: Final = {
    "expect_column_values_to_match_like_pattern",
    "expect_column_values_to_match_like_pattern_list",
    "expect_column_values_to_not_match_like_pattern",
    "expect_column_values_to_not_match_like_pattern_list",
    "expect_column_type_to_be",
    "expect_column_values_to_be_in_type_list",
    "expect_column_values_to_be_of_type",
    "expect_table_row_count_to_equal_other_table",
    "unexpected_rows_expectation",
}
"""Those that pandas has no provider for, or whose type names are the engine's own."""

_PAIR: Final = {"column_A": "i", "column_B": "j"}
_TEXT_PAIR: Final = {"column_A": "t", "column_B": "u"}
_PAIRS: Final = [["a", "a"], ["b", "ab"], [None, "a"]]
_LISTED: Final = ["a", "b", "中文"]
_EITHER: Final = {"ignore_row_if": "either_value_is_missing"}
_ANY: Final = {"ignore_row_if": "any_value_is_missing"}
_NEVER: Final = {"ignore_row_if": "never"}

CASES: Final[dict[str, list[dict[str, Any]]]] = {
    "expect_column_pair_values_a_to_be_greater_than_b": [
        _PAIR,
        {**_PAIR, "or_equal": True},
        {**_PAIR, **_EITHER},
        {**_PAIR, "or_equal": True, "ignore_row_if": "neither"},
        {"column_A": "ts", "column_B": "ts2", "or_equal": True, **_EITHER},
    ],
    "expect_column_pair_values_to_be_equal": [
        _TEXT_PAIR,
        {**_TEXT_PAIR, **_EITHER},
        {**_PAIR, "ignore_row_if": "neither"},
    ],
    "expect_column_pair_values_to_be_in_set": [
        {**_TEXT_PAIR, "value_pairs_set": _PAIRS},
        {**_TEXT_PAIR, "value_pairs_set": _PAIRS, **_EITHER},
        {**_TEXT_PAIR, "value_pairs_set": _PAIRS, "ignore_row_if": "neither"},
    ],
    "expect_column_value_lengths_to_be_between": [
        {"column": "t", "min_value": 1, "max_value": 2},
        {"column": "t", "min_value": 1, "strict_min": True},
        {"column": "t", "max_value": 3, "strict_max": True},
    ],
    "expect_column_value_lengths_to_equal": [{"column": "t", "value": 2}],
    "expect_column_value_z_scores_to_be_less_than": [
        {"column": "f", "threshold": 1, "double_sided": True},
        {"column": "f", "threshold": 0.5, "double_sided": False},
    ],
    "expect_column_values_to_be_between": [
        {"column": "i", "min_value": 0, "max_value": 10},
        {"column": "i", "min_value": 0, "strict_min": True},
        {"column": "dec", "min_value": 0, "max_value": 10},
        {"column": "f", "max_value": 0.5, "strict_max": True},
        {"column": "ts", "min_value": "1999-06-01T00:00:00", "max_value": "2000-06-01T12:30:00"},
    ],
    "expect_column_values_to_be_dateutil_parseable": [{"column": "t"}],
    "expect_column_values_to_be_in_set": [
        {"column": "t", "value_set": _LISTED},
        {"column": "i", "value_set": [1, 2, 3]},
    ],
    "expect_column_values_to_be_json_parseable": [{"column": "t"}],
    "expect_column_values_to_be_null": [{"column": "t"}, {"column": "i"}],
    "expect_column_values_to_be_unique": [{"column": "full"}, {"column": "t"}],
    "expect_column_values_to_match_json_schema": [
        {"column": "json", "json_schema": {"type": "object", "required": ["k"]}}
    ],
    "expect_column_values_to_match_regex": [
        {"column": "t", "regex": "^a"},
        {"column": "t", "regex": "[0-9]+"},
        {"column": "t", "regex": "^[A-Z][0-9]$"},
    ],
    "expect_column_values_to_match_regex_list": [
        {"column": "t", "regex_list": ["^a", "2$"], "match_on": "any"},
        {"column": "t", "regex_list": ["^a", "b"], "match_on": "all"},
    ],
    "expect_column_values_to_match_strftime_format": [
        {"column": "t", "strftime_format": "%Y-%m-%d"}
    ],
    "expect_column_values_to_not_be_in_set": [
        {"column": "t", "value_set": _LISTED},
        {"column": "i", "value_set": [1, 2, 3]},
    ],
    "expect_column_values_to_not_be_null": [
        {"column": "t"},
        {"column": "t", "mostly": 0.9},
        {"column": "t", "mostly": 0.5},
        {"column": "t", "row_condition": 'col("i") > 5', "condition_parser": "great_expectations"},
    ],
    "expect_column_values_to_not_be_outliers": [
        {"column": "f", "method": "iqr", "multiplier": 0.3},
        {"column": "f", "method": "std", "multiplier": 1},
    ],
    "expect_column_values_to_not_match_regex": [{"column": "t", "regex": "^a"}],
    "expect_column_values_to_not_match_regex_list": [{"column": "t", "regex_list": ["^a", "2$"]}],
    "expect_compound_columns_to_be_unique": [
        {"column_list": ["t", "u"]},
        {"column_list": ["t", "u"], **_ANY},
        {"column_list": ["t", "u"], **_NEVER},
    ],
    "expect_multicolumn_sum_to_equal": [
        {"column_list": ["i", "j"], "sum_total": 10},
        {"column_list": ["i", "j"], "sum_total": 10, **_ANY},
        {"column_list": ["i", "j", "full"], "sum_total": 30, **_NEVER},
    ],
    "expect_multicolumn_values_to_be_equal": [
        {"column_list": ["t", "u"]},
        {"column_list": ["t", "u"], **_ANY},
        {"column_list": ["t", "u"], **_NEVER},
    ],
    "expect_select_column_values_to_be_unique_within_record": [
        {"column_list": ["t", "u"]},
        {"column_list": ["t", "u"], **_ANY},
        {"column_list": ["i", "j"], **_NEVER},
    ],
    "expect_column_distinct_values_to_be_in_set": [
        {"column": "u", "value_set": ["a", "b", "ab", "中文"]},
        {"column": "u", "value_set": ["a", "b"]},
    ],
    "expect_column_distinct_values_to_contain_set": [
        {"column": "u", "value_set": ["a", "b"]},
        {"column": "u", "value_set": ["a", "z"]},
    ],
    "expect_column_distinct_values_to_equal_set": [
        {"column": "u", "value_set": ["a", "b", "ab", "中文"]},
        {"column": "u", "value_set": ["a", "b"]},
    ],
    "expect_column_kl_divergence_to_be_less_than": [
        {
            "column": "u",
            "partition_object": {"values": ["a", "b", "ab", "中文"], "weights": [0.25] * 4},
            "threshold": threshold,
        }
        for threshold in (0.02, 0.05, 0.1)
    ],
    "expect_column_max_to_be_between": [
        {"column": "i", "max_value": 19},
        {"column": "dec", "max_value": 19},
        {"column": "ts", "max_value": "2001-01-01T00:00:00"},
    ],
    "expect_column_mean_to_be_between": [
        {"column": "full", "min_value": 19, "max_value": 21},
        {"column": "i", "min_value": 7, "max_value": 8},
    ],
    "expect_column_median_to_be_between": [
        {"column": "full", "min_value": 19, "max_value": 21},
        {"column": "i", "min_value": 7, "max_value": 8},
    ],
    "expect_column_min_to_be_between": [{"column": "i", "min_value": -4}],
    "expect_column_most_common_value_to_be_in_set": [{"column": "u", "value_set": ["a", "b"]}],
    "expect_column_proportion_of_non_null_values_to_be_between": [
        {"column": "t", "min_value": 0.85}
    ],
    "expect_column_proportion_of_unique_values_to_be_between": [
        {"column": "full", "min_value": 0.5, "max_value": 0.6}
    ],
    "expect_column_quantile_values_to_be_between": [
        {
            "column": "full",
            "quantile_ranges": {
                "quantiles": [0.25, 0.5, 0.75],
                "value_ranges": [[8, 12], [15, 25], [None, 31]],
            },
        }
    ],
    "expect_column_stdev_to_be_between": [{"column": "f", "min_value": 1.7, "max_value": 1.8}],
    "expect_column_sum_to_be_between": [{"column": "full", "min_value": 780, "max_value": 830}],
    "expect_column_to_exist": [{"column": "t"}, {"column": "zz"}],
    "expect_column_unique_value_count_to_be_between": [{"column": "full", "min_value": 26}],
    "expect_table_column_count_to_be_between": [{"min_value": 11}, {"max_value": 3}],
    "expect_table_column_count_to_equal": [{"value": 10}, {"value": 11}],
    "expect_table_columns_to_match_ordered_list": [{"column_list": ["t", "u"]}],
    "expect_table_columns_to_match_set": [
        {"column_set": ["t", "u"]},
        {"column_set": ["t", "u"], "exact_match": False},
    ],
    "expect_table_row_count_to_be_between": [{"min_value": _ROWS}, {"max_value": 3}],
    "expect_table_row_count_to_equal": [{"value": _ROWS}, {"value": 3}],
}


def table(seed: int) -> pa.Table:
    """Return a table of random values, a part of them missing."""
    chance = random.Random(seed)

    def some(make: Any) -> list[Any]:
        return [None if chance.random() < 0.15 else make() for _ in range(_ROWS)]

    def moment() -> datetime:
        return datetime(2000, 1, 1) + timedelta(chance.randint(-400, 400), chance.randint(0, 9))

    def json_text() -> str:
        return json.dumps(chance.choice([{"k": 1}, {"l": 2}, [1], 3, "x"]))

    return pa.table(
        {
            "t": pa.array(some(lambda: chance.choice(_TEXTS)), pa.string()),
            "u": pa.array(some(lambda: chance.choice(["a", "b", "ab", "中文"])), pa.string()),
            "json": pa.array(some(json_text), pa.string()),
            "i": pa.array(some(lambda: chance.randint(-5, 20)), pa.int64()),
            "j": pa.array(some(lambda: chance.randint(-5, 20)), pa.int64()),
            "full": pa.array([chance.randint(0, 40) for _ in range(_ROWS)], pa.int64()),
            "dec": pa.array(
                some(lambda: Decimal(chance.randint(-500, 2000)).scaleb(-2)), pa.decimal128(12, 2)
            ),
            "f": pa.array(some(lambda: chance.uniform(-3, 3)), pa.float64()),
            "d": pa.array(some(lambda: date(2000, 1, 1) + timedelta(chance.randint(0, 9)))),
            "ts": pa.array(some(moment), pa.timestamp("us")),
            "ts2": pa.array(some(moment), pa.timestamp("us")),
        }
    )


def rules() -> Iterator[Rule]:
    """Yield every case as a rule."""
    for kind, cases in CASES.items():
        for number, kwargs in enumerate(cases):
            yield rule_of(f"{kind}#{number}", kind, **kwargs)


def test_every_expectation_that_can_be_carried_out_is_compared_with_pandas() -> None:
    own = {f"expect_column_values_to_be_{name}" for name in _OWN}
    own.add("expect_table_columns_to_have_types")
    own |= RELATION_EXPECTATIONS | CHANGE_EXPECTATIONS  # compared in their own tests
    offered = (ROW_EXPECTATIONS | TABLE_EXPECTATIONS) - NOT_CARRIED_OUT - own
    assert set(CASES) == offered - _NOT_ON_PANDAS


@pytest.mark.parametrize("seed", range(6))
def test_verdicts_and_failing_rows_are_those_of_pandas(seed: int, tmp_path: Path) -> None:
    rows = table(seed)
    every = list(rules())

    ours = on_duckdb(rows, every, tmp_path)
    theirs = on_pandas(rows, every)

    assert {name: ours[name] for name in theirs} == theirs


def test_the_cases_show_both_verdicts_of_nearly_every_expectation(tmp_path: Path) -> None:
    seen: dict[str, set[bool]] = {}
    for seed in range(6):
        told: dict[str, Verdict] = on_duckdb(table(seed), list(rules()), tmp_path)
        for name, verdict in told.items():
            seen.setdefault(name.partition("#")[0], set()).add(verdict.success)
    alone = {kind for kind, verdicts in seen.items() if len(verdicts) == 1}
    by_row = {kind for kind in alone if kind in ROW_EXPECTATIONS and seen[kind] == {True}}
    assert by_row == set(), "each expectation on rows fails some of them"
    assert len(alone & TABLE_EXPECTATIONS) <= 3
