"""Quarantine (问题数据隔离): rejected rows with their reasons, one table per dataset, as text.

Each batch keeps all its rejected rows, so that its rows add up; a row that is drawn again, by
an overlap, a full load or a rerun, has the same `_row_id` and keeps its `_first_seen`. Counted
by id it is one problem, however often it came. Sealed rows have their items in `_sealed` alone;
rules, reasons, batch and ids stay readable, for reports need no key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, Schema

from shutong.catalog.models import Dataset
from shutong.errors import LandingRefused, Text
from shutong.lake.committing import NewFile, commit_files, force_commit, persisting
from shutong.lake.files import force, sm3_of
from shutong.lake.log import find_batch
from shutong.lake.row_ids import RowIds, row_ids
from shutong.lake.sealing import KeyRing, Sealer
from shutong.lake.tables import (
    PARTITION,
    ensure_table,
    file_rows,
    make_folder,
    open_table,
    safe_name,
    schema_of,
    table_folder,
)
from shutong.model import ValidationReport

_ROWS_AT_ONCE: Final = 65_536
_TOLD: Final = pa.schema(
    [
        ("_rules", pa.list_(pa.field("element", pa.string()))),
        ("_reasons", pa.string()),
        ("_provider", pa.string()),
        ("_batch", pa.string()),
        ("_seen_at", pa.timestamp("us")),
        (PARTITION, pa.string()),
    ]
)
KNOWN: Final = pa.schema(
    [
        ("_row_id", pa.string()),
        ("_first_seen", pa.timestamp("us")),
        ("_key", pa.string()),
        ("_key_digest", pa.string()),
        ("_sealed", pa.binary()),
        ("_sealed_by", pa.string()),
    ]
)
"""What a row is known by, and how it is sealed; tables of earlier releases get them added."""


def quarantine_schema(dataset: Dataset) -> pa.Schema:
    """Return the schema of a quarantine table: every item as text, then why and whence."""
    items = [pa.field(item.name, pa.string()) for item in dataset.items]
    return pa.schema([*items, *_TOLD, *KNOWN])


@dataclass(frozen=True, slots=True)
class _Keeping:
    """How the rows of one batch are kept."""

    report: ValidationReport
    dataset: Dataset
    ids: RowIds
    sealer: Sealer | None
    seen: Mapping[str, datetime]
    """When the batch's rows were seen first, by id; those never seen before are left out."""


def quarantine(
    root: Path,
    report: ValidationReport,
    dataset: Dataset,
    ring: KeyRing | None = None,
    *,
    seal: bool = False,
) -> int:
    """Put the batch's rejected rows into quarantine and return their number, by its log.

    Once for a batch: the same rows again change nothing, and rows of a batch that was
    validated anew take the place of its earlier ones. With `seal` their items are encrypted;
    KeyUnusable, with nothing written, when there is no key.
    """
    if report.rejected_file is None:
        return 0
    folder = table_folder(root, report.dataset)
    digest = sm3_of(report.rejected_file)
    target = (
        folder
        / f"{PARTITION}={safe_name(report.resource)}"
        / f"{safe_name(report.batch_id)}-{digest[:12]}.parquet"
    )
    _guard(report, dataset)
    table = _table(folder, dataset, report.dataset)
    if not _holds(folder, table.version(), report.batch_id, digest):
        keys = ring or KeyRing()
        ids = row_ids(root, report.resource, keys, seal=seal)
        sealer = keys.keys().sealer() if seal else None
        seen = _first_seen(folder, table, report, dataset, ids)
        make_folder(target.parent)
        _rewrite(_Keeping(report, dataset, ids, sealer, seen), target)
        persisting(lambda: _commit(folder, report, dataset, target, digest))
        table = _table(folder, dataset, report.dataset)
    commit = find_batch(folder, table.version(), report.batch_id)
    if commit is None:
        return 0
    force_commit(root, folder, commit)
    return sum(file.rows for file in commit.added)


