"""Rejected rows out, clean rows on (分离问题行): files without a rejected row stay as they are."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from shutong.model import StagedFile
from shutong.quality.rejected import RejectedFile

Tell = Callable[[Sequence[int]], tuple[list[str], str]]
"""From the numbers of rules to their ids and their words."""

Rows = npt.NDArray[np.int64]

_AT_ONCE: Final = 2
"""Files rewritten side by side; each holds one row group in memory."""
_FEW: Final = 100
"""One row in so many is few: slices between them are no smaller than a copy is worth."""
_CODE_BYTES: Final = 3
"""A column whose dictionary pays takes fewer bytes a row."""
_COMPRESSIONS: Final = {"UNCOMPRESSED": "none"}
"""What the reader calls otherwise than the writer."""
_ENCODINGS: Final = ("DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY")
_ARROW_SCHEMA: Final = b"ARROW:schema"


@dataclass(frozen=True, slots=True)
class Failing:
    """The failing rows of one file (文件问题行)."""

    rows: npt.NDArray[np.int64]
    """Their numbers from 0, ascending."""
    rules: pa.ListArray
    """Numbers of the rules that each of them fails."""


def split(
    files: Sequence[StagedFile],
    failing: Mapping[Path, Failing],
    *,
    folder: Path,
    rejected: RejectedFile,
    tell: Tell,
    threads: int,
) -> tuple[StagedFile, ...]:
    """Return the files of clean rows (分离), and put the others into `rejected`.

    A file with failing rows is written anew into `folder`, row group by row group, with its
    columns, compression and statistics as they were; one with nothing else is left out.
    """
    shutil.rmtree(folder, ignore_errors=True)

    def one(file: StagedFile) -> tuple[StagedFile | None, list[_Bad]]:
        if file.path not in failing:
            return file, []
        return _split_file(file, failing[file.path], folder / file.path.name)

    clean: list[StagedFile] = []
    with ThreadPoolExecutor(max(1, min(_AT_ONCE, threads))) as pool:
        for kept, bad in pool.map(one, files):
            clean += [kept] if kept else []
            for each in bad:
                _put(each, rejected, tell)
    return tuple(clean)


def reject_only(
    files: Sequence[StagedFile],
    failing: Mapping[Path, Failing],
    *,
    rejected: RejectedFile,
    tell: Tell,
) -> None:
    """Put failing rows into `rejected`, as many as it takes, no clean rows (只取问题行)."""
    for file in files:
        if file.path not in failing:
            continue
        for _, table, bad, rules in _groups(file.path, failing[file.path], text=False):
            if rejected.full:
                return
            _put(_Bad(table.take(bad), rules), rejected, tell)


@dataclass(frozen=True, slots=True)
class _Bad:
    """Rejected rows of one row group."""

    rows: pa.Table
    rules: pa.ListArray


def _put(bad: _Bad, rejected: RejectedFile, tell: Tell) -> None:
    told = [tell(numbers) for numbers in bad.rules.to_pylist()]
    rejected.put(bad.rows, [ids for ids, _ in told], [words for _, words in told])


def _split_file(
    file: StagedFile, failing: Failing, target: Path
) -> tuple[StagedFile | None, list[_Bad]]:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept, writer = 0, None
    taken: list[_Bad] = []
    plain = _ARROW_SCHEMA in (pq.read_metadata(file.path).metadata or {})
    try:
        for source, rows, bad, rules in _groups(file.path, failing, text=plain):
            if bad.size:
                taken.append(_Bad(rows.take(bad), rules))
            table = _without(rows, bad)
            if table.num_rows:
                writer = writer or pq.ParquetWriter(target, table.schema, **_like(source, plain))
                writer.write_table(table, row_group_size=table.num_rows)
                kept += table.num_rows
            del table, rows
    finally:
        if writer is not None:
            writer.close()
    if writer is None:
        return None, taken
    target.chmod(0o600)
    return StagedFile(path=target, rows=kept, bytes=target.stat().st_size), taken


def _groups(
    path: Path, failing: Failing, *, text: bool
) -> Iterator[tuple[pq.ParquetFile, pa.Table, Rows, pa.ListArray]]:
    """Yield each row group with its failing rows, counted from its own first row.

    Columns kept by dictionary are read as such, unless `text`: a third of the time goes into
    spelling codes out and coding them again.
    """
    with pq.ParquetFile(path, read_dictionary=None if text else _coded(path)) as source:
        start = at = 0
        for group in range(source.num_row_groups):
            end = start + source.metadata.row_group(group).num_rows
            upto = int(failing.rows.searchsorted(end))
            bad, rules = failing.rows[at:upto] - start, failing.rules[at:upto]
            # No name holds the table here: two at once would be two in memory.
            yield source, source.read_row_group(group, use_threads=False), bad, rules
            start, at = end, upto


def _without(table: pa.Table, bad: Rows) -> pa.Table:
    """Return a table less some rows, without copying the others while these are few."""
    if not bad.size:
        return table
    if bad.size * _FEW > table.num_rows:
        keep = np.ones(table.num_rows, dtype=bool)
        keep[bad] = False
        return table.filter(pa.array(keep))
    parts, start = [], 0
    for row in [*bad.tolist(), table.num_rows]:
        parts.append(table.slice(start, row - start))
        start = row + 1
    return pa.concat_tables(part for part in parts if part.num_rows)


def _coded(path: Path) -> list[str]:
    """Return the text columns of a file that a dictionary keeps small."""
    metadata = pq.read_metadata(path)
    if not metadata.num_row_groups:
        return []
    group = metadata.row_group(0)
    columns = [group.column(number) for number in range(group.num_columns)]
    return [
        column.path_in_schema
        for column in columns
        if column.physical_type == "BYTE_ARRAY"
        and "RLE_DICTIONARY" in column.encodings
        and column.total_uncompressed_size < _CODE_BYTES * group.num_rows
    ]


def _like(source: pq.ParquetFile, plain: bool) -> dict[str, Any]:
    """Return how a file was written, for one that shall be like it."""
    group = source.metadata.row_group(0)
    columns = [group.column(number) for number in range(group.num_columns)]
    declared = [source.metadata.schema.column(number) for number in range(group.num_columns)]
    return {
        "column_encoding": {
            column.path_in_schema: encoding
            for column in columns
            for encoding in _ENCODINGS
            if encoding in column.encodings
        },
        "store_decimal_as_integer": any(
            column.logical_type.type == "DECIMAL" and column.physical_type.startswith("INT")
            for column in declared
        ),
        "compression": {
            c.path_in_schema: _COMPRESSIONS.get(c.compression, c.compression.lower())
            for c in columns
        },
        "use_dictionary": [c.path_in_schema for c in columns if "RLE_DICTIONARY" in c.encodings],
        "write_statistics": [c.path_in_schema for c in columns if c.is_stats_set],
        "store_schema": plain,
    }
