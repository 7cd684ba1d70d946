"""Made-up numbers have true check digits, told by another hand's rules."""

from __future__ import annotations

from datetime import date

import numpy as np

from shutong.sample_city.digits import (
    CREDIT_ALPHABET,
    citizen_number,
    citizen_numbers,
    credit_code,
    organisation_code,
)
from shutong.standards.identifiers import Verdict, citizen_number_verdict, credit_code_verdict

TODAY = date(2026, 1, 5)


def test_the_number_printed_in_the_standard_has_its_check_digit() -> None:
    assert citizen_number("11010519491231002") == "11010519491231002X"


def test_columns_of_numbers_are_what_single_numbers_are() -> None:
    bodies = np.arange(36020219800101000, 36020219800101999, dtype=np.int64)
    numbers = citizen_numbers(bodies)
    assert numbers == [citizen_number(f"{body:017d}") for body in bodies.tolist()]
    assert {citizen_number_verdict(number, TODAY) for number in numbers} == {Verdict.VALID}


def test_any_other_check_digit_is_wrong() -> None:
    right = citizen_number("36020219800101001")
    for check in "0123456789X":
        verdict = citizen_number_verdict(right[:17] + check, TODAY)
        assert (verdict is Verdict.VALID) == (check == right[17])


def test_credit_codes_are_valid_and_any_other_check_is_wrong() -> None:
    right = credit_code("91", "360202", "MA35ABCD")
    assert credit_code_verdict(right) is Verdict.VALID
    others = [right[:17] + char for char in CREDIT_ALPHABET if char != right[17]]
    assert {credit_code_verdict(other) for other in others} == {Verdict.CHECK_DIGIT}


def test_an_organisation_code_known_from_the_standard() -> None:
    assert organisation_code("D2143569") == "D2143569X"
