"""Python values as an Arrow column of exact texts (字段列)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa


def batch_of(rows: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.RecordBatch:
    """Return rows as columns of bytes, as `schema` names them."""
    columns = [cells(values) for values in zip(*rows, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def cells(values: Sequence[Any]) -> pa.Array:
    """Return the values as bytes: text in UTF-8, numbers as their shortest exact text."""
    # Each try is the cheapest for the columns it serves; `join` refuses what is no bytes.
    try:
        return _column(values, b"".join(values), None)
    except TypeError:
        pass
    filled = [b"" if value is None else value for value in values]
    try:
        return _column(filled, b"".join(filled), values)
    except TypeError:
        filled = [_bytes(value) for value in filled]
        return _column(filled, b"".join(filled), values)


def _column(values: Sequence[bytes], data: bytes, origin: Sequence[Any] | None) -> pa.Array:
    """Return an array of bytes, NULL where `origin` is None. `pa.array` would import pandas."""
    validity = None
    if origin is not None and None in origin:
        valid = np.fromiter((value is not None for value in origin), bool, len(origin))
        validity = pa.py_buffer(np.packbits(valid, bitorder="little"))
    offsets = np.zeros(len(values) + 1, np.int32)
    np.cumsum(np.fromiter(map(len, values), np.int64, len(values)), out=offsets[1:])
    return pa.Array.from_buffers(
        pa.binary(), len(values), [validity, pa.py_buffer(offsets), pa.py_buffer(data)]
    )


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, float):
        return repr(value).encode()
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, memoryview | bytearray):
        return bytes(value)
    return str(value).encode()
