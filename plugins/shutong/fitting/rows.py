"""Rows that fit, and rows that do not (归一)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from shutong.fitting.charsets import in_utf8
from shutong.fitting.reasons import REASONS, Unfit
from shutong.fitting.single import one, text_of, values_of
from shutong.fitting.whole import whole

_BLOCK: Final = 512


@dataclass(frozen=True, slots=True)
class Fitted:
    """Rows in the wanted types, and the rows that do not fit (归一结果)."""

    rows: pa.RecordBatch
    misfits: pa.RecordBatch | None
    """Every item as text, and `_reasons`; None when all rows fit."""
    kept: pa.BooleanArray | None = None
    """Which of the given rows are in `rows`; None when all are."""


def fit(batch: pa.RecordBatch, wanted: pa.Schema) -> Fitted:
    """Return the rows of `batch` in the types of `wanted`, and those that do not fit.

    `batch` has the wanted columns by name. Columns that have their type already are passed
    on without a copy.
    """
    columns: list[pa.Array] = []
    batch, misfits = in_utf8(batch)
    for field in wanted:
        column, unfit = _fit_column(batch.column(field.name), field.type)
        columns.append(column)
        for row, reason in unfit.items():
            told = f"{field.name}: {reason}"
            if told not in misfits.setdefault(row, []):
                misfits[row].append(told)
    rows = pa.RecordBatch.from_arrays(columns, schema=wanted)
    if not misfits:
        return Fitted(rows, None)
    bad = sorted(misfits)
    good = np.ones(batch.num_rows, dtype=bool)
    good[bad] = False
    reasons = ["; ".join(misfits[row]) for row in bad]
    kept = pa.array(good)
    return Fitted(rows.filter(kept), _as_texts(batch.take(pa.array(bad)), wanted, reasons), kept)


def _fit_column(column: pa.Array, wanted: pa.DataType) -> tuple[pa.Array, dict[int, str]]:
    """Return the column in its wanted type, NULL where a value does not fit, and why not."""
    try:
        return whole(column, wanted), {}
    except (Unfit, pa.ArrowException):
        pass
    parts: list[pa.Array] = [pa.nulls(0, wanted)]
    unfit: dict[int, str] = {}
    for start in range(0, len(column), _BLOCK):
        block = column.slice(start, _BLOCK)
        try:
            parts.append(whole(block, wanted))
        except (Unfit, pa.ArrowException):
            part, reasons = _one_byone(block, wanted)
            parts.append(part)
            unfit.update({start + row: reason for row, reason in reasons.items()})
    return pa.concat_arrays(parts), unfit


def _one_byone(block: pa.Array, wanted: pa.DataType) -> tuple[pa.Array, dict[int, str]]:
    values: list[Any] = []
    unfit: dict[int, str] = {}
    for row, value in enumerate(values_of(block)):
        try:
            values.append(None if value is None else one(value, wanted))
        except Unfit as exc:
            values.append(None)
            unfit[row] = exc.reason
    return pa.array(values, wanted), unfit


def _as_texts(rows: pa.RecordBatch, wanted: pa.Schema, reasons: list[str]) -> pa.RecordBatch:
    """Return rows as texts, the way the source would write them."""
    names = [*wanted.names, REASONS]
    texts = [
        [None if value is None else _readable(value) for value in values_of(rows.column(name))]
        for name in wanted.names
    ]
    columns = [pa.array(column, pa.string()) for column in texts]
    return pa.RecordBatch.from_arrays([*columns, pa.array(reasons, pa.string())], names)


def _readable(value: Any) -> str:
    try:
        return text_of(value)
    except Unfit:
        return f"0x{value.hex()}"
