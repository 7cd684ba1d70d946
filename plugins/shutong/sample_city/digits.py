"""Check digits of made-up numbers, by whole columns (校验码).

Written apart from `shutong.standards`, so that a fault there does not hide itself in the
sample city's own numbers.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

CREDIT_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Characters of a unified social credit code (GB 32100-2015): none of I O S V Z."""
_CITIZEN_CHECKS: Final = "10X98765432"
_CITIZEN_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_CHECKS: Final = "0123456789X"
_LETTER: Final = 10
"""Value of A in an organisation code (GB 11714-1997), where Z is 35."""
_CREDIT_WEIGHTS: Final = tuple(pow(3, i, 31) for i in range(17))
_CREDIT_VALUE: Final = {char: value for value, char in enumerate(CREDIT_ALPHABET)}


def citizen_numbers(bodies: Numbers) -> list[str]:
    """Return citizen numbers 公民身份号码 (GB 11643-1999) for 17-digit integers."""
    total = np.zeros(len(bodies), dtype=np.int64)
    rest = bodies.copy()
    for weight in reversed(_CITIZEN_WEIGHTS):
        total += rest % 10 * weight
        rest //= 10
    return [
        f"{body:017d}{_CITIZEN_CHECKS[check]}"
        for body, check in zip(bodies.tolist(), (total % 11).tolist(), strict=True)
    ]


def citizen_number(body: str) -> str:
    """Return the citizen number of one 17-digit text."""
    return citizen_numbers(np.array([int(body)], dtype=np.int64))[0]


def organisation_code(body: str) -> str:
    """Return the organisation code 组织机构代码 (GB 11714-1997) of 8 characters, with its check."""
    values = [int(c) if c.isdigit() else ord(c) - ord("A") + _LETTER for c in body]
    total = sum(v * w for v, w in zip(values, _ORGANISATION_WEIGHTS, strict=True))
    return body + _ORGANISATION_CHECKS[(11 - total % 11) % 11]


def credit_code(head: str, region: str, body: str) -> str:
    """Return a unified social credit code 统一社会信用代码 (GB 32100-2015).

    `head` is authority and category, `body` the 8 characters of the organisation code.
    """
    text = head + region + organisation_code(body)
    total = sum(_CREDIT_VALUE[c] * w for c, w in zip(text, _CREDIT_WEIGHTS, strict=True))
    return text + CREDIT_ALPHABET[(31 - total % 31) % 31]
