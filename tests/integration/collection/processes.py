"""Collections in processes of their own, which may be killed at a border or at any moment.

They are forked off a process that has imported everything and done nothing: a process of its
own costs milliseconds that way. `run` is what the child does.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from contextlib import nullcontext
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Final

from tests.integration.collection import boundaries
from tests.integration.collection.town import RESOURCE

from shutong.collection import collect
from shutong.errors import Busy, ShutongError
from shutong.settings import Settings

DONE: Final = 0
BUSY: Final = 75
FAULTY: Final = 1
KILLED: Final = -signal.SIGKILL

_PRELOADED: Final = [
    "tests.integration.collection.processes",
    "great_expectations",
    "shutong.quality.engine",
    "shutong.quality.validation",
    "shutong.frontends.mysql",
    "deltalake",
]


def context() -> ForkServerContext:
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(list(_PRELOADED))
    return made


def started(
    root: Path, *, resource: str = RESOURCE, point: str | None = None, zone: str | None = None
) -> ForkServerProcess:
    """Begin a collection in a process of its own; it kills itself at `point`."""
    process = context().Process(target=run, args=(root, resource, point, zone))
    process.start()
    return process


def ended(process: ForkServerProcess) -> int:
    """Return how a process ended: a result above, or less the signal."""
    process.join(120)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise AssertionError("the collection hung")
    return process.exitcode


def killed_after(process: ForkServerProcess, seconds: float) -> int:
    """Kill a process at a moment, unless it has ended by then."""
    process.join(seconds)
    process.kill()
    return ended(process)


def run(root: Path, resource: str, point: str | None, zone: str | None) -> None:
    """Collect as the command does, and end with a result."""
    if zone is not None:
        os.environ["TZ"] = zone
        time.tzset()
    using = Settings(root=root, data_dir=root / "build", lang="en", rows_per_file=20_000)
    result = DONE
    with boundaries.at(point, boundaries.kill) if point else nullcontext():
        try:
            collect(resource, using=using)
        except Busy:
            result = BUSY
        except ShutongError as exc:
            print(exc)
            result = FAULTY
    os._exit(result)
