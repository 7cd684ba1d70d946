"""Rules proposed from the rows that are there (数据样貌规则): they warn, and a person decides.

One pass of aggregates over the shared table gives counts, and of items that are not personal
the smallest and largest value. Ranges are rounded outward, and of personal items nothing is
proposed but the share of rows that hold something.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final

from shutong.catalog.models import Dataset, Item
from shutong.errors import Text
from shutong.fieldtypes import FieldType
from shutong.model import Severity
from shutong.quality.entries import entry

FEWEST_ROWS: Final = 100
"""Of fewer rows nothing is proposed: a share would speak of single people."""
_NUMBERS: Final = (FieldType.N, FieldType.Y, FieldType.I, FieldType.B, FieldType.F)
_DOUBLES: Final = (FieldType.B, FieldType.F)
_DAYS: Final = (FieldType.D, FieldType.T)
_TEXTS: Final = (FieldType.C, FieldType.M)
_DIGITS: Final = 2
"""A range is rounded to so many digits, outward."""
_SLACK: Final = Decimal("0.05")
"""So much of all rows may lack a value more than now before a rule warns."""
_HUNDREDTH: Final = Decimal("0.01")


def profile_query(dataset: Dataset, table: str) -> str:
    """Return one SELECT of aggregates over a table (样貌查询): what `profile_rules` reads.

    `table` is SQL's own name of it. No value of a personal item is among them.
    """
    wanted = ["count(*) AS rows"]
    for item in dataset.items:
        column = f'"{item.name}"'
        wanted.append(f'count({column}) AS "{item.name}:held"')
        measured = _measured(item, dataset)
        if measured is not None:
            # NaN and the infinities are no end of a range.
            where = f" FILTER (isfinite({column}))" if item.type in _DOUBLES else ""
            of = measured.format(column)
            wanted += [f'{kind}({of}){where} AS "{item.name}:{kind}"' for kind in ("min", "max")]
    return f"SELECT {', '.join(wanted)} FROM {table}"  # noqa: S608 - names of the standard


def profile_rules(dataset: Dataset, figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return rules that the figures propose (样貌规则草案), of origin "profile", as warnings.

    None where the table has fewer rows than `FEWEST_ROWS`.
    """
    rows = int(figures["rows"])
    if rows < FEWEST_ROWS:
        return []
    proposed = [rule for item in dataset.items for rule in _of_item(item, dataset, figures, rows)]
    return [sealed(rule) for rule in proposed]


def sealed(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return a proposed rule with the mark by which a later change of it is seen (封记)."""
    meta = {**rule["meta"], "origin": "profile"}
    return {**rule, "meta": {**meta, "seal": _seal(rule)}}


def untouched(rule: Mapping[str, Any]) -> bool:
    """Say whether a rule is a proposed one that nobody has changed since (未经修改)."""
    meta = rule.get("meta", {})
    return bool(meta.get("origin") == "profile" and meta.get("seal") == _seal(rule))


def with_profile(
    suite: Mapping[str, Any], proposed: list[dict[str, Any]], items: frozenset[str]
) -> dict[str, Any]:
    """Return a suite with proposed rules in place of earlier ones (合并样貌规则).

    What a person wrote or changed stays, and nothing is proposed beside a person's rule of the
    same kind on the same item. `items` are those of the standard: rules of others go.
    """
    kept = [rule for rule in suite["expectations"] if not untouched(rule)]
    known = {rule.get("meta", {}).get("rule") for rule in kept}
    by_hand = {
        (rule["type"], rule.get("kwargs", {}).get("column"))
        for rule in kept
        if rule.get("meta", {}).get("origin") != "standard"
    }
    added = [
        rule
        for rule in proposed
        if rule["meta"]["rule"] not in known
        and (rule["type"], rule["kwargs"]["column"]) not in by_hand
        and rule["kwargs"]["column"] in items
    ]
    return {**suite, "expectations": [*kept, *added]}


def _seal(rule: Mapping[str, Any]) -> str:
    said = [rule.get("type"), rule.get("kwargs"), rule.get("meta", {}).get("severity")]
    text = json.dumps(said, ensure_ascii=False, sort_keys=True)
    return hashlib.new("sm3", text.encode()).hexdigest()[:12]


def _measured(item: Item, dataset: Dataset) -> str | None:
    """Return what is measured of an item's values, as SQL of a column; None for nothing."""
    if item.sensitivity.personal or item.name in dataset.key:
        return None
    if item.code_table is not None or item.rule is not None:
        return None
    if item.type in _NUMBERS or item.type in _DAYS:
        return "{}"
    return "length({})" if item.type in _TEXTS else None


def _of_item(
    item: Item, dataset: Dataset, figures: Mapping[str, Any], rows: int
) -> Iterator[dict[str, Any]]:
    held = int(figures[f"{item.name}:held"])
    if not item.required and held:
        yield from _filled(item, Decimal(held) / rows)
    if _measured(item, dataset) is None:
        return
    least, most = figures[f"{item.name}:min"], figures[f"{item.name}:max"]
    if least is None or most is None:
        return
    if item.type in _DAYS:
        yield _since(item, least)
    elif item.type in _TEXTS:
        yield _lengths(item, int(least), int(most))
    else:
        yield _range(item, rounded(least, ROUND_FLOOR), rounded(most, ROUND_CEILING))


def _filled(item: Item, share: Decimal) -> Iterator[dict[str, Any]]:
    least = (share - _SLACK).quantize(_HUNDREDTH, ROUND_FLOOR)
    if least <= 0:
        return
    words = Text(
        f"{item.title}通常有值的行不少于{least:.0%}", f"{item.name} is mostly held by {least:.0%}"
    )
    yield entry(
        "expect_column_proportion_of_non_null_values_to_be_between",
        {"column": item.name, "min_value": float(least)},
        f"{item.name}.profile_filled",
        Severity.WARN,
        words,
        # Of what changed since yesterday a share says nothing.
        loads="full",
    )


def _since(item: Item, least: date) -> dict[str, Any]:
    first = f"{least.year:04d}-01-01"
    words = Text(f"{item.title}通常不早于{first}", f"{item.name} is mostly not before {first}")
    kwargs = {"column": item.name, "min_value": first}
    return entry(
        "expect_column_values_to_be_between",
        kwargs,
        f"{item.name}.profile_range",
        Severity.WARN,
        words,
    )


def _lengths(item: Item, least: int, most: int) -> dict[str, Any]:
    words = Text(
        f"{item.title}通常为{least}至{most}个字符",
        f"{item.name} mostly has {least} to {most} characters",
    )
    return entry(
        "expect_column_value_lengths_to_be_between",
        {"column": item.name, "min_value": least, "max_value": most},
        f"{item.name}.profile_length",
        Severity.WARN,
        words,
    )


def _range(item: Item, least: int | float, most: int | float) -> dict[str, Any]:
    words = Text(
        f"{item.title}通常在{least}至{most}之间", f"{item.name} mostly lies in {least} to {most}"
    )
    return entry(
        "expect_column_values_to_be_between",
        {"column": item.name, "min_value": least, "max_value": most},
        f"{item.name}.profile_range",
        Severity.WARN,
        words,
    )


def rounded(value: Any, way: str) -> int | float:
    """Return a number rounded to two digits, up or down as `way` says (两位有效数字)."""
    exact = Decimal(str(value))
    if not exact:
        return 0
    step = Decimal(1).scaleb(exact.adjusted() - _DIGITS + 1)
    found = (exact / step).to_integral_value(way) * step
    return int(found) if found == found.to_integral_value() else float(found)
