"""Codes of a fixed shape, held against Python's own expressions."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shutong.standards.predicates import MOBILE_PHONE, PERSON_NAME
from shutong.standards.shapes import Shape, fitting, shape_of

PATTERNS = [
    "^[0-9]{17}[0-9X]$",
    "^1[3-9][0-9]{9}$",
    "^H[0-9]{9}$",
    "^[0-9A-HJ-NPQRTUWXY]{18}$",
    "^[0-9]{6}$",
    "^[A-Z][a-z-]$",
    "^[a-][-z]_/@$",
    "^[0-9]{8}$",
    "^[ -~]{7}$",
    "^[ -~]{9}[!]$",
    "^x$",
    "^[b-b]{64}$",
]


def shaped(pattern: str) -> Shape:
    shape = shape_of(pattern)
    assert shape is not None
    return shape


def expected(pattern: str, texts: list[str | None]) -> list[bool | None]:
    inner = re.compile(pattern[1:-1])
    return [None if text is None else inner.fullmatch(text) is not None for text in texts]


def near(shape: Shape) -> st.SearchStrategy[str]:
    """Return texts that have a shape, but for a few characters."""
    right = st.tuples(*(st.sampled_from(sorted(place)) for place in shape.places))
    spoilt = st.tuples(right, st.integers(0, 70), st.text(max_size=2)).map(
        lambda drawn: "".join(drawn[0])[: drawn[1]] + drawn[2] + "".join(drawn[0])[drawn[1] + 1 :]
    )
    return right.map("".join) | spoilt | st.text(max_size=20)


@given(st.data())
@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_shape_finds_what_its_pattern_finds(pattern: str, data: st.DataObject) -> None:
    shape = shaped(pattern)
    texts = data.draw(st.lists(st.none() | near(shape), max_size=12))

    assert fitting(pa.array(texts, pa.string()), shape).to_pylist() == expected(pattern, texts)


@given(st.data())
@pytest.mark.parametrize("pattern", PATTERNS)
def test_one_character_decides_at_every_place(pattern: str, data: st.DataObject) -> None:
    shape = shaped(pattern)
    right = data.draw(st.tuples(*(st.sampled_from(sorted(place)) for place in shape.places)))
    place = data.draw(st.integers(0, shape.length - 1))
    texts: list[str | None] = [
        "".join(right[:place]) + chr(code) + "".join(right[place + 1 :]) for code in range(128)
    ]

    assert fitting(pa.array(texts, pa.string()), shape).to_pylist() == expected(pattern, texts)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_a_slice_is_judged_like_a_column_of_its_own(kind: pa.DataType) -> None:
    column = pa.array(["1", None, "13979800000", "23979800000", "13979800001"], kind)

    assert fitting(column.slice(1, 3), shaped(MOBILE_PHONE)).to_pylist() == [None, True, False]
    assert fitting(column.slice(5), shaped(MOBILE_PHONE)).to_pylist() == []


def test_characters_beyond_ascii_fail_though_their_bytes_are_as_many() -> None:
    shape = shaped("^[0-9]{9}$")

    assert fitting(pa.array(["中文字", "12345678é", "123456789"]), shape).to_pylist() == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    "pattern",
    [
        "[0-9]{6}",
        "^[0-9]{6}",
        "^[0-9]+$",
        "^[0-9]{1,6}$",
        "^[^0-9]$",
        r"^\d{6}$",
        "^(ab)$",
        "^a|b$",
        "^a.b$",
        "^[中]$",
        "^[9-0]$",
        "^[a-c]{65}$",
        "^[a]{0}$",
        "^$",
        "^a*$",
        "^[[a]$",
        "",
        PERSON_NAME,
    ],
)
def test_any_other_pattern_is_left_to_the_engine(pattern: str) -> None:
    assert shape_of(pattern) is None


def test_a_column_that_is_no_text_is_refused() -> None:
    numbers: Any = pa.array([1])
    with pytest.raises(TypeError, match="int64"):
        fitting(numbers, shaped("^x$"))
