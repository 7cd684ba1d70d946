"""Look-up tables for identifiers read two characters at a time (双字符查表).

Every figure a rule needs from 18 characters is a sum over its characters: a weighted sum, a
date written as YYYYMMDD, a count of characters that are not allowed. So nine tables, one for
each pair of characters, hold each pair's share of all those sums side by side in one integer,
and adding nine look-ups gives them all at once. Only numpy here: `vectors` knows Arrow.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from shutong.standards.identifiers import (
    CATEGORIES,
    CITIZEN_WEIGHTS,
    CREDIT_ALPHABET,
    CREDIT_WEIGHTS,
    EARLIEST_BIRTH_YEAR,
    LENGTH,
    ORGANISATION_ALPHABET,
    ORGANISATION_WEIGHTS,
)
from shutong.standards.regions import issued_regions
from shutong.standards.words import Verdict

Sums = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]
Verdicts = npt.NDArray[np.int8]
Bytes = npt.NDArray[np.uint8]

PAIRS: Final = LENGTH // 2
DIGITS: Final = "0123456789"
DIGITS_AND_X: Final = "0123456789X"
LAST: Final = LENGTH - 1

# Characters of the parts, counted from 0.
_REGION: Final = range(6)
_DATE: Final = range(6, 14)
_CREDIT_REGION: Final = range(2, 8)
_ORGANISATION: Final = range(8, 16)
_ORGANISATION_CHECK: Final = 16

# Citizen number: region, birth date, weighted sum, wrong characters, from the lowest bit on. Each
# field is wide enough for its greatest sum (180 for 18 remainders of up to 10).
_DATE_AT: Final = 20
_SUM_AT: Final = 47
_WRONG_AT: Final = 55
_REGION_MASK: Final = np.uint64((1 << _DATE_AT) - 1)
_DATE_MASK: Final = np.uint64((1 << (_SUM_AT - _DATE_AT)) - 1)
_SUM_MASK: Final = np.uint64((1 << (_WRONG_AT - _SUM_AT)) - 1)

# Credit code: outer sum, inner sum, wrong characters, faults of category and inner check.
_INNER_AT: Final = 10
_CHARACTERS_AT: Final = 20
_CATEGORY_AT: Final = 30
_ORGANISATION_AT: Final = 31
_TEN_BITS: Final = np.uint64(0x3FF)
_ONE_BIT: Final = np.uint64(1)


def sums_of(rows: Bytes, tables: Sums) -> Sums:
    """Add up the nine tables' entries of each row of an (n, 18) array of bytes."""
    pairs = rows.view("<u2")
    total: Sums = tables[0].take(pairs[:, 0])
    for place in range(1, PAIRS):
        total += tables[place].take(pairs[:, place])
    return total


def _tables(columns: list[Sums]) -> Sums:
    """Make (9, 65536) pair tables from 18 tables of 256 entries, one for each character.

    A pair is a little-endian 16-bit number: its first character is the low byte.
    """
    pairs = zip(columns[0::2], columns[1::2], strict=True)
    return np.stack([(second[:, None] + first[None, :]).ravel() for first, second in pairs])


def _column(values: dict[str, int], otherwise: int) -> Sums:
    column = np.full(256, otherwise, dtype=np.uint64)
    for character, value in values.items():
        column[ord(character)] = value
    return column


# ---------------------------------------------------------------- citizen number


@lru_cache(maxsize=1)
def citizen_tables() -> Sums:
    """Return the pair tables of the citizen number (GB 11643-1999)."""
    columns = []
    for place, weight in enumerate((*CITIZEN_WEIGHTS, 1)):
        values = {}
        for digit, character in enumerate(DIGITS_AND_X if place == LAST else DIGITS):
            value = weight * digit % 11 << _SUM_AT
            if place in _REGION:
                value += digit * 10 ** (_REGION[-1] - place)
            elif place in _DATE:
                value += digit * 10 ** (_DATE[-1] - place) << _DATE_AT
            values[character] = value
        columns.append(_column(values, 1 << _WRONG_AT))
    return _tables(columns)


@lru_cache(maxsize=1)
def _regions() -> Flags:
    """Return whether each of the million codes of six digits was ever issued."""
    flags = np.zeros(10 ** len(_REGION), dtype=np.bool_)
    flags[[int(code) for code in issued_regions()]] = True
    return flags


@lru_cache(maxsize=4)
def _birth_dates(today: date) -> Flags:
    """Return whether each YYYYMMDD, counted from the earliest year, is a possible birth date."""
    first = date(EARLIEST_BIRTH_YEAR, 1, 1)
    flags = np.zeros(max(1, today.year + 1 - first.year) * 10000, dtype=np.bool_)
    for day in map(date.fromordinal, range(first.toordinal(), today.toordinal() + 1)):
        flags[(day.year - first.year) * 10000 + day.month * 100 + day.day] = True
    return flags


_SUM_IS_ONE: Final = np.arange(int(_SUM_MASK) + 1) % 11 == 1
_LAST_OLD_BIRTH: Final = date(1999, 12, 31)


