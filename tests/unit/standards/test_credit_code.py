"""Unified social credit codes: both checks, every authority, no citizen number among them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shutong.standards.identifiers import CATEGORIES, Verdict, credit_code_verdict

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def inner_check(body: str) -> str:
    """GB 11714-1997: C9 = 11 - MOD(sum of Ci x Wi, 11), 10 written X and 11 written 0."""
    total = sum(int(c, 36) * w for c, w in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def outer_check(body: str) -> str:
    """GB 32100-2015: C18 = 31 - MOD(sum of Ci x 3^(i-1), 31), 31 written 0."""
    total = sum(ALPHABET.index(c) * 3**i for i, c in enumerate(body))
    return ALPHABET[(31 - total % 31) % 31]


def code(head: str, organisation: str = "MA35ABC1") -> str:
    body = head + organisation + inner_check(organisation)
    return body + outer_check(body)


@pytest.mark.parametrize(
    "real",
    [
        "91350100M000100Y43",  # the example in GB 32100-2015
        "12100000400000624D",  # 清华大学
        "914403001922038216",  # 华为技术有限公司
        "9144030071526726XG",  # 深圳市腾讯计算机系统有限公司
        "91330100799655058B",  # 阿里巴巴(中国)网络技术有限公司
    ],
)
def test_codes_of_real_bodies_are_valid(real: str) -> None:
    assert credit_code_verdict(real) is Verdict.VALID


@pytest.mark.parametrize("pair", [a + c for a, line in CATEGORIES.items() for c in line])
def test_every_authority_with_each_of_its_categories_is_valid(pair: str) -> None:
    assert credit_code_verdict(code(pair + "360202")) is Verdict.VALID


@pytest.mark.parametrize("pair", ["A1", "N1", "N2", "N3", "N9", "Y1"])
def test_the_army_village_collectives_and_others_are_valid(pair: str) -> None:
    assert credit_code_verdict(code(pair + "360281", "MF123456")) is Verdict.VALID


@pytest.mark.parametrize("pair", ["36", "94", "01", "B1", "N4", "Y2", "A2", "1X", "W1", "14"])
def test_an_authority_or_category_that_does_not_exist_is_refused(pair: str) -> None:
    assert credit_code_verdict(code(pair + "360202")) is Verdict.CATEGORY


def test_a_citizen_number_that_passes_the_outer_check_is_refused_by_its_first_two() -> None:
    passing = [
        number
        for number in (f"3602021970061{n:04d}" for n in range(10000))
        if outer_check(number) in "0123456789"
    ]
    assert passing
    for number in passing[:200]:
        assert credit_code_verdict(number + outer_check(number)) is Verdict.CATEGORY


def test_a_wrong_inner_check_is_refused_although_the_outer_one_is_right() -> None:
    right = code("91360202")
    wrong = "1" if right[16] != "1" else "2"
    body = right[:16] + wrong
    assert credit_code_verdict(body + outer_check(body)) is Verdict.ORGANISATION


def test_an_inner_check_can_be_no_letter_but_x() -> None:
    body = "91360202MA35ABC1" + "A"
    assert credit_code_verdict(body + outer_check(body)) is Verdict.ORGANISATION


def test_a_wrong_outer_check_is_told_as_such() -> None:
    right = code("91360202")
    wrong = "0" if right[17] != "0" else "1"
    assert credit_code_verdict(right[:17] + wrong) is Verdict.CHECK_DIGIT


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c[:9] + "I" + c[10:],
        lambda c: c[:9] + "O" + c[10:],
        lambda c: c[:9] + "S" + c[10:],
        lambda c: c[:9] + "V" + c[10:],
        lambda c: c[:9] + "Z" + c[10:],
        lambda c: c[:4] + "A" + c[5:],
        str.lower,
        lambda c: c[:17] + " ",
        lambda c: "\uff19" + c[1:],
        lambda c: c[:17] + "\n",
    ],
)
def test_characters_outside_the_standards_alphabet_are_refused(change: object) -> None:
    assert callable(change)
    assert credit_code_verdict(change(code("91360202"))) is Verdict.CHARACTERS


@pytest.mark.parametrize("text", ["", "9", "360200000001234", "91360202MA35ABC1", "景德镇" * 7])
def test_another_length_is_told_as_such(text: str) -> None:
    assert credit_code_verdict(text) is Verdict.LENGTH
    assert credit_code_verdict(code("91360202") + "\n") is Verdict.LENGTH


def test_the_region_may_be_a_development_zone_that_the_region_standard_does_not_list() -> None:
    assert credit_code_verdict(code("91320594")) is Verdict.VALID
    assert credit_code_verdict(code("11100000")) is Verdict.VALID


bodies = st.text(ALPHABET, min_size=8, max_size=8)


@given(bodies, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_no_single_wrong_character_slips_through(body: str, place: int, wrong: str) -> None:
    right = code("91360202", body)
    changed = right[:place] + wrong + right[place + 1 :]
    assert (credit_code_verdict(changed) is Verdict.VALID) == (changed == right)
