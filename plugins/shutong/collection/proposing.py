"""The catalog change that a drift calls for, as ready files (目录修改建议).

A rename becomes a changed mapping, a dropped optional item leaves it, a widened text widens
its item where the shared table's type stays the same, with the suite's rule of its length; a
new column fills an item that others of the dataset feed from the same column, or is put
beside as a comment. What only a person can decide is told in notes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from shutong.catalog import Catalog, load_catalog, resource_path
from shutong.catalog.editing import YamlEdit
from shutong.catalog.models import CompositeCursor, Dataset, Item, NamedRule, Resource
from shutong.collection.context import CollectionContext
from shutong.collection.drifting import Drift
from shutong.collection.proposals import Proposal, check_faults, unified
from shutong.drift import ChangeKind, ColumnShape, Finding, Role, Use
from shutong.drift.comparing import NEAR, likeness
from shutong.drift.judging import item_holds
from shutong.drift.new_items import item_lines, item_name
from shutong.errors import Text
from shutong.fieldtypes import FieldType

_LONGEST: Final = 4000
"""Longest text that an item of type C is widened to."""


@dataclass
class _Draft:
    """A proposal under way."""

    context: CollectionContext
    catalog: Catalog
    edit: YamlEdit
    standard: YamlEdit
    lengths: dict[str, int] = field(default_factory=dict)
    notes: list[Text] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    added: set[str] = field(default_factory=set)

    @property
    def resource(self) -> Resource:
        return self.context.resource

    @property
    def dataset(self) -> Dataset:
        return self.context.dataset

    def note(self, zh: str, en: str) -> None:
        self.notes.append(Text(zh, en))


def propose(context: CollectionContext, drift: Drift) -> Proposal:
    """Return the catalog change that answers a drift; nothing is written."""
    root = context.settings.root
    names = {
        "resource": resource_path(context.resource_id),
        "dataset": f"schemas/{context.resource.dataset}.yaml",
        "suite": f"expectations/{context.resource.dataset}.json",
    }
    before = {name: _read(root / path) for name, path in names.items()}
    draft = _Draft(
        context, load_catalog(root), YamlEdit(before["resource"]), YamlEdit(before["dataset"])
    )
    for finding in drift.findings:
        if not finding.answered:
            _answer(draft, finding)
    explained = {f.change.column for f in drift.findings}
    for use in drift.missing:
        if use.column not in explained:
            _nearest(draft, use, drift.present.columns)
    after = {"resource": draft.edit.text, "dataset": draft.standard.text}
    after["suite"] = _suite(draft, before["suite"])
    files = {names[name]: text for name, text in after.items() if text != before[name]}
    diff = "".join(unified(names[name], before[name], after[name]) for name in names)
    notes = [*draft.notes, *check_faults(root, files)]
    return Proposal(files, diff, tuple(notes))


def _read(path: Path) -> str:
    """Return a file's text with the line ends that it has; nothing for no file."""
    return path.read_bytes().decode("utf-8") if path.is_file() else ""


def _answer(draft: _Draft, finding: Finding) -> None:
    change = finding.change
    match change.kind:
        case ChangeKind.RENAMED if change.after is not None:
            for use in finding.uses:
                _point(draft, use, change.after.name)
            if finding.uses:
                draft.note(
                    f"{change.column} → {change.after.name} 是按类型、位置和名称推断的改名, "
                    "请与提供部门核实",
                    f"{change.column} → {change.after.name} is a guess by type, place and name: "
                    "ask the department",
                )
        case ChangeKind.DROPPED:
            for use in finding.uses:
                _drop(draft, use)
        case ChangeKind.WIDENED if change.after is not None:
            for use in finding.uses:
                _widen(draft, use, change.after)
        case ChangeKind.ADDED if change.after is not None:
            _new(draft, change.after)
    handled = (ChangeKind.RENAMED, ChangeKind.DROPPED, ChangeKind.ADDED, ChangeKind.WIDENED)
    if not finding.lossless and change.kind not in handled:
        words, reason = change.words, finding.reason
        draft.note(
            f"{words.zh}: {reason.zh}; 与提供部门确认后用 --accept",
            f"{words.en}: {reason.en}; ask the department, then --accept",
        )


def _point(draft: _Draft, use: Use, column: str) -> None:
    """Let a use name another column."""
    source = draft.resource.source
    match use.role:
        case Role.ITEM if use.item in source.columns:
            draft.edit.replace(("source", "columns", use.item), column)
        case Role.CURSOR if isinstance(source.cursor, str):
            draft.edit.replace(("source", "cursor"), column)
        case Role.CURSOR if source.cursor is not None:
            composite = isinstance(source.cursor, CompositeCursor)
            within = ("source", "cursor", *(("composite",) if composite else ()))
            for position, name in enumerate(source.cursor_columns):
                if name.casefold() == use.column.casefold():
                    draft.edit.replace((*within, position), column)
        case Role.FILTER:
            for position, row in enumerate(source.filters):
                if row.column.casefold() == use.column.casefold():
                    draft.edit.replace(("source", "filters", position, "column"), column)


def _nearest(draft: _Draft, use: Use, there: Sequence[ColumnShape]) -> None:
    """Let a use of a column that was never there name the one that is spelt most alike."""
    taken = {name.casefold() for name in draft.resource.source.columns.values()}
    free = [c for c in there if c.name.casefold() not in taken]
    close = max(free, key=lambda c: likeness(c.name, use.column), default=None)
    if close is not None and likeness(close.name, use.column) >= NEAR:
        _point(draft, use, close.name)
        return
    draft.note(
        f"源表没有字段 {use.column}, 也没有相近的字段",
        f"the table has no column {use.column}, and none that is spelt alike",
    )


