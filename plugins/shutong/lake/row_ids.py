"""Ids by which a rejected row is known when it comes again (问题行编号).

An id is HMAC-SM3 over the row's items, under a random secret of the resource. A plain digest
would not do: citizen numbers are few enough to try them all, and ids stand in reports and
tickets. The secret never changes, so that ids stay when the sealing key does; where rows are
sealed, the secret is sealed as well.
"""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from shutong.errors import StorageFailed, Text
from shutong.lake.files import force
from shutong.lake.sealing import KeyRing, Keys
from shutong.lake.tables import make_folder, safe_name

_FOLDER: Final = ".row_ids"
_SECRET_BYTES: Final = 32
_HEX_DIGITS: Final = 32
"""128 bits of the digest: no two rows of a city meet."""


class RowIds:
    """Makes the ids of one resource's rows (编号器)."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def of_row(self, items: Sequence[str | None]) -> str:
        """Return the id of a row: the same items, in the standard's order, have the same."""
        return self._id("row", items)

    def of_key(self, key: Sequence[str | None]) -> str:
        """Return the digest of a row's key."""
        return self._id("key", key)

    def _id(self, what: str, texts: Iterable[str | None]) -> str:
        canonical = json.dumps([what, *texts], ensure_ascii=True, separators=(",", ":"))
        return hmac.new(self._secret, canonical.encode(), "sm3").hexdigest()[:_HEX_DIGITS]


def row_ids(root: Path, resource: str, ring: KeyRing, *, seal: bool) -> RowIds:
    """Return what makes a resource's ids; its secret is made at the first time.

    With `seal` the secret is kept sealed from now on. KeyUnusable when it is, and cannot be
    opened.
    """
    path = root / _FOLDER / f"{safe_name(resource)}.json"
    context = f"row ids of {resource}".encode()
    if not path.is_file():
        _keep(path, os.urandom(_SECRET_BYTES), context, ring.keys() if seal else None)
    key_id, held = _kept(path)
    if key_id is None and not seal:
        return RowIds(held)
    keys = ring.keys()
    secret = held if key_id is None else keys.opened(key_id, held, context)
    if key_id != keys.active:
        _keep(path, secret, context, keys)
    return RowIds(secret)


def _kept(path: Path) -> tuple[str | None, bytes]:
    """Return the id of the key that seals a secret, None for none, and the secret as it lies."""
    try:
        kept = json.loads(path.read_text(encoding="ascii"))
        return kept["key"], bytes.fromhex(kept["secret"])
    except (ValueError, KeyError, TypeError):
        raise StorageFailed(
            Text("问题行编号的密文件残缺", "the secret of the row ids is torn"),
            place=path.name,
            next_step=Text("从备份恢复该文件", "restore it from a backup"),
        ) from None


def _keep(path: Path, secret: bytes, context: bytes, keys: Keys | None) -> None:
    """Keep a secret on disk, whole or not at all; the caller holds the resource's lock."""
    make_folder(path.parent)
    held = keys.sealer().seal(secret, context) if keys else secret
    temporary = path.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600)
    kept = {"key": keys.active if keys else None, "secret": held.hex()}
    temporary.write_text(json.dumps(kept), encoding="ascii")
    force(temporary)
    temporary.replace(path)
    force(path.parent)
