"""Rules that hold a batch against the last one that landed (批次变化规则).

GX measures the batch, what was measured is judged here, by what the last batch's report keeps:
rows, rows without a value, codes seen. The first batch has nothing to be held against.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any, Final

from shutong.catalog.models import CodeTable, Dataset
from shutong.errors import Text
from shutong.model import BatchProfile, RuleResult, RuleState, StagedBatch
from shutong.quality.known_expectations import (
    CHANGE_EXPECTATIONS,
    NEW_CODES,
    NULL_SHARE_CHANGE,
    ROW_COUNT_CHANGE,
)
from shutong.quality.suites import Rule

MAX_ROW_CHANGE: Final = 0.2
"""Share of the last batch's rows by which a full load may differ before it is told."""
FEW_ROWS: Final = 10
"""So many rows may differ whatever the share: of small tables one is much."""
MAX_NULL_CHANGE: Final = 0.1
"""By so much the share of rows without a value may differ, of all rows."""
MIN_ROWS: Final = 100
"""Shares of fewer rows say little."""
_PREVIOUS: Final = "previous"
_MEASURED: Final = {ROW_COUNT_CHANGE: "rows", NULL_SHARE_CHANGE: "nulls", NEW_CODES: "codes"}
_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Change:
    """What is found of a batch beside the last one (变化结论); `failed` None where unjudged."""

    failed: bool | None
    told: Text


_FIRST: Final = Change(None, Text("未判: 没有可比的上一批", "not judged: no batch to compare with"))


def with_previous(
    rules: Sequence[Rule],
    previous: BatchProfile | None,
    dataset: Dataset,
    tables: Mapping[str, CodeTable],
) -> tuple[Rule, ...]:
    """Return rules with what they compare with (填入上一批概况), and the codes to look for."""
    facts = previous.model_dump(mode="json") if previous is not None else None
    coded = {i.name: i.code_table for i in dataset.items if i.code_table in tables}
    ready = []
    for rule in rules:
        more: dict[str, Any] = {_PREVIOUS: facts} if _changes(rule) else {}
        if rule.expectation == NEW_CODES:
            known = {item: tables[str(coded[item])] for item in rule.items if item in coded}
            more["codes"] = {item: [v.code for v in t.values] for item, t in known.items()}
        ready.append(replace(rule, kwargs={**rule.kwargs, **more}) if more else rule)
    return tuple(ready)


def change_of(
    expectation: str,
    kwargs: Mapping[str, Any],
    measured: Mapping[str, Any],
    personal: Set[str] = frozenset(),
) -> Change:
    """Return whether what was measured is near the last batch (变化判定).

    `measured` has `rows`, and `nulls` or `codes` by item where the expectation asks for them;
    `kwargs` are the expectation's own, the last batch's profile among them. Of `personal` items
    no code is named.
    """
    previous: Mapping[str, Any] | None = kwargs.get(_PREVIOUS)
    if not previous:
        return _FIRST
    if expectation == ROW_COUNT_CHANGE:
        return _rows_changed(kwargs, measured, previous)
    if expectation == NULL_SHARE_CHANGE:
        return _nulls_changed(kwargs, measured, previous)
    return _codes_changed(measured, previous, personal)


def _rows_changed(
    kwargs: Mapping[str, Any], measured: Mapping[str, Any], previous: Mapping[str, Any]
) -> Change:
    if not previous["whole"]:
        return _FIRST
    rows, before = int(measured["rows"]), int(previous["rows"])
    more = abs(rows - before)
    share = more / before if before else 1.0
    failed = more > kwargs.get("few_rows", FEW_ROWS) and share > kwargs.get(
        "max_change", MAX_ROW_CHANGE
    )
    figure = f"{before} → {rows}"
    return Change(failed, Text(figure, figure))


def _nulls_changed(
    kwargs: Mapping[str, Any], measured: Mapping[str, Any], previous: Mapping[str, Any]
) -> Change:
    rows, before = int(measured["rows"]), int(previous["rows"])
    items = [item for item in measured["nulls"] if item in previous["nulls"]]
    if not items:
        return _FIRST
    if min(rows, before) < kwargs.get("min_rows", MIN_ROWS):
        return Change(
            None,
            Text(f"未判: 行数太少({before}, {rows})", f"not judged: few rows ({before}, {rows})"),
        )
    shares = {
        item: (previous["nulls"][item] / before, measured["nulls"][item] / rows) for item in items
    }
    most = kwargs.get("max_change", MAX_NULL_CHANGE)
    changed = [
        f"{item} {old:.1%} → {new:.1%}"
        for item, (old, new) in shares.items()
        if abs(new - old) > most
    ]
    return Change(bool(changed), _listed(changed))


def _codes_changed(
    measured: Mapping[str, Any], previous: Mapping[str, Any], personal: Set[str]
) -> Change:
    items = [item for item in measured["codes"] if item in previous["codes"]]
    if not items:
        return _FIRST
    new = []
    for item in items:
        codes = sorted(set(measured["codes"][item]) - set(previous["codes"][item]))
        named = f"+{len(codes)}" if item in personal else ", ".join(codes)
        new += [f"{item} {named}"] if codes else []
    return Change(bool(new), _listed(new))


