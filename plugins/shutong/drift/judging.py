"""Whether a change of the source may lose anything, and whether the catalog answers it (变更研判).

A change is lossless when collection as declared before goes on exactly: every value arrives
as it is, or its row goes to quarantine with a reason. It is answered when the steward has
since declared what is to become of it. What is neither waits for a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shutong.drift.comparing import Change, ChangeKind
from shutong.drift.families import Family, family_of
from shutong.drift.shape import ColumnShape, Role, SourceShape, Use
from shutong.errors import Text
from shutong.fieldtypes import FieldType, arrow_type
from shutong.model import Fact


class Finding(Fact):
    """A change with what it means for the resource (变更研判结论)."""

    change: Change
    uses: tuple[Use, ...]
    """What the resource uses the column for; what it used it for, where it does no more."""
    lossless: bool
    answered: bool
    reason: Text

    @property
    def harmless(self) -> bool:
        """Say whether collection may go on under `drift: evolve`."""
        return self.lossless or self.answered


def judge(
    changes: Sequence[Change], before: SourceShape, after: SourceShape
) -> tuple[Finding, ...]:
    """Return what each change means; the shapes hold the uses of then and of now."""
    return tuple(_judged(change, before.uses, after.uses) for change in changes)


def item_holds(use: Use, column: ColumnShape) -> bool | None:
    """Say whether an item holds every value of a column; None where types do not compare."""
    family = family_of(column.type_name)
    if use.type is FieldType.M:
        return True
    if use.type is FieldType.C:
        if family is not Family.TEXT:
            return None
        return column.length is not None and column.length <= (use.length or 0)
    if use.type in (FieldType.N, FieldType.Y) and family is Family.DECIMAL:
        kind = arrow_type(use.type, use.length, use.scale)
        if column.precision is None:
            return False
        scale = column.scale or 0
        return bool(scale <= kind.scale and column.precision - scale <= kind.precision - kind.scale)
    if use.type is FieldType.I and family is Family.INTEGER:
        return not (column.unsigned and column.type_name == "bigint")
    return None


def _judged(change: Change, then: Sequence[Use], now: Sequence[Use]) -> Finding:
    names = {c.name.casefold() for c in (change.before, change.after) if c is not None}
    old = [use for use in then if use.column.casefold() in names]
    new = [use for use in now if use.column.casefold() in names]
    uses = tuple(new or old)
    lossless, answered, reason = _verdict(change, old, new)
    return Finding(change=change, uses=uses, lossless=lossless, answered=answered, reason=reason)


Verdict = tuple[bool, bool, Text]
"""Lossless, answered, and why."""


_WHOLE: Final[dict[ChangeKind, Verdict]] = {
    ChangeKind.TABLE_GONE: (
        False,
        False,
        Text("源表没有了, 或账号不能再读", "the table is gone, or the login may read it no more"),
    ),
    ChangeKind.REORDERED: (
        True,
        False,
        Text("按字段名读取, 次序无关", "columns are read by name"),
    ),
    ChangeKind.RECASED: (
        True,
        False,
        Text("读取时不分大小写", "the readers find it all the same"),
    ),
}
"""Verdicts on changes that no use of a column matters to."""


def _verdict(change: Change, old: Sequence[Use], new: Sequence[Use]) -> Verdict:
    if change.kind in _WHOLE:
        return _WHOLE[change.kind]
    if not new and not old:
        return True, False, Text("目录未使用该字段", "the catalog does not use it")
    if change.kind is ChangeKind.RENAMED:
        return _renamed(change, new)
    if change.kind is ChangeKind.ADDED:
        return _added(old)
    if not new:
        return True, True, Text("目录已不再使用该字段", "the catalog uses it no more")
    return _of_used(change, old, new)


def _added(old: Sequence[Use]) -> Verdict:
    if old:
        # The baseline met the use by another column, whose name differs in capitals.
        words = Text(
            "与在用字段仅大小写不同, 目录所指不明",
            "it differs from a used column in capitals only: which one is meant?",
        )
        return False, False, words
    return True, True, Text("目录已对应该字段", "the catalog maps it already")


def _of_used(change: Change, old: Sequence[Use], new: Sequence[Use]) -> Verdict:
    """Judge a change of a column that the catalog uses."""
    match change.kind:
        case ChangeKind.DROPPED:
            told = _told(new)
            words = Text(f"{told.zh}没有来源了", f"nothing feeds {told.en} any more")
            return False, False, words
        case ChangeKind.TIGHTENED:
            return True, False, Text("不会再有空值", "there will be no NULL any more")
        case ChangeKind.LOOSENED:
            return _loosened(old, new)
        case ChangeKind.WIDENED:
            return _widened(change, old, new)
        case ChangeKind.NARROWED:
            words = Text("源库中的值可能已被截断", "values may have been cut at the source")
            return False, False, words
        case _:
            return _retyped(old, new)


def _renamed(change: Change, new: Sequence[Use]) -> Verdict:
    gone = change.before.name.casefold() if change.before else ""
    still = [use for use in new if use.column.casefold() == gone]
    if still:
        told = _told(still)
        return (
            False,
            False,
            Text(f"{told.zh}仍指向旧名", f"{told.en} still names the old column"),
        )
    if new:
        return True, True, Text("目录已改用新名", "the catalog names the new column")
    return True, True, Text("目录已不再使用该字段", "the catalog uses it no more")


def _loosened(old: Sequence[Use], new: Sequence[Use]) -> Verdict:
    if any(use.role is Role.CURSOR for use in new):
        words = Text("游标为空的行不会被增量读取", "no window draws a row whose cursor is NULL")
        return False, False, words
    if any(use.role is Role.FILTER for use in new):
        words = Text("过滤条件不选空值行", "the filter leaves rows with NULL out")
        return False, False, words
    if any(use.required for use in new):
        return False, False, Text("对应必填信息项", "a required item stands on it")
    answered = any(use.required for use in old)
    return True, answered, Text("信息项本可为空", "the item may be empty")


def _widened(change: Change, old: Sequence[Use], new: Sequence[Use]) -> Verdict:
    before, after = change.before, change.after
    if before is None or after is None:
        return False, False, Text("", "")
    items = [use for use in new if use.role is Role.ITEM]
    ordered = any(use.role is not Role.ITEM for use in new)
    if ordered and before.type_name != after.type_name:
        integers = {family_of(c.type_name) for c in (before, after)} == {Family.INTEGER}
        if not integers:
            words = Text(
                "游标或过滤条件按新类型比较, 结果可能不同",
                "cursor or filter compare by the new type, which may differ",
            )
            return False, False, words
    if any(_rewritten(use, before, after) for use in items):
        words = Text(
            "文本型信息项中数字或时间的写法会变",
            "a text item would hold the number or time written otherwise",
        )
        return False, False, words
    answered = bool(items) and all(_answers(use, old, after) for use in items)
    if all(item_holds(use, after) is not False for use in items):
        return True, answered, Text("信息项容得下", "the item holds it")
    words = Text(
        "超出信息项的值连同整行进隔离区并注明原因",
        "rows with values beyond the item go to quarantine with the reason",
    )
    return True, answered, words


def _rewritten(use: Use, before: ColumnShape, after: ColumnShape) -> bool:
    if use.type not in (FieldType.C, FieldType.M) or family_of(before.type_name) is Family.TEXT:
        return False
    moment = family_of(before.type_name) in (Family.MOMENT, Family.CLOCK)
    digits = before.precision != after.precision if moment else False
    scales = (before.scale or 0) != (after.scale or 0)
    return digits or scales or family_of(before.type_name) is Family.FLOAT


def _answers(use: Use, old: Sequence[Use], after: ColumnShape) -> bool:
    then = next((each for each in old if each.item == use.item), None)
    changed = then is None or (then.type, then.length, then.scale) != (
        use.type,
        use.length,
        use.scale,
    )
    return changed and item_holds(use, after) is True


def _retyped(old: Sequence[Use], new: Sequence[Use]) -> Verdict:
    then = {use.item: use.type for use in old if use.role is Role.ITEM}
    answered = all(
        use.role is Role.ITEM and then.get(use.item, use.type) is not use.type for use in new
    )
    words = Text(
        "新类型未必容得下或写法不同, 须由人确认",
        "the new type may not hold or may write them otherwise: a person has to look",
    )
    return False, answered, words


def _told(uses: Sequence[Use]) -> Text:
    words = {
        Role.CURSOR: Text("游标", "the cursor"),
        Role.FILTER: Text("过滤条件", "a filter"),
    }
    told = [words.get(use.role) or Text(f"信息项 {use.title}", f"item {use.item}") for use in uses]
    return Text("、".join(each.zh for each in told), ", ".join(each.en for each in told))
