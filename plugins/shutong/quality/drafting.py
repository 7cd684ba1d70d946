"""A suite drafted from the data standard (起草规则集), then edited by hand.

What the standard says of an item becomes a rule with `meta.origin` "standard". Drafting again
replaces those and keeps every rule of a person's hand; a rule of a person's with the id of a
drafted one takes its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from shutong.catalog.models import CodeTable, Dataset, Item, NamedRule
from shutong.errors import Text
from shutong.fieldtypes import FieldType
from shutong.model import Severity
from shutong.quality.changes import drafted_changes
from shutong.quality.cross_items import cross_item_rules
from shutong.quality.entries import entry
from shutong.quality.parameters import (
    TODAY,
    TOMORROW,
    codes_name,
    reference,
    retired_codes_name,
)
from shutong.quality.profiling import profile_rules, with_profile
from shutong.quality.relations import drafted_relations
from shutong.quality.sources import source_of
from shutong.quality.suites import parse_suite
from shutong.standards.words import RULE_WORDS

EARLIEST_DAY: Final = "1850-01-01"
LATEST_DAY: Final = "9999-12-31"

NAMED: Final[Mapping[NamedRule, str]] = {
    NamedRule.CITIZEN_NUMBER: "expect_column_values_to_be_citizen_number",
    NamedRule.CREDIT_CODE: "expect_column_values_to_be_credit_code",
    NamedRule.REGION_CODE: "expect_column_values_to_be_region_code",
    NamedRule.MOBILE_PHONE: "expect_column_values_to_be_mobile_phone",
    NamedRule.PERSON_NAME: "expect_column_values_to_be_person_name",
    NamedRule.LONGITUDE: "expect_column_values_to_be_longitude_in_city",
    NamedRule.LATITUDE: "expect_column_values_to_be_latitude_in_city",
    NamedRule.WORKING_DAY: "expect_column_values_to_be_working_day",
    NamedRule.AMOUNT: "expect_column_values_to_be_amount",
}
"""Expectation of each named rule (命名规则)."""

_FIXED_LENGTH: Final = frozenset(
    {
        NamedRule.CITIZEN_NUMBER,
        NamedRule.CREDIT_CODE,
        NamedRule.REGION_CODE,
        NamedRule.MOBILE_PHONE,
    }
)
"""These tell the length themselves."""
_AHEAD: Final = re.compile(r"(?:_until|_through|_finish|_due)$|^(?:planned|valid)_")
"""Names of days that may lie in the future."""
_COUNTED: Final = frozenset({"元", "万元", "人", "户", "月", "年", "天", "平方米", "亩", "公顷"})
"""Units of what cannot be less than nothing; a percentage of change can."""


def draft_suite(
    name: str,
    dataset: Dataset,
    codes: Mapping[str, CodeTable],
    others: Mapping[str, Dataset] | None = None,
) -> dict[str, Any]:
    """Return the suite that a data standard implies (规则集草案), as GX's own JSON.

    `name` is the dataset's, `<theme>/<dataset>`; `codes` are the city's code tables, `others`
    its datasets by name, for the rules that speak of them.
    """
    entries = [_row_count(dataset), _types(dataset), *_key(dataset)]
    entries += [
        entry(d.expectation, d.kwargs, d.rule, Severity.WARN, d.words, **d.meta)
        for d in drafted_changes(dataset)
    ]
    for item in dataset.items:
        entries += _of_item(item, codes, in_key=item.name in dataset.key)
        entries += cross_item_rules(item, dataset)
        entries += [
            entry(d.expectation, d.kwargs, d.rule, d.said.severity, d.words, **d.meta)
            for d in drafted_relations(item, dataset, others or {})
        ]
    for each in entries:
        source = source_of(each["type"], each["kwargs"], dataset, codes)
        each["meta"] |= {"source": source.zh, "source_en": source.en}
    return {
        "name": name.replace("/", "."),
        "expectations": entries,
        "meta": {"dataset": name, "title": dataset.title, "title_en": dataset.title_en},
    }


def redraft(existing: Mapping[str, Any], drafted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the drafted suite with the hand-written rules of the existing one (合并人工规则)."""
    entries = existing.get("expectations", [])
    nameless = [entry for entry in entries if not entry.get("meta", {}).get("rule")]
    by_hand = {
        entry["meta"]["rule"]: entry
        for entry in entries
        if entry.get("meta", {}).get("rule") and entry["meta"].get("origin") != "standard"
    }
    entries = [by_hand.pop(entry["meta"]["rule"], entry) for entry in drafted["expectations"]]
    return {**drafted, "expectations": [*entries, *by_hand.values(), *nameless]}


