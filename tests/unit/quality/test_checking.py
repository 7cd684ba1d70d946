"""Faults of suites with file, line and next step, for `shutong check`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shutong.catalog import load_catalog
from shutong.quality import draft_suites, suite_faults
from shutong.quality.drafting import suite_text

_DATASET = """\
title: 人员
title_en: People
summary: 测试
basis: 测试
key: [number]
items:
  - {name: number, title: 编号, type: I, required: true}
  - {name: name, title: 姓名, type: C, length: 5, required: true}
  - {name: sex, title: 性别, type: C, length: 1, code_table: sex}
"""
_SEX = "title: 性别\nbasis: GB/T 2261.1\nvalues:\n  - {code: '1', title: 男}\n"


class City:
    """A project with one dataset and its drafted suite."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.suites = root / "expectations"
        self.suite = self.suites / "population" / "people.json"
        for path, text in {
            "schemas/population/people.yaml": _DATASET,
            "schemas/codes/sex.yaml": _SEX,
        }.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        draft_suites(load_catalog(root), self.suites)

    def edit(self, change: Callable[[list[dict[str, Any]]], None]) -> None:
        """Change the list of expectations."""
        data = json.loads(self.suite.read_text(encoding="utf-8"))
        change(data["expectations"])
        self.suite.write_text(suite_text(data), encoding="utf-8")

    def add(self, kind: str, meta: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """Add an expectation at the end."""
        entry = {"type": kind, "kwargs": kwargs, "meta": {"rule": "x", **(meta or {})}}
        self.edit(lambda entries: entries.append(entry))

    def faults(self) -> list[tuple[int, str]]:
        """Return the lines and words of the suites' faults."""
        found = suite_faults(load_catalog(self.root), self.suites)
        assert all(fault.file.startswith("expectations/") for fault in found)
        return [(fault.line, fault.render("both").split(": ", 1)[1]) for fault in found]

    def line_of(self, needle: str) -> int:
        """Return the line on which the entry holding `needle` begins."""
        lines = self.suite.read_text(encoding="utf-8").splitlines()
        at = next(number for number, line in enumerate(lines) if needle in line)
        return max(number for number in range(at) if lines[number] == "  {") + 1


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def test_a_drafted_suite_has_no_fault(city: City) -> None:
    assert city.faults() == []


def test_an_unknown_item_is_named_with_the_closest_one(city: City) -> None:
    city.add("expect_column_values_to_be_null", column="nmae")

    ((line, words),) = city.faults()
    assert line == city.line_of("nmae")
    assert "没有信息项 'nmae'" in words
    assert "did you mean 'name'?" in words


def test_an_unknown_expectation_is_named_with_the_closest_one(city: City) -> None:
    city.add("expect_column_values_to_be_nul", column="name")

    ((line, words),) = city.faults()
    assert line == city.line_of('to_be_nul"')
    assert "did you mean 'expect_column_values_to_be_null'?" in words


def test_an_expectation_that_a_batch_cannot_answer_is_refused_before_it_runs(city: City) -> None:
    city.add("expect_column_values_to_be_increasing", column="number")

    ((line, words),) = city.faults()
    assert line == city.line_of("to_be_increasing")
    assert "无法执行" in words
    assert "use another expectation" in words


@pytest.mark.parametrize("regex", ["[", "(?=a)", "a{2,1}", "\\1"])
def test_a_pattern_that_the_engine_cannot_read_is_refused_with_its_line(
    city: City, regex: str
) -> None:
    city.add("expect_column_values_to_match_regex", column="name", regex=regex)

    ((line, words),) = city.faults()
    assert line == city.line_of("to_match_regex")
    assert "正则表达式有误" in words


@pytest.mark.parametrize(
    "condition",
    [
        'col("sxe") == "1"',
        {"type": "comparison", "column": {"name": "sxe"}, "operator": "==", "parameter": "1"},
        {"type": "and", "conditions": [{"type": "nullity", "column": {"name": "sxe"}}]},
    ],
)
def test_an_unknown_item_in_a_row_condition_is_named(city: City, condition: Any) -> None:
    city.add("expect_column_values_to_not_be_null", column="name", row_condition=condition)

    ((line, words),) = city.faults()
    assert line == city.line_of("row_condition")
    assert "没有信息项 'sxe'" in words
    assert "did you mean 'sex'?" in words


def test_a_row_condition_that_gx_would_leave_out_is_refused(city: City) -> None:
    city.add(
        "expect_column_pair_values_to_be_in_set",
        column_A="name",
        column_B="sex",
        value_pairs_set=[["a", "b"]],
        row_condition='col("sex") == "1"',
    )

    ((_, words),) = city.faults()
    assert "不支持 row_condition" in words


@pytest.mark.parametrize("bound", ["NaN", "Infinity", "-Infinity"])
def test_a_bound_that_is_no_number_is_told_with_its_line(city: City, bound: str) -> None:
    city.add("expect_column_values_to_be_between", column="number", max_value=-424242)
    text = city.suite.read_text(encoding="utf-8")
    city.suite.write_text(text.replace("-424242", bound), encoding="utf-8")

    ((line, words),) = city.faults()
    assert bound in city.suite.read_text(encoding="utf-8").splitlines()[line - 1]
    assert "JSON 有误" in words


@pytest.mark.parametrize(
    ("meta", "words"),
    [
        ({"severity": "fatal"}, "未知的等级 'fatal'"),
        ({"rule": "name.required"}, "规则 'name.required' 与第"),
    ],
)
def test_a_faulty_meta_is_found(city: City, meta: dict[str, Any], words: str) -> None:
    city.add("expect_column_values_to_be_null", meta, column="name")

    assert any(words in told for _, told in city.faults())


def test_an_unknown_parameter_is_named(city: City) -> None:
    table = {"$PARAMETER": "codes_sx"}
    city.add("expect_column_values_to_be_in_set", column="sex", value_set=table)

    ((_, words),) = city.faults()
    assert "未知的参数 'codes_sx'" in words
    assert "did you mean 'codes_sex'?" in words


def test_broken_json_is_told_with_its_line(city: City) -> None:
    text = city.suite.read_text(encoding="utf-8").splitlines()
    text[4] += ","
    text[5] = "}"
    city.suite.write_text("\n".join(text), encoding="utf-8")

    ((line, words),) = city.faults()
    assert line in (5, 6)
    assert "JSON 有误" in words


def test_a_rule_that_left_the_standard_behind_is_told_unless_a_person_meant_it(city: City) -> None:
    def loosen(entries: list[dict[str, Any]]) -> None:
        for entry in entries:
            if entry["meta"]["rule"] == "name.length":
                entry["kwargs"]["max_value"] = 500

    def own(entries: list[dict[str, Any]]) -> None:
        for entry in entries:
            if entry["meta"]["rule"] == "name.length":
                entry["meta"]["origin"] = "hand"

    city.edit(loosen)
    ((line, words),) = city.faults()
    assert line == city.line_of('"max_value": 500')
    assert "规则 'name.length' 与数据标准不一致" in words

    city.edit(own)
    assert city.faults() == []


def test_a_rule_that_the_standard_wants_and_the_suite_lacks_is_told(city: City) -> None:
    city.edit(lambda entries: entries.__delitem__(-1))

    ((_, words),) = city.faults()
    assert "缺少标准要求的规则 'sex.code_table'" in words
    assert "shutong suite draft" in words


def test_faults_of_one_line_are_all_told(city: City) -> None:
    city.edit(lambda entries: entries.__delitem__(slice(2, None)))

    told = city.faults()
    assert len(told) > 2
    assert {line for line, _ in told} == {1}
    assert told == sorted(told)


def test_a_dataset_without_a_suite_and_a_suite_without_a_dataset_are_told(city: City) -> None:
    city.suite.rename(city.suite.with_name("peple.json"))

    words = [told for _, told in city.faults()]
    assert len(words) == 2
    assert any("'population/people' 没有规则集" in told for told in words)
    assert any("没有数据标准 'population/peple'" in told for told in words)


def test_one_faulty_entry_does_not_hide_another(city: City) -> None:
    city.add("expect_column_values_to_be_null", {"severity": "fatal"}, column="name")
    city.add("expect_column_values_to_be_null", {"rule": "y"}, column="nobody")
    city.edit(lambda entries: entries.append({"kwargs": {}}))

    assert len(city.faults()) == 3
