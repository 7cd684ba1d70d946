"""Create the sample city's front-end machines (创建样例城市): whole, or not at all."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from shutong.errors import StorageFailed, Text
from shutong.sample_city.city import (
    CONNECTIONS,
    FRONT_ENDS_FOLDER,
    MARKER,
    City,
    ResourceCounts,
    counts_of,
    database_path,
    marker_path,
)
from shutong.sample_city.columns import FIRST_EVENING
from shutong.sample_city.registers import Register, make_registers
from shutong.sample_city.source_table import quoted
from shutong.sample_city.tables import FRONT_ENDS, TABLES, connection_of

Progress = Callable[[str, int, int], None]
"""Told the resource written, and how many of how many are done."""


def create(
    folder: Path, *, seed: int, scale: float = 1.0, progress: Progress | None = None
) -> City:
    """Create the front-end databases under `folder`, with connections.json beside them.

    The same seed and scale make the same rows. Where this city stands already nothing is
    done and `existed` is true; where another one stands, StorageFailed.
    """
    standing = _standing(folder, seed, scale)
    if standing is None:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            made = _build(folder, seed, scale, progress)
        except (OSError, sqlite3.OperationalError) as exc:
            raise StorageFailed(
                Text("样例城市写不下来", "the sample city cannot be written"),
                place=str(folder),
                next_step=Text("检查磁盘空间和目录权限", "look at disk space and rights"),
            ) from exc
    else:
        made = standing
    _write_connections(folder)
    return made


def _standing(folder: Path, seed: int, scale: float) -> City | None:
    """Return the city that stands in `folder`; StorageFailed when it is another one."""
    if not (folder / FRONT_ENDS_FOLDER).exists():
        return None
    marker = marker_path(folder)
    found = City.read(marker) if marker.is_file() else None
    if found is not None and (found.seed, found.scale) == (seed, scale):
        return found.model_copy(update={"existed": True})
    zh = f"种子 {found.seed}、规模 {found.scale} 的另一座样例城市" if found else "别的数据"
    en = f"another city, seed {found.seed}, scale {found.scale}" if found else "other data"
    raise StorageFailed(
        Text(f"目录中已有{zh}", f"the folder holds {en}"),
        place=str(folder / FRONT_ENDS_FOLDER),
        next_step=Text("换一个目录, 或先移走它", "choose another folder, or move it away"),
    )


def _build(folder: Path, seed: int, scale: float, progress: Progress | None) -> City:
    """Write all databases into a folder of their own and put it in place by one rename."""
    partial = Path(tempfile.mkdtemp(prefix=f".{FRONT_ENDS_FOLDER}-", dir=folder))
    try:
        counts: dict[str, ResourceCounts] = {}
        for register in make_registers(seed, scale):
            _write_register(partial / f"{register.table.front_end}.db", register)
            counts[register.resource] = counts_of(register)
            if progress is not None:
                progress(register.resource, len(counts), len(TABLES))
        city = City(seed=seed, scale=scale, counts=counts, clock=FIRST_EVENING)
        city.write(partial / MARKER)
        for path in partial.iterdir():
            path.chmod(0o600)
        partial.rename(folder / FRONT_ENDS_FOLDER)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return city


def _write_register(path: Path, register: Register) -> None:
    table = register.table
    create_table, *indexes = table.statements()
    marks = ", ".join("?" for _ in table.columns)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        # Until the rename nobody reads this file, and a broken one is thrown away.
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN")
        database.execute(create_table)
        rows = register.rows(range(register.count.base))
        database.executemany(f"INSERT INTO {quoted(table.name)} VALUES ({marks})", rows)  # noqa: S608
        for index in indexes:
            database.execute(index)
        database.execute("COMMIT")


def _write_connections(folder: Path) -> None:
    """Put the front-ends' connections into connections.json, beside those already there."""
    path = folder / CONNECTIONS
    try:
        known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except ValueError:  # never `from`: the text may hold another machine's password
        raise StorageFailed(
            Text("connections.json 不是 JSON", "connections.json is no JSON"),
            place=str(path),
            next_step=Text("改正或移走它后再运行", "mend it or move it away, then run again"),
        ) from None
    ours = {
        connection_of(front_end): {
            "conn_type": "sqlite",
            "host": str(database_path(folder.resolve(), front_end)),
        }
        for front_end in FRONT_ENDS
    }
    if all(known.get(name) == entry for name, entry in ours.items()):
        return
    temporary = path.with_suffix(".tmp")
    text = json.dumps(known | ours, ensure_ascii=False, indent=1)
    temporary.write_text(text + "\n", encoding="utf-8")
    temporary.chmod(0o600)
    temporary.replace(path)
