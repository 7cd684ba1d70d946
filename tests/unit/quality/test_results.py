"""What of GX's results becomes part of a report, and what never does."""

from __future__ import annotations

from typing import Any

import pytest

from shutong.model import RuleState, Severity
from shutong.quality.results import passed, raised, rule_results
from shutong.quality.suites import Rule

_TRACEBACK = """\
Traceback (most recent call last):
  File "x.py", line 1, in <module>
    raise duckdb.ConversionException("Could not convert string '王小明' to INT32")
{cause}

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "y.py", line 2, in <module>
    raise MetricResolutionError
great_expectations.exceptions.exceptions.MetricResolutionError: 王小明
"""


class Verdict:
    """A result as GX gives it."""

    def __init__(self, success: bool, result: dict[str, Any], info: Any = None) -> None:
        self.success = success
        self.result = result
        self.exception_info = info or {"raised_exception": False}


def rule(kind: str = "expect_column_values_to_be_null", item: str = "name") -> Rule:
    return Rule("r", kind, {"column": item}, Severity.REJECT_ROW, "规则", "rule")


def result(verdict: Any, of: Rule | None = None) -> Any:
    (found,) = rule_results([of or rule()], {"r": verdict}, {"name"})
    return found


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        ("duckdb.duckdb.ConversionException: Could not convert '王小明'", "ConversionException"),
        ("shutong.quality.engine.QueryFailed: BinderException", "BinderException"),
        ("KeyError: '360202199003070011'", "KeyError"),
        ("ValueError", "ValueError"),
        ("pyarrow.lib.ArrowInvalid: 王小明", "ArrowInvalid"),
    ],
)
def test_an_error_is_told_by_the_kind_of_its_first_cause_in_either_shape(
    cause: str, kind: str
) -> None:
    flat = {
        "raised_exception": True,
        "exception_message": "王小明",
        "exception_traceback": _TRACEBACK.format(cause=cause),
    }

    assert list(raised(flat)) == [kind]
    assert list(raised({"MetricConfigurationID(...)": flat, "other": flat})) == [kind, kind]
    assert result(Verdict(False, {}, {"m": flat})).detail == kind
    assert result(Verdict(False, {}, {"m": flat})).state is RuleState.ERRORED


def test_no_error_is_told_where_none_was() -> None:
    nothing = {"raised_exception": False, "exception_message": None, "exception_traceback": None}

    assert list(raised(nothing)) == []
    assert list(raised(None)) == []


def test_an_error_without_a_name_has_an_unknown_kind() -> None:
    flat = {"raised_exception": True, "exception_message": "王小明: 1", "exception_traceback": ""}

    assert list(raised(flat)) == ["Unknown"]


def test_an_errored_rule_has_not_passed_though_gx_says_success() -> None:
    flat = {"raised_exception": True, "exception_message": "", "exception_traceback": "KeyError"}

    assert result(Verdict(True, {"unexpected_count": 0}, flat)).state is RuleState.ERRORED


@pytest.mark.parametrize(
    ("verdict", "kind"), [(None, "NoResult"), (TypeError("王小明"), "TypeError")]
)
def test_a_rule_without_a_result_has_erred(verdict: Any, kind: str) -> None:
    assert (result(verdict).state, result(verdict).detail) == (RuleState.ERRORED, kind)


def test_a_rule_on_rows_that_counted_none_has_erred() -> None:
    assert result(Verdict(True, {})).detail == "NoCount"
    assert result(Verdict(True, {})).state is RuleState.ERRORED


def test_counts_of_failed_rows_come_through_and_values_do_not() -> None:
    found = result(Verdict(False, {"unexpected_count": 3, "partial_unexpected_list": ["王小明"]}))

    assert (found.state, found.failed_rows, found.detail) == (RuleState.FAILED, 3, "")
    assert "王小明" not in found.model_dump_json()


@pytest.mark.parametrize(
    ("kind", "item", "observed", "shown"),
    [
        ("expect_column_max_to_be_between", "name", 7, ""),
        ("expect_column_max_to_be_between", "kind", 7, "7"),
        ("expect_column_max_to_be_between", "kind", "text", ""),
        ("expect_column_max_to_be_between", "kind", ["text"], ""),
        ("expect_column_max_to_be_between", "kind", True, ""),
        ("expect_column_mean_to_be_between", "name", 1234.5678, "1234.57"),
        ("expect_column_mean_to_be_between", "name", None, ""),
    ],
)
def test_observed_figures_are_shown_and_observed_values_are_not(
    kind: str, item: str, observed: object, shown: str
) -> None:
    verdict = Verdict(False, {"observed_value": observed})

    assert result(verdict, rule(kind, item)).detail == shown


def test_over_a_batch_without_rows_every_rule_passes() -> None:
    (found,) = passed([rule()])

    assert (found.state, found.failed_rows) == (RuleState.PASSED, 0)
