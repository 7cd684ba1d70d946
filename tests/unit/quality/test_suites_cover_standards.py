"""The suites in the tree say of every item what its data standard says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shutong.catalog import load_catalog
from shutong.catalog.models import Item
from shutong.fieldtypes import FieldType
from shutong.quality import suite_faults
from shutong.quality.drafting import NAMED, suite_text

_ROOT = Path(__file__).parents[3]
_CATALOG = load_catalog(_ROOT)
_SUITES = _ROOT / "expectations"
_NAMES = sorted(_CATALOG.datasets)
_LENGTHS = {"citizen_number": 18, "credit_code": 18, "region_code": 6, "mobile_phone": 11}


def entries(name: str) -> list[dict[str, Any]]:
    data = json.loads((_SUITES / f"{name}.json").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = data["expectations"]
    return found


def on(name: str, item: Item, kind: str) -> list[dict[str, Any]]:
    """Return the kwargs of the expectations of a kind on an item that reject."""
    return [
        entry["kwargs"]
        for entry in entries(name)
        if entry["type"] == kind
        and entry["kwargs"].get("column") == item.name
        and entry["meta"]["severity"] != "warn"
    ]


def test_there_are_data_standards_and_each_has_a_suite() -> None:
    assert len(_NAMES) >= 12
    assert {f"{path.parent.name}/{path.stem}" for path in _SUITES.glob("*/*.json")} == set(_NAMES)


def test_the_suites_have_no_fault() -> None:
    assert [fault.render("both") for fault in suite_faults(_CATALOG, _SUITES)] == []


@pytest.mark.parametrize("name", _NAMES)
def test_required_items_must_not_be_null(name: str) -> None:
    dataset = _CATALOG.datasets[name].value
    for item in dataset.items:
        if item.required or item.name in dataset.key:
            assert on(name, item, "expect_column_values_to_not_be_null"), item.name


@pytest.mark.parametrize("name", _NAMES)
def test_lengths_are_held_by_a_rule(name: str) -> None:
    for item in _CATALOG.datasets[name].value.items:
        if item.type is not FieldType.C or not item.length or item.code_table:
            continue
        if item.rule and item.rule.value in _LENGTHS:
            assert _LENGTHS[item.rule.value] <= item.length, item.name
            continue
        (kwargs,) = on(name, item, "expect_column_value_lengths_to_be_between")
        assert kwargs["max_value"] == item.length


@pytest.mark.parametrize("name", _NAMES)
def test_coded_items_take_the_codes_of_their_table_which_fit(name: str) -> None:
    for item in _CATALOG.datasets[name].value.items:
        if item.code_table:
            (kwargs,) = on(name, item, "expect_column_values_to_be_in_set")
            assert kwargs["value_set"] == {"$PARAMETER": f"codes_{item.code_table}"}
            values = _CATALOG.codes[item.code_table].value.values
            assert max(len(value.code) for value in values) <= (item.length or 0)


@pytest.mark.parametrize("name", _NAMES)
def test_named_rules_are_carried_out(name: str) -> None:
    for item in _CATALOG.datasets[name].value.items:
        if item.rule:
            assert on(name, item, NAMED[item.rule]), item.name


@pytest.mark.parametrize("name", _NAMES)
def test_the_key_stands_once(name: str) -> None:
    key = list(_CATALOG.datasets[name].value.key)
    wanted = {"column": key[0]} if len(key) == 1 else {"column_list": key}

    assert wanted in [e["kwargs"] for e in entries(name) if "unique" in e["type"]]


@pytest.mark.parametrize("name", _NAMES)
def test_every_rule_has_words_in_both_languages_and_an_id_of_its_own(name: str) -> None:
    metas = [entry["meta"] for entry in entries(name)]

    assert all(meta["words"] and meta["words_en"] for meta in metas)
    assert len({meta["rule"] for meta in metas}) == len(metas)


@pytest.mark.parametrize("name", _NAMES)
def test_a_suite_lies_in_the_tree_as_it_is_written(name: str) -> None:
    text = (_SUITES / f"{name}.json").read_text(encoding="utf-8")

    assert text == suite_text(json.loads(text))
