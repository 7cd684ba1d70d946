"""What a data standard says of other datasets, checked at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from shutong.catalog import check_catalog

_RESIDENT = """\
title: 人口
title_en: Residents
summary: 测试
basis: 测试
key: [id_number]
items:
  - {name: id_number, title: 号码, type: C, length: 18, required: true, rule: citizen_number}
  - {name: name, title: 姓名, type: C, length: 50}
  - {name: born, title: 生日, type: D}
  - {name: weight, title: 体重, type: B}
"""
_INSURED = """\
title: 参保
title_en: Insured
summary: 测试
basis: 测试
key: [id_number, kind]
items:
  - {name: id_number, title: 号码, type: C, length: 18, required: true, rule: citizen_number}
  - {name: kind, title: 险种, type: C, length: 3, required: true}
  - {name: employer, title: 单位, type: C, length: 18, rule: credit_code}
  - {name: months, title: 月数, type: I}
  - {name: paid, title: 缴费, type: Y}
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
    refers_to: {dataset: population/resident, item: id_number}
  - name: holder_name
    title: 持证人姓名
    type: C
    length: 50
    same_as: {dataset: population/resident, item: name, by: holder}
  - {name: kind, title: 险种, type: C, length: 3}
  - name: months
    title: 月数
    type: N
    length: 5
    same_as:
      dataset: social_security/insured
      item: months
      by: {holder: id_number, kind: kind}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in {
        "population/resident": _RESIDENT,
        "social_security/insured": _INSURED,
        "e_licence/licence": _LICENCE,
    }.items():
        path = tmp_path / "schemas" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def faults_after(project: Path, old: str, new: str) -> list[str]:
    """Return the faults once a text in the licences' standard is another one."""
    path = project / "schemas/e_licence/licence.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    _, faults = check_catalog(project)
    return [fault.render("en") for fault in faults if fault.file.startswith("schemas/")]


def test_references_and_facts_of_one_source_are_declared_without_fault(project: Path) -> None:
    assert faults_after(project, "title: 证照", "title: 证照") == []


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        (
            "refers_to: {dataset: population/resident",
            "refers_to: {dataset: population/residents",
            12,
            ["no data standard 'population/residents'", "did you mean 'population/resident'"],
        ),
        (
            "item: id_number}\n  - name: holder_name",
            "item: id_nmber}\n  - name: holder_name",
            12,
            ["'population/resident' has no item 'id_nmber'", "did you mean 'id_number'"],
        ),
        (
            "item: id_number}\n  - name: holder_name",
            "item: born}\n  - name: holder_name",
            12,
            ["'holder' (C) cannot equal 'born' (D)", "of the same type"],
        ),
        (
            "item: id_number}\n  - name: holder_name",
            "item: weight}\n  - name: holder_name",
            12,
            ["'holder' (C) cannot equal 'weight' (B)"],
        ),
        (
            "refers_to: {dataset: population/resident, item: id_number}",
            "rule: credit_code\n    refers_to: {dataset: population/resident, item: id_number}",
            13,
            ["'holder' (C, credit_code) cannot equal 'id_number' (C, citizen_number)"],
        ),
        (
            "refers_to: {dataset: population/resident, item: id_number}",
            "refers_to: {dataset: e_licence/licence, item: number}",
            12,
            ["'holder' refers to its own dataset", "name another dataset"],
        ),
        ("by: holder}", "by: holdr}", 17, ["no item 'holdr'", "did you mean 'holder'"]),
        (
            "by: {holder: id_number, kind: kind}",
            "by: holder",
            26,
            ["by is not the key of 'social_security/insured'", "for each of id_number, kind"],
        ),
        (
            "by: {holder: id_number, kind: kind}",
            "by: {holder: id_number, months: kind}",
            26,
            ["'months' (N) cannot equal 'kind' (C)"],
        ),
        ("item: name, by", "itm: name, by", 17, ["itm"]),
        ("item: name, by", "severity: fatal, item: name, by", 17, ["fatal"]),
    ],
)
def test_what_cannot_be_is_told_at_its_line(
    project: Path, old: str, new: str, line: int, words: list[str]
) -> None:
    told = faults_after(project, old, new)

    first = next((t for t in told if all(word in t for word in words)), None)
    assert first is not None, told
    assert first.startswith(f"schemas/e_licence/licence.yaml:{line}:"), first
