"""Foreign errors at the border of the shared database (存储错误转换)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import duckdb
from deltalake.exceptions import CommitFailedError, DeltaError

from shutong.errors import Busy, StorageFailed, Text

NEXT_STEP: Final = Text(
    "腾出空间或修正权限后重跑; 表保持原状",
    "free space or mend the rights, then run again; the table is as it was",
)
_OS_ERROR: Final = re.compile(r"(?:os error |code: |errno )(\d+)", re.IGNORECASE)


@contextmanager
def storing(place: str) -> Iterator[None]:
    """Turn what the disk, Delta or DuckDB raise into StorageFailed, or Busy, at `place`.

    Their texts may quote a row's values, so only the kind of error and the system's own
    reason are told, and the foreign exception is not chained.
    """
    try:
        yield
    except CommitFailedError:
        raise Busy(
            Text("其他写入一再抢先", "other writers were faster again and again"),
            place=place,
            next_step=Text("稍后重跑; 表中没有本批次", "run again later; nothing has landed"),
        ) from None
    except OSError as exc:
        raise _failed(place, os.strerror(exc.errno) if exc.errno else _reason(exc)) from None
    except (DeltaError, duckdb.Error) as exc:
        raise _failed(place, _reason(exc)) from None
    except BaseException as exc:
        # A panic of the Rust library is no Exception; any other of these is not ours to judge.
        if type(exc).__name__ != "PanicException":
            raise
        raise _failed(place, "PanicException") from None


def _reason(exc: Exception) -> str:
    found = _OS_ERROR.search(str(exc))
    if found:
        return os.strerror(int(found.group(1)))
    return type(exc).__name__


def _failed(place: str, reason: str) -> StorageFailed:
    return StorageFailed(
        Text(f"共享库读写失败: {reason}", f"the shared database cannot be used: {reason}"),
        place=place,
        next_step=NEXT_STEP,
    )
