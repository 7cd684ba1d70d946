"""Drafting a suite from a data standard, and drafting again beside a person's rules."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from shutong.catalog.models import CodeTable, CodeValue, Dataset, Item
from shutong.quality.drafting import draft_suite, redraft, suite_text, write_draft
from shutong.quality.parameters import filled, parameters

CODES = {
    "sex": CodeTable(title="性别", basis="GB/T 2261.1", values=(CodeValue(code="1", title="男"),)),
    "region": CodeTable(
        title="行政区划",
        basis="GB/T 2260",
        values=(
            CodeValue(code="360202", title="昌江区"),
            CodeValue(code="360221", title="乐平县", since=1983, until=1992),
        ),
    ),
}


def item(name: str, kind: str = "C", **more: Any) -> Item:
    return Item.model_validate({"name": name, "title": f"«{name}»", "type": kind, **more})


def dataset(*items: Item, key: tuple[str, ...] = ("key",)) -> Dataset:
    return Dataset(
        title="人员",
        title_en="People",
        summary="测试",
        basis="测试",
        key=key,
        items=(item("key", required=True, length=4), *items),
    )


def rules_of(*items: Item, key: tuple[str, ...] = ("key",)) -> dict[str, dict[str, Any]]:
    """Return the drafted entries by rule id."""
    entries = draft_suite("population/people", dataset(*items, key=key), CODES)["expectations"]
    return {entry["meta"]["rule"]: entry for entry in entries}


def test_a_required_item_must_not_be_null_nor_an_empty_text() -> None:
    rules = rules_of(item("name", required=True, length=5), item("other", length=5))

    assert rules["name.required"]["type"] == "expect_column_values_to_not_be_null"
    assert rules["name.length"]["kwargs"] == {"column": "name", "min_value": 1, "max_value": 5}
    assert rules["other.length"]["kwargs"] == {"column": "other", "max_value": 5}
    assert "other.required" not in rules
    assert rules["name.required"]["meta"]["words"] == "«name»必填"


def test_a_key_is_unique_alone_or_together() -> None:
    alone = rules_of()["key.unique"]
    together = rules_of(item("second"), key=("key", "second"))

    assert (alone["type"], alone["kwargs"]) == (
        "expect_column_values_to_be_unique",
        {"column": "key"},
    )
    assert together["key.unique"]["type"] == "expect_compound_columns_to_be_unique"
    assert together["key.unique"]["kwargs"] == {"column_list": ["key", "second"]}
    assert "second.required" in together, "a part of the key is required, said or not"


def test_a_named_rule_has_its_own_expectation_and_tells_the_length_too() -> None:
    rules = rules_of(
        item("id_number", length=18, rule="citizen_number"),
        item("phone", length=11, rule="mobile_phone"),
        item("name", length=50, rule="person_name"),
    )

    citizen = rules["id_number.citizen_number"]
    assert citizen["type"] == "expect_column_values_to_be_citizen_number"
    assert citizen["kwargs"] == {"column": "id_number", "as_of": {"$PARAMETER": "today"}}
    assert rules["phone.mobile_phone"]["type"] == "expect_column_values_to_be_mobile_phone"
    assert {"id_number.length", "phone.length"}.isdisjoint(rules)
    assert "name.length" in rules


def test_a_coded_item_takes_every_code_and_warns_of_retired_ones() -> None:
    rules = rules_of(item("sex", length=1, code_table="sex"), item("region", code_table="region"))

    values = parameters(date(2026, 11, 23), CODES)
    every, retired = rules["region.code_table"], rules["region.retired_code"]
    assert filled(every["kwargs"], values)["value_set"] == ["360202", "360221"]
    assert retired["type"] == "expect_column_values_to_not_be_in_set"
    assert filled(retired["kwargs"], values)["value_set"] == ["360221"]
    assert (every["meta"]["severity"], retired["meta"]["severity"]) == ("reject_row", "warn")
    assert "sex.retired_code" not in rules
    assert "sex.length" not in rules


@pytest.mark.parametrize(
    ("name", "kind", "latest"),
    [
        ("birth_date", "D", {"$PARAMETER": "today"}),
        ("updated_at", "T", {"$PARAMETER": "tomorrow"}),
        ("valid_until", "D", "9999-12-31"),
        ("valid_from", "D", "9999-12-31"),
        ("planned_start", "D", "9999-12-31"),
        ("paid_through", "D", "9999-12-31"),
    ],
)
def test_a_day_lies_between_1850_and_today_unless_its_name_looks_ahead(
    name: str, kind: str, latest: object
) -> None:
    kwargs = rules_of(item(name, kind))[f"{name}.range"]["kwargs"]

    assert kwargs == {"column": name, "min_value": "1850-01-01", "max_value": latest}


@pytest.mark.parametrize(
    ("more", "guarded"),
    [
        ({"kind": "Y"}, True),
        ({"kind": "Y", "note": "结转可为负"}, False),
        ({"kind": "N", "length": 9, "unit": "平方米"}, True),
        ({"kind": "I", "unit": "人"}, True),
        ({"kind": "N", "length": 5, "scale": 2, "unit": "%"}, False),
        ({"kind": "N", "length": 9, "scale": 6, "unit": "度", "rule": "longitude"}, False),
        ({"kind": "I"}, False),
    ],
)
def test_what_is_counted_or_paid_is_not_negative(more: dict[str, Any], guarded: bool) -> None:
    assert ("it.range" in rules_of(item("it", **more))) is guarded


def test_a_table_rule_speaks_of_whole_loads_only() -> None:
    rule = rules_of()["table.row_count"]

    assert rule["meta"]["loads"] == "full"
    assert rule["meta"]["severity"] == "reject_batch"


def test_drafting_again_changes_nothing(tmp_path: Path) -> None:
    people = dataset(item("name", length=5))

    assert write_draft(tmp_path, "population/people", people, CODES)
    assert not write_draft(tmp_path, "population/people", people, CODES)
    text = (tmp_path / "population" / "people.json").read_text(encoding="utf-8")
    assert text == suite_text(json.loads(text))
    assert "«name»" in text, "Chinese stays readable"


def test_drafting_again_follows_the_standard_and_keeps_a_person_s_rules(tmp_path: Path) -> None:
    path = tmp_path / "population" / "people.json"
    write_draft(tmp_path, "population/people", dataset(item("name", length=5)), CODES)
    suite = json.loads(path.read_text(encoding="utf-8"))
    hand = {
        "type": "expect_column_values_to_not_match_regex",
        "kwargs": {"column": "name", "regex": "测试"},
        "meta": {"rule": "name.no_test", "origin": "hand"},
    }
    milder = {**suite["expectations"][0], "kwargs": {"min_value": 5}}
    milder["meta"] = {**milder["meta"], "origin": "hand"}
    suite["expectations"] = [milder, *suite["expectations"][1:], hand]
    path.write_text(suite_text(suite), encoding="utf-8")

    assert write_draft(tmp_path, "population/people", dataset(item("name", length=9)), CODES)

    now = json.loads(path.read_text(encoding="utf-8"))["expectations"]
    by_rule = {entry["meta"]["rule"]: entry for entry in now}
    assert by_rule["name.length"]["kwargs"]["max_value"] == 9
    assert by_rule["name.no_test"] == hand
    assert by_rule["table.row_count"] == milder
    assert len(now) == len(suite["expectations"])


def test_rules_of_items_that_are_gone_go_with_them() -> None:
    before = draft_suite("population/people", dataset(item("name", length=5)), CODES)
    after = redraft(before, draft_suite("population/people", dataset(), CODES))

    assert not [e for e in after["expectations"] if e["kwargs"].get("column") == "name"]
