"""Items and rows that are asked for or granted, held against the data standard (数据范围检查).

No text of a request becomes part of a statement: a row scope names an item of the standard,
an operator of the list and a value of the item's type.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from shutong.catalog.faults import Fault, did_you_mean
from shutong.catalog.loading import Declared
from shutong.catalog.models import Dataset, Item, Operator, Resource, RowFilter
from shutong.catalog.yaml_source import Path_
from shutong.errors import Text
from shutong.fieldtypes import FIELD_TYPE_TITLES, FieldType

_NULLNESS: Final = (Operator.IS_NULL, Operator.NOT_NULL)
_EQUALITY: Final = (Operator.EQUAL, Operator.NOT_EQUAL, Operator.IN)
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,18}\Z")
_MANY: Final = 1000
"""Values of one `in` at most."""


def item_faults(
    declared: Declared[Any], path: Path_, names: Iterable[str], known: Iterable[str]
) -> Iterator[Fault]:
    """Yield a fault for each name that is none of the `known` items, or stands twice."""
    seen: set[str] = set()
    there = tuple(known)
    for i, name in enumerate(names):
        if name not in there:
            yield declared.fault(
                (*path, i),
                Text(f"资源没有信息项 '{name}'", f"the resource has no item '{name}'"),
                did_you_mean(name, there),
            )
        elif name in seen:
            yield declared.fault(
                (*path, i),
                Text(f"信息项 '{name}' 重复", f"item '{name}' is repeated"),
                Text("只留一个", "keep one of them"),
            )
        seen.add(name)


def items_of(resource: Resource, dataset: Dataset) -> tuple[str, ...]:
    """Return the items a resource really provides, in the standard's order."""
    return tuple(item.name for item in dataset.items if item.name in resource.source.columns)


def row_faults(
    declared: Declared[Any], rows: Iterable[RowFilter], resource: Resource, dataset: Dataset
) -> Iterator[Fault]:
    """Yield every fault of row scopes: their item, operator and value."""
    known = items_of(resource, dataset)
    for i, row in enumerate(rows):
        if row.column not in known:
            yield declared.fault(
                ("rows", i, "column"),
                Text(f"资源没有信息项 '{row.column}'", f"the resource has no item '{row.column}'"),
                did_you_mean(row.column, known),
            )
            continue
        wrong = _scope_fault(dataset.item(row.column), row)
        if wrong is not None:
            yield declared.fault(("rows", i, wrong[0]), wrong[1], wrong[2])


def _scope_fault(item: Item, row: RowFilter) -> tuple[str, Text, Text] | None:
    """Return place, fact and next step of what is wrong with a row scope; values stay unsaid."""
    if row.operator in _NULLNESS:
        if row.value is None:
            return None
        return (
            "value",
            Text(f"{row.operator} 不带值", f"{row.operator} takes no value"),
            Text("删去 value", "leave value out"),
        )
    if item.type is FieldType.G:
        return (
            "operator",
            Text(f"'{item.name}' 是二进制, 只能判断有无", f"'{item.name}' is binary"),
            Text("用 is_null 或 not_null", "use is_null or not_null"),
        )
    if item.type in (FieldType.L, FieldType.M) and row.operator not in _EQUALITY:
        return (
            "operator",
            Text(f"'{item.name}' 不能比较大小", f"'{item.name}' has no order"),
            Text("用 =、<> 或 in", "use =, <> or in"),
        )
    values = row.value if isinstance(row.value, tuple) else (row.value,)
    several = row.operator is Operator.IN
    if several is not isinstance(row.value, tuple) or not 0 < len(values) <= _MANY:
        return (
            "value",
            Text("in 用列表 (至多 1000 个), 其他比较用一个值", "in takes a list, others one value"),
            Text("改正 value", "correct value"),
        )
    if all(_fits(item, value) for value in values):
        return None
    title = FIELD_TYPE_TITLES[item.type]
    return (
        "value",
        Text(
            f"'{item.name}' 为{title}{item.type}, 值的写法不符",
            f"'{item.name}' is of type {item.type}: the value is not written like one",
        ),
        _example(item),
    )


def _fits(item: Item, value: str | int | None) -> bool:
    """Say whether a value is written as the item's type asks."""
    if value is None or value == "":
        return False
    text = str(value)
    match item.type:
        case FieldType.C:
            return isinstance(value, str) and len(text) <= (item.length or len(text))
        case FieldType.M:
            return isinstance(value, str)
        case FieldType.I:
            return _INTEGER.match(text) is not None
        case FieldType.L:
            return value in (0, 1)
        case FieldType.D:
            return isinstance(value, str) and _is_day(text)
        case FieldType.T:
            return isinstance(value, str) and _is_moment(text)
        case _:
            return _is_number(text)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _example(item: Item) -> Text:
    shown = {
        FieldType.D: "2026-01-31",
        FieldType.T: '"2026-01-31 08:00:00"',
        FieldType.I: "12",
        FieldType.N: '"12.5"',
        FieldType.Y: '"12.50"',
        FieldType.L: "1",
        FieldType.B: '"12.5"',
        FieldType.F: '"12.5"',
    }.get(item.type, f'"360200", ≤ {item.length}')
    return Text(f"写成 {shown}", f"write it like {shown}")