def suite_text(suite: Mapping[str, Any]) -> str:
    """Return a suite as it lies in the tree: sorted keys, one blank of indent."""
    return json.dumps(suite, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def write_draft(
    expectations_dir: Path,
    name: str,
    dataset: Dataset,
    codes: Mapping[str, CodeTable],
    figures: Mapping[str, Any] | None = None,
    others: Mapping[str, Dataset] | None = None,
) -> bool:
    """Draft a dataset's suite into the tree, hand-written rules kept; say whether it changed.

    With `figures` of its rows, what they propose takes the place of what earlier ones did.
    CatalogFaulty when the suite that is there cannot be read: nothing of it is overwritten.
    """
    path = expectations_dir / f"{name}.json"
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    suite = draft_suite(name, dataset, codes, others)
    if before:
        suite = redraft(parse_suite(before, path).data, suite)
    if figures is not None:
        items = frozenset(item.name for item in dataset.items)
        suite = with_profile(suite, profile_rules(dataset, figures), items)
    text = suite_text(suite)
    if text != before:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return text != before


def key_rules(dataset: Dataset) -> list[dict[str, Any]]:
    """Return the rules that no batch lands without: the key is there, and only once (主键规则)."""
    several = len(dataset.key) > 1
    return _key(dataset) + [
        _required(dataset.item(name), rule=f"key.required.{name}" if several else "key.required")
        for name in dataset.key
    ]


def _row_count(dataset: Dataset) -> dict[str, Any]:
    words = Text(f"{dataset.title}全量归集不得为空", "a full load has rows")
    return entry(
        "expect_table_row_count_to_be_between",
        {"min_value": 1},
        "table.row_count",
        Severity.REJECT_BATCH,
        words,
        loads="full",
    )


def _types(dataset: Dataset) -> dict[str, Any]:
    words = Text(
        f"{dataset.title}各信息项应为数据标准规定的类型", "each item is of the standard's type"
    )
    kwargs = {"types": {item.name: str(item.type) for item in dataset.items}}
    return entry(
        "expect_table_columns_to_have_types", kwargs, "table.types", Severity.REJECT_BATCH, words
    )


def _key(dataset: Dataset) -> list[dict[str, Any]]:
    titles = "、".join(dataset.item(name).title for name in dataset.key)
    words = Text(f"主键({titles})不得重复", f"the key ({', '.join(dataset.key)}) stands once")
    expectation, kwargs = "expect_column_values_to_be_unique", {"column": dataset.key[0]}
    if len(dataset.key) > 1:
        expectation = "expect_compound_columns_to_be_unique"
        return [entry(expectation, {"column_list": list(dataset.key)}, "key.unique", _ROW, words)]
    return [entry(expectation, kwargs, "key.unique", _ROW, words)]


_ROW: Final = Severity.REJECT_ROW


def _of_item(
    item: Item, codes: Mapping[str, CodeTable], *, in_key: bool
) -> Iterator[dict[str, Any]]:
    if item.required or in_key:
        yield _required(item, rule=f"{item.name}.required")
    if item.rule is not None:
        yield _named(item, item.rule)
    if item.code_table is not None:
        yield from _coded(item, item.code_table, codes)
    elif item.length and item.type is FieldType.C and item.rule not in _FIXED_LENGTH:
        yield _length(item, item.length)
    if item.type in (FieldType.D, FieldType.T):
        yield _day(item)
    if item.type in (FieldType.B, FieldType.F):
        yield _finite(item)
    if item.rule in (None, NamedRule.AMOUNT) and _cannot_be_negative(item):
        words = Text(f"{item.title}不得为负", f"{item.name} is not negative")
        yield _between(item, {"min_value": 0}, words)


def _required(item: Item, *, rule: str) -> dict[str, Any]:
    words = Text(f"{item.title}必填", f"{item.name} is required")
    kwargs = {"column": item.name}
    return entry("expect_column_values_to_not_be_null", kwargs, rule, _ROW, words)


def _named(item: Item, rule: NamedRule) -> dict[str, Any]:
    said = RULE_WORDS[rule.value]
    words = Text(f"{item.title}: {said.zh}", f"{item.name}: {said.en}")
    kwargs: dict[str, Any] = {"column": item.name}
    if rule is NamedRule.CITIZEN_NUMBER:
        kwargs["as_of"] = reference(TODAY)
    if rule is NamedRule.AMOUNT and item.scale is not None:
        kwargs["scale"] = item.scale
    return entry(NAMED[rule], kwargs, f"{item.name}.{rule.value}", _ROW, words)


def _coded(item: Item, table: str, codes: Mapping[str, CodeTable]) -> Iterator[dict[str, Any]]:
    title = codes[table].title if table in codes else table
    yield entry(
        "expect_column_values_to_be_in_set",
        {"column": item.name, "value_set": reference(codes_name(table))},
        f"{item.name}.code_table",
        _ROW,
        Text(f"{item.title}应为{title}中的代码", f"{item.name} is a code of {table}"),
    )
    if table in codes and any(value.until is not None for value in codes[table].values):
        yield entry(
            "expect_column_values_to_not_be_in_set",
            {"column": item.name, "value_set": reference(retired_codes_name(table))},
            f"{item.name}.retired_code",
            Severity.WARN,
            Text(f"{item.title}用了已停用的代码", f"{item.name} holds a retired code of {table}"),
        )


def _length(item: Item, length: int) -> dict[str, Any]:
    words = Text(
        f"{item.title}不超过{length}个字符", f"{item.name} has at most {length} characters"
    )
    kwargs: dict[str, Any] = {"column": item.name, "max_value": length}
    if item.required:
        # A required text is no empty one either: MySQL keeps '', which is not NULL.
        kwargs["min_value"] = 1
        words = Text(
            f"{item.title}应为1至{length}个字符", f"{item.name} has 1 to {length} characters"
        )
    return entry(
        "expect_column_value_lengths_to_be_between", kwargs, f"{item.name}.length", _ROW, words
    )


def _day(item: Item) -> dict[str, Any]:
    if _AHEAD.search(item.name):
        words = Text(
            f"{item.title}应在1850年至9999年之间", f"{item.name} lies between 1850 and 9999"
        )
        return _between(item, {"min_value": EARLIEST_DAY, "max_value": LATEST_DAY}, words)
    latest = TODAY if item.type is FieldType.D else TOMORROW
    words = Text(
        f"{item.title}应在1850年1月1日至归集当日之间",
        f"{item.name} lies between 1850-01-01 and the day of the load",
    )
    return _between(item, {"min_value": EARLIEST_DAY, "max_value": reference(latest)}, words)


def _finite(item: Item) -> dict[str, Any]:
    words = Text(f"{item.title}应为有限的数值", f"{item.name} is a number, and a finite one")
    kwargs = {"column": item.name}
    return entry("expect_column_values_to_be_finite", kwargs, f"{item.name}.finite", _ROW, words)


def _between(item: Item, bounds: Mapping[str, Any], words: Text) -> dict[str, Any]:
    kwargs = {"column": item.name, **bounds}
    return entry("expect_column_values_to_be_between", kwargs, f"{item.name}.range", _ROW, words)


def _cannot_be_negative(item: Item) -> bool:
    if "可为负" in (item.note or ""):
        return False
    counted = item.type in (FieldType.N, FieldType.I) and item.unit in _COUNTED
    return item.type is FieldType.Y or counted
