"""Rows in quarantine, looked at and settled (问题数据查阅与办结).

A problem is a row by its id, however often it came. It is open until it is settled after its
last coming; a row that comes again after that is open again. Settlements are commits to the
table's log, which is kept for good: nothing is overwritten.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from shutong.catalog.models import Dataset
from shutong.errors import StorageFailed, Text, UnknownName
from shutong.lake.committing import commit_files, force_commit, persisting
from shutong.lake.log import commits, find_batch
from shutong.lake.quarantine import KNOWN, sealing_context
from shutong.lake.sealing import KeyRing, Keys
from shutong.lake.tables import file_rows, open_table, table_folder

_SETTLED: Final = "settled"
_READABLE: Final = ("_rules", "_batch", "_seen_at", "_row_id", "_first_seen", "_sealed_by")
"""What is known of a sealed row too."""
STATE: Final = "_state"
OPEN: Final = "open"


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """How many problems one rule found in one batch (问题数据统计), without any value."""

    dataset: str
    resource: str
    batch_id: str
    rule: str
    rows: int
    problems: int
    """Rows counted by id."""
    open: int
    """Problems that are not settled."""
    first_seen: datetime
    """When the oldest of them was first rejected, UTC."""
    sealed: bool


@dataclass(frozen=True, slots=True)
class Settled:
    """A settled problem (办结)."""

    version: int
    how: str
    reference: str


def problem_lines(root: Path, dataset: str) -> Iterator[ProblemLine]:
    """Yield the problems of a dataset by resource, batch and rule; no key is needed."""
    book = _Book.of(root, dataset)
    for path, facts in sorted(book.files.items()):
        groups: dict[str, list[dict[str, Any]]] = {}
        for row in _known_rows(book.folder / path):
            for rule in row["_rules"] or ["?"]:
                groups.setdefault(rule, []).append(row)
        for rule, rows in sorted(groups.items()):
            ids = {row["_row_id"] for row in rows}
            yield ProblemLine(
                dataset=dataset,
                resource=facts["resource"],
                batch_id=rows[0]["_batch"],
                rule=rule,
                rows=len(rows),
                problems=len(ids - {None}) + sum(row["_row_id"] is None for row in rows),
                open=sum(book.state(i, path) == OPEN for i in ids),
                first_seen=min(row["_first_seen"] or row["_seen_at"] for row in rows),
                sealed=any(row["_sealed_by"] for row in rows),
            )


def problem_rows(
    root: Path,
    name: str,
    dataset: Dataset,
    resource: str,
    ring: KeyRing,
    *,
    batch_id: str | None = None,
) -> Iterator[pa.Table]:
    """Yield a resource's rejected rows, file by file, with their items and `_state`.

    Sealed rows are opened; KeyUnusable when the key is missing or wrong. UnknownName for a
    batch that has no rows in quarantine.
    """
    book = _Book.of(root, name)
    found = False
    for path, facts in sorted(book.files.items()):
        if facts["resource"] != resource or batch_id not in (None, _batch_of(path)):
            continue
        found = True
        rows = read_rejected(book.folder / path, dataset, resource, ring)
        states = [book.state(row_id, path) for row_id in rows.column("_row_id").to_pylist()]
        yield rows.append_column(STATE, pa.array(states, pa.string()))
    if not found:
        raise UnknownName(
            Text("隔离区没有这些问题数据", "there are no such rows in quarantine"),
            place=f"{resource} {batch_id or ''}".strip(),
            next_step=Text("用 shutong quarantine list 查看", "see shutong quarantine list"),
        )


def read_rejected(path: Path, dataset: Dataset, resource: str, ring: KeyRing) -> pa.Table:
    """Return all rows of one file of the quarantine, in its order, their items opened.

    Columns that a file of an earlier release lacks are NULL.
    """
    try:
        with pq.ParquetFile(path) as file:
            rows = file.read()
    except FileNotFoundError:
        raise StorageFailed(
            Text(f"隔离区文件缺失: {path.name}", f"a quarantine file is missing: {path.name}"),
            place=resource,
            next_step=Text("从备份恢复隔离区", "restore the quarantine from a backup"),
        ) from None
    for field in KNOWN:
        if field.name not in rows.schema.names:
            rows = rows.append_column(field, pa.nulls(rows.num_rows, field.type))
    if rows.column("_sealed_by").null_count == rows.num_rows:
        return rows
    return _opened(rows, dataset, resource, ring.keys())


def settle(
    root: Path, dataset: str, resource: str, settled: Mapping[str, str], *, reference: str
) -> int:
    """Mark rows as settled (办结), by row id with how; return how many were not before.

    `reference` names the act, for instance a ticket and its batch: the same act again changes
    nothing. UnknownName for an id that the resource has not in quarantine.
    """
    act = f"{_SETTLED}:{reference}"
    book = _Book.of(root, dataset)
    known = {
        row["_row_id"]
        for path, facts in book.files.items()
        if facts["resource"] == resource
        for row in _known_rows(book.folder / path, ("_row_id",))
    }
    if not set(settled) <= known:
        raise UnknownName(
            Text("隔离区没有其中一些问题编号", "some of the row ids are not in quarantine"),
            place=resource,
        )
    before = {i for i, each in book.settled.items() if each.reference == reference}

    def commit() -> None:
        table = open_table(book.folder)
        if table is None or table.transaction_version(act) is not None:
            return
        told = {_SETTLED: dict(settled), "reference": reference}
        commit_files(table, batch_id=act, resource=resource, told=told)

    persisting(commit)
    table = open_table(book.folder)
    made = find_batch(book.folder, table.version(), act) if table else None
    if made is not None:
        force_commit(root, book.folder, made)
    return len(set(settled) - before)


# ---------------------------------------------------------------- what the log tells


@dataclass(frozen=True)
class _Book:
    """A quarantine table's files, and what was settled when."""

    folder: Path
    files: dict[str, dict[str, Any]]
    settled: dict[str, Settled]
    versions: dict[str, int]
    """Version that brought a file, by its path."""

    @classmethod
    def of(cls, root: Path, dataset: str) -> _Book:
        folder = table_folder(root, dataset)
        table = open_table(folder)
        if table is None:
            return cls(folder, {}, {}, {})
        files = file_rows(table)
        settled: dict[str, Settled] = {}
        versions: dict[str, int] = {}
        for commit in commits(folder, table.version()):
            for file in commit.added:
                versions.setdefault(file.path, commit.version)
            for row_id, how in commit.told.get(_SETTLED, {}).items():
                act = Settled(commit.version, how, commit.told["reference"])
                settled.setdefault(row_id, act)
        return cls(folder, files, settled, versions)

    @cached_property
    def last_came(self) -> dict[str, int]:
        """Version that last brought a row, by id: it takes a look into every file."""
        came: dict[str, int] = {}
        for path in self.files if self.settled else ():
            for row in _known_rows(self.folder / path, ("_row_id",)):
                row_id = row["_row_id"]
                came[row_id] = max(came.get(row_id, 0), self.versions[path])
        return came

    def state(self, row_id: str | None, path: str) -> str:
        """Return "open", or how the row was settled after it came last."""
        act = self.settled.get(row_id or "")
        if act is None or act.version < self.last_came.get(row_id or "", 0):
            return OPEN
        return act.how


