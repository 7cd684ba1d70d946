# ruff: noqa: S608 - the statements hold quoted names and file paths, never a value
"""Merging rows by key within one resource's partition (增量合并).

DuckDB, bounded in memory, finds what became of each row; then only files that lose rows, and
small ones, are written again. delta-rs' own MERGE took 4 to 11 s and 1.1 GB for 100,000 rows
into 2,000,000, and commits before its files are on disk; this takes a third, within bounds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from shutong.errors import LandingRefused, Text
from shutong.lake.guards import Landing
from shutong.lake.rowfiles import RowFiles
from shutong.lake.scratch import literal, parquet, quoted

if TYPE_CHECKING:
    import duckdb

SMALL_FILE_ROWS: Final = 131_072
"""A file with fewer rows is written together with the new ones, so that few stay small."""
_BATCH_ROWS: Final = 65_536

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fates:
    """What became of a batch's rows (逐行比对结果)."""

    inserted: int
    changed: int
    """Rows whose key stands in the table with other content."""
    unchanged: int

    @property
    def written(self) -> int:
        """Rows to write."""
        return self.inserted + self.changed


def compare_rows(
    landing: Landing, connection: duckdb.DuckDBPyConnection, current: Sequence[Path]
) -> Fates:
    """Compare the batch's rows by key with the resource's `current` files.

    Provenance does not count as content: every batch differs in it. The fates stay in the
    connection for `merge_files`. LandingRefused when the table holds a key of the batch twice.
    """
    keys = ", ".join(quoted(name) for name in landing.dataset.key)
    content = [quoted(i.name) for i in landing.dataset.items if i.name not in landing.dataset.key]
    changed = " OR ".join(f"(n.{name} IS DISTINCT FROM o.{name})" for name in content) or "false"
    new, old = _located(landing.files), _located(current)
    connection.execute(
        "CREATE TEMP TABLE fates AS "
        "SELECT n.filename AS new_file, n.file_row_number AS new_row, "
        "o.filename AS old_file, o.file_row_number AS old_row, "
        f"CASE WHEN o.filename IS NULL THEN NULL ELSE {changed} END AS changed "
        f"FROM {new} AS n LEFT JOIN {old} AS o USING ({keys})"
    )
    row = connection.execute(
        "SELECT count(*) FILTER (changed IS NULL), count(*) FILTER (changed), "
        "count(*) FILTER (NOT changed) FROM fates"
    ).fetchone()
    fates = Fates(*(row or (0, 0, 0)))
    if fates.written + fates.unchanged != landing.report.clean_rows:
        raise LandingRefused(
            Text("库中有重复主键", "the table holds a key twice"),
            place=landing.place,
            next_step=Text("用全量归集重建该资源的数据", "load the resource in full once"),
        )
    return fates


def merge_files(
    landing: Landing,
    connection: duckdb.DuckDBPyConnection,
    partition: Path,
    current: Mapping[Path, int],
) -> tuple[RowFiles, tuple[Path, ...]]:
    """Write the batch's new and changed rows; return the files written and those they replace.

    `current` are the resource's files with their rows. A replaced file's other rows are
    written again unaltered.
    """
    replaced = _replaced_rows(connection)
    small = [path for path, rows in current.items() if rows < SMALL_FILE_ROWS]
    leaving = sorted({*replaced, *small})
    with RowFiles(partition, landing.batch_id, landing.dataset) as files:
        for path in leaving:
            _copy(path, files, without=replaced.get(path))
        for path in landing.files:
            _copy(path, files, only=_written_rows(connection, path))
    return files, tuple(leaving)


def _located(paths: Sequence[Path]) -> str:
    """Return the SQL that reads files together with each row's file and position."""
    return parquet(paths).removesuffix(")") + ", filename = true, file_row_number = true)"


def _replaced_rows(connection: duckdb.DuckDBPyConnection) -> dict[Path, Positions]:
    listed = connection.execute("SELECT DISTINCT old_file FROM fates WHERE changed").fetchall()
    return {
        Path(name): _positions(
            connection,
            f"SELECT old_row AS p FROM fates WHERE changed AND old_file = {literal(name)}",
        )
        for (name,) in listed
    }


def _written_rows(connection: duckdb.DuckDBPyConnection, path: Path) -> Positions:
    return _positions(
        connection,
        "SELECT new_row AS p FROM fates "
        f"WHERE changed IS DISTINCT FROM false AND new_file = {literal(str(path))}",
    )


def _positions(connection: duckdb.DuckDBPyConnection, query: str) -> Positions:
    positions = np.asarray(connection.execute(query).fetchnumpy()["p"], dtype=np.int64)
    positions.sort()
    return positions


def _copy(
    path: Path,
    files: RowFiles,
    *,
    only: Positions | None = None,
    without: Positions | None = None,
) -> None:
    """Write the rows of a file again, all or by position."""
    if only is not None and not len(only):
        return
    first = 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_BATCH_ROWS):
            kept = np.full(batch.num_rows, only is None)
            marked = only if only is not None else without
            if marked is not None:
                low, high = np.searchsorted(marked, [first, first + batch.num_rows])
                kept[marked[low:high] - first] = only is not None
            first += batch.num_rows
            files.write(batch if kept.all() else batch.filter(kept))
