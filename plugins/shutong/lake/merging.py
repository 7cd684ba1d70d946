"""Merging rows by key within one resource's partition (增量合并).

Keys are located first, reading nothing else; then the files that hold a changed row are written
again with it in place, several at a time, and new rows are added. delta-rs' own MERGE of 100,000
rows into 10,000,000 took 2.7 GB, and commits before its files are on disk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shutong.datafiles import coded_columns
from shutong.errors import LandingRefused, Text
from shutong.lake.files import sm3_of
from shutong.lake.guards import Landing
from shutong.lake.locating import Keys, Located, Positions
from shutong.lake.renewing import GONE, Fresh, Mask, Rewrite, fresh_rows, renewed
from shutong.lake.rowfiles import RowFiles, write_file

if TYPE_CHECKING:
    import duckdb

SMALL_FILE_ROWS: Final = 32_768
"""A file with fewer rows is written together with the new ones, so that few stay small."""
ROWS_AT_ONCE: Final = 262_144
"""Rows of a batch held in memory at once, where they are not wide."""
_BYTES_AT_ONCE: Final = 96 * 2**20
_BATCH_ROWS: Final = 65_536
_FILES_BETWEEN: Final = 8
"""Files rewritten before memory that fell free goes back: threads keep it otherwise."""


@dataclass(frozen=True, slots=True)
class Written:
    """A data file written by the merge (合并产出文件)."""

    path: Path
    rows: int
    digest: str
    """SM3, lower-case hexadecimal."""


@dataclass(slots=True)
class Merge:
    """A merge under way, and what it comes to (合并过程与结果)."""

    landing: Landing
    partition: Path
    current: Mapping[Path, int]
    """The resource's files with their rows."""
    threads: int
    changed: int = 0
    """Rows whose key stands in the table with other content."""
    unchanged: int = 0
    inserted: int = 0
    gone: int = 0
    """Rows that left the table."""
    written: list[Written] = field(default_factory=list)
    """Files written in place of others, or with new rows."""
    leaving: list[Path] = field(default_factory=list)
    """Current files that those replace."""

    @property
    def coded(self) -> tuple[str, ...]:
        """Columns that are read and written as codes."""
        return coded_columns(self.landing.dataset)

    @property
    def adopts(self) -> bool:
        """Say whether the batch's own files become the table's: all new, and not few."""
        return self.inserted == self.landing.report.clean_rows >= SMALL_FILE_ROWS


def merge(merge: Merge, connection: duckdb.DuckDBPyConnection, *, only_grows: bool) -> None:
    """Merge the batch into its resource's files; `merge` tells the outcome.

    Rows to take away leave, wherever they stand; other rows come or are renewed. Where the
    source `only_grows`, changed rows are counted and nothing else is done with them.
    LandingRefused when the table holds a key of the batch twice.
    """
    landing = merge.landing
    key = landing.dataset.key
    fresh = Keys(connection, key, landing.files, name="fresh")
    leaving = Keys(connection, key, landing.gone, name="leaving")
    known: Mask = np.zeros(fresh.rows, dtype=bool)
    # What validating needed is not needed here.
    pa.default_memory_pool().release_unused()
    with ThreadPoolExecutor(merge.threads) as pool:
        for paths in _portions(merge, fresh.rows):
            found = fresh.within(paths)
            here: Mask = np.zeros(fresh.rows, dtype=bool)
            here[found.wanted] = True
            wanted = np.flatnonzero(here)
            if len(wanted) < len(found.wanted) or known[wanted].any():
                raise _twice(landing)
            known |= here
            rows = fresh_rows(landing.files, wanted, merge.coded, like=paths[0])
            rewrites = list(_rewrites(paths, wanted, found, leaving.within(paths)))
            if len(rewrites) > _FILES_BETWEEN and "jemalloc" in pa.supported_memory_backends():
                # Of several threads' memory that falls free, this allocator gives most back.
                pa.set_memory_pool(pa.jemalloc_memory_pool())
            act = _looked_at if only_grows else partial(_rewritten, merge)
            for number, (rewrite, written) in enumerate(
                pool.map(partial(act, fresh=rows), rewrites), 1
            ):
                if number % _FILES_BETWEEN == 0:
                    pa.default_memory_pool().release_unused()
                merge.changed += rewrite.changed
                merge.gone += rewrite.gone
                if written is not None:
                    merge.leaving.append(rewrite.path)
                    merge.written += [written] if written.rows else []
    merge.inserted = int(fresh.rows - known.sum())
    merge.unchanged = fresh.rows - merge.inserted - merge.changed
    if merge.inserted and not (only_grows and merge.changed) and not merge.adopts:
        _insert(merge, known)


