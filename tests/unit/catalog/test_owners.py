"""CODEOWNERS follows the departments, and `shutong check` says when it does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.sharing import city

from shutong.catalog import load_catalog
from shutong.catalog.owners import FILE, owner_faults, write_owners

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return city.build(tmp_path)


def test_each_department_owns_its_folder_and_the_authority_the_rest(root: Path) -> None:
    assert write_owners(root)
    lines = (root / FILE).read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if not line.startswith("#")]
    assert rules[0] == "* @bureau"
    assert "/catalog/civil/ @civil" in rules
    assert len(rules) == 5
    assert not write_owners(root)


def test_a_stale_or_missing_file_is_told(root: Path) -> None:
    assert [fault.file for fault in owner_faults(load_catalog(root))] == [FILE]
    write_owners(root)
    assert list(owner_faults(load_catalog(root))) == []
    with (root / FILE).open("a", encoding="utf-8") as out:
        out.write("/catalog/civil/ @somebody\n")
    (fault,) = owner_faults(load_catalog(root))
    assert "run shutong owners" in fault.render("en")


def test_a_copy_outside_git_needs_none(root: Path) -> None:
    (root / ".git").rmdir()
    assert list(owner_faults(load_catalog(root))) == []


def test_the_city_s_own_file_is_fresh() -> None:
    assert list(owner_faults(load_catalog(ROOT))) == []
