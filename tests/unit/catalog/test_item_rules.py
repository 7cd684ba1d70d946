"""Rules between the items of a standard: what cannot be meant so is told at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from shutong.catalog import check_catalog

_DATASET = """\
title: 人员
title_en: People
summary: 测试
basis: 测试
key: [number]
items:
  - {name: number, title: 编号, type: I, required: true}
  - {name: id_number, title: 身份号码, type: C, length: 18, rule: citizen_number}
  - {name: born, title: 出生日期, type: D, agrees_with: id_number}
  - {name: sex, title: 性别, type: C, length: 1, code_table: sex, agrees_with: id_number}
  - {name: begun, title: 开始, type: D, not_before: born}
  - {name: region, title: 区划, type: C, length: 6, rule: region_code, in_force_on: begun}
  - {name: other, title: 对方, type: C, length: 18, differs_from: id_number}
  - {name: handled, title: 办理日期, type: D, rule: working_day}
  - {name: paid, title: 金额, type: B, rule: amount, scale: 2}
"""
_SEX = "title: 性别\nbasis: GB/T 2261.1\nvalues:\n  - {code: '1', title: 男}\n"


def faults(root: Path, text: str) -> list[tuple[int, str]]:
    """Return line and words of the faults of a standard."""
    for path, content in {
        "schemas/population/people.yaml": text,
        "schemas/codes/sex.yaml": _SEX,
        "catalog/departments.yaml": "departments: []\n",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content, encoding="utf-8")
    _, found = check_catalog(root)
    return [
        (fault.line, fault.render("both"))
        for fault in found
        if fault.file == "schemas/population/people.yaml"
    ]


def test_rules_that_can_be_meant_so_have_no_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, _DATASET) == []


@pytest.mark.parametrize(
    ("before", "after", "line", "words"),
    [
        ("not_before: born", "not_before: bron", 11, "did you mean 'born'?"),
        ("not_before: born", "not_before: begun", 11, "没有另一信息项 'begun'"),
        ("not_before: born", "not_before: sex", 11, "不是同一种日期"),
        ("type: D, agrees_with: id_number", "type: D, agrees_with: sex", 9, "不是公民身份号码"),
        ("type: D, agrees_with", "type: M, agrees_with", 9, "既不是日期也不是性别代码"),
        ("differs_from: id_number", "differs_from: born", 13, "类型不同"),
        ("rule: region_code, ", "", 12, "add rule: region_code"),
        ("type: D, rule: working_day", "type: M, rule: working_day", 14, "不是日期"),
        ("type: B, rule: amount", "type: M, rule: amount", 15, "不是数值"),
        ("rule: working_day", "rule: workingday", 14, "working_day"),
    ],
)
def test_a_rule_that_cannot_be_meant_so_is_told_at_its_line(
    tmp_path: Path, before: str, after: str, line: int, words: str
) -> None:
    assert before in _DATASET
    found = faults(tmp_path, _DATASET.replace(before, after, 1))

    assert line in [at for at, _ in found]
    assert any(at == line and words in told for at, told in found)
