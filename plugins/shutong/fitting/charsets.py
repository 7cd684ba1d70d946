"""Texts in an encoding that only the catalog knows (字符编码)."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

_CHARSET: Final = b"charset"


def field_in(item: str, charset: str | None) -> pa.Field:
    """Return the field of a batch for an item whose bytes are in `charset`, UTF-8 by default."""
    return pa.field(item, pa.binary(), metadata={_CHARSET: charset.encode()} if charset else None)


def in_utf8(batch: pa.RecordBatch) -> tuple[pa.RecordBatch, dict[int, list[str]]]:
    """Return the batch with its texts in UTF-8, and the rows with bytes of no character."""
    unfit: dict[int, list[str]] = {}
    columns = []
    for field, column in zip(batch.schema, batch.columns, strict=True):
        charset = (field.metadata or {}).get(_CHARSET)
        if charset is None:
            columns.append(column)
            continue
        texts = []
        for row, raw in enumerate(column.to_pylist()):
            try:
                texts.append(raw and raw.decode(charset.decode()).encode())
            except UnicodeDecodeError:
                # The bytes stay, for the steward to look at.
                texts.append(raw)
                unfit.setdefault(row, []).append(f"{field.name}: invalid_text")
        columns.append(pa.array(texts, pa.binary()))
    return pa.RecordBatch.from_arrays(columns, batch.schema.names), unfit
