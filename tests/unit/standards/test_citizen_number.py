"""Citizen numbers: right for real people of this city, wrong for invented ones."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shutong.standards.identifiers import (
    Verdict,
    birth_date_of,
    citizen_number_verdict,
    sex_of,
    upgrade_15,
)
from shutong.standards.words import REASONS

TODAY = date(2026, 3, 1)


def number(region: str, born: str, sequence: str = "123") -> str:
    """Make a number whose check is right, by the standard's formula: ISO 7064 MOD 11-2."""
    body = region + born + sequence
    remainder = 0
    for digit in body:
        remainder = (remainder + int(digit)) * 2 % 11
    return body + "0123456789X"[(12 - remainder) % 11]


def verdict(text: str) -> Verdict:
    return citizen_number_verdict(text, TODAY)


def test_the_example_numbers_printed_in_the_standard_are_valid() -> None:
    # GB 11643-1999, 6.: a man and a woman of 朝阳区 and 广陵区.
    assert verdict("11010519491231002X") is Verdict.VALID
    assert verdict("440524188001010014") is Verdict.VALID


@pytest.mark.parametrize(
    ("region", "born"),
    [
        ("360202", "19551003"),  # 昌江, whose code stdnum dates from 1983
        ("360203", "19600229"),  # 珠山
        ("360222", "19870101"),  # 浮梁, a county since 1988
        ("360281", "19491001"),  # 乐平市, a city since 1992
    ],
)
def test_a_resident_born_before_the_code_of_the_county_existed_is_valid(
    region: str, born: str
) -> None:
    assert verdict(number(region, born)) is Verdict.VALID


@pytest.mark.parametrize("region", ["360200", "360201", "360211", "360212", "360221", "362332"])
def test_a_retired_code_of_the_city_lives_on_in_the_numbers_of_its_people(region: str) -> None:
    assert verdict(number(region, "19700612")) is Verdict.VALID


def test_a_code_the_city_never_had_is_refused() -> None:
    assert verdict(number("360299", "19700612")) is Verdict.REGION
    assert verdict(number("360223", "19700612")) is Verdict.REGION


@pytest.mark.parametrize("region", ["000000", "999999", "123456", "360000", "830001", "840000"])
def test_a_place_that_never_was_is_refused(region: str) -> None:
    assert verdict(number(region, "19700612")) is Verdict.REGION


@pytest.mark.parametrize(
    "region",
    [
        "330113",  # 杭州临平区, 2021, missing from stdnum
        "329012",  # 昆山市 as of 1989, missing from stdnum
        "342401",  # 六安, retired in 1999 and given to people born after
        "441282",  # 罗定, a code of two years
        "321119",  # a code of the police of 镇江 that no edition of GB/T 2260 lists
        "500101",  # 重庆, given to people born before the municipality of 1997
        "469002",  # a county straight below the province
        "810000",  # 港澳台居民居住证
        "820000",
        "830000",
    ],
)
def test_a_real_person_from_elsewhere_is_not_refused_for_the_region(region: str) -> None:
    assert verdict(number(region, "19850612")) is Verdict.VALID


def test_a_birth_in_2099_is_refused_although_its_check_digit_is_right() -> None:
    assert verdict(number("360202", "20990101")) is Verdict.BIRTH_DATE


def test_a_child_born_today_is_valid_and_one_of_tomorrow_is_not() -> None:
    assert verdict(number("360202", "20260301")) is Verdict.VALID
    assert verdict(number("360202", "20260302")) is Verdict.BIRTH_DATE


@pytest.mark.parametrize(
    "born", ["20010229", "19000229", "19990631", "19991301", "19990001", "19990100", "00000101"]
)
def test_a_day_that_never_was_is_refused(born: str) -> None:
    assert verdict(number("360202", born)) is Verdict.BIRTH_DATE


def test_nobody_with_a_number_was_born_before_1850() -> None:
    assert verdict(number("360202", "18491231")) is Verdict.BIRTH_DATE
    assert verdict(number("360202", "18500101")) is Verdict.VALID


