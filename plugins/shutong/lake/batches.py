"""The rows of one batch as they landed (批次入库行), found again in the table's history.

Every row carries the batch that brought it. A batch's rows lie in the files that its commit
added, alone in a full or appending load, among others after a merge. Rows that stood in the
table just so before carry the batch that brought them first: they cannot be told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shutong.catalog.models import Dataset
from shutong.datafiles import file_schema
from shutong.lake.files import sm3_of
from shutong.lake.log import Commit, find_batch
from shutong.lake.tables import open_table, table_folder

_BATCH: Final = "_batch"
_ROWS_AT_ONCE: Final = 65_536


@dataclass(frozen=True, slots=True)
class LandedRows:
    """Where a batch's landed rows lie (批次入库行)."""

    commit: int | None
    """The version that the batch made; None when the table knows no such batch."""
    files: tuple[Path, ...] = ()
    rows: int = 0
    missing: tuple[str, ...] = ()
    """Files of the commit that are there no more: rows of this version cannot be read."""
    altered: tuple[str, ...] = ()
    """Files whose bytes are not those that landed."""
    checked: int = 0
    """Files that were held against their digests."""


def landed_rows(
    root: Path, dataset: str, batch_id: str, digests: Mapping[str, str], target: Path
) -> LandedRows:
    """Return the rows that a batch brought into its table, as it left them.

    `digests` are the ledger's, by path. Files with other rows too are copied to `target`, a
    folder of the caller's, with this batch's rows only.
    """
    folder = table_folder(root, dataset)
    commit = _commit_of(folder, batch_id)
    if commit is None:
        return LandedRows(None)
    paths = {file.path: folder / file.path for file in commit.added}
    missing = tuple(name for name, path in sorted(paths.items()) if not path.is_file())
    present = {name: path for name, path in sorted(paths.items()) if name not in missing}
    altered = tuple(n for n, path in present.items() if sm3_of(path) != digests.get(n))
    if missing or altered:
        return LandedRows(commit.version, (), 0, missing, altered, len(present))
    told = int(commit.told.get("rows_landed", -1))
    if told == sum(file.rows for file in commit.added):
        return LandedRows(commit.version, tuple(present.values()), told, checked=len(present))
    copies = [
        _own_rows(path, batch_id, target / f"landed-{number:05d}.parquet")
        for number, path in enumerate(present.values())
    ]
    rows = sum(count for _, count in copies)
    return LandedRows(
        commit.version, tuple(path for path, n in copies if n), rows, checked=len(present)
    )


def _commit_of(folder: Path, batch_id: str) -> Commit | None:
    table = open_table(folder)
    return find_batch(folder, table.version(), batch_id) if table is not None else None


def _own_rows(path: Path, batch_id: str, target: Path) -> tuple[Path, int]:
    rows = 0
    with (
        pq.ParquetFile(path) as file,
        pq.ParquetWriter(target, file.schema_arrow, write_statistics=False) as writer,
    ):
        for batch in file.iter_batches(_ROWS_AT_ONCE):
            own = batch.filter(pc.equal(batch.column(_BATCH), batch_id))
            rows += own.num_rows
            writer.write_batch(own)
    target.chmod(0o600)
    return target, rows


# ---------------------------------------------------------------- rejected rows


@dataclass(frozen=True, slots=True)
class QuarantinedRows:
    """A batch's rejected rows, with their types again (批次问题行)."""

    rows: int
    judged: Path | None
    """Those that the rules rejected, in the columns of the data files; None without any."""
    judged_rows: int
    misfits: Mapping[str, int]
    """Rows that no type could hold, by the rule that says so."""
    missing: tuple[str, ...] = ()
    altered: bool = False
    """True when they are not readable as what was judged."""


def quarantined_rows(
    root: Path,
    dataset: str,
    declared: Dataset,
    batch_id: str,
    misfit_rules: frozenset[str],
    target: Path,
) -> QuarantinedRows:
    """Return the rows of a batch in quarantine, those with types written to `target`.

    `misfit_rules` are the rules about types: rows with any of them were never judged by others.
    """
    folder = table_folder(root, dataset)
    commit = _commit_of(folder, batch_id)
    if commit is None:
        return QuarantinedRows(0, None, 0, {})
    paths = {file.path: folder / file.path for file in commit.added}
    missing = tuple(name for name, path in sorted(paths.items()) if not path.is_file())
    if missing:
        return QuarantinedRows(0, None, 0, {}, missing)
    schema = file_schema(declared)
    counts: dict[str, int] = dict.fromkeys(misfit_rules, 0)
    rows = judged = 0
    path = target / "quarantined.parquet"
    try:
        with pq.ParquetWriter(path, schema, write_statistics=False) as writer:
            for batch in _batches(paths.values()):
                rows += batch.num_rows
                kept, of_type = _told_apart(batch, misfit_rules)
                for rule in of_type:
                    counts[rule] += 1
                judged += kept.num_rows
                writer.write_batch(_typed(kept, schema))
    except (pa.ArrowException, OSError, KeyError):
        return QuarantinedRows(rows, None, 0, {}, altered=True)
    path.chmod(0o600)
    return QuarantinedRows(rows, path if judged else None, judged, counts)


def _batches(paths: Iterable[Path]) -> Iterator[pa.RecordBatch]:
    for path in paths:
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(_ROWS_AT_ONCE)


def _told_apart(
    batch: pa.RecordBatch, misfit_rules: frozenset[str]
) -> tuple[pa.RecordBatch, list[str]]:
    """Return the rows that rules judged, and the rules about types that the others fail."""
    kept: list[bool] = []
    failed: list[str] = []
    for rules in batch.column("_rules").to_pylist():
        of_type = misfit_rules.intersection(rules or ())
        kept.append(not of_type)
        failed += of_type
    return batch.filter(pa.array(kept, pa.bool_())), failed


def _typed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = [_column(batch, field) for field in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _column(batch: pa.RecordBatch, field: pa.Field) -> pa.Array:
    text = batch.column(field.name)
    if pa.types.is_binary(field.type):
        return pa.array([v if v is None else bytes.fromhex(v) for v in text.to_pylist()])
    return text.cast(field.type)
