"""Whether a batch's rows add up (批次平账), told by what lies in the tables."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from shutong.lake.log import Commit, commits
from shutong.lake.tables import file_rows, open_table, table_folder
from shutong.model import LoadMode

_READ: Final = "rows_read"


@dataclass(frozen=True, slots=True)
class Account:
    """Where the rows of a batch are (批次账目)."""

    batch_id: str
    resource: str
    read: int
    landed: int
    unchanged: int
    quarantined: int

    @property
    def difference(self) -> int:
        """Rows read that are nowhere; below zero, rows that nobody read."""
        return self.read - self.landed - self.unchanged - self.quarantined


def accounts(root: Path, quarantine_root: Path, dataset: str) -> dict[str, Account]:
    """Return the account of each batch that landed in a dataset's table.

    Read and unchanged rows are those of the landing's commit; landed ones those of the files
    that it added, where it added nothing else; quarantined ones are counted in the quarantine's
    files that are there now.
    """
    folder = table_folder(root, dataset)
    table = open_table(folder)
    if table is None:
        return {}
    aside = _quarantined(table_folder(quarantine_root, dataset))
    return {
        commit.batch_id: Account(
            batch_id=commit.batch_id,
            resource=str(commit.told.get("resource")),
            read=commit.told[_READ],
            landed=_landed(commit),
            unchanged=commit.told["rows_unchanged"],
            quarantined=aside[commit.batch_id],
        )
        for commit in commits(folder, table.version())
        if commit.batch_id is not None and _READ in commit.told
    }


def _landed(commit: Commit) -> int:
    """Return the rows that a landing wrote; a merge writes others anew beside them."""
    if commit.told["mode"] == LoadMode.FULL:
        return sum(file.rows for file in commit.added)
    return int(commit.told["rows_landed"])


def _quarantined(folder: Path) -> Counter[str]:
    """Return the rows in quarantine by batch, as their files hold them."""
    rows: Counter[str] = Counter()
    table = open_table(folder)
    for path in file_rows(table) if table is not None else ():
        try:
            count = pq.read_metadata(folder / path).num_rows
        except (FileNotFoundError, pa.ArrowInvalid):
            count = 0
        rows[Path(path).stem.rpartition("-")[0]] += count
    return rows
