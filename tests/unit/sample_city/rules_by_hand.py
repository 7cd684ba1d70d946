"""The data standards' rules once more, plainly, to hold the sample city against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from shutong.catalog.models import Dataset, Item, NamedRule
from shutong.fieldtypes import FieldType
from shutong.standards import predicates
from shutong.standards.identifiers import Verdict, citizen_number_verdict, credit_code_verdict
from shutong.standards.regions import region_valid

TODAY = date(2026, 1, 5)
Row = dict[str, Any]


def broken_rules(row: Row, dataset: Dataset, codes: dict[str, set[str]]) -> Iterator[str]:
    """Yield each rule that a row breaks by itself, as `<item>.<rule>`."""
    for item in dataset.items:
        value = row[item.name]
        if value is None:
            if item.required:
                yield f"{item.name}.required"
        elif not _fits(value, item):
            yield f"{item.name}.type"
        else:
            yield from _broken(value, item, codes)


def repeated_keys(rows: list[Row], dataset: Dataset) -> set[tuple[Any, ...]]:
    """Return the keys that stand in more than one row."""
    keys = Counter(tuple(row[key] for key in dataset.key) for row in rows)
    return {key for key, number in keys.items() if number > 1}


def _broken(value: Any, item: Item, codes: dict[str, set[str]]) -> Iterator[str]:
    if item.type is FieldType.C and len(value) > (item.length or 0):
        yield f"{item.name}.length"
    if item.code_table and value not in codes[item.code_table]:
        yield f"{item.name}.code"
    if item.rule and not _holds(value, item.rule):
        yield f"{item.name}.{item.rule}"
    amount = item.type is FieldType.Y or item.name == "area"
    if amount and Decimal(value) < 0:
        yield f"{item.name}.range"


def _fits(value: Any, item: Item) -> bool:
    match item.type:
        case FieldType.D | FieldType.T:
            return _is_canonical(value, item)
        case FieldType.N | FieldType.Y:
            return isinstance(value, str) and _exact(value, item)
        case FieldType.I:
            return isinstance(value, int)
        case _:
            return isinstance(value, str)


def _is_canonical(text: str, item: Item) -> bool:
    """Say whether a date or date-time exists and is written as front-ends write it."""
    try:
        if item.type is FieldType.D:
            return date.fromisoformat(text).isoformat() == text
        return datetime.fromisoformat(text).isoformat(" ") == text
    except ValueError:
        return False


def _exact(text: str, item: Item) -> bool:
    """Say whether a number is exact within the standard's digits."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    scale = 2 if item.type is FieldType.Y and item.scale is None else item.scale or 0
    whole = (item.length or 18) - scale
    return bool(number == round(number, scale) and abs(number) < 10**whole)


def _holds(value: Any, rule: NamedRule) -> bool:
    match rule:
        case NamedRule.CITIZEN_NUMBER:
            return citizen_number_verdict(value, TODAY) is Verdict.VALID
        case NamedRule.CREDIT_CODE:
            return credit_code_verdict(value) is Verdict.VALID
        case NamedRule.REGION_CODE:
            return region_valid(value, TODAY)
        case NamedRule.MOBILE_PHONE:
            return predicates.is_mobile_phone(value)
        case NamedRule.PERSON_NAME:
            return predicates.is_person_name(value)
        case NamedRule.LONGITUDE:
            return predicates.is_longitude(float(value))
        case NamedRule.LATITUDE:
            return predicates.is_latitude(float(value))