def _portions(merge: Merge, rows: int) -> Iterator[list[Path]]:
    """Give the current files in portions, so that the rows that meet them fit in memory."""
    at_once = _rows_at_once(merge.landing.files, rows)
    portion: list[Path] = []
    held = 0
    for path, count in merge.current.items():
        portion.append(path)
        held += count
        if held >= at_once and rows > at_once:
            yield portion
            portion, held = [], 0
    if portion:
        yield portion


def _rows_at_once(files: Sequence[Path], rows: int) -> int:
    size = 0
    for path in files:
        footer = pq.read_metadata(path)
        size += sum(footer.row_group(n).total_byte_size for n in range(footer.num_row_groups))
    return min(ROWS_AT_ONCE, max(1, _BYTES_AT_ONCE * rows // max(size, 1)))


def _rewrites(
    paths: Sequence[Path], wanted: Positions, found: Located, leaving: Located
) -> Iterator[Rewrite]:
    """Give what happens to the rows of each file; a row that leaves and comes again comes."""
    chosen = np.searchsorted(wanted, found.wanted)
    numbers = np.arange(len(paths) + 1)
    here, there = np.searchsorted(found.file, numbers), np.searchsorted(leaving.file, numbers)
    for number, path in enumerate(paths):
        rows = found.row[here[number] : here[number + 1]]
        fresh = chosen[here[number] : here[number + 1]]
        gone = leaving.row[there[number] : there[number + 1]]
        if len(gone):
            rows, first = np.unique(np.concatenate([rows, gone]), return_index=True)
            fresh = np.concatenate([fresh, np.full(len(gone), GONE)])[first]
        if len(rows):
            yield Rewrite(path, rows, fresh)


def _looked_at(rewrite: Rewrite, fresh: Fresh) -> tuple[Rewrite, Written | None]:
    """Count what would change, and write nothing."""
    for _ in renewed(rewrite, fresh):
        pass
    return rewrite, None


def _rewritten(merge: Merge, rewrite: Rewrite, fresh: Fresh) -> tuple[Rewrite, Written | None]:
    """Write a file again where a row of it changes; None where none does."""
    number = list(merge.current).index(rewrite.path)
    target = merge.partition / f"{merge.landing.batch_id}-r{number:05d}.parquet"
    rows = write_file(target, renewed(rewrite, fresh), merge.landing.dataset)
    if rows is None:
        return rewrite, None
    # Here and not later: one thread seals while the other writes.
    return rewrite, Written(target, rows, sm3_of(target) if rows else "")


def _insert(merge: Merge, known: Mask) -> None:
    """Write the batch's new rows, together with the small files that are there."""
    landing = merge.landing
    small = [
        path
        for path, rows in merge.current.items()
        if rows < SMALL_FILE_ROWS and path not in merge.leaving
    ]
    made = [one for one in merge.written if one.rows < SMALL_FILE_ROWS]
    with RowFiles(merge.partition, landing.batch_id, landing.dataset) as files:
        for path in (*small, *(one.path for one in made)):
            _copy(path, files)
        first = 0
        for path in landing.files:
            first = _copy(path, files, without=known, first=first)
    for one in made:
        one.path.unlink()
    merge.leaving += small
    merge.written = [one for one in merge.written if one not in made]
    merge.written += [Written(path, rows, sm3_of(path)) for path, rows in files.files]


def _copy(path: Path, files: RowFiles, *, without: Mask | None = None, first: int = 0) -> int:
    """Write a file's rows again, but for the marked ones; return the position behind them."""
    with pq.ParquetFile(path) as file:
        for rows in file.iter_batches(_BATCH_ROWS):
            behind = first + rows.num_rows
            left = rows if without is None else rows.filter(pa.array(~without[first:behind]))
            first = behind
            files.write(left)
    return first


def _twice(landing: Landing) -> LandingRefused:
    return LandingRefused(
        Text("库中有重复主键", "the table holds a key twice"),
        place=landing.place,
        next_step=Text("用全量归集重建该资源的数据", "load the resource in full once"),
    )
