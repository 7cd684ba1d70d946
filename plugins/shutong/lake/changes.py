"""What a batch changes in its table (变更), prepared on disk before the one commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deltalake import DeltaTable

from shutong.lake.committing import NewFile, commit_files
from shutong.lake.files import FileWork, adopt, force
from shutong.lake.guards import Landing, guard_grown, known_rows
from shutong.lake.merging import Merge, merge
from shutong.lake.scratch import scratch
from shutong.lake.tables import PARTITION, make_folder
from shutong.model import LoadMode

Files = Mapping[str, Mapping[str, Any]]
"""Data files by path, with rows and bytes."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where landings happen and what they may use (入库环境)."""

    root: Path
    memory: str
    threads: int


@dataclass(frozen=True, slots=True)
class Change:
    """Files to enter and to take away, with the counts to tell (变更内容)."""

    based_on: Files
    """The resource's files that the change was prepared on."""
    added: tuple[NewFile, ...]
    removed: tuple[str, ...]
    digests: dict[str, str]
    """SM3 of the added files by path."""
    rows_landed: int
    rows_unchanged: int = 0
    rows_removed: int = 0


def prepare(site: Site, folder: Path, landing: Landing, work: FileWork, own: Files) -> Change:
    """Put the batch's files in place and return the change; nothing counts before its commit.

    `own` are the resource's current files. LandingRefused when an appending batch has rows
    that landed before with other content.
    """
    partition = folder / f"{PARTITION}={landing.resource}"
    make_folder(partition)
    match landing.mode:
        case LoadMode.FULL:
            change = _adopted(folder, partition, landing, work, own, replace=True)
        case LoadMode.APPEND:
            change = _appended(site, folder, partition, landing, work, own)
        case LoadMode.MERGE | LoadMode.LOG:
            change = _merged(site, folder, partition, landing, work, own)
    force(partition)
    return change


def commit_change(table: DeltaTable, landing: Landing, change: Change) -> None:
    """Commit a prepared change; CommitFailedError when another writer was in between."""
    report = landing.report
    told = {
        "mode": str(landing.mode),
        "rows_read": report.rows,
        "rows_rejected": report.rejected_rows,
        "rows_landed": change.rows_landed,
        "rows_unchanged": change.rows_unchanged,
        "rows_removed": change.rows_removed,
        "digests": change.digests,
    }
    removed = {path: change.based_on[path]["bytes"] for path in change.removed}
    commit_files(
        table,
        batch_id=landing.batch_id,
        resource=landing.resource,
        told=told,
        added=change.added,
        removed=removed,
    )


def _adopted(
    folder: Path, partition: Path, landing: Landing, work: FileWork, own: Files, *, replace: bool
) -> Change:
    """Make the clean files the table's own, unwritten; to replace, the others leave."""
    added: list[NewFile] = []
    digests: dict[str, str] = {}
    for number, file in enumerate(landing.report.clean_files):
        target = partition / f"{landing.batch_id}-{number:05d}.parquet"
        adopt(file.path, target)
        path = str(target.relative_to(folder))
        added.append(NewFile(path, file.bytes, file.rows))
        digests[path] = file.digest or work.digest(file.path)
    return Change(
        based_on=own,
        added=tuple(added),
        removed=tuple(own) if replace else (),
        digests=digests,
        rows_landed=landing.report.clean_rows,
        rows_removed=sum(facts["rows"] for facts in own.values()) if replace else 0,
    )


def _appended(
    site: Site, folder: Path, partition: Path, landing: Landing, work: FileWork, own: Files
) -> Change:
    with scratch(site.root, site.memory, site.threads) as connection:
        known = known_rows(landing, connection, [folder / path for path in own])
    if known:
        return _merged(site, folder, partition, landing, work, own)
    return _adopted(folder, partition, landing, work, own, replace=False)


def _merged(
    site: Site, folder: Path, partition: Path, landing: Landing, work: FileWork, own: Files
) -> Change:
    if not own:
        return _adopted(folder, partition, landing, work, own, replace=False)
    current = {folder / path: int(facts["rows"]) for path, facts in sorted(own.items())}
    told = Merge(landing, partition, current, site.threads)
    only_grows = landing.mode is LoadMode.APPEND
    with scratch(site.root, site.memory, site.threads) as connection:
        merge(told, connection, only_grows=only_grows)
    if only_grows:
        guard_grown(landing, told.changed)
    adopted = (
        _adopted(folder, partition, landing, work, own, replace=False)
        if told.adopts
        else Change(own, (), (), {}, rows_landed=0)
    )
    names = {str(one.path.relative_to(folder)): one for one in told.written}
    written = [NewFile(name, one.path.stat().st_size, one.rows) for name, one in names.items()]
    return Change(
        based_on=own,
        added=(*adopted.added, *written),
        removed=tuple(str(path.relative_to(folder)) for path in told.leaving),
        digests=adopted.digests | {name: one.digest for name, one in names.items()},
        rows_landed=told.inserted + told.changed,
        rows_unchanged=told.unchanged,
        rows_removed=told.gone,
    )
