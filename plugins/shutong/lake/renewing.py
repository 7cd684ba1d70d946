"""Renewing rows where they stand (就地更新): a data file is written again with other rows in place.

The rows keep their order, so that a table loaded in the order of its key stays in it, and the
next change to neighbouring keys touches few files again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shutong.datafiles import PROVENANCE
from shutong.lake.locating import Positions

Mask = npt.NDArray[np.bool_]
GONE: Final = -1
"""Instead of the row that takes a row's place: the row leaves."""


@dataclass(slots=True)
class Rewrite:
    """What happens to the rows of one current file (文件改写)."""

    path: Path
    row: Positions
    """Rows that are renewed or leave, ascending."""
    fresh: Positions
    """For each, the row of `Fresh` that takes its place, or `GONE`."""
    changed: int = field(default=0, init=False)
    """Rows found to have other content, once the rows have been given."""
    gone: int = field(default=0, init=False)
    """Rows that left, once the rows have been given."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """Rows of a batch in memory (本批次的行), with the columns that are read as codes."""

    rows: pa.Table
    coded: tuple[str, ...]


def fresh_rows(
    files: Sequence[Path], wanted: Positions, coded: tuple[str, ...], *, like: Path
) -> Fresh:
    """Return the batch's rows at `wanted` positions over all its files; ascending, no two alike.

    Row groups without any of them are not read. `like` is a file with the same columns.
    """
    with pq.ParquetFile(like, read_dictionary=list(coded)) as file:
        tables = [file.schema_arrow.empty_table()]
    first = 0
    for path in files:
        with pq.ParquetFile(path, read_dictionary=list(coded)) as file:
            for group, rows in _row_groups(file):
                low, high = np.searchsorted(wanted, [first, first + rows])
                if low < high:
                    table = file.read_row_group(group)
                    places = wanted[low:high] - first
                    tables.append(table if high - low == rows else table.take(pa.array(places)))
                first += rows
    rows = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    return Fresh(rows, coded)


def renewed(rewrite: Rewrite, fresh: Fresh) -> Iterator[pa.Table]:
    """Give a file's rows with the rewrite carried out, a table for each row group.

    Gives nothing where no row changes. Row groups are read once, but for those before the first
    change.
    """
    begun = False
    with pq.ParquetFile(rewrite.path, read_dictionary=list(fresh.coded)) as file:
        first = 0
        for group, rows in _row_groups(file):
            low, high = np.searchsorted(rewrite.row, [first, first + rows])
            places, chosen = rewrite.row[low:high] - first, rewrite.fresh[low:high]
            first += rows
            if not len(places) and not begun:
                continue
            table = file.read_row_group(group, use_threads=False)
            content = _content(table, places, fresh.rows, chosen)
            changed = content.any() | (chosen == GONE)
            if not begun and changed.any():
                begun = True
                for earlier in range(group):
                    yield file.read_row_group(earlier, use_threads=False)
            rewrite.gone += int((chosen == GONE).sum())
            rewrite.changed += int((changed & (chosen != GONE)).sum())
            if begun:
                untouched = content.same()
                yield _replaced(table, places[changed], fresh.rows, chosen[changed], untouched)


def _row_groups(file: pq.ParquetFile) -> Iterator[tuple[int, int]]:
    for group in range(file.num_row_groups):
        yield group, file.metadata.row_group(group).num_rows


@dataclass(frozen=True, slots=True)
class _Content:
    """How rows differ in content from those that take their places (内容差异), by column."""

    apart: dict[str, Mask]
    rows: int

    def any(self) -> Mask:
        """Say which rows differ in any column."""
        differing = np.zeros(self.rows, dtype=bool)
        for apart in self.apart.values():
            differing |= apart
        return differing

    def same(self) -> frozenset[str]:
        """Return the columns in which no row differs."""
        return frozenset(name for name, apart in self.apart.items() if not apart.any())


def _content(old: pa.Table, places: Positions, fresh: pa.Table, chosen: Positions) -> _Content:
    """Compare rows with those that take their places; rows that leave differ in nothing.

    Provenance does not count as content: every batch differs in it.
    """
    stays = chosen != GONE
    before, after = pa.array(places[stays]), pa.array(chosen[stays])
    apart = {}
    for name in old.schema.names:
        if name not in PROVENANCE:
            mask = np.zeros(len(places), dtype=bool)
            mask[stays] = _apart(
                _plain(old.column(name).take(before)), _plain(fresh.column(name).take(after))
            )
            apart[name] = mask
    return _Content(apart, len(places))


def _replaced(
    old: pa.Table,
    places: Positions,
    fresh: pa.Table,
    chosen: Positions,
    untouched: frozenset[str],
) -> pa.Table:
    """Return a table with other rows at some places, and without those that are gone.

    One column after the other: a whole second table would double the memory. `untouched`
    columns have the same values in both.
    """
    if not len(places):
        return old
    gone = chosen == GONE
    rows = np.arange(old.num_rows)
    rows[places[~gone]] = old.num_rows + np.arange(int((~gone).sum()))
    rows = np.delete(rows, places[gone])
    wanted, chosen = pa.array(rows), pa.array(chosen[~gone])
    columns = []
    for name in old.schema.names:
        column = old.column(name)
        if gone.any() or name not in untouched:
            both = pa.chunked_array([*column.chunks, *fresh.column(name).take(chosen).chunks])
            column = both.unify_dictionaries().combine_chunks().take(wanted)
        columns.append(column)
    return pa.table(columns, names=old.schema.names)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _apart(before: pa.ChunkedArray, after: pa.ChunkedArray) -> Mask:
    """Say where two columns hold different values; two NULLs, and two NaNs, are the same."""
    unequal = pc.not_equal(before, after)
    if pa.types.is_floating(before.type):
        unequal = pc.and_(unequal, pc.invert(pc.and_(pc.is_nan(before), pc.is_nan(after))))
    one_null = pc.xor(pc.is_null(before), pc.is_null(after))
    apart: Mask = pc.or_(pc.fill_null(unequal, False), one_null).to_numpy()
    return apart
