"""What the rows of a shared dataset look like (数据样貌), for rules that they propose."""

from __future__ import annotations

import hashlib
from getpass import getuser
from typing import Any

from shutong.audit import Action, AuditTrail
from shutong.catalog.models import Dataset
from shutong.lake import Lake
from shutong.ledger import Ledger
from shutong.quality import profile_query
from shutong.settings import Settings


def figures_of(using: Settings, name: str, dataset: Dataset) -> dict[str, Any] | None:
    """Return counts and ranges over a dataset's landed rows (样貌统计); None where it has none.

    Read in one pass within the engine's memory, and on record before the first row is read.
    """
    lake = Lake(
        using.lake_dir, using.quarantine_dir, memory=using.duckdb_memory, threads=using.threads
    )
    if lake.version(name) is None:
        return None
    theme, _, table = name.partition("/")
    sql = profile_query(dataset, f'"{theme}"."{table}"')
    AuditTrail(Ledger(using.ledger_address)).record(
        getuser(), Action.TABLE_QUERIED, "lake", {"sql_sm3": _digest(sql), "as_of": ""}
    )
    (row,) = lake.query().run(sql).read_all().to_pylist()
    return dict(row)


def _digest(sql: str) -> str:
    return hashlib.new("sm3", sql.encode()).hexdigest()
