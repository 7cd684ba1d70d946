"""Rows of a MySQL result as Arrow columns (文本结果集解码), without a Python object per value.

A result of the text protocol is a chain of packets: three bytes of length, one of sequence,
then the row's values one after another, each with its own length before it. Both walks are
done for thousands of rows at a time: along the chain by looking for the heads' noughts and
checking that each link meets the next, along the rows one column after another.

Nothing here converts or judges a value: the columns hold the bytes that the server sent.
Protocol: MySQL Internals Manual, "Text Resultset Row" and "Protocol::LengthEncodedString".
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Block = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

HEAD: Final = 4
"""Bytes of a packet's head."""
SPLIT: Final = 0xFFFFFF
"""Length of a packet whose row goes on in the next."""
ROOM: Final = 32
"""Bytes that a block must have behind its last row: values are gathered by whole words."""
_NULL: Final = 0xFB
_WIDTHS: Final = {0xFC: 2, 0xFD: 3, 0xFE: 8}
"""First byte of a long value's length, and how many bytes of length follow."""
_INLINE: Final = 12
"""Bytes of a value that an Arrow view holds itself."""
_WORDS: Final = (1, 5, 9)
"""Where the three words of a short value begin, counted from its length byte."""


class Malformed(Exception):
    """The bytes are no rows of the text protocol (结果集格式错误)."""


def packets_in(block: Block, end: int) -> tuple[Places, int]:
    """Return where the whole packets before `end` begin, and where the first other one does.

    The first packet begins at 0. A split packet ends the walk: it is no whole row.
    """
    heads, place = _chained(block, end)
    rest: list[int] = []
    while place + HEAD <= end:
        length = int(block[place]) | int(block[place + 1]) << 8 | int(block[place + 2]) << 16
        if length == SPLIT or place + HEAD + length > end:
            break
        rest.append(place)
        place += HEAD + length
    return np.concatenate([heads, np.array(rest, dtype=np.int64)]), place


def columns_of(block: Block, begins: Places, ends: Places, count: int) -> list[pa.Array]:
    """Return the columns of the rows that lie between `begins` and `ends`, as arrays of bytes.

    Malformed when a row does not hold exactly `count` values.
    """
    columns, places = [], begins
    for _ in range(count):
        column, places = _column(block, places, ends)
        columns.append(column)
    if not np.array_equal(places, ends):
        raise Malformed
    return columns


def lengths_of(block: Block, heads: Places) -> Places:
    """Return the lengths that the packets' heads tell."""
    return _little_endian(block, heads, 3)


def _chained(block: Block, end: int) -> tuple[Places, int]:
    """Return the heads of the chain's beginning, as far as they are found at once.

    A head of a row below 64 KB has a nought as its third byte. Of all noughts, those count
    that lead to another nought with the next sequence number; what is left is the chain
    itself when each of them leads to the next, and no guess is in that.
    """
    heads = np.flatnonzero(block[2 : max(end - 1, 2)] == 0)
    following = heads + HEAD + _little_endian(block, heads, 2)
    within = following < end - HEAD
    heads, following = heads[within], following[within]
    number = block.take(heads + 3) + np.uint8(1)
    linked = (block.take(following + 2) == 0) & (block.take(following + 3) == number)
    heads, following = heads[linked], following[linked]
    if not heads.size or heads[0] != 0:
        return heads[:0], 0
    if not (following[:-1] == heads[1:]).all():
        chain = _followed(heads, following)
        heads, following = heads[chain], following[chain]
    return heads, int(following[-1])


def _followed(heads: Places, following: Places) -> list[int]:
    """Return the positions that the chain takes among heads, some of which are none."""
    successor = heads.searchsorted(following)
    successor[successor == heads.size] = 0
    successor[heads[successor] != following] = 0
    chain, steps, position = [0], successor.tolist(), 0
    while position := steps[position]:
        chain.append(position)
    return chain


