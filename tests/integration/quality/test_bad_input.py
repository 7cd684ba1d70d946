"""Broken suites and catastrophic values: a clear word with its place, and no row lost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from tests.integration.quality.staging import (
    PEOPLE,
    Bench,
    clean_rows,
    people,
    person,
    rejected_rows,
    results,
    rule,
    rules_by_number,
)

from shutong.catalog.models import Dataset, Item
from shutong.errors import CatalogFaulty
from shutong.model import LoadMode, RuleState, ValidationReport

NAN: Final = float("nan")
MEASURED: Final = Dataset(
    title="点位",
    title_en="Points",
    summary="测试用",
    basis="测试",
    key=("number",),
    items=(
        PEOPLE.items[0],
        Item.model_validate(
            {"name": "longitude", "title": "经度", "type": "B", "rule": "longitude"}
        ),
        Item.model_validate({"name": "height", "title": "高程", "type": "B"}),
        Item.model_validate({"name": "note", "title": "备注", "type": "M"}),
    ),
)


def whole(report: ValidationReport, count: int) -> None:
    """Every row is somewhere: clean or rejected."""
    assert report.rows == count
    assert report.clean_rows + report.rejected_rows == count
    assert len(clean_rows(report)) + len(rejected_rows(report)) == count


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (rule("expect_column_values_to_be_null", "it", column="nmae"), "UnknownItem"),
        (rule("expect_column_values_to_be_nul", "it", column="name"), "UnknownExpectation"),
        (
            rule("expect_column_values_to_match_regex", "it", column="name", regex="["),
            "InvalidPattern",
        ),
        (
            rule("expect_column_values_to_match_regex", "it", column="name", regex="(?=a)"),
            "InvalidPattern",
        ),
        (
            rule(
                "expect_column_values_to_not_be_null",
                "it",
                column="sex",
                row_condition='col("x") == 1',
            ),
            "UnknownItem",
        ),
    ],
)
def test_a_rule_that_cannot_be_carried_out_is_named_with_its_line_and_nothing_lands(
    bench: Bench, said: dict[str, Any], kind: str
) -> None:
    bench.entries = [*bench.entries, said]
    bench.dataset = PEOPLE

    report = bench.judge(people(3))

    assert not report.accepted
    assert report.clean_files == ()
    (reason,) = report.reasons
    assert f"规则 it 无法执行({kind}, " in reason
    assert "suite.json:" in reason
    assert results(report)["it"].state is RuleState.ERRORED
    assert results(report)["key.unique"].state is RuleState.PASSED, "the others are judged"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"expectations": [\n{"type": "x"\n]}', 3),
        ('{"expectations": [\n{"type": "x", "kwargs": {"max_value": NaN}}\n]}', 2),
        ('{"expectations": [\n{"type": "x", "kwargs": {"max_value": -Infinity}}\n]}', 2),
        ("[]", 1),
        ("", 1),
    ],
)
def test_a_broken_suite_is_told_with_file_and_line(tmp_path: Path, text: str, line: int) -> None:
    bench = Bench(tmp_path)
    staged = bench.stage(people(1))
    path = tmp_path / "suite.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogFaulty) as caught:
        judge_by(bench, staged, path)
    assert caught.value.place == f"{path}:{line}"


def judge_by(bench: Bench, staged: Any, path: Path) -> ValidationReport:
    from tests.integration.quality.staging import CODES, TODAY

    from shutong import quality

    return quality.validate(
        staged=staged,
        dataset=bench.dataset,
        suite_path=path,
        tolerance=bench.tolerance,
        codes=CODES,
        folder=bench.folder,
        memory="200MB",
        threads=1,
        today=TODAY,
    )


def points(tmp_path: Path, rows: Sequence[dict[str, Any]]) -> ValidationReport:
    """Judge points by the standard's rules."""
    from shutong.quality.drafting import draft_suite

    bench = Bench(tmp_path, dataset=MEASURED)
    bench.entries = draft_suite("natural_resources/points", MEASURED, {})["expectations"]
    return bench.judge(rows)


def test_numbers_that_are_none_go_to_quarantine_with_their_rule(tmp_path: Path) -> None:
    good = {"longitude": 117.2, "height": 30.5, "note": None}
    values = [117.2, NAN, float("inf"), float("-inf")]
    rows = [{**good, "number": n, "longitude": value} for n, value in enumerate(values)]
    rows += [{**good, "number": n + 4, "height": value} for n, value in enumerate(values)]

    report = points(tmp_path, rows)

    whole(report, 8)
    told = rules_by_number(report)
    assert sorted(told) == [1, 2, 3, 5, 6, 7]
    assert "longitude.longitude" in told[1]
    assert told[5] == ["height.finite"]


def test_control_characters_and_lost_ones_go_to_quarantine_and_come_back_as_they_were(
    bench: Bench,
) -> None:
    names = ["王\x00明", "李\x1b[2J", "张\u202e三", "赵\ufffd", "钱\r\n", "=1+1", "𠮷"]
    rows = [person(n, name=name) for n, name in enumerate(names)]

    report = bench.judge(rows)

    whole(report, len(names))
    assert [row["name"] for row in rejected_rows(report)] == names[:5]
    assert [row["name"] for row in clean_rows(report)] == names[5:]


def test_a_cell_of_a_hundred_megabytes_is_rejected_and_its_neighbours_land(bench: Bench) -> None:
    rows = people(4)
    rows[2] = person(2, name="王" * (100 * 2**20 // 3))

    report = bench.judge(rows)

    whole(report, 4)
    assert rules_by_number(report) == {2: ["name.length"]}
    assert len(rejected_rows(report)[0]["name"]) == 100 * 2**20 // 3


@pytest.mark.parametrize("mode", list(LoadMode))
def test_a_batch_without_rows_passes_and_writes_nothing(bench: Bench, mode: LoadMode) -> None:
    bench.mode = mode
    report = bench.judge([])

    assert report.accepted
    assert report.clean_files == ()
    assert report.rejected_file is None
    # There is no batch before it to compare with, and nothing else can fail.
    assert {result.state for result in report.rules} == {RuleState.PASSED, RuleState.UNJUDGED}


def test_a_batch_of_nothing_but_missing_values_is_judged(bench: Bench) -> None:
    rows = [dict.fromkeys([item.name for item in PEOPLE.items]) for _ in range(3)]

    report = bench.judge(rows)

    whole(report, 3)
    assert report.rejected_rows == 3
    assert json.loads(report.model_dump_json())["rejected_rows"] == 3