def _batch_of(path: str) -> str:
    return Path(path).stem.rpartition("-")[0]


def _known_rows(path: Path, wanted: Sequence[str] = _READABLE) -> Iterator[dict[str, Any]]:
    """Yield what is known of each row of a file without a key."""
    with pq.ParquetFile(path) as file:
        there = [name for name in wanted if name in file.schema_arrow.names]
        for batch in file.iter_batches(columns=there):
            for row in batch.to_pylist():
                yield dict.fromkeys(wanted) | row


def _opened(rows: pa.Table, dataset: Dataset, resource: str, keys: Keys) -> pa.Table:
    names = [item.name for item in dataset.items]
    told = rows.select(["_batch", "_row_id", "_sealed", "_sealed_by", *names]).to_pylist()
    items: list[dict[str, str | None]] = []
    for row in told:
        if row["_sealed_by"] is None:
            items.append(row)
            continue
        context = sealing_context(resource, row["_batch"], row["_row_id"])
        items.append(json.loads(keys.opened(row["_sealed_by"], row["_sealed"], context)))
    for name in names:
        texts = pa.array([row.get(name) for row in items], pa.string())
        rows = rows.set_column(rows.schema.get_field_index(name), name, texts)
    own = [json.dumps([row.get(n) for n in dataset.key], ensure_ascii=False) for row in items]
    return rows.set_column(rows.schema.get_field_index("_key"), "_key", pa.array(own, pa.string()))
