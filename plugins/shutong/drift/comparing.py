"""Two descriptions of one table held against each other (结构比对)."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

from shutong.drift.families import holds
from shutong.drift.shape import ColumnShape, SourceShape
from shutong.errors import Text
from shutong.model import Fact

NEAR: Final = 0.6
"""Likeness of two names, from 0 to 1, from which one may stand for the other."""

_ENDED: Final = 0.9
"""Likeness of a name to the same one with an ending."""


class ChangeKind(StrEnum):
    """Kind of a change (变更类型)."""

    TABLE_GONE = "table_gone"
    ADDED = "added"
    DROPPED = "dropped"
    RENAMED = "renamed"
    RECASED = "recased"
    """Renamed in capitals only, where the database tells them apart."""
    RETYPED = "retyped"
    WIDENED = "widened"
    NARROWED = "narrowed"
    LOOSENED = "loosened"
    """May be NULL now."""
    TIGHTENED = "tightened"
    """May be NULL no more."""
    REORDERED = "reordered"


KIND_WORDS: Final[dict[ChangeKind, Text]] = {
    ChangeKind.TABLE_GONE: Text("表不存在", "table gone"),
    ChangeKind.ADDED: Text("新增字段", "column added"),
    ChangeKind.DROPPED: Text("删除字段", "column dropped"),
    ChangeKind.RENAMED: Text("疑似改名", "probably renamed"),
    ChangeKind.RECASED: Text("大小写改名", "renamed in capitals"),
    ChangeKind.RETYPED: Text("改变类型", "type changed"),
    ChangeKind.WIDENED: Text("加长/放宽", "widened"),
    ChangeKind.NARROWED: Text("缩短/收窄", "narrowed"),
    ChangeKind.LOOSENED: Text("改为可空", "may be NULL now"),
    ChangeKind.TIGHTENED: Text("改为非空", "NOT NULL now"),
    ChangeKind.REORDERED: Text("字段换序", "columns reordered"),
}


class Change(Fact):
    """One change of a table's declaration (结构变更项)."""

    kind: ChangeKind
    before: ColumnShape | None = None
    after: ColumnShape | None = None

    @property
    def column(self) -> str:
        """The column it is about, by the name that the baseline knows."""
        told = self.before or self.after
        return told.name if told is not None else ""

    @property
    def words(self) -> Text:
        """The change in words: kind, column, and what became of what."""
        kind = KIND_WORDS[self.kind]
        before, after = self.before, self.after
        if before is None or after is None:
            tail = f" {before.name} {before.declared}" if before else ""
            tail = f" {after.name} {after.declared}" if after else tail
        elif self.kind in (ChangeKind.RENAMED, ChangeKind.RECASED):
            tail = f" {before.name} → {after.name} ({after.declared})"
        elif self.kind in (ChangeKind.LOOSENED, ChangeKind.TIGHTENED):
            tail = f" {before.name}"
        else:
            tail = f" {before.name} {before.declared} → {after.declared}"
        return Text(kind.zh + tail, kind.en + tail)


def compare(before: SourceShape, after: SourceShape, *, folds: bool) -> tuple[Change, ...]:
    """Return what changed from `before` to `after`, in the order of the columns.

    `folds` says that the database does not tell capitals apart in names of columns.
    """
    pairs = _pairs(before.columns, after.columns)
    left = [column for column in before.columns if column.name not in pairs]
    taken = {column.name for column in pairs.values()}
    right = [column for column in after.columns if column.name not in taken]
    renamed = _renamed(before, after, pairs, left, right)
    found: list[Change] = []
    for column in before.columns:
        if column.name in pairs:
            found += _of_pair(column, pairs[column.name], folds=folds)
        elif column.name in renamed:
            new = renamed[column.name]
            found.append(Change(kind=ChangeKind.RENAMED, before=column, after=new))
        else:
            found.append(Change(kind=ChangeKind.DROPPED, before=column))
    news = {column.name for column in renamed.values()}
    found += [Change(kind=ChangeKind.ADDED, after=c) for c in right if c.name not in news]
    kept = [pairs[column.name].name for column in before.columns if column.name in pairs]
    if kept != [column.name for column in after.columns if column.name in taken]:
        found.append(Change(kind=ChangeKind.REORDERED))
    return tuple(found)