def test_an_x_is_a_capital_x() -> None:
    assert verdict("11010519491231002x") is Verdict.CHARACTERS


@pytest.mark.parametrize("text", ["", "1", "36020219701212", "36020219701212123456", "王伟", " "])
def test_another_length_is_told_as_such(text: str) -> None:
    assert verdict(text) is Verdict.LENGTH


def test_full_width_digits_blanks_and_other_scripts_are_no_digits() -> None:
    right = number("360202", "19700612")
    assert verdict(right.replace("3", "\uff13")) is Verdict.CHARACTERS
    assert verdict("\u0663" + right[1:]) is Verdict.CHARACTERS
    assert verdict(" " + right[1:]) is Verdict.CHARACTERS
    assert verdict(right[:17] + "\n") is Verdict.CHARACTERS
    assert verdict("X" + right[1:]) is Verdict.CHARACTERS
    assert verdict(right + "\n") is Verdict.LENGTH


days = st.dates(date(1850, 1, 1), TODAY).map(lambda day: f"{day:%Y%m%d}")
sequences = st.integers(0, 999).map("{:03d}".format)


@given(days, sequences)
def test_every_number_made_by_the_standard_is_valid(born: str, sequence: str) -> None:
    assert verdict(number("360281", born, sequence)) is Verdict.VALID


@given(days, sequences, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_no_single_wrong_character_slips_through(
    born: str, sequence: str, place: int, wrong: str
) -> None:
    right = number("360202", born, sequence)
    changed = right[:place] + wrong + right[place + 1 :]
    assert (verdict(changed) is Verdict.VALID) == (changed == right)


@given(days, sequences, st.integers(0, 16))
def test_no_two_swapped_neighbours_slip_through(born: str, sequence: str, place: int) -> None:
    right = number("360202", born, sequence)
    swapped = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
    assert (verdict(swapped) is Verdict.VALID) == (swapped == right)


# ---------------------------------------------------------------- 15 digits


def test_an_old_number_of_15_digits_is_recognised_and_raised_to_18() -> None:
    assert verdict("360202550612123") is Verdict.OLD_15
    assert upgrade_15("360202550612123") == number("360202", "19550612")


def test_the_raised_number_is_itself_valid() -> None:
    raised = upgrade_15("362332000101001")
    assert raised is not None
    assert verdict(raised) is Verdict.VALID


def test_the_sequence_of_a_centenarian_tells_the_19th_century() -> None:
    assert upgrade_15("360202840612996") == number("360202", "18840612", "996")
    assert upgrade_15("360202840612995") == number("360202", "19840612", "995")


@pytest.mark.parametrize(
    "text", ["360299550612123", "360202551312123", "36020255061212X", "36020255061212\u0663"]
)
def test_fifteen_characters_that_are_no_old_number_are_just_too_short(text: str) -> None:
    assert verdict(text) is Verdict.LENGTH
    assert upgrade_15(text) is None


def test_a_number_of_18_digits_is_not_raised_again() -> None:
    assert upgrade_15(number("360202", "19700612")) is None


# ---------------------------------------------------------------- what a number tells


def test_the_17th_digit_tells_the_sex() -> None:
    assert sex_of(number("360202", "19700612", "121")) == "1"
    assert sex_of(number("360202", "19700612", "122")) == "2"
    assert sex_of("360202550612123") == "1"
    assert sex_of("王伟") == "0"


def test_the_number_tells_the_birth_date_of_either_kind() -> None:
    assert birth_date_of(number("360202", "19700612")) == date(1970, 6, 12)
    assert birth_date_of("360202550612123") == date(1955, 6, 12)
    assert birth_date_of(number("360202", "19700631")) is None
    assert birth_date_of("") is None


def test_every_verdict_has_its_reason_in_both_languages() -> None:
    assert set(REASONS) == set(Verdict)
    assert all(text.zh and text.en for text in REASONS.values())
