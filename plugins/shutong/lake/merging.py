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
ROWS_AT_ONCE: Final = 1_000_000
"""Rows compared in one pass: more would not join within the engine's memory."""
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
    content = [quoted(i.name) for i in landing.dataset.items if i.name not in landing.dataset.key]
    changed = " OR ".join(f"(n.{name} IS DISTINCT FROM o.{name})" for name in content) or "false"
    keys = ", ".join(quoted(name) for name in landing.dataset.key)
    connection.execute(
        "CREATE TEMP TABLE fates "
        "(new_file INTEGER, new_row BIGINT, old_file INTEGER, old_row BIGINT, changed BOOLEAN)"
    )
    portions = -(-landing.report.clean_rows // ROWS_AT_ONCE)
    for portion in range(portions):
        where = f"WHERE hash({keys}) % {portions} = {portion}" if portions > 1 else ""
        connection.execute(
            "INSERT INTO fates SELECT n.file, n.row, o.file, o.row, "
            f"CASE WHEN o.file IS NULL THEN NULL ELSE {changed} END "
            f"FROM ({_located(landing.files)} {where}) AS n "
            f"LEFT JOIN ({_located(current)} {where}) AS o USING ({keys})"
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
    replaced = _replaced_rows(connection, list(current))
    small = [path for path, rows in current.items() if rows < SMALL_FILE_ROWS]
    leaving = sorted({*replaced, *small})
    with RowFiles(partition, landing.batch_id, landing.dataset) as files:
        for path in leaving:
            _copy(path, files, without=replaced.get(path))
        for number, path in enumerate(landing.files):
            _copy(path, files, only=_written_rows(connection, number))
    return files, tuple(leaving)


def _located(paths: Sequence[Path]) -> str:
    """Return the SQL of rows with the number of their file and their position in it."""
    listed = ", ".join(literal(str(path)) for path in paths)
    files = parquet(paths).removesuffix(")") + ", filename = true, file_row_number = true)"
    return (
        f"SELECT *, list_position([{listed}], filename) - 1 AS file, file_row_number AS row "
        f"FROM {files}"
    )


def _replaced_rows(
    connection: duckdb.DuckDBPyConnection, current: Sequence[Path]
) -> dict[Path, Positions]:
    """Return which rows of which current files make way."""
    numbers = connection.execute("SELECT DISTINCT old_file FROM fates WHERE changed").fetchall()
    query = "SELECT old_row AS p FROM fates WHERE changed AND old_file = {}"
    return {current[n]: _positions(connection, query.format(int(n))) for (n,) in numbers}


def _written_rows(connection: duckdb.DuckDBPyConnection, number: int) -> Positions:
    """Return which rows of the batch's file of a number are new or changed."""
    query = "SELECT new_row AS p FROM fates WHERE changed IS DISTINCT FROM false AND new_file = {}"
    return _positions(connection, query.format(number))


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
