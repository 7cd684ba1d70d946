"""Two hundred kills of a collection, at every border and at random moments (`make faults`)."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Final

from tests.integration.collection.boundaries import EVERYWHERE
from tests.integration.collection.crowd import Crowd, crowd
from tests.integration.collection.processes import DONE, KILLED, ended, started
from tests.integration.collection.test_killed_collections import killed_at_random
from tests.integration.mariadb import MariaDB

KILLS: Final = int(os.environ.get("SHUTONG_FAULT_KILLS", "200"))
ROWS: Final = int(os.environ.get("SHUTONG_FAULT_ROWS", "50000"))
SEED: Final = int(os.environ.get("SHUTONG_FAULT_SEED") or random.SystemRandom().randrange(10**6))
"""Told at the end, so that a run can be had again."""
NEVER_CROSSED: Final = 3
"""A batch is given up only after another one, and an increment adopts no file."""


def many_in(folder: Path, mariadb: MariaDB) -> Crowd:
    made = crowd(folder, mariadb, ROWS, SEED)
    assert ended(started(made.town.root)) == DONE
    made.check()
    return made


def test_killed_at_every_border_of_an_increment(tmp_path: Path, mariadb: MariaDB) -> None:
    many = many_in(tmp_path, mariadb)
    killed = 0
    for point in EVERYWHERE:
        many.change()
        killed += ended(started(many.town.root, point=point)) == KILLED
        many.rerun()
        many.check()
    print(f"\n{killed} of {len(EVERYWHERE)} borders, {ROWS} rows, seed {SEED}")
    assert killed >= len(EVERYWHERE) - NEVER_CROSSED
    finish(many)


def test_killed_at_random_moments(tmp_path: Path, mariadb: MariaDB) -> None:
    many = many_in(tmp_path, mariadb)
    died = killed_at_random(many, KILLS, random.Random(SEED))
    print(f"\n{KILLS} kills, {ROWS} rows, seed {SEED}; batches left: {dict(died)}")
    assert died.total() > KILLS // 2
    finish(many)


def finish(many: Crowd) -> None:
    """Hold the books against each other, sweep, and look again."""
    many.town.check_books()
    many.town.check_swept()
    many.check()