def likeness(one: str, other: str) -> float:
    """Return how alike two names are, from 0 to 1; one with an ending like _2 or _NEW is near."""
    short, long = sorted((one.casefold(), other.casefold()), key=len)
    rest = long.removeprefix(short)
    ended = rest != long and not rest[:1].isalpha()
    return max(SequenceMatcher(None, short, long).ratio(), _ENDED if ended else 0.0)


def _pairs(before: Sequence[ColumnShape], after: Sequence[ColumnShape]) -> dict[str, ColumnShape]:
    """Return the column of now for each name of then: the same name, or the same but capitals."""
    exact = {column.name: column for column in after}
    pairs = {column.name: exact[column.name] for column in before if column.name in exact}
    rest_before = [column for column in before if column.name not in pairs]
    rest_after = [column for column in after if column.name not in pairs]
    for column in rest_before:
        ours = [c for c in rest_before if c.name.casefold() == column.name.casefold()]
        theirs = [c for c in rest_after if c.name.casefold() == column.name.casefold()]
        if len(ours) == len(theirs) == 1:
            pairs[column.name] = theirs[0]
    return pairs


def _renamed(
    before: SourceShape,
    after: SourceShape,
    pairs: dict[str, ColumnShape],
    left: Sequence[ColumnShape],
    right: Sequence[ColumnShape],
) -> dict[str, ColumnShape]:
    """Return which new column probably is which old one: of its type, and near by name or place.

    By its place alone only where the whole declaration is the same.
    """
    places = _places(before.columns, set(pairs))
    now = _places(after.columns, {column.name for column in pairs.values()})
    scored = []
    for old in left:
        for new in right:
            near = likeness(old.name, new.name)
            beside = places[old.name] == now[new.name]
            same = old.declared == new.declared
            if old.type_name == new.type_name and (near >= NEAR or (beside and same)):
                scored.append((near + 0.5 * beside + 0.1 * same, old, new))
    found: dict[str, ColumnShape] = {}
    taken: set[str] = set()
    for _, old, new in sorted(scored, key=lambda each: -each[0]):
        if old.name not in found and new.name not in taken:
            found[old.name] = new
            taken.add(new.name)
    return found


def _places(columns: Sequence[ColumnShape], kept: set[str]) -> dict[str, int]:
    """Return after how many kept columns each one stands."""
    places, passed = {}, 0
    for column in columns:
        places[column.name] = passed
        passed += column.name in kept
    return places


def _of_pair(before: ColumnShape, after: ColumnShape, *, folds: bool) -> list[Change]:
    found = []
    if before.name != after.name and not folds:
        found.append(Change(kind=ChangeKind.RECASED, before=before, after=after))
    kind = _retyped(before, after)
    if kind is not None:
        found.append(Change(kind=kind, before=before, after=after))
    if before.nullable != after.nullable:
        kind = ChangeKind.LOOSENED if after.nullable else ChangeKind.TIGHTENED
        found.append(Change(kind=kind, before=before, after=after))
    return found


def _retyped(before: ColumnShape, after: ColumnShape) -> ChangeKind | None:
    facets = ("type_name", "length", "precision", "scale", "unsigned")
    if all(getattr(before, name) == getattr(after, name) for name in facets):
        return None
    wider, narrower = holds(after, before), holds(before, after)
    if wider and narrower:
        return None  # Another name for the same type.
    if wider:
        return ChangeKind.WIDENED
    return ChangeKind.NARROWED if narrower else ChangeKind.RETYPED
