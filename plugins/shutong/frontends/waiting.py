"""Waiting no longer than allowed (限时等待)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from shutong.errors import ShutongError

Result = TypeVar("Result")


def within(seconds: float, call: Callable[[], Result], late: Callable[[], ShutongError]) -> Result:
    """Return what `call` returns; raise `late` when it takes longer.

    Drivers bound the TCP connection only: a listener that accepts and says nothing would hold
    us for ever. The abandoned call ends with its thread, at the latest with the process.
    """
    outcome: list[Result] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(call())
        except BaseException as exc:  # noqa: BLE001 - raised again in the calling thread
            failure.append(exc)

    thread = threading.Thread(target=run, name="connecting", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise late()
    if failure:
        raise failure[0]
    return outcome[0]
