"""kill -9 at every border of a collection, and at any moment: the rerun makes it whole."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.integration.collection.boundaries import BORDERS
from tests.integration.collection.crowd import Crowd, crowd
from tests.integration.collection.processes import (
    DONE,
    KILLED,
    ended,
    killed_after,
    started,
)
from tests.integration.collection.town import RESOURCE
from tests.integration.mariadb import MariaDB

ROWS = 2_000
MOMENTS = 8


@pytest.fixture
def many(tmp_path: Path, mariadb: MariaDB) -> Crowd:
    made = crowd(tmp_path, mariadb, ROWS, seed=7)
    assert ended(started(made.town.root)) == DONE
    made.check()
    return made


def test_a_collection_killed_at_any_border_is_made_whole_by_the_next(many: Crowd) -> None:
    root = many.town.root
    killed = []
    for point in BORDERS:
        many.change()
        if ended(started(root, point=point)) == KILLED:
            killed.append(point)
        many.rerun()
        many.check()
    assert killed == BORDERS
    many.town.check_books()
    many.town.check_swept()
    many.check()


def test_a_collection_killed_at_random_moments_is_made_whole_by_the_next(many: Crowd) -> None:
    assert killed_at_random(many, MOMENTS, random.Random(11)).total() > MOMENTS // 2
    many.town.check_books()
    many.town.check_swept()
    many.check()


def killed_at_random(many: Crowd, moments: int, chance: random.Random) -> Counter[str]:
    """Kill so many collections, each at a random moment, and rerun.

    Returns how many died, by the state that their batch was left in.
    """
    root = many.town.root
    many.change()
    begun = time.monotonic()
    assert ended(started(root)) == DONE
    usual = time.monotonic() - begun
    died: Counter[str] = Counter()
    ledger = many.town.context().ledger
    for _ in range(moments):
        many.change()
        if killed_after(started(root), chance.uniform(0, usual)) == KILLED:
            died[str(ledger.batches(RESOURCE, limit=1)[0].state)] += 1
        many.rerun()
        many.check()
    return died
