"""What batches were judged by (校验依据留存), kept once under its own digest.

A suite in the tree changes with the months; a report of last year is recomputed by the suite
of last year.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shutong.quality.suites import digest_of
from shutong.reporting.places import EVIDENCE, compact, loaded, put


def keep(folder: Path, data: Any) -> str:
    """Keep JSON below the reports' folder under its SM3 digest, and return that (留存)."""
    digest = digest_of(data)
    path = _path(folder, digest)
    if not path.is_file():
        put(path, compact(data), durable=True)
    return digest


def kept(folder: Path, digest: str) -> Any:
    """Return what was kept under a digest; None where it is missing or was altered."""
    if not digest.isalnum():
        return None
    data = loaded(_path(folder, digest))
    return data if data is not None and digest_of(data) == digest else None


def _path(folder: Path, digest: str) -> Path:
    return folder / EVIDENCE / f"{digest}.json"
