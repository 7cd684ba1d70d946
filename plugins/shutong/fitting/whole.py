"""Whole columns at once (整列归一): every value exactly, or none."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from shutong.fitting.packed import EPOCH, FIRST_DAY, LAST_DAY, unpack_days, unpack_moments
from shutong.fitting.reasons import Unfit

_DAY_US: Final = 86_400_000_000
_SAFE_DIGITS: Final = 38
"""So many digits fit 128 bits, whatever they are."""


def whole(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    """Return the column in its wanted type; Unfit or an Arrow error when a value may not fit."""
    source = column.type
    if source == wanted:
        return _finite(column) if pt.is_floating(wanted) else _in_calendar(column)
    if pt.is_null(source):
        return pa.nulls(len(column), wanted)
    if pt.is_large_binary(source) or pt.is_binary(source):
        if pt.is_binary(wanted):
            return column.cast(wanted)
        column = column.cast(pa.string())
    elif pt.is_large_string(source):
        column = column.cast(pa.string())
    way = _ways().get((family(column.type), family(wanted)))
    if way is None:
        raise Unfit("unknown_type")
    return way(column, wanted)


def family(kind: pa.DataType) -> str:
    """Return the family that a type belongs to, "other" for those nothing converts."""
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
        ("text", "decimal"): _text_to_decimal,
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
        ("integer", "day"): unpack_days,
        ("integer", "moment"): unpack_moments,
        ("decimal", "decimal"): _decimal_to_decimal,
        ("decimal", "integer"): _cast,
        ("float", "text"): _cast,
        ("float", "integer"): _cast,
        ("float", "decimal"): _float_to_decimal,
        ("float", "float"): _float_to_float,
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


def _text_to_decimal(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    """Parse numbers that cannot overflow on the way, which Arrow does not look after.

    It adds noughts up to the wanted scale in 128 bits and counts the digits only then: "7.0" as
    decimal(38, 38) becomes 0.19435… without a word. "1e-999999999" ends the process.
    """
    if pc.any(pc.match_substring(column, "e", ignore_case=True)).as_py():
        raise Unfit("invalid_number")
    if (pc.max(pc.utf8_length(column)).as_py() or 0) > _SAFE_DIGITS:
        raise Unfit("too_large")
    magnitude = pc.max(pc.abs(column.cast(pa.float64()))).as_py() or 0.0
    # 1.5: a double's rounding is far less, and 1.5e38 still fits 128 bits, where the digits
    # are looked at.
    if not magnitude <= 1.5 * 10.0 ** (wanted.precision - wanted.scale):
        raise Unfit("too_large")
    return column.cast(wanted)


def _decimal_to_decimal(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    """Rescale numbers that cannot overflow on the way, as `_text_to_decimal` says."""
    digits = wanted.precision - wanted.scale
    if column.type.precision - column.type.scale > digits:
        ends = pc.min_max(column).as_py().values()
        if any(end is not None and end and end.adjusted() >= digits for end in ends):
            raise Unfit("too_large")
    return column.cast(wanted)


def _text_to_integer(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    # Arrow reads "0x10" as 16.
    if pc.any(pc.match_substring(column, "x", ignore_case=True)).as_py():
        raise Unfit("invalid_number")
    return column.cast(wanted)


def _text_to_float(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    return _finite(column.cast(wanted))


def _float_to_float(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    return _finite(column.cast(wanted))


def _finite(numbers: pa.Array) -> pa.Array:
    if pc.all(pc.is_finite(numbers)).as_py() is False:
        raise Unfit("invalid_number")
    return numbers


def _text_to_day(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    try:
        return _in_calendar(column.cast(wanted))
    except pa.ArrowInvalid:
        # Oracle's DATE always has a time of day, and most often midnight.
        return _moment_to_day(_text_to_moment(column, pa.timestamp("us")), wanted)


def _text_to_moment(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    return _in_calendar(column.cast(wanted))


def _integer_to_decimal(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    return _decimal_to_decimal(column.cast(pa.decimal128(20, 0)), wanted)


def _integer_to_boolean(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    ends = pc.min_max(column)
    if ends["min"].is_valid and (ends["min"].as_py() < 0 or ends["max"].as_py() > 1):
        raise Unfit("invalid_boolean")
    return column.cast(wanted)


def _float_to_decimal(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    """Go by the shortest text that names the float: 0.1 is 0.1, not 0.1000000000000000055…."""
    return _text_to_decimal(column.cast(pa.string()), wanted)


def _day_to_moment(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    return _in_calendar(column).cast(wanted)


def _moment_to_moment(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    if column.type.tz is not None:
        raise Unfit("time_zone")
    return _in_calendar(column.cast(wanted))


def _moment_to_day(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    moments = _moment_to_moment(column, pa.timestamp("us"))
    days = moments.cast(wanted)
    if not days.cast(pa.timestamp("us")).equals(moments):
        raise Unfit("time_lost")
    return days


def _moment_to_text(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    moments = _moment_to_moment(column, pa.timestamp("us"))
    return moments.cast(pa.timestamp("s")).cast(wanted)


def _in_calendar(column: pa.Array) -> pa.Array:
    """Return days and date-times as they are; Unfit outside of the years 1 to 9999."""
    if not (pt.is_date32(column.type) or pt.is_timestamp(column.type)):
        return column
    ends = pc.min_max(column)
    if not ends["min"].is_valid:
        return column
    day = 1 if pt.is_date32(column.type) else _DAY_US
    first, last = (limit.toordinal() - EPOCH for limit in (FIRST_DAY, LAST_DAY))
    if ends["min"].value < first * day or ends["max"].value >= (last + 1) * day:
        raise Unfit("invalid_date")
    return column
