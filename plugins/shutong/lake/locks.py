"""One run at a time for each resource (资源锁), between threads and processes of a machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from shutong.errors import Busy, Text
from shutong.lake.tables import make_folder, safe_name

LOCK_FOLDER: Final = ".locks"


@contextmanager
def held(root: Path, resource: str) -> Iterator[None]:
    """Hold a resource's lock; Busy at once when another run has it.

    A thread that holds it may take it again. The lock ends with its process, however that dies.
    """
    folder = root / LOCK_FOLDER
    make_folder(folder)
    lock = FileLock(folder / f"{safe_name(resource)}.lock", timeout=0, is_singleton=True)
    try:
        lock.acquire()
    except Timeout:
        raise Busy(
            Text("另一个任务正在归集这个资源", "another run works on this resource"),
            place=resource,
            next_step=Text("等它结束再重跑", "run again when it has ended"),
        ) from None
    try:
        yield
    finally:
        lock.release()
