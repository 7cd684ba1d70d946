"""What a data standard says of other datasets (跨数据集声明), and whether it can be true.

`refers_to` names where a value must exist, `same_as` where a fact comes from (一数一源).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from shutong.catalog.datasets import Dataset, Item, NamedRule, Reference, SameFact
from shutong.catalog.faults import Fault, did_you_mean
from shutong.catalog.loading import Catalog, Declared
from shutong.catalog.yaml_source import Path_
from shutong.errors import Text
from shutong.fieldtypes import FIELD_TYPE_TITLES, FieldType

_FAMILIES: Final = (
    frozenset({FieldType.C, FieldType.M}),
    frozenset({FieldType.N, FieldType.Y, FieldType.I}),
    frozenset({FieldType.D}),
    frozenset({FieldType.T}),
    frozenset({FieldType.L}),
)
"""Types whose values can be equal exactly; binary floats and bytes are in none."""


class ComparedAs(StrEnum):
    """How two items' values are brought into one form before they are compared (比对方式)."""

    VALUE = "value"
    """As they are: numbers by value whatever their scale, days, moments."""
    TEXT = "text"
    """Without blanks at either end."""
    CODE = "code"
    """So, and in capital letters: unified social credit codes."""
    CITIZEN_NUMBER = "citizen_number"
    """So, and 15-digit numbers in their 18-digit form."""


_BY_RULE: Final[Mapping[NamedRule, ComparedAs]] = {
    NamedRule.CITIZEN_NUMBER: ComparedAs.CITIZEN_NUMBER,
    NamedRule.CREDIT_CODE: ComparedAs.CODE,
}


def compared_as(own: Item, other: Item | None) -> ComparedAs | None:
    """Return how values of two items are compared (比对方式); None where they never can be equal.

    An `other` that is not known is taken to be like the item itself.
    """
    there = other or own
    if not any({own.type, there.type} <= family for family in _FAMILIES):
        return None
    if own.type not in _FAMILIES[0]:
        return ComparedAs.VALUE
    rules = {item.rule for item in (own, there) if item.rule is not None}
    said = {_BY_RULE[rule] for rule in rules if rule in _BY_RULE}
    if len(said) > 1:
        return None
    return said.pop() if said else ComparedAs.TEXT


def pairs_of(fact: SameFact, other: Dataset | None) -> dict[str, str]:
    """Return by which items rows meet (对应关系): the item here for each item there.

    An `other` dataset that is not known has one key item, of the same name.
    """
    if not isinstance(fact.by, str):
        return dict(fact.by)
    return {fact.by: other.key[0] if other is not None else fact.by}


def relation_faults(catalog: Catalog) -> Iterator[Fault]:
    """Yield what data standards say of other datasets and cannot be (跨数据集声明问题)."""
    for name, dataset in catalog.datasets.items():
        for position, item in enumerate(dataset.value.items):
            place: Path_ = ("items", position)
            if item.refers_to is not None:
                at = (*place, "refers_to")
                yield from _of_relation(catalog, name, dataset, at, item, item.refers_to)
            if item.same_as is not None:
                at = (*place, "same_as")
                yield from _of_relation(catalog, name, dataset, at, item, item.same_as)
                yield from _of_by(catalog, dataset, at, item.same_as)


def _of_relation(
    catalog: Catalog,
    name: str,
    dataset: Declared[Dataset],
    at: Path_,
    item: Item,
    said: Reference | SameFact,
) -> Iterator[Fault]:
    if said.dataset == name:
        yield dataset.fault(
            (*at, "dataset"),
            Text(
                f"信息项 '{item.name}' 引用了本数据集", f"'{item.name}' refers to its own dataset"
            ),
            Text(
                "只能引用其他数据集: 一批数据与自己上一版比对, 同批到来的行会被误判",
                "name another dataset: rows that come in one batch would be held "
                "against the version before it",
            ),
        )
        return
    other = catalog.datasets.get(said.dataset)
    if other is None:
        fact = Text(f"没有数据标准 '{said.dataset}'", f"no data standard '{said.dataset}'")
        yield dataset.fault((*at, "dataset"), fact, did_you_mean(said.dataset, catalog.datasets))
        return
    yield from _of_pair(dataset, (*at, "item"), item, said, said.item, other.value)


def _of_by(
    catalog: Catalog, dataset: Declared[Dataset], at: Path_, said: SameFact
) -> Iterator[Fault]:
    declared = catalog.datasets.get(said.dataset)
    if declared is None:
        return
    other, own = declared.value, {item.name: item for item in dataset.value.items}
    pairs = pairs_of(said, other)
    if sorted(pairs.values()) != sorted(other.key):
        key = ", ".join(other.key)
        yield dataset.fault(
            (*at, "by"),
            Text(f"by 没有对应 '{said.dataset}' 的主键", f"by is not the key of '{said.dataset}'"),
            Text(
                f"为主键 {key} 的每一项写明本数据集的信息项",
                f"name an item of this dataset for each of {key}",
            ),
        )
    for here, there in pairs.items():
        if here not in own:
            fact = Text(f"没有信息项 '{here}'", f"no item '{here}'")
            yield dataset.fault((*at, "by"), fact, did_you_mean(here, own))
        else:
            yield from _of_pair(dataset, (*at, "by"), own[here], said, there, other)


def _of_pair(
    dataset: Declared[Dataset],
    at: Path_,
    item: Item,
    said: Reference | SameFact,
    there: str,
    other: Dataset,
) -> Iterator[Fault]:
    items = {each.name: each for each in other.items}
    if there not in items:
        fact = Text(
            f"数据标准 '{said.dataset}' 没有信息项 '{there}'",
            f"'{said.dataset}' has no item '{there}'",
        )
        yield dataset.fault(at, fact, did_you_mean(there, items))
    elif compared_as(item, items[there]) is None:
        kinds = _kind(item), _kind(items[there])
        yield dataset.fault(
            at,
            Text(
                f"'{item.name}' ({kinds[0].zh}) 与 '{said.dataset}' 的 '{there}' "
                f"({kinds[1].zh}) 类型不同, 无法比对",
                f"'{item.name}' ({kinds[0].en}) cannot equal '{there}' "
                f"({kinds[1].en}) of '{said.dataset}'",
            ),
            Text("改引类型相同的信息项", "name an item of the same type"),
        )


def _kind(item: Item) -> Text:
    rule = f", {item.rule}" if item.rule in _BY_RULE else ""
    return Text(f"{FIELD_TYPE_TITLES[item.type]} {item.type}{rule}", f"{item.type}{rule}")
