"""Bring values to the data standard's exact types (类型归一), or say why they do not fit.

The law: a value either arrives exactly, or its whole row is a misfit with a reason; NULL
stays NULL and nothing becomes NULL. Text longer than the standard allows is no misfit: a
rule of the suite finds it.

Each type pair has a fast way over a whole Arrow column, which either converts every value
exactly or refuses; a refused column is tried in blocks, and the values of a refused block
one by one, by the law of `_one`. Reasons:

================  ======================================================================
invalid_date      no such day or time, or not written YYYY-MM-DD[ HH:MM[:SS[.ffffff]]]
time_lost         a day is wanted and the value has a time of day
time_zone         a wall clock is wanted and the value names a zone
invalid_number    not a number
too_precise       digits behind the point would be cut
too_large         more digits than the type holds
invalid_boolean   neither true nor false
invalid_text      bytes that are not UTF-8
unknown_type      no exact way from the source's type to the wanted one
================  ======================================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

PACKED_DAY: Final = "day"
"""A day as the integer YYYYMMDD."""
PACKED_MOMENT: Final = "moment"
"""A date-time as the integer YYYYMMDDHHMMSS."""
REASONS: Final = "_reasons"
"""Column of the misfits with "item: reason" for each value that does not fit."""

_PACKED_KEY: Final = b"shutong.packed"
_BLOCK: Final = 512
_MONTHS: Final = 12
_FIRST_DAY, _LAST_DAY = date(1, 1, 1), date(9999, 12, 31)
_EPOCH: Final = date(1970, 1, 1).toordinal()
_DAY_US: Final = 86_400_000_000
_INT64: Final = range(-(2**63), 2**63)
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,9})?", re.ASCII)
_TIME: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?)?"
    r"(Z|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)
_PACKED: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?", re.ASCII)
_TRUE: Final = frozenset({"1", "true", "t", "y", "yes", "是"})
_FALSE: Final = frozenset({"0", "false", "f", "n", "no", "否"})


@dataclass(frozen=True, slots=True)
class Fitted:
    """Rows in the wanted types, and the rows that do not fit (归一结果)."""

    rows: pa.RecordBatch
    misfits: pa.RecordBatch | None
    """Every item as text, and `_reasons`; None when all rows fit."""


class _Unfit(Exception):
    """A value, or at least one of a column, does not fit (不符), with the reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def packed_field(name: str, kind: str) -> pa.Field:
    """Return a field of integers that are packed days or date-times of the source."""
    return pa.field(name, pa.int64(), metadata={_PACKED_KEY: kind})


def fit(batch: pa.RecordBatch, wanted: pa.Schema) -> Fitted:
    """Return the rows of `batch` in the types of `wanted`, and those that do not fit.

    `batch` has the wanted columns by name. Columns that have their type already are passed
    on without a copy.
    """
    columns: list[pa.Array] = []
    misfits: dict[int, list[str]] = {}
    for field in wanted:
        column, unfit = _fit_column(batch.column(field.name), field.type)
        columns.append(column)
        for row, reason in unfit.items():
            misfits.setdefault(row, []).append(f"{field.name}: {reason}")
    rows = pa.RecordBatch.from_arrays(columns, schema=wanted)
    if not misfits:
        return Fitted(rows, None)
    bad = sorted(misfits)
    good = np.ones(batch.num_rows, dtype=bool)
    good[bad] = False
    reasons = ["; ".join(misfits[row]) for row in bad]
    return Fitted(rows.filter(pa.array(good)), _as_texts(batch.take(pa.array(bad)), wanted, reasons))


def _fit_column(column: pa.Array, wanted: pa.DataType) -> tuple[pa.Array, dict[int, str]]:
    """Return the column in its wanted type, NULL where a value does not fit, and why not."""
    try:
        return _whole(column, wanted), {}
    except (_Unfit, pa.ArrowException):
        pass
    parts: list[pa.Array] = []
    unfit: dict[int, str] = {}
    for start in range(0, len(column), _BLOCK):
        block = column.slice(start, _BLOCK)
        try:
            parts.append(_whole(block, wanted))
        except (_Unfit, pa.ArrowException):
            part, reasons = _one_by_one(block, wanted)
            parts.append(part)
            unfit.update({start + row: reason for row, reason in reasons.items()})
    return pa.concat_arrays(parts), unfit


