"""Three severities and the resource's tolerance over the same bad rows, as a report tells them."""

from __future__ import annotations

import pytest
from tests.integration.quality.staging import Bench, person, results, rule

from shutong.catalog.models import Tolerance
from shutong.model import LoadMode, RuleState, Severity, ValidationReport

_KIND = "expect_column_values_to_match_regex"
_ROWS = [person(n, name="甲乙" if n < 2 else "丙丁") for n in range(10)]
"""Two of ten rows hold a name that the rule does not want."""


def judged(bench: Bench, severity: str | None, **tolerance: float) -> ValidationReport:
    """Return the report over the rows, with the one rule at a severity."""
    bench.entries = [*bench.entries, rule(_KIND, "it", severity, column="name", regex="^丙丁$")]
    if tolerance:
        bench.tolerance = Tolerance.model_validate(tolerance)
    return bench.judge(_ROWS)


@pytest.mark.parametrize(
    ("severity", "accepted", "clean", "rejected"),
    [("reject_row", True, 8, 2), ("reject_batch", False, 0, 0), ("warn", True, 10, 0)],
)
def test_each_severity_does_what_it_says_and_tells_the_same_rows(
    bench: Bench, severity: str, accepted: bool, clean: int, rejected: int
) -> None:
    report = judged(bench, severity)

    assert report.accepted is accepted
    assert (report.clean_rows, report.rejected_rows) == (clean, rejected)
    told = results(report)["it"]
    assert (told.severity, told.state, told.failed_rows) == (severity, RuleState.FAILED, 2)
    assert report.failed(Severity(severity)) == (told,)
    assert sum(len(report.failed(other)) for other in Severity) == 1
    assert bool(report.reasons) is not accepted


@pytest.mark.parametrize(("share", "accepted"), [(0.2, True), (0.199, False), (0.0, False)])
def test_the_tolerance_is_the_resource_s_and_stands_in_the_report(
    bench: Bench, share: float, accepted: bool
) -> None:
    report = judged(bench, None, rejected_share=share, min_rows=0)

    assert report.accepted is accepted
    assert (report.tolerance, report.min_rows) == (share, 0)
    assert report.rejected_share == 0.2
    if not accepted:
        (reason,) = report.reasons
        assert "10 行中有 2 行被拒(20.00%)" in reason
        assert f"{share:.2%}" in reason


def test_the_fewest_rows_of_a_full_load_are_the_resource_s_and_stand_in_the_report(
    bench: Bench,
) -> None:
    report = judged(bench, None, rejected_share=1, min_rows=9)

    assert not report.accepted
    assert report.min_rows == 9
    assert "8 rows of a full load may land, fewer than 9" in report.reasons[0]


def test_a_rule_without_a_severity_rejects_rows_where_it_can_tell_them(bench: Bench) -> None:
    bench.mode = LoadMode.FULL
    report = judged(bench, None)

    assert results(report)["it"].severity is Severity.REJECT_ROW
    assert report.rejected_rows == 2


def test_a_report_of_an_earlier_day_without_fewest_rows_is_still_read(bench: Bench) -> None:
    report = judged(bench, None)
    facts = report.model_dump(mode="json")
    del facts["min_rows"]

    assert ValidationReport.model_validate(facts).min_rows == 0