def citizen_verdicts(rows: Bytes, today: date) -> Verdicts:
    """Judge citizen numbers of 18 bytes, an (n, 18) array; births up to `today`."""
    sums = sums_of(rows, citizen_tables())
    characters = sums < np.uint64(1 << _WRONG_AT)
    regions = _regions().take(sums & _REGION_MASK, mode="clip")
    births = _births(sums, today)
    checks = _SUM_IS_ONE.take((sums >> _SUM_AT) & _SUM_MASK)
    verdicts = np.zeros(len(rows), dtype=np.int8)
    if (characters & regions & births & checks).all():
        return verdicts
    verdicts[~checks] = Verdict.CHECK_DIGIT
    verdicts[~births] = Verdict.BIRTH_DATE
    verdicts[~regions] = Verdict.REGION
    verdicts[~characters] = Verdict.CHARACTERS
    return verdicts


def old_citizen_verdicts(rows: Bytes) -> Verdicts:
    """Judge numbers of 15 bytes, an (n, 15) array, by their 18-digit form: old or no number."""
    new = np.full((len(rows), LENGTH), ord("0"), dtype=np.uint8)
    new[:, :6] = rows[:, :6]
    new[:, 6] = ord("1")
    # Sequence numbers 996 to 999 were kept for people of a hundred years and more.
    oldest = (rows[:, 12] == ord("9")) & (rows[:, 13] == ord("9")) & (rows[:, 14] >= ord("6"))
    new[:, 7] = np.where(oldest, ord("8"), ord("9"))
    new[:, 8:17] = rows[:, 6:]
    sums = sums_of(new, citizen_tables())
    sound = sums < np.uint64(1 << _WRONG_AT)
    sound &= _regions().take(sums & _REGION_MASK, mode="clip")
    sound &= _births(sums, _LAST_OLD_BIRTH)
    return np.where(sound, Verdict.OLD_15, Verdict.LENGTH).astype(np.int8)


def _births(sums: Sums, today: date) -> Flags:
    dates = _birth_dates(today)
    # A year before the earliest wraps round to a huge number, and lands in the last, false entry.
    written = ((sums >> _DATE_AT) & _DATE_MASK) - np.uint64(EARLIEST_BIRTH_YEAR * 10000)
    np.minimum(written, np.uint64(len(dates) - 1), out=written)
    return dates.take(written)


# ---------------------------------------------------------------- credit code


@lru_cache(maxsize=1)
def credit_tables() -> Sums:
    """Return the pair tables of the credit code (GB 32100-2015, GB 11714-1997)."""
    columns = []
    for place, weight in enumerate((*CREDIT_WEIGHTS, 1)):
        allowed = DIGITS if place in _CREDIT_REGION else CREDIT_ALPHABET
        values = {}
        for character in allowed:
            outer = weight * CREDIT_ALPHABET.index(character) % 31
            values[character] = outer + _inner_share(place, character)
        columns.append(_column(values, 1 << _CHARACTERS_AT))
    tables = _tables(columns)
    for first in CREDIT_ALPHABET:
        for second in CREDIT_ALPHABET:
            if second not in CATEGORIES.get(first, ""):
                tables[0, ord(first) + 256 * ord(second)] += np.uint64(1 << _CATEGORY_AT)
    return tables


def _inner_share(place: int, character: str) -> int:
    """Return a character's share of the organisation code's check, characters 9 to 17."""
    if place in _ORGANISATION:
        weight = ORGANISATION_WEIGHTS[place - _ORGANISATION[0]]
        return weight * ORGANISATION_ALPHABET.index(character) % 11 << _INNER_AT
    if place == _ORGANISATION_CHECK:
        check = DIGITS_AND_X.find(character)
        return (1 << _ORGANISATION_AT) if check < 0 else check << _INNER_AT
    return 0


_OUTER_IS_ZERO: Final = np.arange(1024) % 31 == 0
_INNER_IS_ZERO: Final = np.arange(1024) % 11 == 0


def credit_verdicts(rows: Bytes) -> Verdicts:
    """Judge credit codes of 18 bytes, an (n, 18) array."""
    sums = sums_of(rows, credit_tables())
    outer = _OUTER_IS_ZERO.take(sums & _TEN_BITS)
    inner = _INNER_IS_ZERO.take((sums >> _INNER_AT) & _TEN_BITS)
    verdicts = np.zeros(len(rows), dtype=np.int8)
    if (outer & inner & (sums < np.uint64(1 << _CHARACTERS_AT))).all():
        return verdicts
    verdicts[~outer] = Verdict.CHECK_DIGIT
    organisation = (sums >> _ORGANISATION_AT) & _ONE_BIT
    verdicts[~inner | (organisation != 0)] = Verdict.ORGANISATION
    verdicts[((sums >> _CATEGORY_AT) & _ONE_BIT) != 0] = Verdict.CATEGORY
    verdicts[((sums >> _CHARACTERS_AT) & _TEN_BITS) != 0] = Verdict.CHARACTERS
    return verdicts