def _drop(draft: _Draft, use: Use) -> None:
    columns = draft.resource.source.columns
    if use.role is not Role.ITEM or use.item is None or use.item not in columns:
        what = Text("游标", "the cursor") if use.role is Role.CURSOR else Text("过滤", "a filter")
        draft.note(
            f"字段 {use.column} 用作{what.zh}, 须由人另行指定",
            f"column {use.column} is {what.en}: a person has to name another",
        )
    elif use.required or len(columns) - len(draft.removed) == 1:
        draft.note(
            f"信息项 {use.title} 必填, 而源字段 {use.column} 已删除: 请提供部门恢复或另指来源",
            f"item {use.item} is required and its column {use.column} was dropped: "
            "have the department bring it back, or name another",
        )
    else:
        draft.edit.remove(("source", "columns", use.item))
        draft.removed.add(use.item)
        draft.note(
            f"信息项 {use.title} 不再有来源, 今后归集的行中为空",
            f"nothing feeds item {use.item} any more: it is NULL in rows drawn from now on",
        )


def _widen(draft: _Draft, use: Use, column: ColumnShape) -> None:
    if use.role is not Role.ITEM or use.item is None or item_holds(use, column) is not False:
        return
    item = draft.dataset.item(use.item)
    length = column.length or 0
    fixed = item.code_table is not None or item.rule not in (None, NamedRule.PERSON_NAME)
    if item.type is FieldType.C and not fixed and (item.length or 0) < length <= _LONGEST:
        position = [each.name for each in draft.dataset.items].index(item.name)
        draft.standard.replace(("items", position, "length"), str(length))
        draft.lengths[item.name] = length
        others = _others(draft)
        draft.note(
            f"信息项 {item.title} 由 {item.length} 加长到 {length}; "
            f"同一数据标准的其他资源: {others or '无'}",
            f"item {item.name} grows from {item.length} to {length}; "
            f"other resources of the standard: {others or 'none'}",
        )
        return
    draft.note(
        f"信息项 {item.title} 保持不变, 超出的值连同整行进隔离区; 确认后用 --accept",
        f"item {item.name} stays as it is, rows with values beyond it go to quarantine; "
        "--accept takes that",
    )


def _others(draft: _Draft) -> str:
    ours = draft.context.resource_id
    return ", ".join(
        name
        for name, declared in sorted(draft.catalog.resources.items())
        if declared.value.dataset == draft.resource.dataset and name != ours
    )


def _new(draft: _Draft, column: ColumnShape) -> None:
    mapped = draft.resource.source.columns
    known = _fed_elsewhere(draft, column.name)
    if known is not None and known.name not in {*mapped, *draft.added}:
        draft.added.add(known.name)
        draft.edit.add(("source", "columns"), known.name, column.name)
        draft.note(
            f"新增字段 {column.name} 对应信息项 {known.title}, 请核对",
            f"new column {column.name} feeds item {known.name}: please check",
        )
        return
    name = item_name(column.name, draft.dataset)
    draft.edit.remark(
        ("source", "columns"),
        [
            f"新增字段 {column.name} {column.declared}, 未归集; 需共享时先在数据标准中增加信息项",
            f"{name}: {column.name}",
        ],
    )
    draft.standard.remark(("items",), item_lines(name, column, draft.context.resource_id))
    draft.note(
        f"新增字段 {column.name} 未归集 (建议的信息项以注释给出); 不需要时用 --accept。"
        "启用新信息项会改变共享表的列, 先与数据管理员商定",
        f"new column {column.name} is not collected (an item is proposed as a comment); --accept "
        "when it is not wanted. A new item changes the shared table's columns: agree on it first",
    )


def _fed_elsewhere(draft: _Draft, column: str) -> Item | None:
    """Return the item that another resource of the dataset feeds from a column of this name."""
    for declared in draft.catalog.resources.values():
        if declared.value.dataset != draft.resource.dataset:
            continue
        for item, name in declared.value.source.columns.items():
            if name.casefold() == column.casefold():
                return draft.dataset.item(item)
    return next((i for i in draft.dataset.items if i.name == column.casefold()), None)


def _suite(draft: _Draft, text: str) -> str:
    """Return the suite with the drafted rules of changed lengths; those of a hand stay."""
    if not draft.lengths or not text:
        return text
    from shutong.quality.drafting import draft_suite, suite_text

    items = [
        item.model_copy(update={"length": draft.lengths.get(item.name, item.length)})
        for item in draft.dataset.items
    ]
    dataset = draft.dataset.model_copy(update={"items": tuple(items)})
    drafted = draft_suite(draft.resource.dataset, dataset, draft.catalog.code_tables())
    rules = {entry["meta"]["rule"]: entry for entry in drafted["expectations"]}
    try:
        suite = json.loads(text)
    except json.JSONDecodeError:
        draft.note("规则集文件有误, 未改动", "the suite is broken and was left as it is")
        return text
    changed = {f"{name}.length" for name in draft.lengths}
    suite["expectations"] = [
        rules.get(entry["meta"]["rule"], entry)
        if entry.get("meta", {}).get("origin") == "standard" and entry["meta"]["rule"] in changed
        else entry
        for entry in suite["expectations"]
    ]
    return suite_text(suite)
