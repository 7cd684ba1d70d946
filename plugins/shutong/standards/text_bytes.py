"""The bytes of a text column where they lie (文本字节), for rules that read them by place."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.signedinteger]


def bytes_of(column: pa.Array) -> tuple[Bytes, Offsets]:
    """Return the bytes of an array of string or large_string, and its offsets; neither copied."""
    _, places, data = column.buffers()
    kind = np.dtype(np.int64 if pa.types.is_large_string(column.type) else np.int32)
    # An empty array may come without offsets, an array of empty texts without bytes.
    offsets = np.frombuffer(places, dtype=kind) if len(column) else np.zeros(1, dtype=kind)
    offsets = offsets[column.offset : column.offset + len(column) + 1]
    return np.frombuffer(data or b"", dtype=np.uint8), offsets


def rows_at(data: Bytes, starts: Offsets, length: int) -> Bytes:
    """Copy the rows of `length` bytes that begin at `starts` into an (n, length) array."""
    anywhere = np.ndarray((len(data) - length + 1,), f"V{length}", data, 0, (1,))
    return anywhere[starts].view(np.uint8).reshape(-1, length)
