"""Where the benchmark's table stands (基准表), known to every runner; standard library only."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

COLUMNS: Final = (
    "person_id",
    "id_number",
    "name",
    "sex",
    "ethnic",
    "birth_date",
    "region_code",
    "address",
    "phone",
    "marital",
    "education",
    "household_no",
    "is_head",
    "income",
    "updated_at",
)
"""Columns of the bench table, in order."""

WARM_ROWS: Final = 1000
"""Rows of the warm-up before the clock starts."""

SUITE: Final = Path(__file__).with_name("suite.json")
"""The thirty expectations that every runner validates."""

_VARIABLE: Final = "BENCH_SOURCE"


@dataclass(frozen=True)
class Source:
    """A table of a MySQL-speaking server with its read-only account (数据源)."""

    host: str
    port: int
    user: str
    password: str
    database: str
    table: str

    def url(self, scheme: str) -> str:
        """Return the address for a driver; the benchmark's own password is no secret."""
        return f"{scheme}://{self.user}:{self.password}@{self.host}:{self.port}/{self.database}"

    def environment(self) -> dict[str, str]:
        """Return this process's environment with the source in it, for a runner."""
        return {**os.environ, _VARIABLE: json.dumps(asdict(self))}


def source_of_environment() -> Source:
    """Return the source that the parent process set; KeyError when it set none."""
    return Source(**json.loads(os.environ[_VARIABLE]))


def peak_mb() -> float:
    """Return the largest resident size of this process so far, in MB (2^20 bytes).

    `ru_maxrss` would begin with the parent's size: it is inherited over fork and exec.
    """
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def cpu_seconds() -> float:
    """Return the processor time of this process and its ended children so far, in seconds.

    On a busy machine it says more than the clock; the server's own share is not in it.
    """
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def tell(**facts: float) -> None:
    """Print a runner's facts as the last line of its output, as JSON."""
    sys.stdout.write(json.dumps({k: round(v, 3) for k, v in facts.items()}) + "\n")
