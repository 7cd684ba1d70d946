"""A child process that lands one batch and enters it, and may be killed on the way.

    python -m tests.integration.lake.lander FOLDER MODE RESOURCE HOUR NUMBERS [KILL_AT]

NUMBERS are `n` or `n:name`, by commas. KILL_AT is `module:attribute:before` or `:after`: this
process gives itself SIGKILL there.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

from tests.unit.lake.batches import NAME, Batch, batch, person

from shutong.lake import Lake
from shutong.ledger import Ledger
from shutong.model import BatchState, LandedBatch, LoadMode

STEPS = (BatchState.STAGED, BatchState.RECONCILED, BatchState.VALIDATED)


def lake_in(folder: Path) -> Lake:
    return Lake(folder / "lake", folder / "quarantine", memory="100MB")


def ledger_in(folder: Path) -> Ledger:
    return Ledger(f"sqlite:///{folder / 'ledger.db'}")


def made(folder: Path, mode: str, resource: str, hour: str, told: str) -> Batch:
    rows = []
    for entry in told.split(","):
        number, _, name = entry.partition(":")
        rows.append(person(int(number), **({"name": name} if name else {})))
    return batch(
        folder / "staging",
        rows,
        mode=LoadMode(mode),
        resource=resource,
        hour=int(hour),
        files=min(2, len(rows)),
    )


def run(folder: Path, given: Batch) -> LandedBatch:
    """Land a batch and enter it, as collection does: idempotent from end to end."""
    ledger = ledger_in(folder)
    ledger.plan(given.staged.window, NAME)
    known = ledger.landing(given.batch_id)
    if known is not None:
        return known
    if ledger.state(given.batch_id) is not BatchState.VALIDATED:
        for state in STEPS:
            ledger.advance(given.batch_id, state)
    landed = given.land(lake_in(folder))
    ledger.land(landed, None)
    return landed


def die_at(point: str) -> None:
    module, path, when = point.split(":")
    owner: Any = importlib.import_module(module)
    *above, name = path.split(".")
    for part in above:
        owner = getattr(owner, part)
    original = getattr(owner, name)

    def deadly(*args: Any, **kwargs: Any) -> Any:
        if when == "after":
            original(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, deadly)


def main(folder: str, mode: str, resource: str, hour: str, told: str, point: str = "") -> None:
    given = made(Path(folder), mode, resource, hour, told)
    if point:
        die_at(point)
    run(Path(folder), given)


if __name__ == "__main__":
    main(*sys.argv[1:])
