# ruff: noqa: S608 - the statements hold quoted names and file paths, never a value
"""Where keys stand in a resource's data files (主键定位): only the key columns are read.

Keys that are whole numbers meet the files' own smallest and largest values, so that files and
row groups without any of them are passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from shutong.lake.scratch import literal, parquet, quoted

if TYPE_CHECKING:
    import duckdb

Positions = npt.NDArray[np.int64]
_NUMBERED: Final = "file_row_number = true)"


@dataclass(frozen=True, slots=True)
class Located:
    """Keys that stand in the table (已定位主键), one entry for each place, in its order."""

    wanted: Positions
    """Which of the wanted keys: the position of its row over all files that hold them."""
    file: Positions
    """Number of the current file."""
    row: Positions
    """Row within that file."""


class Keys:
    """Keys to be looked for (待定位主键), held by the engine within its bounds.

    The `wanted` files hold the key's columns in the types of the current ones, never NULL.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        key: Sequence[str],
        wanted: Sequence[Path],
        *,
        name: str,
    ) -> None:
        self._connection = connection
        self._key = ", ".join(quoted(column) for column in key)
        self._name = quoted(name)
        each = []
        self.rows = 0
        for path in wanted:
            each.append(
                f"SELECT {self._key}, file_row_number + {self.rows} AS at FROM {_numbered([path])}"
            )
            self.rows += pq.read_metadata(path).num_rows
        if self.rows:
            connection.execute(f"CREATE TEMP TABLE {self._name} AS {' UNION ALL '.join(each)}")

    def within(self, current: Sequence[Path]) -> Located:
        """Find the keys in some of the current files; one that stands twice is found twice."""
        if not self.rows or not current:
            nothing = np.empty(0, np.int64)
            return Located(nothing, nothing, nothing)
        files = ", ".join(literal(str(path)) for path in current)
        found = self._connection.execute(
            f"SELECT w.at AS wanted, list_position([{files}], o.filename) - 1 AS file, "
            "o.file_row_number AS row "
            f"FROM {_numbered(current)} AS o JOIN {self._name} AS w USING ({self._key})"
        ).fetchnumpy()
        order = np.lexsort((found["row"], found["file"]))
        wanted, file, row = (
            np.asarray(found[name], np.int64)[order] for name in ("wanted", "file", "row")
        )
        return Located(wanted, file, row)


def _numbered(files: Sequence[Path]) -> str:
    """Return the SQL of files whose rows know their file and their number in it."""
    return f"{parquet(files).removesuffix(')')}, filename = true, {_NUMBERED}"
