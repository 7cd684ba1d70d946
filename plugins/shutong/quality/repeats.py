"""Values that stand on two or more rows (重复值), found by their hashes first.

Hashes are eight bytes a row whatever the key is, and most batches repeat nothing; values are
compared only where hashes meet, so that the verdict is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import sqlalchemy as sa

from shutong.datafiles import only_rises

if TYPE_CHECKING:
    from shutong.quality.engine import DuckDBExecutionEngine

Hashes = npt.NDArray[np.uint64]
Read = Callable[[str, int], pa.RecordBatchReader]
"""Gives a query's result in batches of so many rows."""

_SORTED_ROWS: Final = 4_000_000
"""So many hashes are sorted in memory (64 MB at the most), in a third of the time that
DuckDB's grouping takes; more are grouped by DuckDB, which spills."""
_AT_ONCE: Final = 1_000_000


class Repeats:
    """The repeated values of a connection's tables (重复值表), each looked for once.

    Looking may begin before GX asks: its preparations are Python's own work, and DuckDB's
    hashing and the sorting leave the interpreter to them.
    """

    def __init__(self, engine: DuckDBExecutionEngine) -> None:
        self._engine = engine
        self._known: dict[str, str | None] = {}
        self._begun: dict[str, Future[Hashes | None]] = {}

    def begin(self, selectable: Any, columns: list[str], files: Sequence[Path]) -> None:
        """Begin to look, beside the engine, for what `of` will be asked.

        `files` hold the rows. Where a key only rises through them, nothing repeats.
        """
        query, *_ = self._query(selectable, columns)
        reader = self._engine.reader()

        def look() -> Hashes | None:
            if only_rises(files, columns):
                return np.empty(0, np.uint64)
            return _sorted_hashes(reader, query)

        self._begun[query] = self._engine.beside.submit(look)

    def of(self, selectable: Any, columns: list[str]) -> str | None:
        """Return a table of the values that stand on two or more rows, None if none does.

        The table has the columns and `_rows`.
        """
        query, keys, source = self._query(selectable, columns)
        if query not in self._known:
            self._known[query] = self._look(query, keys, source)
        return self._known[query]

    def _query(self, selectable: Any, columns: list[str]) -> tuple[str, list[Any], Any]:
        """Return the query of all rows' hashes, the key's columns and what they are taken from."""
        keys: list[Any] = [sa.column(name) for name in columns]
        source = selectable.subquery() if hasattr(selectable, "subquery") else selectable
        hashed = sa.select(sa.func.hash(*keys).label("_hash")).select_from(source)
        return self._engine.as_text(hashed), keys, source

    def _look(self, query: str, keys: list[Any], source: Any) -> str | None:
        number = len(self._known)
        hashes, values = f"_hashes_{number}", f"_values_{number}"
        if not self._keep_meeting(query, hashes):
            return None
        among = sa.func.hash(*keys).in_(sa.select(sa.column("_hash")).select_from(sa.table(hashes)))
        grouped = sa.select(*keys, sa.func.count().label("_rows")).select_from(source)
        grouped = grouped.where(among).group_by(*keys).having(sa.func.count() > 1)
        self._engine.create_table(values, grouped)
        return values if self._rows_of(values) else None

    def _keep_meeting(self, query: str, table: str) -> int:
        """Keep the hashes that two or more rows have, and return their number."""
        begun = self._begun.pop(query, None)
        hashes = begun.result() if begun else _sorted_hashes(self._engine.reader(), query)
        if hashes is None:
            grouped = f"SELECT _hash FROM ({query}) GROUP BY _hash HAVING count(*) > 1"  # noqa: S608
            self._engine.create_table(table, grouped)
            return self._rows_of(table)
        meeting = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
        if meeting.size:
            self._engine.raw.register(table, pa.table({"_hash": meeting}))
        return int(meeting.size)

    def _rows_of(self, table: str) -> int:
        counted = sa.select(sa.func.count()).select_from(sa.table(table))
        return int(self._engine.execute_query(counted).scalar())


def _sorted_hashes(read: Read, query: str) -> Hashes | None:
    """Return the hashes of all rows in order; None when they are too many to hold."""
    reader = read(query, _AT_ONCE)
    parts: list[Hashes] = [np.empty(0, np.uint64)]
    rows = 0
    for batch in reader:
        rows += batch.num_rows
        if rows > _SORTED_ROWS:
            reader.close()
            return None
        parts.append(batch.column(0).to_numpy())
    hashes = np.concatenate(parts)
    hashes.sort()
    return hashes
