"""Upkeep of the tables (库表维护): sweeping, verifying, comparing with the ledger."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from deltalake import DeltaTable

from shutong.errors import Busy, StorageFailed, Text
from shutong.lake.files import FileWork
from shutong.lake.locks import held
from shutong.lake.log import LOG_FOLDER, commits, read_commit
from shutong.lake.scratch import SPILL_FOLDER
from shutong.lake.tables import PARTITION, file_rows, open_table, table_folder, tables_in
from shutong.model import LandedBatch, LandedFile

# ---------------------------------------------------------------- sweeping


@dataclass(frozen=True, slots=True)
class Swept:
    """What was swept away (清理结果)."""

    files: tuple[Path, ...] = ()
    bytes: int = 0

    def __add__(self, other: Swept) -> Swept:
        """Return both together."""
        return Swept(self.files + other.files, self.bytes + other.bytes)


def sweep(root: Path, older_than: timedelta, locks: Path) -> Swept:
    """Remove what a killed run left behind: files in no version, temporaries, overflow.

    A resource that is being worked on is left alone: `locks` is the root its lock is under.
    The age counts from when a file got its
    name here: an adopted file keeps the time of its writing.
    """
    swept = Swept()
    limit = time.time() - older_than.total_seconds()
    for dataset in tables_in(root):
        folder = table_folder(root, dataset)
        table = open_table(folder)
        if table is None:
            continue
        for partition in sorted(folder.glob(f"{PARTITION}=*")):
            swept += _sweep_partition(locks, folder, partition, limit)
        swept += _remove(_old((folder / LOG_FOLDER).glob("*#*"), limit))
    return swept + _remove(_old((root / SPILL_FOLDER).rglob("*"), limit))


def _sweep_partition(locks: Path, folder: Path, partition: Path, limit: float) -> Swept:
    try:
        with held(locks, partition.name.removeprefix(f"{PARTITION}=")):
            # The log is read under the lock: nobody can adopt and commit a file meanwhile.
            table = open_table(folder)
            known = _ever_known(folder, table.version()) if table else set()
            orphans = (p for p in partition.iterdir() if str(p.relative_to(folder)) not in known)
            return _remove(_old(orphans, limit))
    except Busy:
        return Swept()


def _ever_known(folder: Path, newest: int) -> set[str]:
    return {file.path for commit in commits(folder, newest) for file in commit.added}


def _old(paths: Iterable[Path], limit: float) -> list[Path]:
    return [path for path in paths if path.is_file() and path.stat().st_ctime < limit]


def _remove(paths: list[Path]) -> Swept:
    size = sum(path.stat().st_size for path in paths)
    for path in paths:
        path.unlink()
    return Swept(tuple(paths), size)


# ---------------------------------------------------------------- verifying


class DamageKind(StrEnum):
    """What is wrong with a data file (损坏类别)."""

    MISSING = "missing"
    """The log names it and it is not there."""
    ALTERED = "altered"
    """Its bytes are not those that landed."""
    UNRECORDED = "unrecorded"
    """The ledger has no digest of it."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A data file that does not hold (损坏文件)."""

    dataset: str
    path: str
    kind: DamageKind


def verify(
    folder: Path, table: DeltaTable, recorded: Iterable[LandedFile], threads: int
) -> tuple[Damage, ...]:
    """Return the table's current files that are lost, changed, or without a recorded digest."""
    digests = {file.path: file.digest for file in recorded}
    dataset = f"{folder.parent.name}/{folder.name}"
    damages: list[Damage] = []
    with FileWork(threads) as work:
        current = sorted(file_rows(table))
        present = [path for path in current if (folder / path).is_file()]
        for path in present:
            if path in digests:
                work.seal(folder / path)
        for path in current:
            if path not in present:
                damages.append(Damage(dataset, path, DamageKind.MISSING))
            elif path not in digests:
                damages.append(Damage(dataset, path, DamageKind.UNRECORDED))
            elif work.digest(folder / path) != digests[path]:
                damages.append(Damage(dataset, path, DamageKind.ALTERED))
    return tuple(damages)


# ---------------------------------------------------------------- comparing


def compare(root: Path, last: Iterable[LandedBatch]) -> tuple[str, ...]:
    """Return batches in the tables that are newer than the ledger's `last` of each dataset.

    StorageFailed when a table has lost what its last landing left.
    """
    known = {landed.dataset: landed for landed in last}
    newer: list[str] = []
    for dataset in sorted({*known, *tables_in(root)}):
        landed = known.get(dataset)
        folder = table_folder(root, dataset)
        table = open_table(folder)
        if table is None:
            if landed is not None:
                raise _lost(landed, Text("表不存在", "there is no table"))
            continue
        if landed is not None:
            _guard_not_lost(folder, table, landed)
        first = landed.version + 1 if landed else 0
        newer += _batches_from(folder, first, table.version())
    return tuple(newer)


def guard_last(root: Path, landed: LandedBatch) -> None:
    """See that a table still has what a landing left in it; StorageFailed when it has not."""
    folder = table_folder(root, landed.dataset)
    table = open_table(folder)
    if table is None:
        raise _lost(landed, Text("表不存在", "there is no table"))
    _guard_not_lost(folder, table, landed)


def _guard_not_lost(folder: Path, table: DeltaTable, landed: LandedBatch) -> None:
    version = table.version()
    if version < landed.version:
        told = f"{version} < {landed.version}"
        raise _lost(landed, Text(f"版本落后: {told}", f"its version is behind: {told}"))
    commit = read_commit(folder, landed.version)
    if commit.batch_id != landed.batch_id:
        fact = Text(
            f"第 {landed.version} 版不是该批次写的",
            f"version {landed.version} was not made by this batch",
        )
        raise _lost(landed, fact)
    then = table if version == landed.version else open_table(folder, landed.version)
    rows = sum(facts["rows"] for facts in file_rows(then).values()) if then else 0
    if rows != landed.table_rows:
        told = f"{rows} ≠ {landed.table_rows}"
        raise _lost(landed, Text(f"行数不符: {told}", f"its rows differ: {told}"))


def _batches_from(folder: Path, first: int, newest: int) -> Iterator[str]:
    for version in range(first, newest + 1):
        batch_id = read_commit(folder, version).batch_id
        if batch_id is not None:
            yield batch_id


def _lost(landed: LandedBatch, fact: Text) -> StorageFailed:
    return StorageFailed(
        Text(
            f"共享库与台账不一致: {fact.zh} (台账: 批次 {landed.batch_id})",
            f"table and ledger disagree: {fact.en} (ledger: batch {landed.batch_id})",
        ),
        place=landed.dataset,
        next_step=Text(
            "停止归集; 从备份恢复该表后再核对, 不要删除 _delta_log",
            "stop collecting; restore the table from a backup and compare again; "
            "do not delete _delta_log",
        ),
    )
