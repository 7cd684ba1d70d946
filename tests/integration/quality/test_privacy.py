"""No value of a row leaves validation but into the files made for it."""

from __future__ import annotations

import logging
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pytest
from tests.integration.quality.staging import (
    Bench,
    citizen_number,
    people,
    person,
    rejected_rows,
    results,
    rule,
)

from shutong.catalog.models import Tolerance
from shutong.model import RuleState
from shutong.quality.importing import load_gx

CANARIES: Final = {
    "id_number": citizen_number(7, born="19010203")[:17] + "?",
    "name": "金丝雀?",
    "phone": "13900013900x",
    "income": Decimal("-777.77"),
    "birth_date": date(1799, 9, 9),
}
_SHOWN: Final = [
    *(str(value) for value in CANARIES.values()),
    citizen_number(7, born="19010203")[:12],
    "1799",
]

FAILING: Final[list[dict[str, Any]]] = [
    rule("expect_column_values_to_match_regex", "r1", column="name", regex="^[a-z]+$"),
    rule("expect_column_max_to_be_between", "t1", column="birth_date", max_value="1700-01-01"),
    rule("expect_column_min_to_be_between", "t2", column="income", min_value=0),
    rule("expect_column_distinct_values_to_be_in_set", "t3", column="phone", value_set=["1"]),
    rule("expect_column_most_common_value_to_be_in_set", "t4", column="name", value_set=["x"]),
    rule("unexpected_rows_expectation", "t5", unexpected_rows_query="SELECT * FROM {batch}"),
]
ERRING: Final[list[dict[str, Any]]] = [
    rule("expect_column_sum_to_be_between", "e1", column="id_number", min_value=0),
    rule("expect_column_values_to_be_in_set", "e2", column="name", value_set=[1, 2]),
    rule("expect_column_stdev_to_be_between", "e3", column="phone", min_value=0),
    rule(
        "unexpected_rows_expectation",
        "e4",
        unexpected_rows_query="SELECT CAST(name AS INTEGER) FROM {batch}",
    ),
]


@pytest.mark.parametrize("share", [0, 1])
def test_no_value_of_a_personal_item_shows_in_report_log_or_output(
    bench: Bench,
    share: float,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "sqlalchemy.engine")
    bench.tolerance = Tolerance(rejected_share=share)
    bench.entries = [*bench.entries, *FAILING, *ERRING]

    report = bench.judge([*people(3), person(3, **CANARIES)])

    written = "".join(capfd.readouterr())
    for value in _SHOWN:
        assert value not in report.model_dump_json()
        assert value not in caplog.text
        assert value not in written
    states = {name: result.state for name, result in results(report).items()}
    assert [states[f"e{n}"] for n in range(1, 5)] == [RuleState.ERRORED] * 4
    assert [states[f"t{n}"] for n in range(1, 6)] == [RuleState.FAILED] * 5
    assert rejected_rows(report)[-1]["name"] == CANARIES["name"], "the one place made for it"


def test_an_observed_figure_is_told_where_it_is_no_person_s(bench: Bench) -> None:
    bench.entries = [
        rule("expect_column_mean_to_be_between", "mean", column="income", max_value=1),
        rule("expect_column_max_to_be_between", "most", column="income", max_value=1),
        rule("expect_column_max_to_be_between", "last", column="number", max_value=1),
    ]

    found = results(bench.judge(people(3)))

    assert found["mean"].detail == "1200.5"
    assert found["most"].detail == ""
    assert found["last"].detail == "2"


def test_the_engine_lists_no_values_even_when_asked_for_everything(bench: Bench) -> None:
    from shutong.quality.session import session

    staged = bench.stage([*people(3), person(3, **CANARIES)])
    files, items = [file.path for file in staged.files], [i.name for i in bench.dataset.items]
    load_gx()
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    regex = ExpectationConfiguration(
        type="expect_column_values_to_match_regex", kwargs={"column": "name", "regex": "^王"}
    )
    everything = {
        "result_format": "COMPLETE",
        "unexpected_index_column_names": ["id_number"],
        "partial_unexpected_count": 20,
        "include_unexpected_rows": True,
        "return_unexpected_index_query": False,
    }
    with session(files, items, folder=bench.folder, memory="200MB", threads=1) as opened:
        found = opened.batch.validate(regex.to_domain_obj(), result_format=everything)

    assert found.result["unexpected_count"] == 1
    assert not [value for value in _SHOWN if value in str(found)]


def test_an_error_of_the_engine_says_its_kind_and_not_its_text() -> None:
    load_gx()
    import sqlalchemy as sa

    from shutong.quality.engine import DuckDBExecutionEngine, QueryFailed

    engine = DuckDBExecutionEngine()
    try:
        with pytest.raises(QueryFailed) as caught:
            engine.execute_query(sa.text("SELECT CAST('金丝雀' AS INTEGER)"))
        assert str(caught.value) == "ConversionException"
        assert caught.value.__suppress_context__
    finally:
        engine.close()