def _column(block: Block, places: Places, ends: Places) -> tuple[pa.Array, Places]:
    """Return the column whose values begin at `places`, and where the next one's do."""
    first = _taken(block, places)
    shortest, longest = int(first.min()), int(first.max())
    if shortest == longest < _NULL and longest:
        following = places + (1 + longest)
        _within(following, ends)
        return _equally_long(block, places, longest), following
    lengths = first.astype(np.int64)
    begins = places + 1
    if longest > _NULL:
        _lengthen(block, places, first, begins, lengths)
    validity = None
    if (nulls := first == _NULL).any():
        lengths[nulls] = 0
        validity = pa.py_buffer(np.packbits(~nulls, bitorder="little"))
    following = begins + lengths
    _within(following, ends)
    views = _views(block, begins, lengths)
    buffers = [validity, pa.py_buffer(views), pa.py_buffer(block)]
    column = pa.Array.from_buffers(pa.binary_view(), len(places), buffers)
    return column.cast(pa.binary()), following


def _equally_long(block: Block, places: Places, length: int) -> pa.Array:
    """Return values that all have one length, and no NULL: codes, days, numbers of persons."""
    every = np.ndarray(
        block.size - length - 1, dtype=f"V{length}", buffer=block, offset=1, strides=(1,)
    )
    data = every[places]
    offsets = np.arange(0, (len(places) + 1) * length, length, dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.binary(), len(places), buffers)


def _lengthen(block: Block, places: Places, first: Block, begins: Places, lengths: Places) -> None:
    """Put right, in place, the beginnings and lengths of values of 251 bytes and more."""
    for mark, width in _WIDTHS.items():
        long = np.flatnonzero(first == mark)
        if long.size:
            lengths[long] = _little_endian(block, places[long] + 1, width)
            begins[long] += width
    outside = lengths.min() < 0 or lengths.max() > block.size
    if outside or (first == 0xFF).any():  # noqa: PLR2004 - the mark of an error
        raise Malformed


def _views(block: Block, begins: Places, lengths: Places) -> npt.NDArray[np.uint32]:
    """Return Arrow's views: length, then the value itself or its beginning and its place."""
    views = np.zeros((len(begins), 4), dtype=np.uint32)
    views[:, 0] = lengths
    short = lengths <= _INLINE
    longest = int(lengths.max(where=short, initial=0))
    kept = _MASKS.take(np.where(short, lengths, _INLINE), axis=0)
    for number, offset in enumerate(_WORDS):
        if number == 0 or longest > 4 * number:
            np.bitwise_and(
                _words(block, offset)[begins - 1], kept[:, number], out=views[:, number + 1]
            )
    if longest < int(lengths.max()):
        views[:, 2] *= short
        np.copyto(views[:, 3], begins, where=~short, casting="unsafe")
    return views


def _words(block: Block, offset: int) -> npt.NDArray[np.uint32]:
    """Return the four bytes that stand `offset` behind each byte of a block."""
    return np.ndarray(block.size - 16, dtype="<u4", buffer=block, offset=offset, strides=(1,))


def _masks() -> npt.NDArray[np.uint32]:
    """Return, for each length up to 12, three words that keep so many bytes."""
    bits = np.tri(_INLINE + 1, _INLINE, -1, dtype=np.uint8) * np.uint8(0xFF)
    masks: npt.NDArray[np.uint32] = bits.view("<u4")
    return masks


_MASKS: Final = _masks()


def _little_endian(block: Block, places: Places, width: int) -> Places:
    number = _taken(block, places).astype(np.int64)
    for byte in range(1, width):
        number |= _taken(block, places + byte).astype(np.int64) << (8 * byte)
    return number


def _taken(block: Block, places: Places) -> Block:
    try:
        return block.take(places)
    except IndexError:
        raise Malformed from None


def _within(places: Places, ends: Places) -> None:
    if (places > ends).any():
        raise Malformed
