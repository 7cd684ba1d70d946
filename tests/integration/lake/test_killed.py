"""kill -9 at every border of a landing: the rerun converges, nothing twice, nothing lost."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.lake.lander import lake_in, ledger_in, made, run
from tests.unit.lake.batches import NAME, POLICE, rows_of

from shutong.audit import AuditTrail

ROOT = Path(__file__).parents[3]
BEFORE = ("append", POLICE, "0", "1,2,3,4")
FULL = ("full", POLICE, "1", "3,4,5:新,6,7")
MERGE = ("merge", POLICE, "1", "3,4:新,5:新,6,7")

EVERYWHERE = [
    "shutong.lake.landing:guard_rows:after",
    "shutong.lake.changes:force:before",
    "shutong.lake.landing:commit_change:before",
    "shutong.lake.landing:commit_change:after",
    "shutong.lake.landing:force_commit:after",
    "shutong.ledger.book:Ledger.land:before",
    "shutong.ledger.book:file_values:after",
    "shutong.ledger.book:Ledger.land:after",
]
POINTS = [
    *((FULL, point) for point in [*EVERYWHERE, "shutong.lake.changes:adopt:after"]),
    *(
        (MERGE, point)
        for point in [
            "shutong.lake.rowfiles:RowFiles.write:after",
            "shutong.lake.rowfiles:force:before",
            "shutong.lake.landing:commit_change:before",
            "shutong.lake.landing:commit_change:after",
        ]
    ),
]


def child(folder: Path, told: tuple[str, ...], point: str) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.lake.lander", str(folder), *told, point],
        cwd=ROOT,
        capture_output=True,
        timeout=120,
    )
    return done.returncode


@pytest.mark.parametrize(("told", "point"), POINTS, ids=str)
def test_a_killed_landing_is_as_if_it_had_not_begun_or_had_ended(
    tmp_path: Path, told: tuple[str, ...], point: str
) -> None:
    run(tmp_path, made(tmp_path, *BEFORE))
    lake, ledger = lake_in(tmp_path), ledger_in(tmp_path)
    assert child(tmp_path, told, point) == -signal.SIGKILL

    between = [(row["select"], row["name"][-1]) for row in rows_of(lake)]
    old = [(n, str(n)) for n in (1, 2, 3, 4)]
    new_full = [(3, "3"), (4, "4"), (5, "新"), (6, "6"), (7, "7")]
    new_merge = [(1, "1"), (2, "2"), (3, "3"), (4, "新"), *new_full[2:]]
    wanted = new_full if told is FULL else new_merge
    assert between in (old, wanted)

    given = made(tmp_path, *told)
    run(tmp_path, given)
    assert [(row["select"], row["name"][-1]) for row in rows_of(lake)] == wanted
    landed = ledger.landing(given.batch_id)
    assert landed is not None
    assert landed.version == 2
    assert landed.table_rows == len(wanted)
    assert AuditTrail(ledger).verify() is None
    told_actions = [event.action for event in AuditTrail(ledger).events(given.batch_id)]
    assert told_actions.count("batch.landed") == 1

    assert lake.compare(ledger.last_of_each_dataset()) == ()
    lake.sweep(timedelta(0))
    recorded = [record.file for record in ledger.landed_files(NAME)]
    assert lake.verify(NAME, recorded) == ()
    assert len(rows_of(lake)) == len(wanted)
