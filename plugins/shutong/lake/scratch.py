"""A DuckDB connection over given Parquet files (临时查询), bounded in memory."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

from shutong.lake.tables import make_folder

SPILL_FOLDER: Final = ".spill"


@contextmanager
def scratch(root: Path, memory: str, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection whose overflow stays under `root`: it holds personal data too."""
    with spill_folder(root) as spill:
        connection = duckdb.connect(config=bounds(spill, memory, threads))
        try:
            yield connection
        finally:
            connection.close()


@contextmanager
def spill_folder(root: Path) -> Iterator[Path]:
    """Give a folder for overflow, gone afterwards."""
    above = root / SPILL_FOLDER
    make_folder(above)
    spill = Path(tempfile.mkdtemp(dir=above))
    try:
        yield spill
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def bounds(
    spill: Path, memory: str, threads: int
) -> dict[str, str | bool | int | float | list[str]]:
    """Return the settings that keep DuckDB within its bounds and off the network."""
    return {
        "memory_limit": memory,
        "threads": threads,
        "temp_directory": str(spill),
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


def parquet(paths: Iterable[Path]) -> str:
    """Return the SQL that reads exactly these files."""
    listed = ", ".join(literal(glob_free(str(path))) for path in paths)
    return f"read_parquet([{listed}], hive_partitioning = false)"


def glob_free(path: str) -> str:
    """Return a path in which DuckDB sees no pattern."""
    return "".join(f"[{sign}]" if sign in "[*?" else sign for sign in path)


def literal(text: str) -> str:
    """Return text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