def _one_by_one(block: pa.Array, wanted: pa.DataType) -> tuple[pa.Array, dict[int, str]]:
    values: list[Any] = []
    unfit: dict[int, str] = {}
    for row, value in enumerate(_values(block)):
        try:
            values.append(None if value is None else _one(value, wanted))
        except _Unfit as exc:
            values.append(None)
            unfit[row] = exc.reason
    return pa.array(values, wanted), unfit


def _values(block: pa.Array) -> list[Any]:
    """Return Python values; times as text, which years beyond 9999 have and Python lacks."""
    if pt.is_temporal(block.type) or pt.is_float32(block.type):
        return list(block.cast(pa.string()).to_pylist())
    return list(block.to_pylist())


# ------------------------------------------------------------------- whole columns at once


def _whole(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    """Return the column in its wanted type; _Unfit or an Arrow error when a value may not fit."""
    source = column.type
    if source == wanted:
        return _in_calendar(column)
    if pt.is_null(source):
        return pa.nulls(len(column), wanted)
    if pt.is_large_binary(source) or pt.is_binary(source):
        if pt.is_binary(wanted):
            return column.cast(wanted)
        column = column.cast(pa.string())
    elif pt.is_large_string(source):
        column = column.cast(pa.string())
    way = _ways().get((_family(column.type), _family(wanted)))
    if way is None:
        raise _Unfit("unknown_type")
    return way(column, wanted)


def _family(kind: pa.DataType) -> str:
    tests: list[tuple[str, Callable[[pa.DataType], bool]]] = [
        ("text", pt.is_string),
        ("integer", pt.is_integer),
        ("decimal", pt.is_decimal),
        ("float", pt.is_floating),
        ("boolean", pt.is_boolean),
        ("day", pt.is_date32),
        ("moment", pt.is_timestamp),
        ("bytes", pt.is_binary),
    ]
    return next((name for name, test in tests if test(kind)), "other")


@cache
def _ways() -> dict[tuple[str, str], Callable[[pa.Array, pa.DataType], pa.Array]]:
    """Return the fast ways, by family of source and wanted type."""
    return {
        ("text", "text"): _cast,
        ("text", "bytes"): _cast,
        ("text", "decimal"): _cast,
        ("text", "integer"): _text_to_integer,
        ("text", "float"): _text_to_float,
        ("text", "boolean"): _cast,
        ("text", "day"): _text_to_day,
        ("text", "moment"): _text_to_moment,
        ("integer", "text"): _cast,
        ("integer", "integer"): _cast,
        ("integer", "decimal"): _integer_to_decimal,
        ("integer", "float"): _cast,
        ("integer", "boolean"): _integer_to_boolean,
        ("integer", "day"): _unpack_days,
        ("integer", "moment"): _unpack_moments,
        ("decimal", "decimal"): _cast,
        ("decimal", "integer"): _cast,
        ("float", "text"): _cast,
        ("float", "integer"): _cast,
        ("float", "decimal"): _float_to_decimal,
        ("float", "float"): _cast,
        ("boolean", "text"): _cast,
        ("boolean", "integer"): _cast,
        ("day", "text"): _cast,
        ("day", "moment"): _day_to_moment,
        ("moment", "moment"): _moment_to_moment,
        ("moment", "day"): _moment_to_day,
        ("moment", "text"): _moment_to_text,
    }


def _cast(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    """Cast as Arrow does: it raises where digits, fractions or bytes would be lost."""
    return column.cast(wanted)


def _text_to_integer(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    # Arrow reads "0x10" as 16.
    if pc.any(pc.match_substring(column, "x", ignore_case=True)).as_py():
        raise _Unfit("invalid_number")
    return column.cast(wanted)


def _text_to_float(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    numbers = column.cast(wanted)
    if pc.all(pc.is_finite(numbers)).as_py() is False:
        raise _Unfit("invalid_number")
    return numbers


def _text_to_day(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    return _in_calendar(column.cast(wanted))


def _text_to_moment(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    return _in_calendar(column.cast(wanted))


def _integer_to_decimal(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    return column.cast(pa.decimal128(20, 0)).cast(wanted)


def _integer_to_boolean(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    ends = pc.min_max(column)
    if ends["min"].is_valid and (ends["min"].as_py() < 0 or ends["max"].as_py() > 1):
        raise _Unfit("invalid_boolean")
    return column.cast(wanted)


def _float_to_decimal(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    """Go by the shortest text that names the float: 0.1 is 0.1, not 0.1000000000000000055…."""
    return column.cast(pa.string()).cast(wanted)


def _day_to_moment(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    return _in_calendar(column).cast(wanted)


def _moment_to_moment(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    if column.type.tz is not None:
        raise _Unfit("time_zone")
    return _in_calendar(column.cast(wanted))


def _moment_to_day(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    moments = _moment_to_moment(column, pa.timestamp("us"))
    days = moments.cast(wanted)
    if not days.cast(pa.timestamp("us")).equals(moments):
        raise _Unfit("time_lost")
    return days


def _moment_to_text(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    moments = _moment_to_moment(column, pa.timestamp("us"))
    return moments.cast(pa.timestamp("s")).cast(wanted)


def _in_calendar(column: pa.Array) -> pa.Array:
    """Return days and date-times as they are; _Unfit outside of the years 1 to 9999."""
    if not (pt.is_date32(column.type) or pt.is_timestamp(column.type)):
        return column
    ends = pc.min_max(column)
    if not ends["min"].is_valid:
        return column
    day = 1 if pt.is_date32(column.type) else _DAY_US
    first, last = (limit.toordinal() - _EPOCH for limit in (_FIRST_DAY, _LAST_DAY))
    if ends["min"].value < first * day or ends["max"].value >= (last + 1) * day:
        raise _Unfit("invalid_date")
    return column


# ------------------------------------------------------------------- packed dates


def _unpack_days(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    return _like(column, _days(_numbers(column, 1_01_01)), wanted)


def _unpack_moments(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    packed = _numbers(column, 1_01_01_00_00_00)
    day, clock = packed // 1_000_000, packed % 1_000_000
    hour, minute, second = clock // 10_000, clock // 100 % 100, clock % 100
    if (hour > 23).any() or (minute > 59).any() or (second > 59).any():  # noqa: PLR2004
        raise _Unfit("invalid_date")
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
    """Return days since 1970 of YYYYMMDD; _Unfit when one of them is no day."""
    if packed.size == 0:
        return packed.astype(np.int32)
    if packed.min() < 1_01_01 or packed.max() > 9999_12_31:  # noqa: PLR2004
        raise _Unfit("invalid_date")
    month, day = packed // 100, packed % 100
    slots, firsts, lengths = _months()
    slot = slots[month]
    if (slot < 0).any() or (day == 0).any() or (day > lengths[slot]).any():
        raise _Unfit("invalid_date")
    days: npt.NDArray[np.int32] = firsts[slot] + day.astype(np.int32) - 1
    return days


@cache
def _months() -> tuple[
    npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32]
]:
    """Return, for each YYYYMM, its place among the months; their first days and lengths."""
    years = range(1, 10_000)
    first = np.array(
        [date(year, month, 1).toordinal() - _EPOCH for year in years for month in range(1, 13)]
        + [_LAST_DAY.toordinal() - _EPOCH + 1],
        dtype=np.int32,
    )
    slots = np.full(10_000 * 100, -1, dtype=np.int32)
    number = np.arange(len(first) - 1, dtype=np.int32)
    slots[(number // _MONTHS + 1) * 100 + number % _MONTHS + 1] = number
    return slots, first[:-1], np.diff(first)


# ------------------------------------------------------------------- one value, the law


def _one(value: Any, wanted: pa.DataType) -> Any:
    """Return one value exactly in its wanted type; _Unfit with the reason otherwise."""
    family = _family(wanted)
    if family == "bytes":
        return value if isinstance(value, bytes) else _text(value).encode()
    text = _text(value)
    match family:
        case "text":
            return text
        case "decimal":
            return _decimal(text, wanted.precision, wanted.scale)
        case "integer":
            return _integer(text)
        case "float":
            return _float(value, text)
        case "boolean":
            return _boolean(text)
        case "day":
            return _day(text)
        case "moment":
            return _moment(text)
        case _:
            raise _Unfit("unknown_type")


def _text(value: Any) -> str:
    """Return a value's exact text."""
    match value:
        case str():
            return value
        case bytes():
            try:
                return value.decode()
            except UnicodeDecodeError:
                raise _Unfit("invalid_text") from None
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case float():
            return str(pa.scalar(value).cast(pa.string()))
        case _:
            return str(value)


def _number(text: str) -> Decimal:
    stripped = text.strip()
    if not _NUMBER.fullmatch(stripped):
        raise _Unfit("invalid_number")
    return Decimal(stripped)


def _decimal(text: str, precision: int, scale: int) -> Decimal:
    number = _number(text)
    if number and number.adjusted() >= precision - scale:
        raise _Unfit("too_large")
    parts = number.normalize() if number else Decimal(0)
    if _fraction_digits(parts) > scale:
        raise _Unfit("too_precise")
    return parts


def _fraction_digits(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _integer(text: str) -> int:
    number = _number(text)
    if number and number.adjusted() > 19:  # noqa: PLR2004 - digits of a 64-bit integer
        raise _Unfit("too_large")
    if number != number.to_integral_value():
        raise _Unfit("too_precise")
    if int(number) not in _INT64:
        raise _Unfit("too_large")
    return int(number)


def _float(value: Any, text: str) -> float:
    """Return the double; a decimal must come back from it unchanged."""
    number = _number(text)
    double = float(text)
    if double in (float("inf"), float("-inf")):
        raise _Unfit("too_large")
    if isinstance(value, int | Decimal) and number != Decimal(repr(double)):
        raise _Unfit("too_precise")
    return double


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise _Unfit("invalid_boolean")


def _day(text: str) -> date:
    moment = _moment(text, for_day=True)
    if (moment.hour, moment.minute, moment.second, moment.microsecond) != (0, 0, 0, 0):
        raise _Unfit("time_lost")
    return moment.date()


def _moment(text: str, *, for_day: bool = False) -> datetime:
    stripped = text.strip()
    found = _TIME.fullmatch(stripped)
    if found is None:
        found = _PACKED.fullmatch(stripped)
        if found is None or (found[4] is None) is not for_day:
            raise _Unfit("invalid_date")
        fraction, zone = "", None
    else:
        fraction, zone = (found[7] or "").rstrip("0"), found[8]
    try:
        moment = datetime(*(int(part or 0) for part in found.groups()[:6]))
    except ValueError:
        raise _Unfit("invalid_date") from None
    if zone:
        raise _Unfit("time_zone")
    if len(fraction) > 6:  # noqa: PLR2004 - microseconds
        raise _Unfit("time_lost" if for_day else "too_precise")
    return moment.replace(microsecond=int(fraction.ljust(6, "0")))


# ------------------------------------------------------------------- misfits


def _as_texts(rows: pa.RecordBatch, wanted: pa.Schema, reasons: list[str]) -> pa.RecordBatch:
    """Return rows as texts, the way the source would write them."""
    names = [*wanted.names, REASONS]
    columns = [
        pa.array(_texts(rows.column(name), rows.schema.field(name)), pa.string())
        for name in wanted.names
    ]
    return pa.RecordBatch.from_arrays([*columns, pa.array(reasons, pa.string())], names)


def _texts(column: pa.Array, field: pa.Field) -> list[str | None]:
    packed = (field.metadata or {}).get(_PACKED_KEY, b"").decode()
    return [None if v is None else _readable(v, packed) for v in _values(column)]


def _readable(value: Any, packed: str) -> str:
    if packed == PACKED_DAY:
        digits = f"{value:08d}"
        return f"{digits[:-4]}-{digits[-4:-2]}-{digits[-2:]}"
    if packed == PACKED_MOMENT:
        day, clock = divmod(value, 1_000_000)
        digits = f"{clock:06d}"
        return f"{_readable(day, PACKED_DAY)} {digits[:2]}:{digits[2:4]}:{digits[4:]}"
    try:
        return _text(value)
    except _Unfit:
        return f"0x{value.hex()}"
