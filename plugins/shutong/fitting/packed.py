"""Days and date-times packed into integers (压缩日期): YYYYMMDD and YYYYMMDDHHMMSS."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shutong.fitting.reasons import Unfit

FIRST_DAY, LAST_DAY = date(1, 1, 1), date(9999, 12, 31)
EPOCH: Final = date(1970, 1, 1).toordinal()
_MONTHS: Final = 12


def unpack_days(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    """Return the days; Unfit when one of them is no day."""
    return _like(column, _days(_numbers(column, 1_01_01)), wanted)


def unpack_moments(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    """Return the date-times; Unfit when one of them is none."""
    packed = _numbers(column, 1_01_01_00_00_00)
    day, clock = packed // 1_000_000, packed % 1_000_000
    hour, minute, second = clock // 10_000, clock // 100 % 100, clock % 100
    if (hour > 23).any() or (minute > 59).any() or (second > 59).any():  # noqa: PLR2004
        raise Unfit("invalid_date")
    seconds = _days(day).astype(np.int64) * 86_400 + hour * 3600 + minute * 60 + second
    return _like(column, seconds * 1_000_000, wanted)


def _numbers(column: pa.Array, stand_in: int) -> npt.NDArray[np.int64]:
    """Return the integers, with `stand_in` for NULL."""
    numbers = column.cast(pa.int64())
    filled = numbers.fill_null(stand_in) if numbers.null_count else numbers
    # `to_numpy` and `pa.array` import pandas: a second and 60 MB.
    values = np.frombuffer(filled.buffers()[1], dtype=np.int64)
    return values[filled.offset : filled.offset + len(filled)]


def _like(column: pa.Array, values: npt.NDArray[Any], wanted: pa.DataType) -> pa.Array:
    """Return an array of `values`, NULL where `column` is."""
    validity, offset = None, 0
    if column.null_count:
        valid = pc.is_valid(column)
        validity, offset = valid.buffers()[1], valid.offset
    padded = np.concatenate([np.zeros(offset, values.dtype), values])
    return pa.Array.from_buffers(
        wanted, len(column), [validity, pa.py_buffer(padded)], offset=offset
    )


def _days(packed: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """Return days since 1970 of YYYYMMDD; Unfit when one of them is no day."""
    if packed.size == 0:
        return packed.astype(np.int32)
    if packed.min() < 1_01_01 or packed.max() > 9999_12_31:  # noqa: PLR2004
        raise Unfit("invalid_date")
    month, day = packed // 100, packed % 100
    slots, firsts, lengths = _months()
    slot = slots[month]
    if (slot < 0).any() or (day == 0).any() or (day > lengths[slot]).any():
        raise Unfit("invalid_date")
    days: npt.NDArray[np.int32] = firsts[slot] + day.astype(np.int32) - 1
    return days


@cache
def _months() -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return, for each YYYYMM, its place among the months; their first days and lengths."""
    years = range(1, 10_000)
    first = np.array(
        [date(year, month, 1).toordinal() - EPOCH for year in years for month in range(1, 13)]
        + [LAST_DAY.toordinal() - EPOCH + 1],
        dtype=np.int32,
    )
    slots = np.full(10_000 * 100, -1, dtype=np.int32)
    number = np.arange(len(first) - 1, dtype=np.int32)
    slots[(number // _MONTHS + 1) * 100 + number % _MONTHS + 1] = number
    return slots, first[:-1], np.diff(first)
