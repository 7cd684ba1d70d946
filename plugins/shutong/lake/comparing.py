# ruff: noqa: S608 - the statements hold quoted names and file paths, never a value
"""Keys of a resource's rows held against those at the source (主键比对), within bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow.parquet as pq

from shutong.lake.scratch import literal, parquet, quoted

if TYPE_CHECKING:
    import duckdb

KEYS_AT_ONCE: Final = 4_000_000
"""Keys compared in one pass: so many fit the engine's memory, or nearly."""


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """Where keys lie, and where what differs is written (主键文件)."""

    source: Sequence[Path]
    """Keys that the source has now, with whatever stands beside them."""
    gone: Path
    """Keys that the source has no more."""
    missing: Path
    """Keys that the source has and the table lacks, with what stands beside them."""


@dataclass(frozen=True, slots=True)
class KeyDifference:
    """How table and source differ in keys (主键差异)."""

    gone: int
    missing: int
    table_rows: int
    """Rows of the resource in the table."""


def compare_keys(
    connection: duckdb.DuckDBPyConnection,
    key: Sequence[str],
    current: Sequence[Path],
    files: KeyFiles,
) -> KeyDifference:
    """Write the keys that only the table or only the source has; return how many there are.

    All files hold the key's columns in the same types. Keys are compared by value, in portions
    by their hash, so the cost is one reading of each key column for every portion.
    """
    columns = ", ".join(quoted(name) for name in key)
    there = f"SELECT * FROM {parquet(files.source)}" if files.source else None
    here = f"SELECT {columns} FROM {parquet(current)}" if current else None
    standing = sum(pq.read_metadata(path).num_rows for path in current)
    rows = standing + sum(pq.read_metadata(path).num_rows for path in files.source)
    portions = max(1, -(-rows // KEYS_AT_ONCE))
    return KeyDifference(
        gone=_only(connection, key, here, there, portions, files.gone),
        missing=_only(connection, key, there, here, portions, files.missing),
        table_rows=standing,
    )


def standing_keys(
    connection: duckdb.DuckDBPyConnection,
    key: Sequence[str],
    current: Sequence[Path],
    asked: Path,
    target: Path,
) -> KeyDifference:
    """Write those of the `asked` keys that stand in the table; return how many.

    `gone` of the result is their number, and `missing` that of the others.
    """
    columns = ", ".join(quoted(name) for name in key)
    target.unlink(missing_ok=True)
    standing = sum(pq.read_metadata(path).num_rows for path in current)
    count = 0
    if current:
        there = f"SELECT {columns} FROM {parquet([asked])}"
        found = f"SELECT {columns} FROM {parquet(current)} WHERE ({columns}) IN ({there})"
        query = f"COPY ({found}) TO {literal(str(target))} (FORMAT parquet)"
        connection.execute(query)
        count = pq.read_metadata(target).num_rows
        target.chmod(0o600)
    return KeyDifference(count, pq.read_metadata(asked).num_rows - count, standing)


def _only(
    connection: duckdb.DuckDBPyConnection,
    key: Sequence[str],
    left: str | None,
    right: str | None,
    portions: int,
    target: Path,
) -> int:
    """Write the keys of `left` that `right` does not have; return their number."""
    columns = ", ".join(quoted(name) for name in key)
    whole = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in key)
    beside = f"SELECT {columns} FROM ({right})" if right is not None else ""
    target.unlink(missing_ok=True)
    if left is None:
        return 0
    connection.execute(f"CREATE TEMP TABLE differing AS {left} LIMIT 0")
    for portion in range(portions):
        part = f"WHERE {whole} AND hash({columns}) % {portions} = {portion}"
        found = f"SELECT * FROM ({left}) {part}"
        if right is not None:
            found = f"FROM ({found}) ANTI JOIN ({beside} {part}) USING ({columns})"
        connection.execute(f"INSERT INTO differing {found}")
    row = connection.execute("SELECT count(*) FROM differing").fetchone()
    count = int(row[0]) if row else 0
    if count:
        connection.execute(f"COPY differing TO {literal(str(target))} (FORMAT parquet)")
        target.chmod(0o600)
    connection.execute("DROP TABLE differing")
    return count
