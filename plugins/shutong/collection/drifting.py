"""Schema drift found before the first row is read (结构变更核查)."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from pydantic import JsonValue

from shutong.catalog.models import DriftPolicy, FrontEndKind
from shutong.drift import (
    Change,
    ChangeKind,
    ColumnShape,
    Finding,
    SourceShape,
    Use,
    compare,
    judge,
    uses_of,
)
from shutong.errors import NO_TEXT, SourceDrifted, SourceMismatch, Text
from shutong.ledger import Action, RecordedShape

if TYPE_CHECKING:
    from shutong.collection.context import CollectionContext
    from shutong.frontends import Reader

_FOLDING: Final = (FrontEndKind.MYSQL, FrontEndKind.SQLITE)
"""Databases that do not tell capitals apart in names of columns."""
_SHOWN: Final = 6
"""Changes that a message gives; the report gives all."""


@dataclass(frozen=True, slots=True)
class Drift:
    """A resource's source table held against its baseline (结构变更情况)."""

    resource: str
    policy: DriftPolicy
    baseline: RecordedShape | None
    """None before the first plan, and after the catalog has moved to another table."""
    present: SourceShape
    """The table as it is; without columns when it is gone."""
    findings: tuple[Finding, ...] = ()

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """The changes that wait for a person."""
        evolve = self.policy is DriftPolicy.EVOLVE
        return tuple(f for f in self.findings if not (f.harmless if evolve else f.answered))

    @property
    def missing(self) -> tuple[Use, ...]:
        """Columns that the catalog names and the table does not have."""
        return self.present.missing if self.present.columns else ()

    @property
    def new(self) -> bool:
        """Say whether the description has to be recorded, drift or not."""
        if self.baseline is None:
            return True
        return bool(self.findings) or self.baseline.shape.uses != self.present.uses


def look(context: CollectionContext, reader: Reader) -> Drift:
    """Describe a resource's table and hold it against its baseline; nothing is recorded.

    SourceMismatch when there is no such table and none was ever seen.
    """
    source = context.resource.source
    recorded = context.ledger.shape(context.resource_id)
    present = SourceShape(
        front_end=source.front_end,
        db_schema=source.db_schema,
        table=source.table,
        columns=(),
        uses=uses_of(source, context.dataset),
    )
    if recorded is not None and not recorded.shape.same_place(present):
        recorded = None
    try:
        described = reader.describe(source.db_schema, source.table)
    except SourceMismatch:
        if recorded is None:
            raise
        changes: tuple[Change, ...] = (Change(kind=ChangeKind.TABLE_GONE),)
    else:
        columns = tuple(ColumnShape.of(column) for column in described)
        present = present.model_copy(update={"columns": columns})
        folds = context.front_end.kind in _FOLDING
        changes = compare(recorded.shape, present, folds=folds) if recorded else ()
    findings = judge(changes, recorded.shape, present) if recorded else ()
    return Drift(context.resource_id, source.drift, recorded, present, findings)


def guard_drift(context: CollectionContext, reader: Reader) -> Drift:
    """Hold the source table against its baseline before anything is read of it.

    SourceDrifted when a change waits for a person, with the drift report written and the
    finding in the audit chain; SourceMismatch when the catalog names a column that is not
    there and never was.
    """
    drift = look(context, reader)
    if drift.blocking:
        from shutong.collection.drift_reports import report_drift

        report = report_drift(context, drift)
        raise drifted(drift, report)
    if drift.missing:
        raise missing_columns(drift)
    return drift


def settle_drift(context: CollectionContext, drift: Drift) -> None:
    """Record the table as it was planned with: its first description, or what it became."""
    if not drift.new:
        return
    facts: dict[str, JsonValue] = {"reason": "first" if drift.baseline is None else "catalog"}
    action = Action.SHAPE_RECORDED
    if drift.findings:
        from shutong.collection.drift_reports import report_drift

        report_drift(context, drift)
        action = Action.SHAPE_EVOLVED
        facts = {"changes": told(drift.findings), "policy": str(drift.policy)}
    context.ledger.enter_shape(action, context.resource_id, drift.present, facts)


def accept_drift(context: CollectionContext, drift: Drift, actor: str) -> None:
    """Record the present description as the baseline, on a person's word (人工确认).

    SourceDrifted when the catalog still names columns that are gone: that no word mends.
    """
    if not drift.present.columns:
        raise drifted(drift, None)
    if drift.missing:
        raise missing_columns(drift)
    facts: dict[str, JsonValue] = {"changes": told(drift.findings)}
    action = Action.SHAPE_ACCEPTED
    context.ledger.enter_shape(action, context.resource_id, drift.present, facts, actor=actor)


def told(findings: tuple[Finding, ...]) -> list[JsonValue]:
    """Return the changes in words for the audit chain: names and declarations only."""
    return [str(finding.change.words) for finding in findings]


def drifted(drift: Drift, report: str | None) -> SourceDrifted:
    """Return the refusal: each change, and what to do about it."""
    found = drift.blocking or drift.findings
    parts = [
        Text(
            f"{f.change.words.zh} ({f.reason.zh})",
            f"{f.change.words.en} ({f.reason.en})",
        )
        for f in found[:_SHOWN]
    ]
    more = len(found) - _SHOWN
    rest = Text(f"; 另有 {more} 处", f"; {more} more") if more > 0 else NO_TEXT
    table = drift.present.table
    seen = Text(f"查看 {report}; ", f"see {report}; ") if report else NO_TEXT
    resource = drift.resource
    return SourceDrifted(
        Text(
            f"源表 {table} 的结构变了, 未读取任何数据: "
            + "; ".join(part.zh for part in parts)
            + rest.zh,
            f"source table {table} was changed, nothing was read: "
            + "; ".join(part.en for part in parts)
            + rest.en,
        ),
        place=resource,
        next_step=Text(
            f"{seen.zh}shutong drift {resource} --propose 生成目录修改建议; "
            f"确认无碍用 shutong drift {resource} --accept",
            f"{seen.en}shutong drift {resource} --propose writes the catalog change; "
            f"shutong drift {resource} --accept takes it as it is",
        ),
    )


def missing_columns(drift: Drift) -> SourceMismatch:
    """Return the error for columns that the catalog names and the table does not have."""
    names = list(dict.fromkeys(use.column for use in drift.missing))
    there = [column.name for column in drift.present.columns]
    near = {name: get_close_matches(name, there, n=1) for name in names}
    hints = "、".join(f"{name} → {close[0]}" for name, close in near.items() if close)
    zh = f"是否应为 {hints}? " if hints else ""
    en = f"did you mean {hints}? " if hints else ""
    listed = "、".join(names)
    table, present = drift.present.table, "、".join(there)
    return SourceMismatch(
        Text(f"表 {table} 没有字段 {listed}", f"table {table} has no column {listed}"),
        place=drift.resource,
        next_step=Text(
            f"{zh}核对资源的 source.columns、cursor 与 filters; 源表现有字段: {present}",
            f"{en}check source.columns, cursor and filters; the table has: {present}",
        ),
    )
