"""Suites of expectations as they lie in the tree (规则集), read without importing GX.

A suite is GX's own JSON. What Shutong adds stands in each expectation's `meta`: `rule` (its
stable id), `severity`, `words` and `words_en`, `loads` ("full" when the rule speaks of whole
tables only), `unlanded` ("reject_batch" when the batch waits for a dataset that it refers to),
`origin` ("standard" when drafted, "hand" when written by a person), `source` and `source_en`
(the law or standard behind the rule).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from shutong.errors import CatalogFaulty, Text
from shutong.model import Severity
from shutong.quality.json_places import json_places
from shutong.quality.known_expectations import ROW_EXPECTATIONS

_SINGLE: Final = ("column", "column_A", "column_B", "number_column", "date_column")
_SEVERAL: Final = ("column_list", "column_set")


@dataclass(frozen=True, slots=True)
class Rule:
    """One expectation of a suite with its words (规则)."""

    rule: str
    """Stable id inside the suite, `<item>.<rule>`."""
    expectation: str
    kwargs: Mapping[str, Any]
    severity: Severity
    words: str
    words_en: str
    full_only: bool = False
    """True when it holds of whole tables and not of what changed since yesterday."""
    needs_landed: bool = False
    """True when the batch is refused while the dataset it refers to has not landed."""
    line: int = 1

    @property
    def items(self) -> tuple[str, ...]:
        """The items it speaks of, each once."""
        return items_of(self.kwargs)

    @property
    def by_row(self) -> bool:
        """Say whether single rows fail it, which can then be told apart."""
        return self.expectation in ROW_EXPECTATIONS


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite with its digest (规则集)."""

    name: str
    path: Path
    rules: tuple[Rule, ...]
    digest: str
    """SM3 of the canonical JSON."""
    data: Mapping[str, Any] = field(repr=False, default_factory=dict)


def read_suite(path: Path) -> Suite:
    """Read a suite; CatalogFaulty with file and line when it cannot be carried out."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise CatalogFaulty(
            Text("规则集文件读不出来", "the suite cannot be read"),
            place=str(path),
            next_step=Text("运行 shutong check", "run shutong check"),
        ) from exc
    return parse_suite(text, path)


def parse_suite(text: str, path: Path) -> Suite:
    """Read a suite from its JSON text; CatalogFaulty as `read_suite`."""
    try:
        data = read_json(text)
    except json.JSONDecodeError as exc:
        raise _faulty(
            path, exc.lineno, f"JSON 有误: {exc.msg}", f"broken JSON: {exc.msg}"
        ) from None
    if not isinstance(data, dict) or not isinstance(data.get("expectations"), list):
        raise _faulty(path, 1, "没有 expectations 列表", "there is no list of expectations")
    lines = json_places(text, "expectations")
    rules = [
        rule_of(entry, path, lines[position] if position < len(lines) else 1)
        for position, entry in enumerate(data["expectations"])
    ]
    return Suite(
        name=str(data.get("name") or path.stem),
        path=path,
        rules=_numbered(rules),
        digest=digest_of(data),
        data=data,
    )


def read_json(text: str) -> Any:
    """Read JSON, and nothing that only looks like it; json.JSONDecodeError with its place.

    Python's parser takes NaN and Infinity: a bound that is no number is one that nothing breaks.
    """

    def refuse(constant: str) -> Any:
        raise json.JSONDecodeError(f"{constant} is no number", text, max(0, text.find(constant)))

    return json.loads(text, parse_constant=refuse)


def digest_of(data: Any) -> str:
    """Return the SM3 digest of canonical JSON (规范化 JSON 的 SM3 摘要), lower-case hexadecimal."""
    canonical = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.new("sm3", canonical.encode()).hexdigest()


def items_of(kwargs: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the items that an expectation's arguments name, each once, in their order."""
    named = [kwargs[key] for key in _SINGLE if isinstance(kwargs.get(key), str)]
    for key in _SEVERAL:
        several = kwargs.get(key)
        if isinstance(several, list):
            named += [item for item in several if isinstance(item, str)]
    named += [str(pair["here"]) for pair in pairs_by(kwargs) if "here" in pair]
    return tuple(dict.fromkeys(named))


def pairs_by(kwargs: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return by which items rows of two datasets meet, as a rule's arguments say (对应关系)."""
    by = kwargs.get("by")
    return [pair for pair in by if isinstance(pair, Mapping)] if isinstance(by, list) else []


def rule_of(entry: Any, path: Path, line: int) -> Rule:
    """Read one expectation of a suite; CatalogFaulty with its line when it is wrong."""
    if not isinstance(entry, dict) or not isinstance(entry.get("type"), str):
        raise _faulty(path, line, "规则缺少 type", "an expectation has no type")
    kwargs, meta = entry.get("kwargs", {}), entry.get("meta", {})
    if not isinstance(kwargs, dict) or not isinstance(meta, dict):
        raise _faulty(path, line, "kwargs 和 meta 应为对象", "kwargs and meta must be objects")
    items = items_of(kwargs)
    rule = meta.get("rule") or f"{'+'.join(items) or 'table'}.{short_name(entry['type'])}"
    return Rule(
        rule=str(rule),
        expectation=entry["type"],
        kwargs=kwargs,
        severity=_severity(entry["type"], meta.get("severity"), path, line),
        words=str(meta.get("words") or rule),
        words_en=str(meta.get("words_en") or rule),
        full_only=meta.get("loads") == "full",
        needs_landed=meta.get("unlanded") == "reject_batch",
        line=line,
    )


def _severity(expectation: str, named: Any, path: Path, line: int) -> Severity:
    by_row = expectation in ROW_EXPECTATIONS
    if named is None:
        return Severity.REJECT_ROW if by_row else Severity.REJECT_BATCH
    try:
        severity = Severity(named)
    except ValueError:
        known = ", ".join(Severity)
        raise _faulty(
            path,
            line,
            f"未知的等级 '{named}', 可用: {known}",
            f"unknown severity '{named}': {known}",
        ) from None
    if severity is Severity.REJECT_ROW and not by_row:
        raise _faulty(
            path,
            line,
            f"'{expectation}' 判断整批, 不能只退行",
            f"'{expectation}' judges the batch: it cannot reject rows",
        )
    return severity


def _numbered(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Tell rules of the same id apart by a number: results are matched by id."""
    seen: dict[str, int] = {}
    told: list[Rule] = []
    for rule in rules:
        seen[rule.rule] = count = seen.get(rule.rule, 0) + 1
        if count == 1:
            told.append(rule)
            continue
        parts = {name: getattr(rule, name) for name in Rule.__slots__}
        told.append(Rule(**{**parts, "rule": f"{rule.rule}.{count}"}))
    return tuple(told)


def short_name(expectation: str) -> str:
    """Return what tells an expectation's type in a rule id, for rules without an id."""
    for prefix in ("expect_column_values_to_", "expect_column_", "expect_"):
        if expectation.startswith(prefix):
            return expectation.removeprefix(prefix)
    return expectation


def _faulty(path: Path, line: int, zh: str, en: str) -> CatalogFaulty:
    return CatalogFaulty(
        Text(zh, en),
        place=f"{path}:{line}",
        next_step=Text("改正后运行 shutong check", "mend it, then run shutong check"),
    )
