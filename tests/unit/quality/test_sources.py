"""Each rule says which law or standard is behind it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shutong.catalog import load_catalog
from shutong.quality.drafting import draft_suite

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def sources() -> dict[str, dict[str, str]]:
    catalog = load_catalog(ROOT)
    codes = catalog.code_tables()
    return {
        name: {
            entry["meta"]["rule"]: entry["meta"]["source"]
            for entry in draft_suite(name, declared.value, codes)["expectations"]
        }
        for name, declared in catalog.datasets.items()
    }


@pytest.mark.parametrize(
    ("dataset", "rule", "source"),
    [
        ("population/resident", "id_number.citizen_number", "GB 11643-1999《公民身份号码》"),
        ("population/resident", "native_place_region.region_code", "GB/T 2260"),
        ("population/resident", "sex.code_table", "GB/T 2261.1-2003"),
        ("population/resident", "ethnic_group.code_table", "GB/T 3304-1991"),
        ("legal_person/enterprise", "credit_code.credit_code", "GB 32100-2015"),
        ("population/resident", "name.required", "数据标准《户籍人口基本信息》"),
    ],
)
def test_a_drafted_rule_names_its_standard(
    sources: dict[str, dict[str, str]], dataset: str, rule: str, source: str
) -> None:
    assert source in sources[dataset][rule]


def test_every_drafted_rule_in_the_tree_has_a_source_in_both_languages() -> None:
    for path in (ROOT / "expectations").rglob("*.json"):
        for entry in json.loads(path.read_text(encoding="utf-8"))["expectations"]:
            if entry["meta"].get("origin") == "standard":
                assert entry["meta"]["source"], path.name
                assert entry["meta"]["source_en"], path.name
