"""The map from traps to tests (`tests/TRAPS.md`) names tests that are there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

TESTS: Final = Path(__file__).parents[1]
TRAPS: Final = [
    line
    for line in (TESTS / "TRAPS.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("- ")
]
NAMED: Final = re.compile(r"`tests/([\w/]+\.py)::(test_\w+)`")


@cache
def defined_in(file: str) -> frozenset[str]:
    """Return the names of a module's tests, those that it takes over from another included."""
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
    return frozenset(found)


def test_every_trap_of_the_three_tables_has_its_line() -> None:
    assert len(TRAPS) == 13 + 8 + 11


@pytest.mark.parametrize("trap", TRAPS, ids=lambda line: line[2:40])
def test_each_trap_names_tests_that_can_be_collected(trap: str) -> None:
    named = NAMED.findall(trap)
    assert named, "a trap without a test"
    assert len(named) == trap.count("::")
    for file, test in named:
        assert Path(file).name.startswith("test_")
        assert test in defined_in(file), f"{file}::{test}"
