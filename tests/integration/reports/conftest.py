"""A town whose reports are recomputed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.integration.collection.town import FIRST_DAY, Person, SqliteSite, Town, build

MERGE: dict[str, Any] = {"load": "merge", "cursor": "GXSJ"}


def person(number: int, **facts: Any) -> Person:
    return Person(f"N{number:05d}", f"人{number}", **facts)


def town_of(folder: Path, **source: Any) -> Town:
    now = FIRST_DAY + timedelta(days=1)
    return build(folder / "town", SqliteSite(folder / "fe.db"), now=now, **source)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """Build a town with 40 people: one without a name, one born on no day."""
    town = town_of(tmp_path)
    town.put(*(person(number) for number in range(38)))
    town.put(Person("N-无名", None), Person("N-无日", "王五", born="0000-00-00"))
    return town
