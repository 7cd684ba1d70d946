"""Rules that hold a batch against other datasets (跨数据集规则): drafted, made ready, told.

A suite names the other dataset; which of its files are read, at which version, is for the
caller to say. A dataset that has not landed judges nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from shutong.catalog.datasets import Dataset, Item, Reference, SameFact, Unlanded
from shutong.catalog.relations import ComparedAs, compared_as, pairs_of
from shutong.errors import StorageFailed, Text
from shutong.model import ReferencedVersion, RuleResult, RuleState
from shutong.quality.known_expectations import (
    EQUAL_FACT,
    EXIST_IN_DATASET,
    RELATION_EXPECTATIONS,
)
from shutong.quality.results import told
from shutong.quality.suites import Rule, pairs_by, read_suite

_VIEW: Final = "_other_{}"


@dataclass(frozen=True, slots=True)
class LandedDataset:
    """Another dataset as it has landed, at one version (被引用数据集)."""

    dataset: str
    version: int | None = None
    """None while nothing has landed."""
    files: tuple[Path, ...] = ()
    """The data files of all its resources at that version."""
    waiting: tuple[str, ...] = ()
    """Its resources that have not landed yet: what is theirs is missing."""

    @property
    def told(self) -> ReferencedVersion:
        """Return what the report keeps of it."""
        return ReferencedVersion(dataset=self.dataset, version=self.version, waiting=self.waiting)


@dataclass(frozen=True, slots=True)
class Attached:
    """A view over another dataset's files, beside the batch's (附加视图)."""

    name: str
    columns: tuple[str, ...]
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """The rules that can be judged, and why the others cannot (就绪规则)."""

    rules: tuple[Rule, ...]
    unjudged: Mapping[str, Text]
    """By rule id."""
    attached: tuple[Attached, ...]


def datasets_named(suite_path: Path) -> tuple[str, ...]:
    """Return the other datasets that a suite's rules speak of, each once (引用的数据集)."""
    rules = read_suite(suite_path).rules
    return tuple(dict.fromkeys(_dataset_of(rule) for rule in rules if _relates(rule)))


def made_ready(rules: Sequence[Rule], landed: Mapping[str, LandedDataset]) -> Ready:
    """Return rules with the files they read, and those that nothing can judge (规则就绪)."""
    ready: list[Rule] = []
    unjudged: dict[str, Text] = {}
    needed: dict[str, dict[str, None]] = {}
    numbers: dict[str, int] = {}
    for rule in rules:
        if not _relates(rule):
            ready.append(rule)
            continue
        name = _dataset_of(rule)
        other = landed.get(name, LandedDataset(name))
        reason = _unjudged(rule, other)
        if reason is not None:
            unjudged[rule.rule] = reason
            continue
        _guard_files(other)
        kwargs: dict[str, Any] = {**rule.kwargs}
        if other.files:
            number = numbers.setdefault(name, len(numbers))
            kwargs["view"] = _VIEW.format(number)
            needed.setdefault(name, {}).update(dict.fromkeys(_columns(rule)))
        ready.append(replace(rule, kwargs=kwargs))
    attached = tuple(
        Attached(_VIEW.format(numbers[name]), tuple(columns), landed[name].files)
        for name, columns in needed.items()
    )
    return Ready(tuple(ready), unjudged, attached)


def with_unjudged(
    rules: Sequence[Rule], judged: Sequence[RuleResult], unjudged: Mapping[str, Text]
) -> tuple[RuleResult, ...]:
    """Return a result for every rule, in the suite's order (补上未判规则)."""
    known = {result.rule: result for result in judged}
    for rule in rules:
        if rule.rule in unjudged:
            detail = str(unjudged[rule.rule])
            known[rule.rule] = told(rule, RuleState.UNJUDGED, detail=detail)
    return tuple(known[rule.rule] for rule in rules)


def refused_for_want(rules: Sequence[Rule], unjudged: Mapping[str, Text]) -> Iterator[Text]:
    """Yield why a batch is refused that waits for another dataset (等待被引用数据集)."""
    for rule in rules:
        if rule.needs_landed and rule.rule in unjudged:
            reason = unjudged[rule.rule]
            yield Text(f"规则 {rule.rule} {reason.zh}", f"rule {rule.rule} {reason.en}")


