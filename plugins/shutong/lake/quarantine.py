"""Quarantine (问题数据隔离): rejected rows with their reasons, one table per dataset, as text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from shutong.catalog.models import Dataset
from shutong.errors import LandingRefused, Text
from shutong.lake.committing import NewFile, commit_files, force_commit, persisting
from shutong.lake.files import force, sm3_of
from shutong.lake.log import find_batch
from shutong.lake.tables import (
    PARTITION,
    ensure_table,
    file_rows,
    make_folder,
    open_table,
    safe_name,
    table_folder,
)
from shutong.model import ValidationReport

_CONTEXT = ("_provider", "_batch")
_ROWS_AT_ONCE = 65_536


def quarantine_schema(dataset: Dataset) -> pa.Schema:
    """Return the schema of a quarantine table: every item as text, then why and whence."""
    return pa.schema(
        [
            *(pa.field(item.name, pa.string()) for item in dataset.items),
            pa.field("_rules", pa.list_(pa.field("element", pa.string()))),
            pa.field("_reasons", pa.string()),
            *(pa.field(name, pa.string()) for name in _CONTEXT),
            pa.field("_seen_at", pa.timestamp("us")),
            pa.field(PARTITION, pa.string()),
        ]
    )


def quarantine(root: Path, report: ValidationReport, dataset: Dataset) -> int:
    """Put the batch's rejected rows into quarantine and return their number.

    Once for a batch: the same rows again change nothing, and rows of a batch that was
    validated anew take the place of its earlier ones.
    """
    if report.rejected_file is None:
        return 0
    folder = table_folder(root, report.dataset)
    seal = sm3_of(report.rejected_file)
    target = (
        folder
        / f"{PARTITION}={safe_name(report.resource)}"
        / f"{safe_name(report.batch_id)}-{seal[:12]}.parquet"
    )
    schema = quarantine_schema(dataset)
    _guard(report, dataset)
    table = open_table(folder)
    if table is None or not _holds(folder, table.version(), report.batch_id, seal):
        make_folder(target.parent)
        _rewrite(report, schema, target)
        persisting(lambda: _commit(folder, schema, report, target, seal))
    table = ensure_table(folder, schema, report.dataset)
    commit = find_batch(folder, table.version(), report.batch_id)
    if commit is None:
        return 0
    force_commit(root, folder, commit)
    return sum(file.rows for file in commit.added)


def _holds(folder: Path, newest: int, batch_id: str, seal: str) -> bool:
    commit = find_batch(folder, newest, batch_id)
    return commit is not None and commit.told.get("rejected") == seal


def _commit(
    folder: Path, schema: pa.Schema, report: ValidationReport, target: Path, seal: str
) -> None:
    table = ensure_table(folder, schema, report.dataset)
    if _holds(folder, table.version(), report.batch_id, seal):
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
        told={"rejected": seal, "rows": report.rejected_rows},
        added=[NewFile(path, size, rows)],
        removed=earlier,
    )


def _guard(report: ValidationReport, dataset: Dataset) -> None:
    """Refuse a file that lacks an item or holds one as anything but text."""
    found = pq.read_schema(report.rejected_file)
    names = [*(item.name for item in dataset.items), "_reasons"]
    wrong = [n for n in names if n not in found.names or found.field(n).type != pa.string()]
    if not wrong:
        return
    told = ", ".join(wrong)
    raise LandingRefused(
        Text(f"问题数据缺少文本列: {told}", f"rejected rows lack these columns as text: {told}"),
        place=f"{report.resource} {report.batch_id}",
        next_step=Text("重新校验该批次", "validate the batch again"),
    )


def _rewrite(report: ValidationReport, schema: pa.Schema, target: Path) -> None:
    """Write the rejected rows in the table's columns, without statistics even in the footer."""
    physical = schema.remove(schema.get_field_index(PARTITION))
    temporary = target.with_name(f".{target.name}.tmp")
    with pq.ParquetWriter(temporary, physical, write_statistics=False) as writer:
        for batch in _batches(report, physical):
            writer.write_batch(batch)
    force(temporary)
    temporary.replace(target)


def _batches(report: ValidationReport, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    constants: dict[str, Any] = {
        "_provider": report.resource.partition(".")[0],
        "_batch": report.batch_id,
        "_seen_at": report.validated_at.replace(tzinfo=None),
    }
    with pq.ParquetFile(report.rejected_file) as file:
        for batch in file.iter_batches(_ROWS_AT_ONCE):
            columns = []
            for field in schema:
                if field.name in batch.schema.names:
                    columns.append(batch.column(field.name).cast(field.type))
                else:
                    value = pa.scalar(constants.get(field.name), field.type)
                    columns.append(pa.repeat(value, batch.num_rows))
            yield pa.RecordBatch.from_arrays(columns, schema=schema)
