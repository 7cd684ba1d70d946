"""Waiting no longer than allowed, and trying again where that is safe (限时等待与重试)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from shutong.errors import ShutongError, SourceUnreachable

Result = TypeVar("Result")

_TRIES: Final = 3
_FIRST_PAUSE_SECONDS: Final = 0.25
_LONGEST_PAUSE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Timing:
    """The clocks of reading and how it waits (计时): a test brings its own."""

    clock: Callable[[], float] = time.monotonic
    """Seconds that only grow."""
    now: Callable[[ZoneInfo], datetime] = datetime.now
    """Wall clock of a zone."""
    wait: Callable[[float], None] = time.sleep
    """Waits for so many seconds."""


TIMING: Final = Timing()


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


def tried(connect: Callable[[], Result], timing: Timing) -> Result:
    """Return what `connect` returns, tried a few times while its fault may pass by itself.

    For connecting only: once rows flow, what came cannot be told from what comes again.
    """
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

    again = Retrying(
        retry=retry_if_exception(_may_pass),
        stop=stop_after_attempt(_TRIES),
        wait=wait_exponential(multiplier=_FIRST_PAUSE_SECONDS, max=_LONGEST_PAUSE_SECONDS),
        sleep=timing.wait,
        reraise=True,
    )
    return again(connect)


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, SourceUnreachable) and error.passing
