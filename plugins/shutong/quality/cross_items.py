"""Rules between items of one row, drafted from the data standard (跨项规则)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shutong.catalog.models import Dataset, Item
from shutong.errors import Text
from shutong.fieldtypes import FieldType
from shutong.model import Severity
from shutong.quality.entries import entry


def cross_item_rules(item: Item, dataset: Dataset) -> Iterator[dict[str, Any]]:
    """Yield the rules that hold an item against others of its row (跨项规则草案)."""
    if item.agrees_with is not None:
        yield _of_number(item, dataset.item(item.agrees_with))
    if item.not_before is not None:
        yield _order(item, dataset.item(item.not_before))
    if item.differs_from is not None:
        yield _another(item, dataset.item(item.differs_from))
    if item.in_force_on is not None:
        yield _in_force(item, dataset.item(item.in_force_on))


def _of_number(item: Item, number: Item) -> dict[str, Any]:
    asked = "birth_date" if item.type is FieldType.D else "sex"
    words = Text(f"{item.title}应与{number.title}一致", f"{item.name} agrees with {number.name}")
    return entry(
        f"expect_column_values_to_be_{asked}_of_number",
        {"column": item.name, "number_column": number.name},
        f"{item.name}.of_number",
        # Old registers hold real people whose number and birth date were written down apart.
        Severity.WARN,
        words,
    )


def _order(item: Item, first: Item) -> dict[str, Any]:
    words = Text(f"{item.title}不得早于{first.title}", f"{item.name} is not before {first.name}")
    kwargs = {
        "column_A": item.name,
        "column_B": first.name,
        "or_equal": True,
        "ignore_row_if": "either_value_is_missing",
    }
    return entry(
        "expect_column_pair_values_a_to_be_greater_than_b",
        kwargs,
        f"{item.name}.order",
        Severity.REJECT_ROW,
        words,
    )


def _another(item: Item, other: Item) -> dict[str, Any]:
    words = Text(f"{item.title}不得与{other.title}相同", f"{item.name} is not {other.name}")
    kwargs = {"column_list": [other.name, item.name], "ignore_row_if": "any_value_is_missing"}
    return entry(
        "expect_select_column_values_to_be_unique_within_record",
        kwargs,
        f"{item.name}.another",
        Severity.REJECT_ROW,
        words,
    )


def _in_force(item: Item, day: Item) -> dict[str, Any]:
    words = Text(
        f"{item.title}应为{day.title}当日有效的行政区划代码",
        f"{item.name} was a region in force on {day.name}",
    )
    return entry(
        "expect_column_values_to_be_region_code_in_force",
        {"column": item.name, "date_column": day.name},
        f"{item.name}.in_force",
        Severity.REJECT_ROW,
        words,
    )