def _listed(told: Sequence[str]) -> Text:
    more = f" +{len(told) - _SHOWN}" if len(told) > _SHOWN else ""
    text = "; ".join(told[:_SHOWN]) + more
    return Text(text, text)


# ---------------------------------------------------------------- results and profile


def changes_told(
    results: Sequence[RuleResult],
    rules: Sequence[Rule],
    measures: Mapping[str, Mapping[str, Any]],
    personal: Set[str],
) -> tuple[RuleResult, ...]:
    """Return results with what was found of the change rules (变化规则结论).

    `measures` by rule id; one that was not measured has erred and stays so.
    """
    known = {rule.rule: rule for rule in rules if _changes(rule)}
    told = []
    for result in results:
        rule = known.get(result.rule)
        if rule is None or result.rule not in measures:
            told.append(result)
            continue
        change = change_of(rule.expectation, rule.kwargs, measures[result.rule], personal)
        state = {None: RuleState.UNJUDGED, True: RuleState.FAILED, False: RuleState.PASSED}
        detail = " / ".join(dict.fromkeys((change.told.zh, change.told.en)))
        told.append(result.model_copy(update={"state": state[change.failed], "detail": detail}))
    return tuple(told)


def measures_of_nothing(rules: Sequence[Rule]) -> dict[str, dict[str, Any]]:
    """Return what a batch without rows measures (空批次), by rule id."""
    nothing: dict[str, Any] = {NULL_SHARE_CHANGE: 0, NEW_CODES: []}
    measures: dict[str, dict[str, Any]] = {}
    for rule in rules:
        if _changes(rule):
            found = dict.fromkeys(rule.items, nothing.get(rule.expectation))
            measures[rule.rule] = {_MEASURED[rule.expectation]: found, "rows": 0}
    return measures


def profile_of(
    staged: StagedBatch,
    measures: Mapping[str, Mapping[str, Any]],
    previous: BatchProfile | None,
) -> BatchProfile | None:
    """Return what the next batch is compared with (批次概况).

    A batch that draws what changed and found nothing, or that compares keys, is no measure: the
    one before it stays, with the codes seen since.
    """
    window = staged.window
    seen = {item: set(codes) for item, codes in (previous.codes if previous else {}).items()}
    for each in measures.values():
        for item, codes in each.get("codes", {}).items():
            seen.setdefault(item, set()).update(codes)
    codes = {item: tuple(sorted(found)) for item, found in sorted(seen.items())}
    if window.comparison or (window.incremental and not staged.rows):
        return previous.model_copy(update={"codes": codes}) if previous is not None else None
    nulls = {k: int(v) for each in measures.values() for k, v in each.get("nulls", {}).items()}
    return BatchProfile(
        batch_id=staged.batch_id,
        whole=not window.incremental,
        rows=staged.rows,
        nulls=nulls,
        codes=codes,
    )


def _changes(rule: Rule) -> bool:
    return rule.expectation in CHANGE_EXPECTATIONS


# ---------------------------------------------------------------- drafting


@dataclass(frozen=True, slots=True)
class DraftedChange:
    """A change rule as it is drafted for every dataset (变化规则草案)."""

    expectation: str
    kwargs: Mapping[str, Any]
    rule: str
    words: Text
    meta: Mapping[str, str]


def drafted_changes(dataset: Dataset) -> list[DraftedChange]:
    """Return the change rules of a dataset (起草变化规则), told as warnings."""
    optional = [i.name for i in dataset.items if not i.required and i.name not in dataset.key]
    coded = [i.name for i in dataset.items if i.code_table is not None]
    rows = DraftedChange(
        ROW_COUNT_CHANGE,
        {"max_change": MAX_ROW_CHANGE, "few_rows": FEW_ROWS},
        "table.row_count_change",
        Text(
            f"全量行数与上一批相差不超过{MAX_ROW_CHANGE:.0%}",
            f"a full load's rows differ from the last batch's by {MAX_ROW_CHANGE:.0%} at most",
        ),
        {"loads": "full"},
    )
    nulls = DraftedChange(
        NULL_SHARE_CHANGE,
        {"column_list": optional, "max_change": MAX_NULL_CHANGE, "min_rows": MIN_ROWS},
        "table.null_share_change",
        Text(
            f"各信息项空值占比与上一批相差不超过{MAX_NULL_CHANGE * 100:.0f}个百分点",
            f"shares of NULL differ from the last batch's by {MAX_NULL_CHANGE:.0%} points at most",
        ),
        {},
    )
    codes = DraftedChange(
        NEW_CODES,
        {"column_list": coded},
        "table.new_codes",
        Text("没有此前从未出现的代码", "no codes that were never seen before"),
        {},
    )
    return [rows, *([nulls] if optional else []), *([codes] if coded else [])]
