"""Shutong's expectations judge as the scalar rules do, on DuckDB and on pandas."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.quality.staging import TODAY, citizen_number

from shutong.errors import Text
from shutong.model import Severity
from shutong.quality.importing import load_gx
from shutong.quality.rows import failing_rows, locate_failing
from shutong.quality.session import in_memory, session
from shutong.quality.suites import Rule
from shutong.standards.identifiers import (
    Verdict,
    birth_date_of,
    citizen_number_verdict,
    credit_check_character,
    credit_code_verdict,
    organisation_check_digit,
    sex_of,
)
from shutong.standards.predicates import (
    is_latitude,
    is_longitude,
    is_mobile_phone,
    is_person_name,
)
from shutong.standards.regions import region_name

Passes = Callable[[Any], bool]


def _credit_code(head: str = "91360200", organisation: str = "MA35H4J9") -> str:
    """Return a valid credit code."""
    body = head + organisation + organisation_check_digit(organisation)
    return body + credit_check_character(body)


_CREDIT: Final = [
    _credit_code(),
    _credit_code("N2360222"),
    _credit_code("99360200"),
    _credit_code()[:17] + "I",
    _credit_code()[:8] + _credit_code(organisation="MA35H4J8")[8:],
    _credit_code().lower(),
    _credit_code()[:17],
]
_NUMBERS: Final = [
    citizen_number(1),
    citizen_number(2, region="360221"),
    citizen_number(3, born="20261123"),
    citizen_number(3, born="20261124"),
    citizen_number(4, born="19900230"),
    citizen_number(5, region="999999"),
    citizen_number(6)[:17] + "x",
    citizen_number(7)[:6] + citizen_number(7)[8:17],
    citizen_number(8) + "\n",
    "",
    "３６０２０２１９９００３０７００１１",
]
_TEXTS: Final = [*_NUMBERS, *_CREDIT, "360281", "362332", "360299", "张三", "张?", "𠮷·阿布", " "]
_PHONES: Final = ["13979800000", "12979800000", "139798000001", "1397980000", "13979800000\n"]
_NAMES: Final = ["欧阳\ufffd", "王\u200b明", "王\x00", "a\nb", "\u3000", "？", "王 明 "]


def _valid_number(text: str) -> bool:
    return citizen_number_verdict(text, TODAY) is Verdict.VALID


TEXT_RULES: Final[Mapping[str, tuple[Passes, dict[str, Any]]]] = {
    "expect_column_values_to_be_citizen_number": (_valid_number, {"as_of": TODAY.isoformat()}),
    "expect_column_values_to_be_credit_code": (
        lambda text: credit_code_verdict(text) is Verdict.VALID,
        {},
    ),
    "expect_column_values_to_be_region_code": (lambda text: region_name(text) is not None, {}),
    "expect_column_values_to_be_mobile_phone": (is_mobile_phone, {}),
    "expect_column_values_to_be_person_name": (is_person_name, {}),
}


def _rule(kind: str, **kwargs: Any) -> Rule:
    words = Text("规则", "rule")
    return Rule("it", kind, kwargs, Severity.REJECT_ROW, words.zh, words.en)


def failing_on_duckdb(folder: Path, table: pa.Table, rule: Rule) -> tuple[list[int], int]:
    """Return the rows that fail a rule on DuckDB, as located and as counted."""
    path = folder / "t.parquet"
    pq.write_table(table, path)
    with session([path], table.schema.names, folder=folder, memory="200MB", threads=2) as opened:
        verdict: Any = opened.judge([rule])["it"]
        assert not isinstance(verdict, Exception), verdict
        count = verdict.result.get("unexpected_count")
        assert count is not None, verdict.exception_info
        if not count:
            return [], 0
        locate_failing(opened, [rule])
        return failing_rows(opened, path).rows.tolist(), count


def failing_on_pandas(column: list[Any], rule: Rule) -> list[int]:
    """Return the rows that fail a rule on pandas."""
    load_gx()
    import great_expectations as gx
    import pandas as pd
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context = gx.get_context(mode="ephemeral", project_config=in_memory())
        asset = context.data_sources.add_pandas("p").add_dataframe_asset("a")
        batch = asset.add_batch_definition_whole_dataframe("b").get_batch(
            {"dataframe": pd.DataFrame({"x": pd.Series(column, dtype=object)})}
        )
        expectation = ExpectationConfiguration(
            type=rule.expectation, kwargs=dict(rule.kwargs)
        ).to_domain_obj()
        result = batch.validate(expectation, result_format="COMPLETE")
    assert "unexpected_index_list" in result.result, result.exception_info
    rows: list[int] = result.result["unexpected_index_list"]
    return rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("expectations")


@pytest.mark.parametrize("kind", TEXT_RULES)
def test_a_text_rule_judges_on_duckdb_and_pandas_as_the_scalar_rule(
    kind: str, folder: Path
) -> None:
    passes, more = TEXT_RULES[kind]
    values = [*_TEXTS, *_PHONES, *_NAMES, None]
    wrong = [n for n, text in enumerate(values) if text is not None and not passes(text)]
    assert 0 < len(wrong) < len(values) - 1, "the values show both verdicts"
    rule = _rule(kind, column="x", **more)

    assert failing_on_duckdb(folder, pa.table({"x": values}), rule) == (wrong, len(wrong))
    assert failing_on_pandas(values, rule) == wrong


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    values=st.lists(
        st.none()
        | st.text(max_size=20)
        | st.sampled_from([*_TEXTS, *_PHONES, *_NAMES])
        | st.builds(citizen_number, st.integers(0, 999)),
        min_size=1,
        max_size=40,
    ),
    kind=st.sampled_from(sorted(TEXT_RULES)),
)
def test_any_text_gets_the_scalar_rule_s_verdict_on_duckdb(
    values: list[str | None], kind: str, folder: Path
) -> None:
    passes, more = TEXT_RULES[kind]
    wrong = [n for n, text in enumerate(values) if text is not None and not passes(text)]
    table = pa.table({"x": pa.array(values, pa.string())})

    assert failing_on_duckdb(folder, table, _rule(kind, column="x", **more))[0] == wrong


@pytest.mark.parametrize(
    ("kind", "passes"),
    [
        ("expect_column_values_to_be_longitude_in_city", is_longitude),
        ("expect_column_values_to_be_latitude_in_city", is_latitude),
    ],
)
def test_a_coordinate_rule_judges_as_the_scalar_rule(
    kind: str, passes: Callable[[float], bool], folder: Path
) -> None:
    texts = ["117.178419", "29.268836", "116.9", "117.9", "28.6", "30", "0", "-117", "116.899999"]
    values = [*map(Decimal, texts), None]
    wrong = [n for n, x in enumerate(values) if x is not None and not passes(float(x))]
    table = pa.table({"x": pa.array(values, pa.decimal128(10, 6))})
    rule = _rule(kind, column="x")

    assert failing_on_duckdb(folder, table, rule)[0] == wrong
    assert failing_on_pandas(values, rule) == wrong


def test_a_birth_date_that_the_number_does_not_say_is_found(folder: Path) -> None:
    number = citizen_number(1, born="19900307")
    old = number[:6] + number[8:17]
    rows = [
        (number, date(1990, 3, 7)),
        (number, date(1990, 3, 8)),
        (number, None),
        (None, date(1990, 3, 8)),
        (old, date(1990, 3, 8)),
        (number + "9", date(1990, 3, 8)),
    ]
    table = pa.table({"n": [n for n, _ in rows], "x": pa.array([d for _, d in rows], pa.date32())})
    rule = _rule("expect_column_values_to_be_birth_date_of_number", column="x", number_column="n")

    assert failing_on_duckdb(folder, table, rule)[0] == [1]
    assert birth_date_of(number) == date(1990, 3, 7)


def test_a_sex_that_the_number_does_not_say_is_found(folder: Path) -> None:
    man, woman = citizen_number(1), citizen_number(2)
    assert (sex_of(man), sex_of(woman)) == ("1", "2")
    rows = [(man, "1"), (man, "2"), (woman, "1"), (woman, "2"), (woman, "9"), (None, "1")]
    table = pa.table({"n": [n for n, _ in rows], "x": [s for _, s in rows]})
    rule = _rule("expect_column_values_to_be_sex_of_number", column="x", number_column="n")

    assert failing_on_duckdb(folder, table, rule)[0] == [1, 2]


def test_lengths_are_counted_in_characters_whatever_their_bytes(folder: Path) -> None:
    values = ["", "a", "中", "𠮷", "中中", "𠮷𠮷𠮷", "abc", "abcd", "中中中中", None]
    for least, most in [(None, 3), (1, 3), (2, None), (0, 0), (3, 3)]:
        bounds = {"min_value": least, "max_value": most}
        said = {key: value for key, value in bounds.items() if value is not None}
        wrong = [
            n
            for n, text in enumerate(values)
            if text is not None and not (least or 0) <= len(text) <= (99 if most is None else most)
        ]
        rule = _rule("expect_column_value_lengths_to_be_between", column="x", **said)
        assert failing_on_duckdb(folder, pa.table({"x": values}), rule)[0] == wrong, bounds


def test_strict_lengths_leave_their_bounds_out(folder: Path) -> None:
    rule = _rule(
        "expect_column_value_lengths_to_be_between",
        column="x",
        min_value=1,
        max_value=4,
        strict_min=True,
        strict_max=True,
    )
    values = ["a", "中中", "abc", "𠮷𠮷𠮷𠮷"]

    assert failing_on_duckdb(folder, pa.table({"x": values}), rule)[0] == [0, 3]


def test_a_set_of_texts_is_exact(folder: Path) -> None:
    values = ["01", "1", "", "02", None, "01 ", "'"]
    table = pa.table({"x": values})
    within = _rule("expect_column_values_to_be_in_set", column="x", value_set=["01", "02", "'"])
    without = _rule("expect_column_values_to_not_be_in_set", column="x", value_set=["01", "'"])
    nothing = _rule("expect_column_values_to_be_in_set", column="x", value_set=[])

    assert failing_on_duckdb(folder, table, within)[0] == [1, 2, 5]
    assert failing_on_duckdb(folder, table, without)[0] == [0, 6]
    assert failing_on_duckdb(folder, table, nothing)[0] == [0, 1, 2, 3, 5, 6]


def test_a_set_of_numbers_works_too(folder: Path) -> None:
    rule = _rule("expect_column_values_to_be_in_set", column="x", value_set=[1, 2])

    assert failing_on_duckdb(folder, pa.table({"x": [1, 3, None, 2]}), rule)[0] == [1]


def test_regular_expressions_match_anywhere_unless_anchored(folder: Path) -> None:
    table = pa.table({"x": ["abc", "bcd", None, "xyz"]})
    match = _rule("expect_column_values_to_match_regex", column="x", regex="b")
    other = _rule("expect_column_values_to_not_match_regex", column="x", regex="^b")

    assert failing_on_duckdb(folder, table, match)[0] == [3]
    assert failing_on_duckdb(folder, table, other)[0] == [1]


@pytest.mark.parametrize(
    "regex",
    ["[?\ufffd]", "[?]", "[?%_]", "[中?]", "[^?]", "[a-c]", "[?^]", r"[\d?]", "[.]", "[??]"],
)
def test_a_pattern_of_single_characters_finds_what_it_finds_elsewhere(
    folder: Path, regex: str
) -> None:
    values = ["", "?", "王?", "王\ufffd", "王", "中", "%", "_", "b", "-", "^", "7", ".", "\\", None]
    table = pa.table({"x": values})
    match = _rule("expect_column_values_to_match_regex", column="x", regex=regex)
    other = _rule("expect_column_values_to_not_match_regex", column="x", regex=regex)
    found = [n for n, text in enumerate(values) if text is not None and re.search(regex, text)]
    others = [n for n, text in enumerate(values) if text is not None and n not in found]

    assert failing_on_duckdb(folder, table, match)[0] == others
    assert failing_on_duckdb(folder, table, other)[0] == found


@pytest.mark.parametrize("regex", ["^[0-9]{17}[0-9X]$", "^1[3-9][0-9]{9}$", "^[A-Z][0-9]$"])
def test_a_pattern_of_a_fixed_shape_is_counted_as_the_engine_finds_it(
    folder: Path, regex: str
) -> None:
    right = [citizen_number(1), "13979800000", "H7"]
    values = [*right, *(text + "\n" for text in right), *(text[:-1] for text in right)]
    values += ["", "Ｈ7", "1397980000X", "中7", "A\u0663", None]
    wrong = [n for n, text in enumerate(values) if text is not None and not match(regex, text)]
    rule = _rule("expect_column_values_to_match_regex", column="x", regex=regex)

    assert failing_on_duckdb(folder, pa.table({"x": values}), rule) == (wrong, len(wrong))


def match(regex: str, text: str) -> bool:
    return re.fullmatch(regex.strip("^$"), text) is not None


def test_a_fixed_length_is_counted_in_characters(folder: Path) -> None:
    values = ["", "abc", "中", "𠮷𠮷𠮷", "abcd", None]
    rule = _rule("expect_column_value_lengths_to_equal", column="x", value=3)

    assert failing_on_duckdb(folder, pa.table({"x": values}), rule)[0] == [0, 2, 4]


def test_dates_are_held_against_days_and_moments(folder: Path) -> None:
    days = pa.array([date(1849, 12, 31), date(1850, 1, 1), date(2026, 11, 23), date(2026, 11, 24)])
    rule = _rule(
        "expect_column_values_to_be_between",
        column="x",
        min_value="1850-01-01",
        max_value="2026-11-23",
    )

    assert failing_on_duckdb(folder, pa.table({"x": days}), rule)[0] == [0, 3]
    moments = days.cast(pa.timestamp("us"))
    assert failing_on_duckdb(folder, pa.table({"x": moments}), rule)[0] == [0, 3]


def test_a_row_condition_narrows_the_rows_that_can_fail(folder: Path) -> None:
    table = pa.table({"x": [None, None, "a"], "y": [1, 2, 1]})
    rule = _rule(
        "expect_column_values_to_not_be_null",
        column="x",
        row_condition='col("y") == 1',
        condition_parser="great_expectations",
    )
    today_s_form = {"type": "comparison", "column": {"name": "y"}, "operator": "==", "parameter": 1}

    assert failing_on_duckdb(folder, table, rule) == ([0], 1)
    assert failing_on_duckdb(
        folder, table, _rule(rule.expectation, column="x", row_condition=today_s_form)
    ) == ([0], 1)


def test_a_row_condition_narrows_the_identifiers_that_are_counted(folder: Path) -> None:
    table = pa.table({"x": ["1", "2", citizen_number(1), None], "y": [1, 2, 1, 1]})
    condition = {"type": "comparison", "column": {"name": "y"}, "operator": "==", "parameter": 1}
    kind = "expect_column_values_to_be_citizen_number"
    as_of = TODAY.isoformat()

    whole = _rule(kind, column="x", as_of=as_of)
    narrowed = _rule(kind, column="x", as_of=as_of, row_condition=condition)

    assert failing_on_duckdb(folder, table, whole) == ([0, 1], 2)
    assert failing_on_duckdb(folder, table, narrowed) == ([0], 1)


def test_births_are_judged_by_the_day_that_each_rule_names(folder: Path) -> None:
    table = pa.table({"x": [citizen_number(1, born="20261123")]})
    kind = "expect_column_values_to_be_citizen_number"
    before, after = (_rule(kind, column="x", as_of=day) for day in ("2026-11-22", "2026-11-23"))

    assert failing_on_duckdb(folder, table, before) == ([0], 1)
    assert failing_on_duckdb(folder, table, after) == ([], 0)


def test_identifiers_in_a_column_that_is_no_text_are_a_rule_that_has_erred(folder: Path) -> None:
    path = folder / "t.parquet"
    pq.write_table(pa.table({"x": pa.array([b"1"])}), path)
    rule = _rule("expect_column_values_to_be_credit_code", column="x")

    with session([path], ["x"], folder=folder, memory="200MB", threads=2) as opened:
        verdict: Any = opened.judge([rule])["it"]

    assert verdict.exception_info


def test_a_column_that_must_not_be_below_another_is_judged_by_pairs(folder: Path) -> None:
    table = pa.table({"a": [1, 2, None, 3], "b": [2, 2, 9, 1]})
    rule = _rule(
        "expect_column_pair_values_a_to_be_greater_than_b",
        column_A="a",
        column_B="b",
        or_equal=True,
        ignore_row_if="either_value_is_missing",
    )

    assert failing_on_duckdb(folder, table, rule) == ([0], 1)


def test_two_columns_of_a_row_must_differ(folder: Path) -> None:
    table = pa.table({"a": ["x", "y", None], "b": ["x", "z", None]})
    rule = _rule(
        "expect_select_column_values_to_be_unique_within_record",
        column_list=["a", "b"],
        ignore_row_if="any_value_is_missing",
    )

    assert failing_on_duckdb(folder, table, rule) == ([0], 1)


def test_in_a_pair_that_must_be_unique_nothing_equals_nothing(folder: Path) -> None:
    table = pa.table({"a": [1, 1, 1, None, None, 2], "b": ["x", None, None, None, None, "x"]})
    rule = _rule("expect_compound_columns_to_be_unique", column_list=["a", "b"])

    assert failing_on_duckdb(folder, table, rule) == ([1, 2], 2)


def test_an_expectation_shows_in_gx_s_own_pages(folder: Path) -> None:
    load_gx()
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.render.renderer.inline_renderer import InlineRenderer

    kind = "expect_column_values_to_be_citizen_number"
    configuration = ExpectationConfiguration(type=kind, kwargs={"column": "id_number"})
    (content, *_) = InlineRenderer(render_object=configuration).get_rendered_content()

    assert "id_number" in str(content.to_json_dict())
