"""A cell's value by its column's type (单元格取值): how it is written, and how it is read.

Texts are the common form: that of `shutong.fitting`, days as YYYY-MM-DD, date-times as
YYYY-MM-DD HH:MM:SS[.ffffff], numbers with the digits behind the point that their item has,
"true" and "false". A value that fits its type comes back in this form; any other text, such
as the quarantined day 2024-00-15, comes back letter by letter.

Texts come back untouched. Of other types, what people and spreadsheet programs write is
understood: days as serial numbers or like 2024/1/5 or 2024年1月5日, full-width digits,
thousands separators, 是 and 否.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from shutong.fieldtypes import FieldType
from shutong.spreadsheets.columns import TEXTS, Column
from shutong.spreadsheets.faults import CellReason
from shutong.spreadsheets.marking import marked, unmarked

EXACT_DIGITS: Final = 15
"""Spreadsheet programs keep so many digits of a number."""
_FIRST_SERIAL_DAY: Final = datetime(1900, 3, 1)  # noqa: DTZ001 - before it Excel counts a day that never was
_LAST_SERIAL: Final = 2_958_465
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)
_SCIENTIFIC: Final = re.compile(r"\s*[+-]?\d(\.\d+)?[eE]\+\d{2,3}\s*", re.ASCII)
_CLOCK: Final = r"(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?)?"
_DAYS: Final = tuple(
    re.compile(pattern + _CLOCK, re.ASCII)
    for pattern in (
        r"(\d{4})-(\d{1,2})-(\d{1,2})",
        r"(\d{4})/(\d{1,2})/(\d{1,2})",
        r"(\d{4})\.(\d{1,2})\.(\d{1,2})",
        r"(\d{4})年(\d{1,2})月(\d{1,2})日",
        r"(\d{4})(\d{2})(\d{2})",
    )
)
_TRUE: Final = frozenset({"true", "1", "yes", "y", "是", "真", "√"})
_FALSE: Final = frozenset({"false", "0", "no", "n", "否", "假", "×"})
_UNFIT: Final = {
    FieldType.D: CellReason.INVALID_DATE,
    FieldType.T: CellReason.INVALID_DATE,
    FieldType.L: CellReason.INVALID_BOOLEAN,
}

Read = tuple[str, CellReason | None]
"""Text of a cell, and why it cannot be taken as it is, if so."""
Cell = str | float | datetime
"""What is written: a text, a number, or a day or date-time."""


def cell_of(text: str, column: Column) -> Cell:
    """Return what is written for a value: a number or day where a cell holds it exactly."""
    if column.type not in TEXTS:
        meant, fault = as_typed(text, column)
        # What people write is understood when read; what a table holds has to come back.
        if fault is None and (meant == text or _same_number(meant, text, column)):
            return _exact_cell(meant, column)
        return marked(text, needed=fault is None)
    return marked(text, needed=as_text(text)[1] is not None)


def as_text(text: str) -> Read:
    """Return a text item's text as it stands, refused where a program has spoilt it."""
    if _SCIENTIFIC.fullmatch(text):
        return text, CellReason.SCIENTIFIC
    if "\ufffd" in text:
        return text, CellReason.REPLACEMENT
    return text, None


def as_typed(text: str, column: Column) -> Read:
    """Return the common form of a text in a column of numbers, days or booleans."""
    plain = unicodedata.normalize("NFKC", text).strip()
    match column.type:
        case FieldType.D | FieldType.T:
            return _moment(text, plain, column)
        case FieldType.L:
            word = plain.lower()
            if word in _TRUE or word in _FALSE:
                return ("true" if word in _TRUE else "false"), None
            return text, CellReason.INVALID_BOOLEAN
        case _:
            return _number(text, plain, column)


def common_form(text: str, column: Column) -> str:
    """Return the form in which a value comes back from a cell, whatever form a table holds."""
    return text if column.type in TEXTS else as_typed(text, column)[0]


def from_text(cell: str, column: Column) -> Read:
    """Return the text of a text cell; a marked one is verbatim, as a table held it."""
    text, verbatim = unmarked(cell)
    if column.type in TEXTS:
        return (text, None) if verbatim else as_text(text)
    meant, fault = as_typed(text, column)
    if verbatim:
        return text, fault or (
            None if meant == text else _UNFIT.get(column.type, CellReason.INVALID_NUMBER)
        )
    return meant, fault


def from_number(number: float, column: Column, *, year_1904: bool = False) -> Read:
    """Return the text of a numeric cell; its digits beyond 15 are a program's, not a person's."""
    text = _digits(number)
    match column.type:
        case FieldType.C | FieldType.G:
            return text, CellReason.NUMBER_IN_TEXT
        case FieldType.B | FieldType.F:
            return repr(float(number)), None
        case FieldType.D | FieldType.T:
            return _from_serial(number, text, column, year_1904=year_1904)
        case FieldType.L:
            return as_typed(text, column)
        case _ if abs(number) >= 10**EXACT_DIGITS:
            return text, CellReason.DIGITS_LOST
        case FieldType.M:
            return text, None
        case _:
            return as_typed(text, column)


