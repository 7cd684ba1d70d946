"""What a table's log tells (事务日志): which batch made which version, with which files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from shutong.errors import StorageFailed, Text
from shutong.lake.tables import PARTITION

LOG_FOLDER: Final = "_delta_log"
TOLD: Final = "shutong"
"""Key of this program's facts in a commit."""


@dataclass(frozen=True, slots=True)
class LoggedFile:
    """A data file that a commit added or removed (日志文件项)."""

    path: str
    """Relative to the table's folder."""
    bytes: int
    rows: int
    resource: str


@dataclass(frozen=True, slots=True)
class Commit:
    """One version of a table (提交)."""

    version: int
    at: datetime
    batch_id: str | None
    told: dict[str, Any] = field(default_factory=dict)
    """The facts that the batch left in the commit."""
    added: tuple[LoggedFile, ...] = ()
    removed: tuple[LoggedFile, ...] = ()


def commit_path(folder: Path, version: int) -> Path:
    """Return the file of a version in the log of the table in `folder`."""
    return folder / LOG_FOLDER / f"{version:020d}.json"


def read_commit(folder: Path, version: int) -> Commit:
    """Return what one version did; StorageFailed when its file is missing or torn."""
    path = commit_path(folder, version)
    try:
        actions = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except (FileNotFoundError, ValueError):
        actions = []
    if not actions:
        raise StorageFailed(
            Text(f"事务日志第 {version} 版缺失或残缺", f"log entry {version} is missing or torn"),
            place=f"{folder.parent.name}/{folder.name}",
            next_step=Text("从备份恢复该表, 再重跑", "restore the table from a backup, then rerun"),
        )
    return _commit(version, actions)


def commits(folder: Path, newest: int) -> Iterator[Commit]:
    """Give a table's versions, the newest first."""
    for version in range(newest, -1, -1):
        yield read_commit(folder, version)


def find_batch(folder: Path, newest: int, batch_id: str) -> Commit | None:
    """Return the commit that carries a batch, None when none does."""
    return next((c for c in commits(folder, newest) if c.batch_id == batch_id), None)


def _commit(version: int, actions: list[dict[str, Any]]) -> Commit:
    info: dict[str, Any] = {}
    added: list[LoggedFile] = []
    removed: list[LoggedFile] = []
    for action in actions:
        match action:
            case {"commitInfo": entry}:
                info = entry
            case {"add": entry}:
                added.append(_file(entry))
            case {"remove": entry}:
                removed.append(_file(entry))
            case _:
                pass
    told = info.get(TOLD, {})
    return Commit(
        version=version,
        at=datetime.fromtimestamp(info.get("timestamp", 0) / 1000, UTC),
        batch_id=told.get("batch"),
        told=told,
        added=tuple(added),
        removed=tuple(removed),
    )


def _file(entry: dict[str, Any]) -> LoggedFile:
    stats = json.loads(entry.get("stats") or "{}")
    return LoggedFile(
        path=unquote(entry["path"]),
        bytes=int(entry.get("size") or 0),
        rows=int(stats.get("numRecords", 0)),
        resource=str((entry.get("partitionValues") or {}).get(PARTITION)),
    )
