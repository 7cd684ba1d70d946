# ruff: noqa: S608 - the statements hold quoted names and file paths, never a value
"""Keys that stand on more than one row of a batch (主键重复), counted exactly and cheaply."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow.parquet as pq

from shutong.lake.scratch import parquet, quoted

if TYPE_CHECKING:
    import duckdb

KEYS_AT_ONCE: Final = 16_000_000
"""Keys compared in one pass: 8 bytes each, so 128 MB."""
_FEW: Final = 10_000


def repeated_rows(
    connection: duckdb.DuckDBPyConnection, files: Sequence[Path], key: Sequence[str]
) -> int:
    """Return how many rows of the files repeat an earlier row's key; no key is NULL.

    Hashes are compared first: sorting numbers is three times as fast as grouping texts, and
    memory stays bounded by taking the keys in portions. Only equal hashes are looked at again.
    """
    rows = sum(pq.read_metadata(file).num_rows for file in files)
    relation, keys = parquet(files), ", ".join(quoted(name) for name in key)
    portions = -(-rows // KEYS_AT_ONCE)
    repeated = 0
    for portion in range(portions):
        where = f"WHERE hash({keys}) % {portions} = {portion}" if portions > 1 else ""
        hashes = connection.execute(f"SELECT hash({keys}) AS h FROM {relation} {where}")
        numbers = np.asarray(hashes.fetchnumpy()["h"])
        numbers.sort()
        suspects = numbers[1:][numbers[1:] == numbers[:-1]]
        if len(suspects):
            limits = [where] if where else []
            if len(suspects) <= _FEW:
                listed = ", ".join(str(number) for number in set(suspects.tolist()))
                limits = [f"WHERE hash({keys}) IN ({listed})"]
            repeated += _exactly(connection, relation, keys, " ".join(limits))
    return repeated


def _exactly(connection: duckdb.DuckDBPyConnection, relation: str, keys: str, where: str) -> int:
    row = connection.execute(
        "SELECT coalesce(sum(n - 1), 0)::BIGINT FROM "
        f"(SELECT count(*) AS n FROM {relation} {where} GROUP BY {keys} HAVING count(*) > 1)"
    ).fetchone()
    return int(row[0]) if row else 0
