"""Faults of the rules that a data standard sets on its items (信息项规则检查)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shutong.catalog.faults import Fault, did_you_mean
from shutong.catalog.loading import Declared
from shutong.catalog.models import Dataset, Item, NamedRule
from shutong.errors import Text
from shutong.fieldtypes import FieldType

_DAYS: Final = (FieldType.D, FieldType.T)
_DOUBLES: Final = (FieldType.B, FieldType.F)
_OTHERS: Final = ("agrees_with", "not_before", "differs_from", "in_force_on")


def item_rule_faults(dataset: Declared[Dataset]) -> Iterator[Fault]:
    """Yield where an item's rule names an item that is not there, or cannot be meant so."""
    items = {item.name: item for item in dataset.value.items}
    for number, item in enumerate(dataset.value.items):
        for field in _OTHERS:
            named = getattr(item, field)
            if named is None:
                continue
            path = ("items", number, field)
            if named not in items or named == item.name:
                fact = Text(f"没有另一信息项 '{named}'", f"there is no other item '{named}'")
                yield dataset.fault(path, fact, did_you_mean(named, set(items) - {item.name}))
                continue
            wrong = _wrong(field, item, items[named])
            if wrong is not None:
                yield dataset.fault(path, *wrong)
        wrong = _misplaced(item)
        if wrong is not None:
            yield dataset.fault(("items", number, "rule"), *wrong)


def _wrong(field: str, item: Item, other: Item) -> tuple[Text, Text] | None:
    """Return why one item cannot be held so against the other, and what to do."""
    match field:
        case "agrees_with" if other.rule is not NamedRule.CITIZEN_NUMBER:
            return (
                Text(f"'{other.name}' 不是公民身份号码", f"'{other.name}' is no citizen number"),
                Text("写公民身份号码所在的信息项", "name the item of rule citizen_number"),
            )
        case "agrees_with" if item.type is not FieldType.D and item.code_table != "sex":
            return (
                Text(
                    f"'{item.name}' 既不是日期也不是性别代码",
                    f"'{item.name}' is neither day nor sex",
                ),
                Text(
                    "只有出生日期(D)和性别(代码表 sex)可与身份号码对照",
                    "a birth date (type D) or a sex (code table sex) agrees with a number",
                ),
            )
        case "not_before" if item.type not in _DAYS or other.type is not item.type:
            return (
                Text(
                    f"'{item.name}' 与 '{other.name}' 不是同一种日期",
                    f"'{item.name}' and '{other.name}' are no days of one type",
                ),
                Text("两项都用 D 或都用 T", "make both of type D or both of type T"),
            )
        case "differs_from" if other.type is not item.type:
            return (
                Text(
                    f"'{item.name}' 与 '{other.name}' 类型不同",
                    f"'{item.name}' and '{other.name}' are of two types",
                ),
                Text("改成同一类型", "make them of one type"),
            )
        case "in_force_on" if item.rule is not NamedRule.REGION_CODE or other.type not in _DAYS:
            return (
                Text(
                    "in_force_on 用于行政区划代码, 指向一个日期",
                    "in_force_on is for region codes and names a day",
                ),
                Text("加上 rule: region_code", "add rule: region_code"),
            )
    return None


def _misplaced(item: Item) -> tuple[Text, Text] | None:
    """Return why a named rule cannot judge an item of its type."""
    if item.rule is NamedRule.WORKING_DAY and item.type not in _DAYS:
        return (
            Text(f"'{item.name}' 不是日期", f"'{item.name}' is no day"),
            Text("工作日规则用于 D 和 T", "the rule working_day is for types D and T"),
        )
    numbers = (FieldType.Y, FieldType.N, FieldType.I, *_DOUBLES)
    if item.rule is NamedRule.AMOUNT and item.type not in numbers:
        return (
            Text(f"'{item.name}' 不是数值", f"'{item.name}' is no number"),
            Text("金额规则用于 Y、N、I、B、F", "the rule amount is for types Y, N, I, B and F"),
        )
    return None