def _table(folder: Path, dataset: Dataset, name: str) -> DeltaTable:
    """Return the quarantine table; one of an earlier release gets the columns it lacks."""
    table = open_table(folder)
    if table is not None:
        there = schema_of(table).names
        lacking = [field for field in KNOWN if field.name not in there]
        if len(lacking) == len(KNOWN):
            table.alter.add_columns(list(Schema.from_arrow(pa.schema(lacking)).fields))
    return ensure_table(folder, quarantine_schema(dataset), name)


def _holds(folder: Path, newest: int, batch_id: str, digest: str) -> bool:
    commit = find_batch(folder, newest, batch_id)
    return commit is not None and commit.told.get("rejected") == digest


def _commit(
    folder: Path, report: ValidationReport, dataset: Dataset, target: Path, digest: str
) -> None:
    table = _table(folder, dataset, report.dataset)
    if _holds(folder, table.version(), report.batch_id, digest):
        return
    path = str(target.relative_to(folder))
    earlier = {
        name: facts["bytes"]
        for name, facts in file_rows(table).items()
        if Path(name).name.startswith(f"{report.batch_id}-") and name != path
    }
    size, rows = target.stat().st_size, pq.read_metadata(target).num_rows
    commit_files(
        table,
        batch_id=report.batch_id,
        resource=report.resource,
        told={"rejected": digest, "rows": rows, "digests": {path: sm3_of(target)}},
        added=[NewFile(path, size, rows)],
        removed=earlier,
    )


def _guard(report: ValidationReport, dataset: Dataset) -> None:
    """Refuse a file that lacks an item or a row, or holds an item as anything but text."""
    found = pq.read_schema(report.rejected_file)
    names = [*(item.name for item in dataset.items), "_reasons"]
    wrong = [n for n in names if n not in found.names or found.field(n).type != pa.string()]
    rows = pq.read_metadata(report.rejected_file).num_rows
    told = ", ".join(wrong)
    if wrong:
        fact = Text(
            f"问题数据缺少文本列: {told}", f"rejected rows lack these columns as text: {told}"
        )
    elif rows != report.rejected_rows:
        counts = f"{rows} ≠ {report.rejected_rows}"
        fact = Text(f"问题数据行数不平: {counts}", f"rejected rows do not add up: {counts}")
    else:
        return
    raise LandingRefused(
        fact,
        place=f"{report.resource} {report.batch_id}",
        next_step=Text("重新校验该批次", "validate the batch again"),
    )


# ---------------------------------------------------------------- rows


def _first_seen(
    folder: Path, table: DeltaTable, report: ValidationReport, dataset: Dataset, ids: RowIds
) -> dict[str, datetime]:
    """Return when the batch's rows were first rejected, of those that were before."""
    wanted = set()
    with pq.ParquetFile(report.rejected_file) as file:
        for batch in file.iter_batches(_ROWS_AT_ONCE):
            wanted.update(_ids_of(batch, dataset, ids))
    seen: dict[str, datetime] = {}
    for path, facts in file_rows(table).items():
        if facts["resource"] != report.resource:
            continue
        with pq.ParquetFile(folder / path) as file:
            for row_id, at in _seen_in(file, dataset, ids):
                if row_id in wanted:
                    seen[row_id] = min(at, seen.get(row_id, at))
    return seen


def _seen_in(file: pq.ParquetFile, dataset: Dataset, ids: RowIds) -> Iterator[tuple[str, datetime]]:
    known = "_row_id" in file.schema_arrow.names
    for batch in file.iter_batches(
        _ROWS_AT_ONCE, columns=["_row_id", "_first_seen"] if known else None
    ):
        if known:
            found = batch.column("_row_id").to_pylist(), batch.column("_first_seen").to_pylist()
        else:
            found = _ids_of(batch, dataset, ids), batch.column("_seen_at").to_pylist()
        yield from zip(*found, strict=True)


