"""Faults of rules that speak of other datasets or batches (跨数据集规则检查)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from shutong.catalog import Fault, did_you_mean
from shutong.catalog.models import Dataset
from shutong.catalog.relations import ComparedAs, compared_as
from shutong.errors import NO_TEXT, Text
from shutong.quality.known_expectations import EQUAL_FACT, NEW_CODES, RELATION_EXPECTATIONS
from shutong.quality.suites import Rule, pairs_by

_KINDS: Final = tuple(str(kind) for kind in ComparedAs)


def relation_faults(
    rules: Sequence[Rule], file: str, name: str, datasets: Mapping[str, Dataset]
) -> Iterator[Fault]:
    """Yield what rules of the suite of `name` say of other datasets and cannot be (规则问题)."""
    for rule in rules:
        if rule.expectation in RELATION_EXPECTATIONS:
            yield from _of_relation(rule, file, name, datasets)
        elif rule.expectation == NEW_CODES:
            yield from _of_codes(rule, file, datasets[name])


def _of_relation(
    rule: Rule, file: str, name: str, datasets: Mapping[str, Dataset]
) -> Iterator[Fault]:
    other = str(rule.kwargs.get("dataset") or "")
    if other == name:
        fact = Text(
            f"规则 '{rule.rule}' 引用了本数据集", f"'{rule.rule}' refers to its own dataset"
        )
        yield Fault(file, rule.line, fact, Text("只能引用其他数据集", "name another dataset"))
        return
    if other not in datasets:
        fact = Text(f"没有数据标准 '{other}'", f"no data standard '{other}'")
        yield Fault(file, rule.line, fact, did_you_mean(other, datasets))
        return
    own = datasets[name]
    yield from _pair(rule, file, own, datasets[other], rule.kwargs, "column", "item")
    pairs = pairs_by(rule.kwargs)
    for pair in pairs:
        yield from _pair(rule, file, own, datasets[other], pair, "here", "there")
    if rule.expectation == EQUAL_FACT and not pairs:
        fact = Text(f"规则 '{rule.rule}' 缺少 by", f"rule '{rule.rule}' has no by")
        step = Text(
            '写明 "by": [{"here": 本数据集的项, "there": 对方的主键}]',
            'write "by": [{"here": an item, "there": the other\'s key}]',
        )
        yield Fault(file, rule.line, fact, step)


def _pair(
    rule: Rule,
    file: str,
    own: Dataset,
    other: Dataset,
    said: Mapping[str, object],
    here: str,
    there: str,
) -> Iterator[Fault]:
    ours = {item.name: item for item in own.items}
    theirs = {item.name: item for item in other.items}
    named, wanted = str(said.get(here)), str(said.get(there))
    kind = said.get("compared_as", "text")
    if kind not in _KINDS:
        yield _unknown(rule, file, "比对方式", "way to compare", str(kind), _KINDS)
    if wanted not in theirs:
        yield _unknown(rule, file, "信息项", "item", wanted, theirs)
    elif named in ours and compared_as(ours[named], theirs[wanted]) is None:
        fact = Text(
            f"'{named}' 与被引用的 '{wanted}' 类型不同, 无法比对",
            f"'{named}' cannot equal '{wanted}' there: their types differ",
        )
        yield Fault(
            file, rule.line, fact, Text("改引类型相同的信息项", "name one of the same type")
        )


def _of_codes(rule: Rule, file: str, dataset: Dataset) -> Iterator[Fault]:
    plain = {item.name for item in dataset.items if item.code_table is None}
    for item in rule.items:
        if item in plain:
            fact = Text(f"信息项 '{item}' 没有代码表", f"item '{item}' has no code table")
            yield Fault(file, rule.line, fact, NO_TEXT)


def _unknown(rule: Rule, file: str, zh: str, en: str, name: str, known: Iterable[str]) -> Fault:
    fact = Text(f"没有{zh} '{name}'", f"no {en} '{name}'")
    return Fault(file, rule.line, fact, did_you_mean(name, known))
