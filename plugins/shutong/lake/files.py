"""Data files (数据文件): adopted without rewriting, forced to disk, sealed with SM3."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final, Self

from shutong.model import LandedFile

_BLOCK: Final = 1 << 20
_NO_LINK: Final = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EACCES)


def sm3_of(path: Path) -> str:
    """Return the SM3 digest of a file (国密杂凑), lower-case hexadecimal."""
    seal = hashlib.new("sm3")
    for block in _blocks(path):
        seal.update(block)
    return seal.hexdigest()


def sm3_unless(stopped: Callable[[], bool], path: Path) -> str | None:
    """Return the SM3 digest of a file, None when it was stopped before the end."""
    seal = hashlib.new("sm3")
    for block in _blocks(path):
        if stopped():
            return None
        seal.update(block)
    return seal.hexdigest()


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            yield block


def batch_digest(files: Iterable[LandedFile]) -> str:
    """Return SM3 over the files' paths and digests, in order (批次摘要)."""
    text = "".join(f"{file.path}\x1f{file.digest}\n" for file in files)
    return hashlib.new("sm3", text.encode()).hexdigest()


def force(path: Path) -> None:
    """Force a file or folder to disk: deltalake itself syncs nothing."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def adopt(source: Path, target: Path) -> None:
    """Make `source` the table's file `target` without writing its bytes again where possible.

    A target left by an earlier try is replaced unless it is the same file.
    """
    if target.exists():
        if target.samefile(source):
            return
        target.unlink()
    try:
        target.hardlink_to(source)
    except OSError as exc:
        if exc.errno not in _NO_LINK:
            raise
        temporary = target.with_name(f".{target.name}.tmp")
        shutil.copyfile(source, temporary)
        force(temporary)
        temporary.replace(target)
    target.chmod(0o600)


class FileWork:
    """Forcing and sealing of files beside other work (并行落盘与摘要).

    Both leave the interpreter to others, so the guards run meanwhile.
    """

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="files")
        self._forced: list[Future[None]] = []
        self._sealed: dict[Path, Future[str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def force(self, path: Path) -> None:
        """Begin to force a file to disk."""
        self._forced.append(self._pool.submit(force, path))

    def seal(self, path: Path) -> None:
        """Begin to compute a file's digest."""
        self._sealed[path] = self._pool.submit(sm3_of, path)

    def digest(self, path: Path) -> str:
        """Return the digest of a file whose sealing was begun."""
        return self._sealed[path].result()

    def wait(self) -> None:
        """Wait until every file is on disk; OSError when one could not be forced."""
        for future in self._forced:
            future.result()
