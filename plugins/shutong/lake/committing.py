"""Commits to a table's log (提交): a batch's files, its id and its facts in one atomic act."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import CommitFailedError
from deltalake.transaction import AddAction, RemoveAction
from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from shutong.lake.files import force
from shutong.lake.log import LOG_FOLDER, TOLD, Commit, commit_path
from shutong.lake.tables import PARTITION

RESOURCE_LOCK: Final = "resource:"
"""Prefix of the transaction id that all commits for a resource share."""
ATTEMPTS: Final = 12
"""Tries of a commit that other writers overtake."""
_LONGEST_WAIT_SECONDS: Final = 1.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NewFile:
    """A data file to enter into the table (待入库文件)."""

    path: str
    """Relative to the table's folder."""
    bytes: int
    rows: int


def commit_files(
    table: DeltaTable,
    *,
    batch_id: str,
    resource: str,
    told: Mapping[str, Any],
    added: Iterable[NewFile] = (),
    removed: Mapping[str, int] | None = None,
) -> None:
    """Enter `added` files and take `removed` ones (path to bytes) away, in one commit.

    The batch's id goes along as transaction, so that it lands once, and the resource's too:
    of two commits for one resource on the same version the second is a CommitFailedError,
    also where both only add. The log gets a file's number of rows and no other statistics.
    """
    now = int(time.time() * 1000)
    partition: dict[str, str | None] = {PARTITION: resource}
    actions: list[AddAction | RemoveAction] = [
        RemoveAction(path, True, now, size, partition) for path, size in (removed or {}).items()
    ]
    actions += [
        AddAction(f.path, f.bytes, partition, now, True, json.dumps({"numRecords": f.rows}))
        for f in added
    ]
    properties = CommitProperties(
        custom_metadata={TOLD: {"batch": batch_id, "resource": resource, **told}},
        app_transactions=[_next(table, batch_id), _next(table, f"{RESOURCE_LOCK}{resource}")],
    )
    table.create_write_transaction(
        actions, "append", table.schema(), [PARTITION], commit_properties=properties
    )


def _next(table: DeltaTable, app_id: str) -> Transaction:
    return Transaction(app_id, (table.transaction_version(app_id) or 0) + 1)


def persisting(act: Callable[[], T]) -> T:
    """Carry `act` out, again when another writer was faster (冲突重试), but not for ever."""
    for attempt in Retrying(
        retry=retry_if_exception_type(CommitFailedError),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.05, max=_LONGEST_WAIT_SECONDS),
        reraise=True,
    ):
        with attempt:
            return act()
    raise AssertionError  # Retrying either returns or raises


def force_commit(root: Path, folder: Path, commit: Commit) -> None:
    """Force a commit, its files and every folder above them to disk (落盘)."""
    folders = {folder / LOG_FOLDER, folder, folder.parent, root}
    for file in commit.added:
        path = folder / file.path
        force(path)
        path.chmod(0o600)
        folders.add(path.parent)
    force(commit_path(folder, commit.version))
    for path in (folder / LOG_FOLDER).glob("*checkpoint*"):
        force(path)
    for path in folders:
        force(path)
