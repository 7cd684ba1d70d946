"""One value (单值归一): the law that the fast ways must agree with."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import pyarrow.types as pt

from shutong.fitting.reasons import Unfit
from shutong.fitting.whole import family

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


def values_of(block: pa.Array) -> list[Any]:
    """Return Python values; times as text, which years beyond 9999 have and Python lacks."""
    if pt.is_temporal(block.type) or pt.is_float32(block.type):
        return list(block.cast(pa.string()).to_pylist())
    return list(block.to_pylist())


def one(value: Any, wanted: pa.DataType) -> Any:
    """Return one value exactly in its wanted type; Unfit with the reason otherwise."""
    kind = family(wanted)
    if kind == "bytes":
        return value if isinstance(value, bytes) else text_of(value).encode()
    text = text_of(value)
    match kind:
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
            raise Unfit("unknown_type")


def text_of(value: Any) -> str:
    """Return a value's exact text."""
    match value:
        case str():
            return value
        case bytes():
            try:
                return value.decode()
            except UnicodeDecodeError:
                raise Unfit("invalid_text") from None
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
        raise Unfit("invalid_number")
    return Decimal(stripped)


def _decimal(text: str, precision: int, scale: int) -> Decimal:
    number = _number(text)
    if number and number.adjusted() >= precision - scale:
        raise Unfit("too_large")
    # By hand: `normalize` would round to the 28 digits of Python's default context.
    sign, digits, place = number.as_tuple()
    exponent = int(place)
    while digits and digits[-1] == 0:
        digits, exponent = digits[:-1], exponent + 1
    if digits and -exponent > scale:
        raise Unfit("too_precise")
    return Decimal((sign, digits, exponent)) if digits else Decimal(0)


def _integer(text: str) -> int:
    number = _number(text)
    if number and number.adjusted() > 19:  # noqa: PLR2004 - digits of a 64-bit integer
        raise Unfit("too_large")
    if number != number.to_integral_value():
        raise Unfit("too_precise")
    if int(number) not in _INT64:
        raise Unfit("too_large")
    return int(number)


def _float(value: Any, text: str) -> float:
    """Return the double; a decimal must come back from it unchanged."""
    number = _number(text)
    double = float(text)
    if double in (float("inf"), float("-inf")):
        raise Unfit("too_large")
    if isinstance(value, int | Decimal) and number != Decimal(repr(double)):
        raise Unfit("too_precise")
    return double


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise Unfit("invalid_boolean")


def _day(text: str) -> date:
    moment = _moment(text, for_day=True)
    if (moment.hour, moment.minute, moment.second, moment.microsecond) != (0, 0, 0, 0):
        raise Unfit("time_lost")
    return moment.date()


def _moment(text: str, *, for_day: bool = False) -> datetime:
    stripped = text.strip()
    found = _TIME.fullmatch(stripped)
    if found is None:
        found = _PACKED.fullmatch(stripped)
        if found is None or (found[4] is None) is not for_day:
            raise Unfit("invalid_date")
        fraction, zone = "", None
    else:
        fraction, zone = (found[7] or "").rstrip("0"), found[8]
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
        moment = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - wall clock
    except ValueError:
        raise Unfit("invalid_date") from None
    if zone:
        raise Unfit("time_zone")
    if len(fraction) > 6:  # noqa: PLR2004 - microseconds
        raise Unfit("time_lost" if for_day else "too_precise")
    return moment.replace(microsecond=int(fraction.ljust(6, "0")))
