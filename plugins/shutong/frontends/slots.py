"""No more readings at once than a front-end machine allows (连接名额), over one machine.

Airflow's pools hold its tasks to the same number; a command beside them takes its slot here.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from shutong.catalog.models import FrontEnd
from shutong.errors import Busy, StorageFailed, Text
from shutong.frontends.waiting import Timing

_PAUSE_SECONDS: Final = 0.1


def take(folder: Path, front_end: FrontEnd, place: str, timing: Timing) -> FileLock:
    """Return a slot of a front-end machine, held until it is released.

    Waits for one as long as for a connection, then Busy; StorageFailed when `folder` cannot be
    written. A slot ends with its process, however that dies.
    """
    limits = front_end.limits
    # A reader may be closed by another thread than the one that opened it.
    slots = [
        FileLock(
            folder / f"{front_end.code}.{number}.lock", timeout=0, mode=0o600, thread_local=False
        )
        for number in range(limits.connections)
    ]
    deadline = timing.clock() + limits.connect_timeout_seconds
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        while (free := _free(slots)) is None:
            if timing.clock() >= deadline:
                raise _all_taken(front_end, place)
            timing.wait(_PAUSE_SECONDS)
    except OSError:
        raise StorageFailed(
            Text("无法写锁文件", "the lock files cannot be written"),
            place=str(folder),
            next_step=Text("修正目录权限后重跑", "mend the folder's rights, then run again"),
        ) from None
    return free


def _free(slots: list[FileLock]) -> FileLock | None:
    for slot in slots:
        with suppress(Timeout):
            slot.acquire()
            return slot
    return None


def _all_taken(front_end: FrontEnd, place: str) -> Busy:
    number = front_end.limits.connections
    return Busy(
        Text(
            f"前置机的 {number} 个连接名额都在使用",
            f"all {number} connections that this front-end machine allows are in use",
        ),
        place=place,
        next_step=Text(
            "等其他归集结束后重跑; 名额在 front_ends.yaml 的 limits.connections",
            "run again when another reading has ended; the number is limits.connections in "
            "front_ends.yaml",
        ),
    )
