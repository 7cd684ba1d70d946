"""Landing (入库): the last and atomic act of a batch, which happens once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from deltalake import DeltaTable

from shutong.errors import StorageFailed, Text
from shutong.lake.changes import Change, Site, commit_change, prepare
from shutong.lake.committing import force_commit, persisting
from shutong.lake.files import FileWork, batch_digest
from shutong.lake.guards import Landing, guard_facts, guard_files, guard_gone, guard_rows
from shutong.lake.log import Commit, find_batch
from shutong.lake.scratch import scratch
from shutong.lake.tables import (
    ensure_table,
    file_rows,
    guard_table_schema,
    open_table,
    safe_name,
    table_folder,
    table_schema,
)
from shutong.model import LandedBatch, LandedFile


def land(site: Site, landing: Landing) -> LandedBatch:
    """Put the batch's clean rows into its table; a batch that has landed is told again.

    The caller holds the resource's lock. LandingRefused by a guard, with nothing written.
    """
    safe_name(landing.resource)
    safe_name(landing.batch_id)
    folder = table_folder(site.root, landing.report.dataset)
    table = open_table(folder)
    if table is not None and _has_landed(table, landing):
        return _facts(site, folder, landing, repeated=True)
    guard_facts(landing)
    guard_files(landing)
    with FileWork(site.threads) as work:
        for file in landing.report.clean_files:
            work.force(file.path)
            if file.digest is None:
                work.seal(file.path)
        if table is not None:
            guard_table_schema(table, table_schema(landing.dataset), landing.report.dataset)
        with scratch(site.root, site.memory, site.threads) as connection:
            guard_rows(landing, connection)
            guard_gone(landing, connection)
        work.wait()
        repeated = persisting(_Writing(site, folder, landing, work).attempt)
    return _facts(site, folder, landing, repeated=repeated)


def _has_landed(table: DeltaTable, landing: Landing) -> bool:
    return table.transaction_version(landing.batch_id) is not None


@dataclass(slots=True)
class _Writing:
    """The writing of one batch, attempted until no other writer is in between."""

    site: Site
    folder: Path
    landing: Landing
    work: FileWork
    change: Change | None = None

    def attempt(self) -> bool:
        """Commit the batch on the table as it stands now; True when it had landed already."""
        landing = self.landing
        table = ensure_table(self.folder, table_schema(landing.dataset), landing.report.dataset)
        if _has_landed(table, landing):
            return True
        own = {
            path: facts
            for path, facts in file_rows(table).items()
            if facts["resource"] == landing.resource
        }
        if self.change is None or self.change.based_on != own:
            self.change = prepare(self.site, self.folder, landing, self.work, own)
        commit_change(table, landing, self.change)
        return False


# ---------------------------------------------------------------- what the log tells


def _facts(site: Site, folder: Path, landing: Landing, *, repeated: bool) -> LandedBatch:
    """Return what the batch landed, from the log alone: the same facts after any crash."""
    table = open_table(folder)
    commit = find_batch(folder, table.version(), landing.batch_id) if table else None
    if commit is None:
        raise StorageFailed(
            Text("事务日志里找不到本批次", "the log does not show the batch"),
            place=landing.place,
            next_step=Text("重跑该批次", "run the batch again"),
        )
    _guard_present(folder, commit, landing)
    force_commit(site.root, folder, commit)
    files = _landed_files(commit)
    at_version = open_table(folder, commit.version)
    return LandedBatch(
        batch_id=landing.batch_id,
        resource=landing.resource,
        dataset=landing.report.dataset,
        version=commit.version,
        rows_read=commit.told["rows_read"],
        rows_rejected=commit.told["rows_rejected"],
        rows_landed=commit.told["rows_landed"],
        rows_unchanged=commit.told["rows_unchanged"],
        rows_removed=commit.told["rows_removed"],
        table_rows=sum(f["rows"] for f in file_rows(at_version).values()) if at_version else 0,
        files=files,
        digest=batch_digest(files),
        repeated=repeated,
    )


def _landed_files(commit: Commit) -> tuple[LandedFile, ...]:
    digests: dict[str, str] = commit.told["digests"]
    return tuple(
        LandedFile(path=file.path, rows=file.rows, bytes=file.bytes, digest=digests[file.path])
        for file in sorted(commit.added, key=lambda file: file.path)
    )


def _guard_present(folder: Path, commit: Commit, landing: Landing) -> None:
    """See that every file of the commit lies there whole: power may have failed after it."""
    for file in commit.added:
        path = folder / file.path
        if not path.is_file() or path.stat().st_size != file.bytes:
            raise StorageFailed(
                Text(
                    f"入库文件缺失或残缺: {file.path}",
                    f"a landed file is missing or torn: {file.path}",
                ),
                place=landing.place,
                next_step=Text("从备份恢复该文件后重跑", "restore it from a backup, then rerun"),
            )
