"""The server's own dump of the table to nowhere (原生导出): what the server can give at best."""

from __future__ import annotations

import os
import subprocess
import time

from tests.bench.source import Source


def dump_seconds(source: Source) -> float:
    """Return the seconds of `mariadb-dump --quick --single-transaction` to /dev/null."""
    command = [
        "mariadb-dump",
        "--no-defaults",
        "--quick",
        "--single-transaction",
        "--skip-lock-tables",
        "--default-character-set=utf8mb4",
        f"--host={source.host}",
        f"--port={source.port}",
        f"--user={source.user}",
        source.database,
        source.table,
    ]
    started = time.perf_counter()
    subprocess.run(
        command,
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "MYSQL_PWD": source.password},
    )
    return time.perf_counter() - started
