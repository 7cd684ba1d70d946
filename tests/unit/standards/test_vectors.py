"""Whole columns get the verdicts that single values get, whatever form the column has."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shutong.standards import text_bytes, vectors
from shutong.standards.identifiers import (
    CATEGORIES,
    CREDIT_ALPHABET,
    Verdict,
    citizen_check_digit,
    citizen_number_verdict,
    credit_check_character,
    credit_code_verdict,
    organisation_check_digit,
)
from shutong.standards.vectors import citizen_number_verdicts, credit_code_verdicts

TODAY = date(2026, 3, 1)

digits = st.text("0123456789", min_size=17, max_size=17)
plausible = st.builds(
    lambda region, day, sequence: f"{region}{day:%Y%m%d}{sequence:03d}",
    st.sampled_from(["360202", "362332", "360299", "110105", "321119", "830000", "990101"]),
    st.dates(date(1840, 1, 1), date(2100, 1, 1)),
    st.integers(0, 999),
)
checked = st.one_of(digits, plausible).map(lambda body: body + citizen_check_digit(body))
old = st.one_of(
    st.text("0123456789", min_size=15, max_size=15),
    plausible.map(lambda body: body[:6] + body[8:]),
    plausible.map(lambda body: body[:6] + body[8:14] + "99" + body[16]),
)
spoiled = st.builds(
    lambda text, place, character: text[:place] + character + text[place + 1 :],
    checked,
    st.integers(0, 17),
    st.sampled_from("0123456789Xx XA/:\x00\u00e9\uff13\U00020bb7"),
)
citizen_texts = st.one_of(
    checked, old, spoiled, st.text(max_size=24), st.text(min_size=18, max_size=18)
)

bodies = st.builds(
    lambda pair, region, body: pair + region + body + organisation_check_digit(body),
    st.one_of(
        st.sampled_from([a + c for a, line in CATEGORIES.items() for c in line]),
        st.text(CREDIT_ALPHABET, min_size=2, max_size=2),
    ),
    st.sampled_from(["360202", "100000", "320594"]),
    st.text(CREDIT_ALPHABET, min_size=8, max_size=8),
)
codes = bodies.map(lambda body: body + credit_check_character(body))
spoiled_codes = st.builds(
    lambda text, place, character: text[:place] + character + text[place + 1 :],
    codes,
    st.integers(0, 17),
    st.sampled_from(CREDIT_ALPHABET + "IOSVZx \x00\u00e9\uff13\U00020bb7"),
)
wrong_inner = st.builds(
    lambda body, check: body[:16] + check + credit_check_character(body[:16] + check),
    bodies,
    st.sampled_from(CREDIT_ALPHABET),
)
credit_texts = st.one_of(codes, spoiled_codes, wrong_inner, checked, st.text(max_size=24))

KINDS: list[Callable[[list[str | None]], pa.Array | pa.ChunkedArray]] = [
    lambda values: pa.array(values, pa.string()),
    lambda values: pa.array(values, pa.large_string()),
    lambda values: pa.array(values, pa.string_view()),
    lambda values: pa.array(values, pa.string()).dictionary_encode(),
    lambda values: pa.array([None, "abc", *values, "x"], pa.string())[2:-1],
    lambda values: pa.chunked_array([values[:1], values[1:], []], pa.string()),
]


def expected(values: list[str | None], judge: Callable[[str], Verdict]) -> list[int | None]:
    return [None if value is None else int(judge(value)) for value in values]


@pytest.mark.parametrize("kind", KINDS)
@given(values=st.lists(st.none() | citizen_texts, max_size=12))
@example(values=["11010519491231002X"] * 5)
@example(values=["", "", None])
@settings(max_examples=80, deadline=None)
def test_a_column_of_citizen_numbers_gets_the_verdicts_of_its_values(
    kind: Callable[[list[str | None]], pa.Array], values: list[str | None]
) -> None:
    column = kind(values)
    verdicts = citizen_number_verdicts(column, TODAY)
    assert verdicts.type == pa.int8()
    assert verdicts.to_pylist() == expected(values, lambda t: citizen_number_verdict(t, TODAY))


@pytest.mark.parametrize("kind", KINDS)
@given(values=st.lists(st.none() | credit_texts, max_size=12))
@example(values=["91350100M000100Y43"] * 5)
@settings(max_examples=80, deadline=None)
def test_a_column_of_credit_codes_gets_the_verdicts_of_its_values(
    kind: Callable[[list[str | None]], pa.Array], values: list[str | None]
) -> None:
    verdicts = credit_code_verdicts(kind(values))
    assert verdicts.type == pa.int8()
    assert verdicts.to_pylist() == expected(values, credit_code_verdict)


@given(values=st.lists(checked, min_size=1, max_size=40), cut=st.integers(0, 40))
@settings(max_examples=50, deadline=None)
def test_a_slice_gets_the_verdicts_of_its_own_rows(values: list[str], cut: int) -> None:
    part = pa.array(values, pa.string())[cut:]
    assert citizen_number_verdicts(part, TODAY).to_pylist() == expected(
        list(values[cut:]), lambda t: citizen_number_verdict(t, TODAY)
    )


def test_a_column_of_several_blocks_keeps_every_row_in_its_place() -> None:
    good, bad = "11010519491231002X", "110105194912310021"
    values = [good] * (2 * vectors.BLOCK + 7)
    values[vectors.BLOCK - 1] = bad
    values[2 * vectors.BLOCK] = "x"
    verdicts = citizen_number_verdicts(pa.array(values, pa.string()), TODAY).to_numpy()
    places = np.flatnonzero(verdicts).tolist()
    assert places == [vectors.BLOCK - 1, 2 * vectors.BLOCK]
    assert verdicts[places].tolist() == [Verdict.CHECK_DIGIT, Verdict.LENGTH]


def test_a_null_stays_null_even_where_bytes_lie_beneath_it() -> None:
    column = pa.array(["11010519491231002X", "110105194912310021"], pa.string())
    hidden = pa.Array.from_buffers(
        pa.string(), 2, [pa.py_buffer(b"\x01"), *column.buffers()[1:]], null_count=1
    )
    assert citizen_number_verdicts(hidden, TODAY).to_pylist() == [0, None]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.null()])
def test_a_column_without_rows_or_without_values_is_no_fault(kind: pa.DataType) -> None:
    assert citizen_number_verdicts(pa.array([], kind), TODAY).to_pylist() == []
    assert credit_code_verdicts(pa.nulls(3, kind)).to_pylist() == [None, None, None]
    assert credit_code_verdicts(pa.chunked_array([], kind)).to_pylist() == []


def test_a_column_of_numbers_is_refused_by_its_type() -> None:
    with pytest.raises(TypeError, match="int64"):
        citizen_number_verdicts(pa.array([110105194912310021]), TODAY)


def test_the_day_decides_about_a_birth() -> None:
    body = "36020220260301123"
    column = pa.array([body + citizen_check_digit(body)], pa.string())
    assert citizen_number_verdicts(column, TODAY).to_pylist() == [Verdict.VALID]
    yesterday = date(2026, 2, 28)
    assert citizen_number_verdicts(column, yesterday).to_pylist() == [Verdict.BIRTH_DATE]
    assert citizen_number_verdicts(column, date(1800, 1, 1)).to_pylist() == [Verdict.BIRTH_DATE]


def test_a_clean_column_of_one_length_is_judged_where_it_lies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_copy(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(text_bytes, "rows_at", no_copy)
    column = pa.array(["11010519491231002X"] * 9, pa.string())[4:]
    assert citizen_number_verdicts(column, TODAY).to_pylist() == [0] * 5
    with pytest.raises(AssertionError):
        citizen_number_verdicts(pa.array(["", "11010519491231002X"], pa.string()), TODAY)


def test_a_core_judges_millions_of_citizen_numbers_in_a_second() -> None:
    days = np.datetime64("1940-01-01") + np.arange(30_000)
    bodies = [
        f"36020{2 + i % 2}{str(d).replace('-', '')}{i % 1000:03d}" for i, d in enumerate(days)
    ]
    column = pa.array([b + citizen_check_digit(b) for b in bodies] * 20, pa.string())
    citizen_number_verdicts(column[:1], TODAY)
    took = []
    for _ in range(5):
        start = time.thread_time()
        verdicts = citizen_number_verdicts(column, TODAY)
        took.append(time.thread_time() - start)
    assert not verdicts.to_numpy().any()
    # Processor time, best of five: some 30 million on the machine it was written on.
    assert len(column) / min(took) > 2_000_000


def test_the_rules_are_light_until_the_first_column_is_judged() -> None:
    heavy = {"numpy", "pyarrow", "stdnum", "pydantic"}
    program = (
        "import sys, shutong.standards.vectors, shutong.standards.predicates;"
        f"sys.exit(not {heavy}.isdisjoint(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
