"""How a clean row becomes dirty (制造问题数据), one fault at a time."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from shutong.sample_city.columns import Columns
from shutong.sample_city.digits import CREDIT_ALPHABET, citizen_number
from shutong.sample_city.dirt import DIRT, Fault, Kind
from shutong.sample_city.randomness import stream
from shutong.sample_city.source_table import SourceTable

_NO_REGION: Final = "999999"
_LENGTH: Final = re.compile(r"\((\d+)\)")
_CITIZEN_LENGTH: Final = 18
_ELSEWHERE: Final = {"latitude": "39.904200", "longitude": "116.407400"}
"""Degrees of the capital."""


def soil(
    resource: str, columns: Columns, table: SourceTable, rows: range, *, seed: int, scale: float
) -> dict[int, Fault]:
    """Make some of `rows` dirty in place, as DIRT says; return each dirty row with its fault."""
    faults = [fault for fault in DIRT[resource] for _ in range(fault.at(scale))]
    drawn = stream(seed, "dirt", resource).choice(len(rows), len(faults), replace=False)
    dirty = dict(zip((rows[i] for i in drawn.tolist()), faults, strict=True))
    twins: list[int] = []
    for row, fault in dirty.items():
        if fault.kind is Kind.DUPLICATE_KEY:
            twins.append(row)
        else:
            _soil_one(columns, row, fault, table)
    for first, second in zip(twins[::2], twins[1::2], strict=True):
        for column in table.columns:
            if column.shared and column.key != table.cursor:
                columns[column.key][second] = columns[column.key][first]
    return dirty


def _soil_one(columns: Columns, row: int, fault: Fault, table: SourceTable) -> None:
    column = columns[fault.item]
    text = str(column[row] or "")
    if fault.kind is Kind.MISSING:
        column[row] = None
    elif fault.kind in (Kind.UNKNOWN_CODE, Kind.TOO_LONG):
        length = _declared_length(table, fault.item)
        filled = "X" * length if fault.kind is Kind.UNKNOWN_CODE else (text or "长") * (length + 1)
        column[row] = filled[: length + (fault.kind is Kind.TOO_LONG)]
    elif fault.kind is Kind.ELSEWHERE:
        column[row] = _ELSEWHERE[fault.item]
    else:
        column[row] = _SPOILT[fault.kind](text)


def _declared_length(table: SourceTable, key: str) -> int:
    """Return the length of a column as declared at the source."""
    declared = next(column.declared for column in table.columns if column.key == key)
    found = _LENGTH.search(declared)
    if found is None:
        message = f"{key} is declared {declared}, without a length"
        raise ValueError(message)
    return int(found.group(1))


def _wrong_check_digit(text: str) -> str:
    citizen = len(text) == _CITIZEN_LENGTH and text[:17].isdigit()
    alphabet = "0123456789" if citizen else CREDIT_ALPHABET
    return text[:-1] + alphabet[(alphabet.find(text[-1]) + 1) % len(alphabet)]


def _unknown_region(text: str) -> str:
    return citizen_number(_NO_REGION + text[6:17])


def _old_number(text: str) -> str:
    return text[:6] + text[8:17]


_SPOILT: Final[dict[Kind, Callable[[str], str]]] = {
    Kind.WRONG_CHECK_DIGIT: _wrong_check_digit,
    Kind.UNKNOWN_REGION: _unknown_region,
    Kind.OLD_NUMBER: _old_number,
    Kind.CUT_SHORT: lambda text: text[:-1],
    Kind.QUESTION_MARK: lambda text: text[:1] + "?" + text[2:],
    Kind.REPLACEMENT: lambda text: text[:1] + "\ufffd" + text[2:],
    Kind.IMPOSSIBLE_DATE: lambda text: "2024-02-30",
    Kind.ZERO_DATE: lambda text: "0000-00-00",
    Kind.BAD_PHONE: lambda text: text[:7] or "1390798",
    Kind.NEGATIVE: lambda text: f"-{text}" if text.strip("0.") else "-2000.00",
    Kind.UNIT_IN_NUMBER: lambda text: "50万元",
}
"""What becomes of a value, for the faults that need no more than the value."""
