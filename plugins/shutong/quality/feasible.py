"""What of a rule cannot be carried out (规则可行性), found before a row is read and without GX.

`shutong check` tells it with the suite's line; a run that meets such a rule all the same
refuses the batch with the same words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from shutong.catalog import did_you_mean
from shutong.errors import NO_TEXT, Text
from shutong.quality.known_expectations import (
    NOT_CARRIED_OUT,
    ROW_EXPECTATIONS,
    TABLE_EXPECTATIONS,
    WITHOUT_ROW_CONDITION,
)
from shutong.quality.suites import Rule

KNOWN: Final = (ROW_EXPECTATIONS | TABLE_EXPECTATIONS) - NOT_CARRIED_OUT
_ANOTHER: Final = Text("改用其他规则类型", "use another expectation")
_NAMED: Final = re.compile(r"""\bcol\(\s*["']([^"']+)["']\s*\)""")


class Obstacle(NamedTuple):
    """Why a rule cannot be carried out (障碍), and what to do."""

    kind: str
    fact: Text
    next_step: Text = NO_TEXT


class Infeasible(Exception):
    """A rule that cannot be carried out (规则不可行); its text is the kind of the obstacle."""


def obstacles(rule: Rule, items: Sequence[str]) -> Iterator[Obstacle]:
    """Yield what keeps a rule from being carried out over a dataset of these items (障碍)."""
    kind = rule.expectation
    if kind in NOT_CARRIED_OUT:
        fact = Text(
            f"规则 '{rule.rule}' 的类型 '{kind}' 在批次上无法执行",
            f"rule '{rule.rule}': '{kind}' cannot be carried out on a batch",
        )
        yield Obstacle("NotCarriedOut", fact, _ANOTHER)
    elif kind not in KNOWN:
        fact = Text(f"未知的规则类型 '{kind}'", f"unknown expectation '{kind}'")
        yield Obstacle("UnknownExpectation", fact, did_you_mean(kind, KNOWN))
    condition = rule.kwargs.get("row_condition")
    # A rule may ask for a column that is not there: that is its whole question.
    named = () if kind == "expect_column_to_exist" else rule.items
    for item in dict.fromkeys((*named, *condition_items(condition))):
        if item not in items:
            fact = Text(f"数据标准没有信息项 '{item}'", f"the standard has no item '{item}'")
            yield Obstacle("UnknownItem", fact, did_you_mean(item, items))
    if condition and kind in WITHOUT_ROW_CONDITION:
        fact = Text(
            f"规则 '{rule.rule}' 的类型 '{kind}' 不支持 row_condition",
            f"rule '{rule.rule}': '{kind}' knows no row_condition",
        )
        yield Obstacle("NoRowCondition", fact, _ANOTHER)
    for pattern in _patterns(rule.kwargs):
        wrong = _wrong_pattern(pattern)
        if wrong is not None:
            fact = Text(
                f"规则 '{rule.rule}' 的正则表达式有误: {wrong}",
                f"rule '{rule.rule}': the regular expression does not compile: {wrong}",
            )
            step = Text("按 RE2 语法改写", "write it in the syntax of RE2")
            yield Obstacle("InvalidPattern", fact, step)


def condition_items(condition: Any) -> tuple[str, ...]:
    """Return the items that a row condition names, in either of its forms (行条件信息项)."""
    if isinstance(condition, str):
        return tuple(dict.fromkeys(_NAMED.findall(condition)))
    return tuple(dict.fromkeys(_columns(condition)))


def _columns(condition: Any) -> Iterator[str]:
    if isinstance(condition, Mapping):
        column = condition.get("column")
        if isinstance(column, Mapping) and isinstance(column.get("name"), str):
            yield column["name"]
        for value in condition.values():
            yield from _columns(value)
    elif isinstance(condition, list):
        for value in condition:
            yield from _columns(value)


def _patterns(kwargs: Mapping[str, Any]) -> Iterator[str]:
    single, several = kwargs.get("regex"), kwargs.get("regex_list")
    if isinstance(single, str):
        yield single
    if isinstance(several, list):
        yield from (each for each in several if isinstance(each, str))


@lru_cache(maxsize=1024)
def _wrong_pattern(pattern: str) -> str | None:
    """Return what RE2, in the engine that will judge, says against a pattern; None for nothing."""
    import duckdb

    try:
        duckdb.execute("SELECT regexp_matches('', $1)", [pattern]).fetchall()
    except duckdb.Error as exc:
        return str(exc).partition(": ")[2] or type(exc).__name__
    return None
