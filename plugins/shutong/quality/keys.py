"""The key's own rules (主键规则): no batch lands without them, whatever its suite says.

A NULL or repeated key would be inserted again with each merge.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from shutong.catalog.models import Dataset
from shutong.model import Severity
from shutong.quality.drafting import key_rules
from shutong.quality.known_expectations import UNIQUE_EXPECTATIONS
from shutong.quality.suites import Rule, rule_of

_REQUIRED: Final = "expect_column_values_to_not_be_null"


def with_key_rules(rules: Sequence[Rule], dataset: Dataset) -> tuple[Rule, ...]:
    """Return the rules with those of the key that they lack (补齐主键规则)."""
    required = {rule.items for rule in rules if rule.expectation == _REQUIRED and _strict(rule)}
    unique = any(
        rule.expectation in UNIQUE_EXPECTATIONS
        and set(rule.items) == set(dataset.key)
        and _strict(rule)
        for rule in rules
    )
    drafted = [rule_of(entry, Path("key"), 1) for entry in key_rules(dataset)]
    lacking = [
        rule
        for rule in drafted
        if (not unique if rule.expectation in UNIQUE_EXPECTATIONS else rule.items not in required)
    ]
    return (*rules, *lacking)


def _strict(rule: Rule) -> bool:
    """Say whether a rule lets no row pass that fails it."""
    lenient = rule.kwargs.get("mostly") not in (None, 1, 1.0) or rule.kwargs.get("row_condition")
    return rule.severity is not Severity.WARN and not rule.full_only and not lenient
