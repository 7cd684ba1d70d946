"""Where reports lie and how they are written (报告位置): whole or not at all, by rename.

::

    index.html, index.json            the site over all resources
    <resource>/index.html             the resource's history
    <resource>/<year>-<month>.html    its batches of a month, with .json beside it
    <resource>/<batch>.html, .json    a batch's page and its facts
    <resource>/latest.html            the page of the latest batch
    .evidence/<sm3>.json              suites, standards and codes that batches were judged by
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

INDEX: Final = "index.html"
INDEX_FACTS: Final = "index.json"
LATEST: Final = "latest.html"
EVIDENCE: Final = ".evidence"
_LOCK: Final = ".lock"
_READABLE: Final = 0o644


def page_of(folder: Path, resource: str, batch_id: str) -> Path:
    """Return where a batch's page lies below the reports' folder."""
    return folder / resource / f"{batch_id}.html"


def facts_of(folder: Path, resource: str, batch_id: str) -> Path:
    """Return where a batch's facts lie below the reports' folder."""
    return folder / resource / f"{batch_id}.json"


def put(path: Path, text: str, *, durable: bool = False) -> None:
    """Write a text whole or not at all, whoever else writes it; `durable` forces it to disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.chmod(_READABLE)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def compact(value: Any) -> str:
    """Return JSON on one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def loaded(path: Path) -> Any:
    """Return the JSON in a file, None where it is missing or torn."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the site while histories and index are read and written again (站点锁)."""
    from filelock import FileLock

    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / _LOCK):
        yield