def _guard_files(other: LandedDataset) -> None:
    """Refuse to judge by half a dataset: who stands in a lost file would be missing."""
    lost = next((path for path in other.files if not path.is_file()), None)
    if lost is not None:
        raise StorageFailed(
            Text(f"数据文件缺失: {lost.name}", f"a data file is missing: {lost.name}"),
            place=other.dataset,
            next_step=Text("从备份恢复该文件", "restore it from a backup"),
        )


def _relates(rule: Rule) -> bool:
    return rule.expectation in RELATION_EXPECTATIONS


def _dataset_of(rule: Rule) -> str:
    return str(rule.kwargs.get("dataset") or "")


def _columns(rule: Rule) -> Iterator[str]:
    """Yield the items of the other dataset that a rule reads."""
    yield str(rule.kwargs.get("item"))
    for pair in pairs_by(rule.kwargs):
        yield str(pair.get("there"))


def _unjudged(rule: Rule, other: LandedDataset) -> Text | None:
    if other.version is None:
        return Text(
            f"未判: 被引用的数据集 {other.dataset} 尚未入库",
            f"not judged: the referenced dataset {other.dataset} has not landed",
        )
    if other.waiting and rule.expectation == EXIST_IN_DATASET:
        # Who is missing there may be one of those that are still to come.
        waiting = ", ".join(other.waiting)
        return Text(
            f"未判: 被引用的数据集 {other.dataset} 尚缺 {waiting}",
            f"not judged: of the referenced dataset {other.dataset} {waiting} has not landed",
        )
    return None


# ---------------------------------------------------------------- drafting


@dataclass(frozen=True, slots=True)
class Drafted:
    """A relation rule as the data standard implies it (规则草案)."""

    expectation: str
    kwargs: Mapping[str, Any]
    rule: str
    said: Reference | SameFact
    words: Text

    @property
    def meta(self) -> dict[str, str]:
        """Return what its meta says besides."""
        waits = self.said.unlanded is Unlanded.REJECT_BATCH
        return {"unlanded": str(Unlanded.REJECT_BATCH)} if waits else {}


def drafted_relations(
    item: Item, dataset: Dataset, others: Mapping[str, Dataset]
) -> Iterator[Drafted]:
    """Yield the rules that an item's `refers_to` and `same_as` imply (起草跨数据集规则)."""
    if item.refers_to is not None:
        yield _existing(item, item.refers_to, others.get(item.refers_to.dataset))
    if item.same_as is not None:
        yield _equal(item, item.same_as, dataset, others.get(item.same_as.dataset))


def _existing(item: Item, said: Reference, other: Dataset | None) -> Drafted:
    kwargs = {
        "column": item.name,
        "dataset": said.dataset,
        "item": said.item,
        "compared_as": _kind(item, other, said.item),
    }
    words = Text(
        f"{item.title}应在《{_title(other, said.dataset)}》中存在",
        f"{item.name} exists in {said.dataset} as {said.item}",
    )
    return Drafted(EXIST_IN_DATASET, kwargs, f"{item.name}.exists", said, words)


def _equal(item: Item, said: SameFact, dataset: Dataset, other: Dataset | None) -> Drafted:
    own = {each.name: each for each in dataset.items}
    kwargs = {
        "column": item.name,
        "dataset": said.dataset,
        "item": said.item,
        "compared_as": _kind(item, other, said.item),
        "by": [
            {"here": here, "there": there, "compared_as": _kind(own.get(here), other, there)}
            for here, there in pairs_of(said, other).items()
        ],
    }
    words = Text(
        f"{item.title}应与《{_title(other, said.dataset)}》一致(一数一源)",
        f"{item.name} is what {said.dataset} says as {said.item}",
    )
    return Drafted(EQUAL_FACT, kwargs, f"{item.name}.same_fact", said, words)


def _kind(item: Item | None, other: Dataset | None, there: str) -> str:
    """Return how values are compared; what `shutong check` finds faulty is drafted as text."""
    if item is None:
        return str(ComparedAs.TEXT)
    known = {each.name: each for each in other.items} if other is not None else {}
    return str(compared_as(item, known.get(there)) or ComparedAs.TEXT)


def _title(other: Dataset | None, name: str) -> str:
    return other.title if other is not None else name
