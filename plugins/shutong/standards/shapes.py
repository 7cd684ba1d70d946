"""Codes of a fixed shape (定长编码格式), whole columns at once.

Many rules are patterns such as `^1[3-9][0-9]{9}$`: so many characters, each from its own set.
Read eight bytes at a time, a value costs some 15 ns where an expression engine takes 60 to 90.
What is no such pattern is left to the engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

_LONGEST: Final = 64
_WORD: Final = 8
_ANCHORED: Final = re.compile(r"\^(.*)\$", re.DOTALL)
_PART: Final = re.compile(r"(?:\[([^\]\[\\^][^\]\[\\]*)\]|([A-Za-z0-9_ :/@-]))(?:\{(\d{1,2})\})?")
"""A set of characters or one plain character, perhaps so many times."""
_RANGE: Final = re.compile(r"(.)-(.)|(.)", re.DOTALL)
_HIGH: Final = np.uint64(0x8080808080808080)
"""The bit that no ASCII character has."""


@dataclass(frozen=True)
class Shape:
    """The characters that each place of a text may hold (格式), ASCII only."""

    places: tuple[frozenset[str], ...]

    @property
    def length(self) -> int:
        """Number of characters, which is that of bytes."""
        return len(self.places)

    def fits(self, rows: Bytes) -> Flags:
        """Say of each row of an (n, length) array of bytes whether it has the shape."""
        if not rows.size:
            return np.zeros(len(rows), dtype=np.bool_)
        fitting: Flags = np.ones(len(rows), dtype=np.bool_)
        if self.length >= _WORD:
            wrong = np.zeros(len(rows), dtype=np.uint64)
            for start, above, below in self._words:
                word = _word_at(rows, start)
                # Per byte: beyond the last character, before the first, or not ASCII. A byte
                # beyond ASCII may spoil its neighbour's sum, and fails by itself.
                wrong |= (word + above) | ~((word | _HIGH) - below) | word
            fitting = (wrong & _HIGH) == 0
        for place in self._singly:
            fitting &= _table(self.places[place]).take(rows[:, place])
        return fitting

    @cached_property
    def _words(self) -> tuple[tuple[int, np.uint64, np.uint64], ...]:
        """Return words that cover the text: their beginnings, and what to add and subtract."""
        starts = sorted({*range(0, self.length - _WORD + 1, _WORD), self.length - _WORD})
        ends = [_ends(place) for place in self.places]
        return tuple(
            (
                start,
                _packed(0x7F - ord(last) for _, last in ends[start : start + _WORD]),
                _packed(ord(first) for first, _ in ends[start : start + _WORD]),
            )
            for start in starts
        )

    @cached_property
    def _singly(self) -> tuple[int, ...]:
        """Return the places that are looked at one by one: of several ranges, or of short texts."""
        if self.length < _WORD:
            return tuple(range(self.length))
        return tuple(n for n, place in enumerate(self.places) if not _is_one_range(place))


def shape_of(pattern: str) -> Shape | None:
    """Return the shape that a pattern describes, None when it describes anything else.

    Understood: `^`, then plain characters and sets such as `[0-9X]`, each perhaps with a number
    of times `{n}`, then `$`. ASCII only.
    """
    anchored = _ANCHORED.fullmatch(pattern)
    if anchored is None or not pattern.isascii():
        return None
    places: list[frozenset[str]] = []
    at, body = 0, anchored[1]
    while at < len(body):
        part = _PART.match(body, at)
        if part is None:
            return None
        characters = _characters(part[1]) if part[1] is not None else frozenset(part[2])
        if characters is None:
            return None
        places += [characters] * int(part[3] or 1)
        at = part.end()
    return Shape(tuple(places)) if 0 < len(places) <= _LONGEST else None


def fitting(column: pa.Array, shape: Shape) -> pa.Array:
    """Say of each text of a column whether it has the shape: booleans, null for null.

    TypeError when it is no text column.
    """
    import pyarrow as pa

    from shutong.standards.text_bytes import bytes_of, rows_at

    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise TypeError(f"shapes are of texts, this column is {column.type}")
    data, offsets = bytes_of(column)
    lengths = np.diff(offsets)
    if (lengths == shape.length).all():
        start = int(offsets[0]) if len(offsets) else 0
        rows = data[start : start + shape.length * len(lengths)].reshape(-1, shape.length)
        found = shape.fits(rows)
    else:
        found = np.zeros(len(lengths), dtype=np.bool_)
        places = np.flatnonzero(lengths == shape.length)
        if places.size:
            found[places] = shape.fits(rows_at(data, offsets[places], shape.length))
    packed = np.packbits(found, bitorder="little")
    validity = column.is_valid().buffers()[1] if column.null_count else None
    return pa.Array.from_buffers(pa.bool_(), len(lengths), [validity, pa.py_buffer(packed)])


def _characters(said: str) -> frozenset[str] | None:
    """Return the characters of a set, None for a range that runs backwards."""
    found: set[str] = set()
    for first, last, single in _RANGE.findall(said):
        if single:
            found.add(single)
        elif first > last:
            return None
        else:
            found.update(map(chr, range(ord(first), ord(last) + 1)))
    return frozenset(found)


def _ends(place: frozenset[str]) -> tuple[str, str]:
    return min(place), max(place)


def _is_one_range(place: frozenset[str]) -> bool:
    first, last = _ends(place)
    return ord(last) - ord(first) + 1 == len(place)


def _table(place: frozenset[str]) -> Flags:
    flags = np.zeros(256, dtype=np.bool_)
    flags[[ord(character) for character in place]] = True
    return flags


def _packed(numbers: Iterator[int]) -> np.uint64:
    return np.uint64(int.from_bytes(bytes(numbers), "little"))


def _word_at(rows: Bytes, start: int) -> npt.NDArray[np.uint64]:
    """Return the eight bytes from `start` on of each row, as aligned words."""
    flat = rows.reshape(-1)
    words = np.ndarray(
        (len(rows),), dtype="<u8", buffer=flat, offset=start, strides=(rows.shape[1],)
    )
    return words.astype(np.uint64)
