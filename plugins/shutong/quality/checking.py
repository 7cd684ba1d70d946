"""Faults of the suites in the tree (规则集检查), found without importing GX."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from shutong.catalog import Catalog, Fault, did_you_mean, in_order
from shutong.catalog.models import CodeTable, Dataset
from shutong.errors import CatalogFaulty, Text
from shutong.quality.drafting import draft_suite
from shutong.quality.feasible import obstacles
from shutong.quality.json_places import json_places
from shutong.quality.parameters import (
    TODAY,
    TOMORROW,
    codes_name,
    named_parameters,
    retired_codes_name,
)
from shutong.quality.relation_checking import relation_faults
from shutong.quality.suites import Rule, read_json, rule_of

_DRAFT: Final = Text("运行 shutong suite draft 起草", "run shutong suite draft")


def faults_of_suites(catalog: Catalog, expectations_dir: Path) -> tuple[Fault, ...]:
    """Return the faults of every suite, and the suites that lack (规则集问题)."""
    codes = catalog.code_tables()
    datasets = {name: declared.value for name, declared in catalog.datasets.items()}
    found: list[Fault] = []
    for path in sorted(expectations_dir.glob("*/*.json")):
        name = f"{path.parent.name}/{path.stem}"
        file = _shown(path, catalog.root)
        if name in catalog.datasets:
            text = path.read_text(encoding="utf-8", errors="replace")
            found += suite_text_faults(text, file, name, datasets, codes)
        else:
            fact = Text(f"没有数据标准 '{name}'", f"there is no data standard '{name}'")
            found.append(Fault(file, 1, fact, did_you_mean(name, catalog.datasets)))
    for name in catalog.datasets:
        path = expectations_dir / f"{name}.json"
        if not path.is_file():
            fact = Text(f"数据标准 '{name}' 没有规则集", f"'{name}' has no suite")
            found.append(Fault(_shown(path, catalog.root), 1, fact, _DRAFT))
    return tuple(sorted(found, key=in_order))


def suite_text_faults(
    text: str,
    file: str,
    name: str,
    datasets: Mapping[str, Dataset],
    codes: Mapping[str, CodeTable],
) -> Iterator[Fault]:
    """Yield the faults of one suite's JSON text (单个规则集的问题); `file` is shown as it is."""
    dataset = datasets[name]
    try:
        data = read_json(text)
    except json.JSONDecodeError as exc:
        yield Fault(file, exc.lineno, Text(f"JSON 有误: {exc.msg}", f"broken JSON: {exc.msg}"))
        return
    if not isinstance(data, dict) or not isinstance(data.get("expectations"), list):
        yield Fault(file, 1, Text("没有 expectations 列表", "there is no list of expectations"))
        return
    lines = json_places(text, "expectations")
    rules: list[Rule] = []
    for entry, line in zip(data["expectations"], lines, strict=True):
        try:
            rules.append(rule_of(entry, Path(file), line))
        except CatalogFaulty as exc:
            yield Fault(file, line, exc.fact, exc.next_step)
    yield from _rule_faults(rules, file, dataset, codes)
    yield from relation_faults(rules, file, name, datasets)
    drafted = draft_suite(name, dataset, codes, datasets)["expectations"]
    yield from _drift(drafted, data["expectations"], lines, file)


def _rule_faults(
    rules: list[Rule], file: str, dataset: Dataset, codes: Mapping[str, CodeTable]
) -> Iterator[Fault]:
    items = [item.name for item in dataset.items]
    known = _parameter_names(codes)
    seen: dict[str, int] = {}
    for rule in rules:
        if rule.rule in seen:
            fact = Text(
                f"规则 '{rule.rule}' 与第 {seen[rule.rule]} 行重复",
                f"rule '{rule.rule}' repeats line {seen[rule.rule]}",
            )
            yield Fault(file, rule.line, fact, Text("换一个规则 id", "choose another rule id"))
        seen.setdefault(rule.rule, rule.line)
        for obstacle in obstacles(rule, items):
            yield Fault(file, rule.line, obstacle.fact, obstacle.next_step)
        for name in named_parameters(rule.kwargs):
            if name not in known:
                fact = Text(f"未知的参数 '{name}'", f"unknown parameter '{name}'")
                yield Fault(file, rule.line, fact, did_you_mean(name, known))


def _drift(
    drafted: list[dict[str, Any]], entries: list[Any], lines: list[int], file: str
) -> Iterator[Fault]:
    """Yield where the suite no longer says what the standard says."""
    standing = {
        entry["meta"].get("rule"): (entry, line)
        for entry, line in zip(entries, lines, strict=True)
        if isinstance(entry, dict) and isinstance(entry.get("meta"), dict)
    }
    wanted = {entry["meta"]["rule"]: entry for entry in drafted}
    for rule in wanted:
        if rule not in standing:
            fact = Text(f"缺少标准要求的规则 '{rule}'", f"the standard's rule '{rule}' is missing")
            yield Fault(file, 1, fact, _DRAFT)
    for rule, (entry, line) in standing.items():
        if entry["meta"].get("origin") == "standard" and entry != wanted.get(rule):
            fact = Text(
                f"规则 '{rule}' 与数据标准不一致", f"rule '{rule}' is not what the standard says"
            )
            step = Text(
                "重新起草; 若是有意改动, 把 origin 写成 hand",
                'draft again; if it was meant so, write "origin": "hand"',
            )
            yield Fault(file, line, fact, step)


def _parameter_names(codes: Mapping[str, CodeTable]) -> set[str]:
    tables = {codes_name(table) for table in codes} | {retired_codes_name(t) for t in codes}
    return tables | {TODAY, TOMORROW}


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
