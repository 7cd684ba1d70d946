"""What people wrote of a wrong row (封存内容), kept outside of the ledger for its owner only.

Keys and words may be personal: the ledger and its audit chain hold a digest. A random number
stands in each file, so that nobody finds the content by trying.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from shutong.collection.context import storing
from shutong.errors import StorageFailed, Text


def seal(folder: Path, content: Mapping[str, JsonValue]) -> str:
    """Write what a person wrote and return its SM3, by which it is found again."""
    told = {**content, "nonce": secrets.token_hex(16)}
    data = json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
    digest = hashlib.new("sm3", data).hexdigest()
    with storing(str(folder)):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = folder / f"{digest}.json"
        temporary = target.with_suffix(".tmp")
        with os.fdopen(os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as f:
            f.write(data)
            f.flush()
            os.fsync(f.fileno())
        temporary.replace(target)
    return digest


def unsealed(folder: Path, digest: str) -> dict[str, JsonValue]:
    """Return what was sealed; StorageFailed when it is lost or was altered since."""
    try:
        data = (folder / f"{digest}.json").read_bytes()
    except OSError:
        data = b""
    if hashlib.new("sm3", data).hexdigest() != digest:
        raise StorageFailed(
            Text("工单的封存内容缺失或被改动", "what the ticket holds is lost or was altered"),
            place=folder.name,
            next_step=Text("从备份恢复该文件", "restore the file from a backup"),
        )
    told: dict[str, JsonValue] = json.loads(data)
    told.pop("nonce", None)
    return told