def from_moment(moment: datetime | date, column: Column) -> Read:
    """Return the text of a cell that holds a day or date-time."""
    whole = moment if isinstance(moment, datetime) else datetime(*moment.timetuple()[:3])  # noqa: DTZ001
    if column.type in (FieldType.D, FieldType.T):
        return as_typed(whole.isoformat(sep=" "), column)
    return whole.isoformat(sep=" "), CellReason.DATE_IN_TEXT


def from_boolean(value: bool, column: Column) -> Read:
    """Return the text of a cell that holds true or false."""
    text = "true" if value else "false"
    if column.type in TEXTS:
        return text, CellReason.NUMBER_IN_TEXT
    return as_typed(text, column)


def _digits(number: float) -> str:
    exact = Decimal(number) if isinstance(number, int) else Decimal(format(number, ".15g"))
    return format(exact, "f") if exact.is_finite() else str(number)


def _exact_cell(text: str, column: Column) -> Cell:
    match column.type:
        case FieldType.D | FieldType.T:
            moment = datetime.fromisoformat(text)
            return moment if moment >= _FIRST_SERIAL_DAY and not moment.microsecond else text
        case FieldType.L:
            return "是" if text == "true" else "否"
        case _:
            number = Decimal(text)
            if not number.is_finite():
                return text
            digits = len(number.as_tuple().digits)
            small = -EXACT_DIGITS < number.adjusted() < EXACT_DIGITS
            return (
                float(number)
                if digits <= EXACT_DIGITS and small and not _is_minus_zero(number)
                else text
            )


def _is_minus_zero(number: Decimal) -> bool:
    return number.is_zero() and number.is_signed()


def _same_number(meant: str, text: str, column: Column) -> bool:
    """Say whether a text is the same value as `meant`, written with other digits only."""
    match column.type:
        case FieldType.D | FieldType.L:
            return False
        case FieldType.T:
            return text.startswith(meant) and not text[len(meant) :].strip(".0")
        case FieldType.B | FieldType.F:
            return bool(_NUMBER.fullmatch(text)) and repr(float(text)) == meant
        case _:
            fits = _NUMBER.fullmatch(text) and "e" not in text.lower()
            return bool(fits) and Decimal(text) == Decimal(meant)


def _number(text: str, plain: str, column: Column) -> Read:
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    double = column.type in (FieldType.B, FieldType.F)
    if not _NUMBER.fullmatch(plain):
        if double and plain in ("inf", "-inf", "nan"):
            return plain, None
        return text, CellReason.INVALID_NUMBER
    if double:
        return repr(float(plain)), None
    if "e" in plain.lower():
        return text, CellReason.SCIENTIFIC
    return _with_scale(Decimal(plain), column.decimals), None


def _with_scale(number: Decimal, scale: int) -> str:
    """Return the digits of a number, with `scale` of them behind the point or more."""
    sign, digits, place = number.as_tuple()
    exponent = int(place)
    while exponent < -scale and digits and digits[-1] == 0:
        digits, exponent = digits[:-1] or (0,), exponent + 1
    if exponent > -scale:
        digits, exponent = (*digits, *(0,) * (exponent + scale)), -scale
    if not any(digits):
        sign = 0
    return format(Decimal((sign, digits, exponent)), "f")


def _moment(text: str, plain: str, column: Column) -> Read:
    found = next((hit for form in _DAYS if (hit := form.fullmatch(plain))), None)
    if found is None:
        return text, CellReason.INVALID_DATE
    year, month, day, hour, minute, second, fraction = found.groups()
    try:
        moment = datetime(  # noqa: DTZ001 - the department's wall clock
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int((fraction or "0").ljust(6, "0")),
        )
    except ValueError:
        return text, CellReason.INVALID_DATE
    if column.type is FieldType.T:
        return moment.isoformat(sep=" "), None
    if moment != datetime(*moment.timetuple()[:3]):  # noqa: DTZ001
        return text, CellReason.TIME_LOST
    return moment.date().isoformat(), None


def _from_serial(number: float, text: str, column: Column, *, year_1904: bool) -> Read:
    """Return the day of a number: Excel's serial, or eight digits such as 20240131."""
    if float(number).is_integer() and number > _LAST_SERIAL:
        return as_typed(text, column)
    start = datetime(1904, 1, 1) if year_1904 else datetime(1899, 12, 30)  # noqa: DTZ001
    if not (year_1904 or number >= (_FIRST_SERIAL_DAY - start).days) or number < 0:
        return text, CellReason.INVALID_DATE
    try:
        moment = start + timedelta(seconds=round(number * 86_400))
    except OverflowError:
        return text, CellReason.INVALID_DATE
    return as_typed(moment.isoformat(sep=" "), column)
