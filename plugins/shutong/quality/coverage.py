"""Items of the standards that no rule speaks of (未覆盖信息项): no fault, but to be known."""

from __future__ import annotations

from pathlib import Path

from shutong.catalog import Catalog, Fault, in_order
from shutong.errors import CatalogFaulty, Text
from shutong.quality.feasible import condition_items
from shutong.quality.suites import Suite, read_suite

_STEP = Text("需要时在规则集中手工添加规则", "add a rule to its suite by hand where it needs one")


def uncovered_items(catalog: Catalog, expectations_dir: Path) -> tuple[Fault, ...]:
    """Return each item that no rule of its suite speaks of (规则未覆盖), where it is declared.

    A suite that cannot be read is left out: its faults are told elsewhere.
    """
    found: list[Fault] = []
    for name, dataset in catalog.datasets.items():
        try:
            suite = read_suite(expectations_dir / f"{name}.json")
        except CatalogFaulty:
            continue
        spoken = items_spoken_of(suite)
        for number, item in enumerate(dataset.value.items):
            if item.name not in spoken:
                fact = Text(
                    f"信息项 '{item.name}' ({item.title}) 没有任何规则",
                    f"no rule speaks of item '{item.name}'",
                )
                found.append(dataset.fault(("items", number), fact, _STEP))
    return tuple(sorted(found, key=in_order))


def items_spoken_of(suite: Suite) -> frozenset[str]:
    """Return the items that a suite's rules judge or go by (规则涉及的信息项)."""
    judged = {item for rule in suite.rules for item in rule.items}
    conditions = (condition_items(rule.kwargs.get("row_condition")) for rule in suite.rules)
    return frozenset(judged.union(*conditions))
