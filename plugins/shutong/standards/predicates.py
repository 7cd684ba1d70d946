"""Small rules for single values (简单规则): mobile phone, person name, coordinates.

The patterns are of the common part of Python's `re` and of RE2 (DuckDB, Arrow). Python's `$`
also matches before a final line break: use `fullmatch` there, as the functions here do.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any, Final

MOBILE_PHONE: Final = r"^1[3-9][0-9]{9}$"
"""Mobile number (手机号码): 11 digits, segments 13 to 19 (工信部《电信网编号计划》2017年版)."""

_LOST: Final = (
    "?\uff1f"  # what a character becomes on its way through a connection of too small a charset
    "\ufffd"  # what undecodable bytes become
    r"\x00-\x1f\x7f-\x9f"  # control characters
    "\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"  # invisible: two names that look alike differ
)
_BLANK: Final = r"\s" + "\u00a0\u3000"

PERSON_NAME: Final = f"^[^{_LOST}]*[^{_LOST}{_BLANK}][^{_LOST}]*$"
"""Person name (姓名): at least one visible character, none that shows a loss.

`·` inside names, letters of any script and rare characters beyond the basic plane (GB 18030)
are allowed; so are blanks at the end, which fixed-length columns add.
"""

LONGITUDE: Final = (116.9, 117.9)
LATITUDE: Final = (28.6, 30.0)
"""Box of the city in degrees (经纬度, CGCS2000): it reaches from 116.95 to 117.7 E and from
28.73 to 29.95 N; some 5 to 20 km are added on each side, for objects of the city beyond its
border. It finds swapped axes, projected metres and zeros, not a wrong street."""

FEN: Final = 2
"""Digits behind the point of an amount in yuan (分)."""
EXACT_DOUBLES: Final = 2**53
"""Doubles of more are whole numbers with gaps between them."""

_MOBILE_PHONE: Final = re.compile(MOBILE_PHONE)
_PERSON_NAME: Final = re.compile(PERSON_NAME)


def is_mobile_phone(text: str) -> bool:
    """Say whether `text` is a mobile number without country code (手机号码)."""
    return _MOBILE_PHONE.fullmatch(text) is not None


def is_person_name(text: str) -> bool:
    """Say whether `text` can be a person's name as it was written down (姓名)."""
    return _PERSON_NAME.fullmatch(text) is not None


def is_longitude(degrees: float) -> bool:
    """Say whether a longitude lies in the city's box (经度); never for NaN."""
    return LONGITUDE[0] <= degrees <= LONGITUDE[1]


def is_latitude(degrees: float) -> bool:
    """Say whether a latitude lies in the city's box (纬度); never for NaN."""
    return LATITUDE[0] <= degrees <= LATITUDE[1]


def is_amount(value: Any, scale: int = FEN) -> bool:
    """Say whether a number has no digit beyond `scale` behind the point (金额精度).

    TypeError for what is no number; never for NaN or an infinity. A double must be the one
    nearest to such an amount, and small enough to hold it.
    """
    if isinstance(value, bool) or not hasattr(value, "__float__") or isinstance(value, str):
        raise TypeError("an amount is a number")
    if isinstance(value, Decimal):
        return value.is_finite() and value == round(value, scale)
    if not hasattr(value, "is_integer") or hasattr(value, "bit_length"):
        return True
    shifted = float(value) * 10**scale
    if not math.isfinite(shifted) or abs(shifted) >= EXACT_DOUBLES:
        return False
    return bool(round(shifted) / 10**scale == value)
