"""Parquet files in DuckDB's SQL (文件查询)."""

from __future__ import annotations

import glob
from collections.abc import Iterable


def parquet_sql(files: Iterable[object]) -> str:
    """Return the SQL that reads exactly these files.

    DuckDB takes a path for a pattern and a folder's name for a column: neither is meant.
    """
    paths = ", ".join("'" + glob.escape(str(path)).replace("'", "''") + "'" for path in files)
    return f"read_parquet([{paths}], hive_partitioning = false)"
