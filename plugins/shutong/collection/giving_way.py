"""Letting the machine's other work go first (让行)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

_NICENESS: Final = 10
_LAST: Final = 19


def step_back() -> None:
    """Let this thread run only where nothing else wants the processor (末位让行)."""
    os.setpriority(os.PRIO_PROCESS, 0, _LAST)


@contextmanager
def giving_way() -> Iterator[None]:
    """Lower this thread's priority for a while, and that of threads it starts meanwhile.

    Where the front-end's database, or Airflow's pages, run on the same machine, they are not
    held up; and an extraction that lets the database go first ends sooner. Afterwards the
    priority is as before, or stays low where only an administrator may raise it.
    """
    before = os.getpriority(os.PRIO_PROCESS, 0)
    os.setpriority(os.PRIO_PROCESS, 0, max(before, _NICENESS))
    try:
        yield
    finally:
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, before)
