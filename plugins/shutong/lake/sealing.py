"""Rows sealed at rest (加密保管): SM4-GCM under a key that lies outside of the project.

The key file has a line `id = 32 hexadecimal digits` for each key. The first seals, the others
still open what they sealed: a key is changed by a new first line. Each file of sealed rows has
a key of its own, derived (HKDF, SM3) from the key and 16 random bytes, and counts its rows as
nonces: no pair of key and nonce comes twice, whatever happens to a process or a clock. A row
opens only as what it was sealed as: its resource, batch and id are authenticated with it.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shutong.errors import KeyUnusable, Text

_LINE: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,63})\s*[=:]\s*([0-9A-Fa-f]{32})")
_VERSION: Final = b"\x01"
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_HEAD_BYTES: Final = len(_VERSION) + _SALT_BYTES + _NONCE_BYTES
_PURPOSE: Final = b"shutong quarantine rows"
_VARIABLE: Final = "SHUTONG_QUARANTINE_KEYS"


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys by id (密钥); the first one seals."""

    active: str
    by_id: dict[str, bytes] = field(repr=False)

    def sealer(self) -> Sealer:
        """Return what seals the rows of one file."""
        return Sealer(self.active, self.by_id[self.active])

    def opened(self, key_id: str, sealed: bytes, context: bytes) -> bytes:
        """Return what was sealed; KeyUnusable for a missing or wrong key, or altered bytes."""
        key = self.by_id.get(key_id)
        if key is None:
            raise KeyUnusable(
                Text(f"缺少密钥 {key_id}", f"key {key_id} is missing"),
                place=_VARIABLE,
                next_step=Text("把该密钥加回密钥文件", "put it back into the key file"),
            )
        salt = sealed[len(_VERSION) : len(_VERSION) + _SALT_BYTES]
        nonce = sealed[len(_VERSION) + _SALT_BYTES : _HEAD_BYTES]
        body, tag = sealed[_HEAD_BYTES:-_TAG_BYTES], sealed[-_TAG_BYTES:]
        try:
            cipher = Cipher(algorithms.SM4(_file_key(key, salt)), modes.GCM(nonce, tag))
            opening = cipher.decryptor()
            opening.authenticate_additional_data(context)
            return opening.update(body) + opening.finalize()
        except (InvalidTag, ValueError):
            raise KeyUnusable(
                Text(
                    f"密钥 {key_id} 打不开该数据: 密钥不对, 或数据被改动",
                    f"key {key_id} does not open the row: another key, or the row was altered",
                ),
                place=_VARIABLE,
                next_step=Text(
                    "换回加密时的密钥文件; 密钥无误则从备份恢复隔离区",
                    "use the key file of that time; if it is, restore the quarantine",
                ),
            ) from None


class Sealer:
    """Seals the rows of one file (加密), each under a nonce of its own."""

    def __init__(self, key_id: str, key: bytes) -> None:
        self.key_id = key_id
        self._salt = os.urandom(_SALT_BYTES)
        self._key = _file_key(key, self._salt)
        self._sealed = 0

    def seal(self, content: bytes, context: bytes) -> bytes:
        """Return the content sealed; `context` must be given again to open it."""
        nonce = self._sealed.to_bytes(_NONCE_BYTES, "big")
        self._sealed += 1
        sealing = Cipher(algorithms.SM4(self._key), modes.GCM(nonce)).encryptor()
        sealing.authenticate_additional_data(context)
        body = sealing.update(content) + sealing.finalize()
        return _VERSION + self._salt + nonce + body + sealing.tag


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Where keys are found when they are needed (密钥来源)."""

    path: Path | None = None
    project: Path | None = None
    """The project folder, in which keys may not lie."""

    def keys(self) -> Keys:
        """Return the keys; KeyUnusable when they cannot be used."""
        return read_keys(self.path, self.project)


def read_keys(path: Path | None, project: Path | None) -> Keys:
    """Return the keys of a file; KeyUnusable when it is not there, faulty or not kept safely.

    It may lie neither under `project` nor open to other users.
    """
    if path is None:
        raise _unusable(Text("没有设置密钥文件", "no key file is set"))
    if project is not None and path.resolve().is_relative_to(project.resolve()):
        raise _unusable(Text("密钥文件在项目目录内", "the key file is inside the project folder"))
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise _unusable(Text("密钥文件无法读取", "the key file cannot be read")) from None
    if stat.S_IMODE(mode) & 0o077:
        raise _unusable(Text("密钥文件对其他用户可读", "the key file is open to other users"))
    lines = [line.strip() for line in text.splitlines()]
    found = [_LINE.fullmatch(line) for line in lines if line and not line.startswith("#")]
    pairs = [(hit[1], bytes.fromhex(hit[2])) for hit in found if hit]
    by_id = dict(pairs)
    if not pairs or len(pairs) < len(found) or len(by_id) < len(pairs):
        raise _unusable(Text("密钥文件格式不对", "the key file is not written as it should be"))
    return Keys(pairs[0][0], by_id)


def _file_key(key: bytes, salt: bytes) -> bytes:
    return HKDF(hashes.SM3(), length=16, salt=salt, info=_PURPOSE).derive(key)


def _unusable(fact: Text) -> KeyUnusable:
    return KeyUnusable(
        fact,
        place=_VARIABLE,
        next_step=Text(
            f"{_VARIABLE} 指向项目目录之外、权限 0600 的文件, 每行一个: 编号 = 32 位十六进制密钥"
            " (openssl rand -hex 16), 第一行用于加密",
            f"let {_VARIABLE} name a file outside of the project, mode 0600, a key a line: "
            "id = 32 hexadecimal digits (openssl rand -hex 16), the first one seals",
        ),
    )
