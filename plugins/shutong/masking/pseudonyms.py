"""Keyed pseudonyms (假名化): HMAC-SM3, with a key of its own for each purpose.

Whoever holds deliveries for two purposes cannot join them by their pseudonyms, and whoever
lacks the key cannot try out all citizen numbers. GB/T 32905-2016 (SM3), RFC 2104 (HMAC).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pyarrow as pa

_DIGEST: Final = "sm3"
FEWEST_BYTES: Final = 32
"""Bytes of a master key: as many as the digest has."""


@dataclass(frozen=True, slots=True)
class PurposeKey:
    """The key of one purpose (用途密钥); never shown."""

    secret: bytes = field(repr=False)

    def pseudonym(self, text: str) -> str:
        """Return the pseudonym of a text: 64 hexadecimal digits."""
        return hmac.digest(self.secret, text.encode("utf-8", "surrogatepass"), _DIGEST).hex()


def purpose_key(master: bytes, purpose: str) -> PurposeKey:
    """Derive the key of a purpose from the city's master key (用途密钥派生).

    ValueError when the master key is too short to be one, or the purpose is blank.
    """
    if len(master) < FEWEST_BYTES:
        raise ValueError(f"a master key has at least {FEWEST_BYTES} bytes")
    if not purpose.strip():
        raise ValueError("a pseudonym has a purpose")
    return PurposeKey(hmac.digest(master, b"shutong pseudonym\0" + purpose.encode(), _DIGEST))


def pseudonyms(texts: pa.Array, key: PurposeKey) -> pa.Array:
    """Return the pseudonyms of a text column; each distinct value is computed once."""
    import pyarrow as pa

    coded = texts.dictionary_encode()
    names = [None if text is None else key.pseudonym(text) for text in coded.dictionary.to_pylist()]
    return pa.array(names, pa.string()).take(coded.indices)
