"""Citizen numbers and unified social credit codes (公民身份号码, 统一社会信用代码).

GB 11643-1999, GB 32100-2015 and GB 11714-1997, for one value at a time; `vectors` holds the
same rules for whole columns. A value is judged as it stands: blanks are not trimmed, an `x` is
not an `X`, for what passes here is joined on byte for byte.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from shutong.standards.regions import issued_region
from shutong.standards.words import Verdict

__all__ = [
    "Verdict",
    "birth_date_of",
    "citizen_check_digit",
    "citizen_number_verdict",
    "credit_check_character",
    "credit_code_verdict",
    "organisation_check_digit",
    "sex_of",
    "upgrade_15",
]

LENGTH: Final = 18
"""Characters of either identifier."""

CITIZEN_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CITIZEN_CHECKS: Final = "10X98765432"
"""Check digit by the weighted sum modulo 11 (GB 11643-1999, table 1)."""

EARLIEST_BIRTH_YEAR: Final = 1850
"""Numbers were first given in 1984, and registers keep the dead: no holder was born before the
1860s (no human life of more than 122 years is proven); a decade more does no harm."""

_CENTENARIANS: Final = frozenset({"996", "997", "998", "999"})
"""Sequence numbers of the 15-digit kind kept for people of a hundred years and more."""

_NEW: Final = re.compile(r"[0-9]{17}[0-9X]")
_OLD: Final = re.compile(r"[0-9]{15}")

CREDIT_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Characters of a credit code with their values: no I, O, S, V, Z (GB 32100-2015, table A.1)."""
CREDIT_WEIGHTS: Final = tuple(pow(3, i, 31) for i in range(17))
ORGANISATION_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""Values of the organisation code's own check: all letters count (GB 11714-1997, annex A)."""
ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)

CATEGORIES: Final = {
    "1": "1239",  # 机构编制: 机关, 事业单位, 群众团体, 其他
    "2": "19",  # 外交
    "3": "123459",  # 司法行政: 律所, 公证处, 基层法律服务所, 司法鉴定机构, 仲裁委员会, 其他
    "4": "19",  # 文化
    # 民政: 社会团体, 民办非企业单位, 基金会, 其他; 4 and 5 are the villagers' and residents'
    # committees, special legal persons since 2017 (民法典第101条), on no printed list but in use.
    "5": "123459",
    "6": "129",  # 旅游
    "7": "129",  # 宗教
    "8": "19",  # 工会
    "9": "123",  # 市场监管: 企业, 个体工商户, 农民专业合作社
    "A": "19",  # 军队
    "N": "1239",  # 农业农村: 组级, 村级, 乡镇级集体经济组织, 其他
    "Y": "1",  # 其他
}
"""Categories of each registering authority (登记管理部门, 机构类别)."""

_CREDIT: Final = re.compile(f"[{CREDIT_ALPHABET}]{{2}}[0-9]{{6}}[{CREDIT_ALPHABET}]{{10}}")


# ---------------------------------------------------------------- citizen number


def citizen_check_digit(body: str) -> str:
    """Return the 18th character of a citizen number, from its 17 digits (校验码)."""
    total = sum(w * int(c) for w, c in zip(CITIZEN_WEIGHTS, body, strict=True))
    return CITIZEN_CHECKS[total % 11]


def citizen_number_verdict(text: str, today: date) -> Verdict:
    """Judge a citizen number (公民身份号码, GB 11643-1999); the first fault found is told.

    `today` is the last day on which a birth is possible.
    """
    if len(text) != LENGTH:
        return Verdict.LENGTH if upgrade_15(text) is None else Verdict.OLD_15
    if not _NEW.fullmatch(text):
        return Verdict.CHARACTERS
    if not issued_region(text[:6]):
        return Verdict.REGION
    born = _day(text[6:14])
    if born is None or born > today:
        return Verdict.BIRTH_DATE
    if citizen_check_digit(text[:17]) != text[17]:
        return Verdict.CHECK_DIGIT
    return Verdict.VALID


def upgrade_15(text: str) -> str | None:
    """Return the 18-digit form of an old 15-digit number (15位升18位), None if it is not one.

    The birth is of the 19th century where the sequence number is one of a centenarian's, of the
    20th otherwise.
    """
    if not _OLD.fullmatch(text) or not issued_region(text[:6]):
        return None
    century = "18" if text[12:] in _CENTENARIANS else "19"
    if _day(century + text[6:12]) is None:
        return None
    body = text[:6] + century + text[6:]
    return body + citizen_check_digit(body)


def birth_date_of(text: str) -> date | None:
    """Return the birth date inside a citizen number of either length (出生日期), or None."""
    number = _as_18(text)
    return None if number is None else _day(number[6:14])


def sex_of(text: str) -> str:
    """Return the sex inside a citizen number (性别, GB/T 2261.1): "1" male, "2" female.

    "0", unknown, where the text has not the form of a citizen number.
    """
    number = _as_18(text)
    if number is None:
        return "0"
    return "1" if int(number[16]) % 2 else "2"


def _as_18(text: str) -> str | None:
    """Return an 18-character number of right form, raised from 15 digits where needed."""
    return text if _NEW.fullmatch(text) else upgrade_15(text)


def _day(digits: str) -> date | None:
    """Read YYYYMMDD; None where there is no such day, or none a citizen was born on."""
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return day if day.year >= EARLIEST_BIRTH_YEAR else None


# ---------------------------------------------------------------- credit code


def credit_check_character(body: str) -> str:
    """Return the 18th character of a credit code, from its first 17 (校验码)."""
    total = sum(w * CREDIT_ALPHABET.index(c) for w, c in zip(CREDIT_WEIGHTS, body, strict=True))
    return CREDIT_ALPHABET[-total % 31]


def organisation_check_digit(body: str) -> str:
    """Return the ninth character of an organisation code, from its first eight (GB 11714)."""
    total = sum(
        w * ORGANISATION_ALPHABET.index(c) for w, c in zip(ORGANISATION_WEIGHTS, body, strict=True)
    )
    return "0123456789X"[-total % 11]


def credit_code_verdict(text: str) -> Verdict:
    """Judge a unified social credit code (统一社会信用代码, GB 32100-2015).

    Of the region only its digits are looked at: registering authorities write codes of
    development zones and of the Xinjiang Corps that GB/T 2260 does not list.
    """
    if len(text) != LENGTH:
        return Verdict.LENGTH
    if not _CREDIT.fullmatch(text):
        return Verdict.CHARACTERS
    if text[1] not in CATEGORIES.get(text[0], ""):
        return Verdict.CATEGORY
    if organisation_check_digit(text[8:16]) != text[16]:
        return Verdict.ORGANISATION
    if credit_check_character(text[:17]) != text[17]:
        return Verdict.CHECK_DIGIT
    return Verdict.VALID
