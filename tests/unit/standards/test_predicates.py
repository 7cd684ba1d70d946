"""Small rules: mobile numbers, names as people bear them, coordinates of the city."""

from __future__ import annotations

import math
import re

import duckdb
import pytest

from shutong.standards.predicates import (
    MOBILE_PHONE,
    PERSON_NAME,
    is_latitude,
    is_longitude,
    is_mobile_phone,
    is_person_name,
)
from shutong.standards.words import RULE_WORDS

GOOD_PHONES = ["13800138000", "19912345678", "16600000000"]
BAD_PHONES = [
    "12345678901", "1380013800", "138001380000", "+8613800138000", "0798-8221234",
    "138 0013 8000", "\uff1113800138000", "1380013800\u0660", "", "13800138000\n",
]  # fmt: skip
GOOD_NAMES = [
    "王伟", "欧阳震华", "阿卜杜拉·买买提", "𠮷野家", "㛃䶮", "MARIA DEL PILAR", "O'Brien", "王",
    "王伟  ", "司马・光",
]  # fmt: skip
BAD_NAMES = [
    "", " ", "\u3000", "?伟", "王?", "王\uff1f", "王\ufffd", "王\x00伟", "王\t伟", "王\n", "王\x85",
    "王\u200b伟", "\ufeff王伟",
]  # fmt: skip


@pytest.mark.parametrize("text", GOOD_PHONES)
def test_a_mobile_number_of_this_country_is_one(text: str) -> None:
    assert is_mobile_phone(text)


@pytest.mark.parametrize("text", BAD_PHONES)
def test_what_is_no_mobile_number_is_refused(text: str) -> None:
    assert not is_mobile_phone(text)


@pytest.mark.parametrize("text", GOOD_NAMES)
def test_a_name_that_people_bear_is_a_name(text: str) -> None:
    assert is_person_name(text)


@pytest.mark.parametrize("text", BAD_NAMES)
def test_a_name_that_lost_a_character_is_refused(text: str) -> None:
    assert not is_person_name(text)


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [(MOBILE_PHONE, GOOD_PHONES, BAD_PHONES), (PERSON_NAME, GOOD_NAMES, BAD_NAMES)],
)
def test_the_patterns_mean_the_same_to_duckdb(
    pattern: str, good: list[str], bad: list[str]
) -> None:
    with duckdb.connect() as db:
        for text in [*good, *bad]:
            row = db.execute("select regexp_matches(?, ?)", [text, pattern]).fetchone()
            assert row is not None
            assert row[0] == (re.fullmatch(pattern, text) is not None) == (text in good)


def test_the_town_hall_lies_in_the_city() -> None:
    assert is_longitude(117.178)
    assert is_latitude(29.269)


@pytest.mark.parametrize("degrees", [0.0, -117.2, 29.27, 116.4, 118.1, 39_540_000.0, math.nan])
def test_swapped_projected_and_missing_longitudes_are_found(degrees: float) -> None:
    assert not is_longitude(degrees)


@pytest.mark.parametrize("degrees", [0.0, 117.2, 28.4, 30.3, 3_240_000.0, math.nan])
def test_swapped_projected_and_missing_latitudes_are_found(degrees: float) -> None:
    assert not is_latitude(degrees)


def test_every_named_rule_has_its_words_in_both_languages() -> None:
    from shutong.catalog.models import NamedRule

    assert set(RULE_WORDS) == set(NamedRule)
    assert all(text.zh and text.en for text in RULE_WORDS.values())
