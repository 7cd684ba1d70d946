"""Increments (增量归集) and the comparison of keys (主键比对), timed against a load of the whole.

One in a hundred rows is changed, together by key and then spread over all keys; then a few rows
are deleted and all keys are compared. The table is put back afterwards, so that the other
measurements find it unchanged.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import yaml
from tests.bench.ours import RESOURCE, WARM, make_project
from tests.bench.source import Source, peak_mb, source_of_environment, tell
from tests.bench.table import DATABASE
from tests.integration.mariadb import Account

from shutong.settings import Settings

ADMIN: Final = "BENCH_ADMIN"
"""Variable with the administrator's {host, port, login, password} as JSON."""
ONE_OF: Final = 100
DELETED: Final = 5
_CHANGED: Final = "SET income = income + 0.01, updated_at = NOW() - INTERVAL 1 SECOND"
_RESTORED: Final = (
    "SET income = income - 0.01, updated_at = '2025-01-01 00:00:00' + INTERVAL person_id - 1 SECOND"
)


def merging_project(home: Path, source: Source) -> None:
    """Write the bench's project with resources that merge by key and follow a cursor."""
    make_project(home, source)
    for path in (home / "catalog/bench/resources").glob("*.yaml"):
        resource: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        resource["source"] |= {"load": "merge", "cursor": "updated_at"}
        path.write_text(yaml.safe_dump(resource, allow_unicode=True), encoding="utf-8")


@contextmanager
def changed_rows(admin: Account, table: str, where: str) -> Iterator[None]:
    """Change the rows of a condition at the source, and put them back."""
    _run(admin, f"UPDATE {table} {_CHANGED} WHERE {where}")
    try:
        yield
    finally:
        _run(admin, f"UPDATE {table} {_RESTORED} WHERE {where}")


@contextmanager
def deleted_rows(admin: Account, table: str, where: str) -> Iterator[None]:
    """Delete the rows of a condition at the source, and put them back."""
    _run(admin, f"CREATE OR REPLACE TABLE kept AS SELECT * FROM {table} WHERE {where}")
    _run(admin, f"DELETE FROM {table} WHERE {where}")
    try:
        yield
    finally:
        _run(admin, f"INSERT INTO {table} SELECT * FROM kept")
        _run(admin, "DROP TABLE kept")


def _run(admin: Account, statement: str) -> None:
    with closing(admin.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(f"USE {DATABASE}")
        cursor.execute("SET time_zone = '+08:00'")  # as the catalog says of the front-end
        cursor.execute(statement)


def main() -> None:
    """Time the load and both increments, print the figures as JSON."""
    from shutong.collection import collect, compare

    source, admin = source_of_environment(), Account(**json.loads(os.environ[ADMIN]))
    home = Path(tempfile.mkdtemp(prefix="increments-", dir=os.environ.get("BENCH_SCRATCH")))

    def timed(name: str, rows: int) -> float:
        stages: dict[str, float] = {}
        started = time.perf_counter()
        landed = collect(
            RESOURCE, using=using, progress=lambda s: stages.update({s: time.perf_counter()})
        )
        ended = time.perf_counter()
        if landed.rows_landed != rows:
            raise RuntimeError(f"{name}: {landed.rows_landed} rows landed, not {rows}")
        edges = [*stages.values(), ended]
        facts.update({f"{name}_{s}": edges[i + 1] - edges[i] for i, s in enumerate(stages)})
        return round(ended - started, 3)

    facts: dict[str, float] = {}
    try:
        merging_project(home, source)
        warm, using = (
            Settings(root=home, data_dir=home / name, connections_file=home / "connections.json")
            for name in ("warm", "timed")
        )
        collect(WARM, using=warm)
        rows = int(source.table.rpartition("_")[2])
        few, middle = rows // ONE_OF, rows // 2
        facts["seconds"] = timed("load", rows)
        facts["load_peak_mb"] = peak_mb()
        with changed_rows(
            admin, source.table, f"person_id BETWEEN {middle + 1} AND {middle + few}"
        ):
            facts["together"] = timed("together", few)
        with changed_rows(admin, source.table, f"person_id % {ONE_OF} = 7"):
            # What changed together was put back without a trace in the cursor.
            facts["spread"] = timed("spread", few)
        with deleted_rows(admin, source.table, f"person_id % {rows // 5} = 1"):
            started = time.perf_counter()
            landed, _ = compare(RESOURCE, using=using)
            facts["comparison"] = round(time.perf_counter() - started, 3)
            if landed.rows_removed != DELETED:
                raise RuntimeError(f"comparison: {landed.rows_removed} rows removed")
        tell(**facts, peak_mb=peak_mb())
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
