"""Relations and changes in suites: drafted from the standard, checked when written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shutong.catalog import load_catalog
from shutong.quality import datasets_named, draft_suites, suite_faults
from shutong.quality.drafting import suite_text

_RESIDENT = """\
title: 户籍人口
title_en: Residents
summary: 测试
basis: 测试
key: [id_number]
items:
  - {name: id_number, title: 号码, type: C, length: 18, required: true, rule: citizen_number}
  - {name: name, title: 姓名, type: C, length: 50}
  - {name: born, title: 生日, type: D}
"""
_LICENCE = """\
title: 证照
title_en: Licences
summary: 测试
basis: 测试
key: [number]
items:
  - {name: number, title: 编号, type: C, length: 40, required: true}
  - name: holder
    title: 持证人
    type: C
    length: 18
    refers_to: {dataset: population/resident, item: id_number, severity: reject_row}
  - name: holder_name
    title: 持证人姓名
    type: C
    length: 50
    same_as: {dataset: population/resident, item: name, by: holder, unlanded: reject_batch}
  - {name: sex, title: 性别, type: C, length: 1, code_table: sex}
"""
_SEX = "title: 性别\nbasis: GB/T 2261.1\nvalues:\n  - {code: '1', title: 男}\n"


class City:
    """A project of two datasets with drafted suites."""

    def __init__(self, root: Path) -> None:
        self.root, self.suites = root, root / "expectations"
        self.suite = self.suites / "e_licence" / "licence.json"
        for path, text in {
            "schemas/population/resident.yaml": _RESIDENT,
            "schemas/e_licence/licence.yaml": _LICENCE,
            "schemas/codes/sex.yaml": _SEX,
        }.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        draft_suites(load_catalog(root), self.suites)

    @property
    def entries(self) -> dict[str, dict[str, Any]]:
        found = json.loads(self.suite.read_text(encoding="utf-8"))["expectations"]
        return {entry["meta"]["rule"]: entry for entry in found}

    def faults_with(self, kind: str, **kwargs: Any) -> list[str]:
        """Return the faults once a rule of a person's hand stands at the end of the suite."""
        data = json.loads(self.suite.read_text(encoding="utf-8"))
        data["expectations"].append({"type": kind, "kwargs": kwargs, "meta": {"rule": "x"}})
        self.suite.write_text(suite_text(data), encoding="utf-8")
        return [f.render("en") for f in suite_faults(load_catalog(self.root), self.suites)]


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def test_a_reference_is_drafted_with_its_severity_and_the_way_both_types_are_compared(
    city: City,
) -> None:
    entry = city.entries["holder.exists"]

    assert entry["type"] == "expect_column_values_to_exist_in_dataset"
    assert entry["kwargs"] == {
        "column": "holder",
        "dataset": "population/resident",
        "item": "id_number",
        "compared_as": "citizen_number",
    }
    assert entry["meta"]["severity"] == "reject_row"
    assert entry["meta"]["words"] == "持证人应在《户籍人口》中存在"
    assert "unlanded" not in entry["meta"]


def test_a_fact_of_one_source_is_drafted_as_a_warning_that_may_make_the_batch_wait(
    city: City,
) -> None:
    entry = city.entries["holder_name.same_fact"]

    assert entry["kwargs"]["by"] == [
        {"here": "holder", "there": "id_number", "compared_as": "citizen_number"}
    ]
    assert entry["kwargs"]["compared_as"] == "text"
    assert entry["meta"]["severity"] == "warn"
    assert entry["meta"]["unlanded"] == "reject_batch"
    assert datasets_named(city.suite) == ("population/resident",)


def test_changes_are_drafted_as_warnings_with_their_thresholds(city: City) -> None:
    rows, nulls = city.entries["table.row_count_change"], city.entries["table.null_share_change"]

    assert rows["kwargs"] == {"max_change": 0.2, "few_rows": 10}
    assert rows["meta"]["loads"] == "full"
    assert nulls["kwargs"]["column_list"] == ["holder", "holder_name", "sex"]
    assert city.entries["table.new_codes"]["kwargs"] == {"column_list": ["sex"]}
    for entry in (rows, nulls, city.entries["table.new_codes"]):
        assert entry["meta"]["severity"] == "warn"


def test_drafted_suites_have_no_fault(city: City) -> None:
    assert suite_faults(load_catalog(city.root), city.suites) == ()


_OTHER = {"dataset": "population/resident", "item": "id_number"}
_EXIST = "expect_column_values_to_exist_in_dataset"
_EQUAL = "expect_column_values_to_equal_fact_of_dataset"


@pytest.mark.parametrize(
    ("kind", "kwargs", "words"),
    [
        (_EXIST, {**_OTHER, "column": "holdr"}, "no item 'holdr'"),
        (_EXIST, {**_OTHER, "column": "holder", "dataset": "population/x"}, "no data standard"),
        (_EXIST, {**_OTHER, "column": "holder", "item": "id"}, "no item 'id'"),
        (_EXIST, {**_OTHER, "column": "holder", "item": "born"}, "their types differ"),
        (_EXIST, {**_OTHER, "column": "holder", "compared_as": "txt"}, "no way to compare 'txt'"),
        (
            _EXIST,
            {"column": "holder", "dataset": "e_licence/licence", "item": "number"},
            "refers to its own dataset",
        ),
        (_EQUAL, {**_OTHER, "column": "holder"}, "has no by"),
        (
            _EQUAL,
            {**_OTHER, "column": "holder", "by": [{"here": "holdr", "there": "id_number"}]},
            "no item 'holdr'",
        ),
        (
            _EQUAL,
            {**_OTHER, "column": "holder", "by": [{"here": "holder", "there": "born"}]},
            "their types differ",
        ),
        (
            "expect_codes_to_have_been_seen_before",
            {"column_list": ["holder"]},
            "item 'holder' has no code table",
        ),
    ],
)
def test_a_rule_of_a_hand_that_cannot_be_carried_out_is_told_at_its_line(
    city: City, kind: str, kwargs: dict[str, Any], words: str
) -> None:
    told = city.faults_with(kind, **kwargs)

    assert len(told) == 1, told
    assert words in told[0]
    lines = city.suite.read_text(encoding="utf-8").splitlines()
    begins = max(number for number, line in enumerate(lines, start=1) if line == "  {")
    assert told[0].startswith(f"expectations/e_licence/licence.json:{begins}:")