def _ids_of(rows: pa.RecordBatch, dataset: Dataset, ids: RowIds) -> list[str]:
    return [ids.of_row(items) for items in _texts(rows, [item.name for item in dataset.items])]


def _texts(rows: pa.RecordBatch, names: list[str]) -> list[tuple[str | None, ...]]:
    columns = [
        rows.column(name).to_pylist() if name in rows.schema.names else [None] * rows.num_rows
        for name in names
    ]
    return list(zip(*columns, strict=True))


def _rewrite(keeping: _Keeping, target: Path) -> None:
    """Write the rejected rows in the table's columns, without statistics even in the footer."""
    schema = quarantine_schema(keeping.dataset)
    physical = schema.remove(schema.get_field_index(PARTITION))
    temporary = target.with_name(f".{target.name}.tmp")
    with pq.ParquetWriter(temporary, physical, write_statistics=False) as writer:
        for batch in _batches(keeping, physical):
            writer.write_batch(batch)
    temporary.chmod(0o600)
    force(temporary)
    temporary.replace(target)


def _batches(keeping: _Keeping, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    report = keeping.report
    with pq.ParquetFile(report.rejected_file) as file:
        for batch in file.iter_batches(_ROWS_AT_ONCE):
            count = batch.num_rows
            columns: dict[str, Any] = {
                name: batch.column(name)
                for name in batch.schema.names
                if name in schema.names and name not in KNOWN.names
            }
            for name, value in (
                ("_provider", report.resource.partition(".")[0]),
                ("_batch", report.batch_id),
                ("_seen_at", report.validated_at.replace(tzinfo=None)),
            ):
                given = pa.repeat(pa.scalar(value, schema.field(name).type), count)
                columns.setdefault(name, given)
            columns |= _known(keeping, batch, columns["_seen_at"])
            if keeping.sealer is not None:
                columns |= _sealed(keeping, keeping.sealer, batch, columns["_row_id"])
            missing = [pa.nulls(count, field.type) for field in schema]
            yield pa.RecordBatch.from_arrays(
                [
                    columns.get(field.name, absent).cast(field.type)
                    for field, absent in zip(schema, missing, strict=True)
                ],
                schema=schema,
            )


def _known(keeping: _Keeping, rows: pa.RecordBatch, seen_at: pa.Array) -> dict[str, pa.Array]:
    found = _ids_of(rows, keeping.dataset, keeping.ids)
    keys = _texts(rows, list(keeping.dataset.key))
    first = [
        keeping.seen.get(row_id, now)
        for row_id, now in zip(found, seen_at.to_pylist(), strict=True)
    ]
    return {
        "_row_id": pa.array(found, pa.string()),
        "_first_seen": pa.array(first, pa.timestamp("us")),
        "_key": pa.array([json.dumps(key, ensure_ascii=False) for key in keys], pa.string()),
        "_key_digest": pa.array([keeping.ids.of_key(key) for key in keys], pa.string()),
    }


def _sealed(
    keeping: _Keeping, sealer: Sealer, rows: pa.RecordBatch, ids: pa.Array
) -> dict[str, pa.Array]:
    """Return the sealed items, and nothing in their own columns."""
    names = [item.name for item in keeping.dataset.items]
    count = rows.num_rows
    sealed = [
        sealer.seal(
            json.dumps(dict(zip(names, items, strict=True)), ensure_ascii=False).encode(),
            sealing_context(keeping.report.resource, keeping.report.batch_id, row_id),
        )
        for items, row_id in zip(_texts(rows, names), ids.to_pylist(), strict=True)
    ]
    return {
        **{name: pa.nulls(count, pa.string()) for name in (*names, "_key")},
        "_sealed": pa.array(sealed, pa.binary()),
        "_sealed_by": pa.repeat(pa.scalar(sealer.key_id), count),
    }


def sealing_context(resource: str, batch_id: str, row_id: str) -> bytes:
    """Return what a sealed row is bound to: it opens in no other place."""
    return "\x1f".join([resource, batch_id, row_id]).encode()
