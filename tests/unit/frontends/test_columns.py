"""Python values as Arrow columns of exact text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shutong.frontends.columns import cells


@given(st.lists(st.none() | st.binary(max_size=20)))
def test_bytes_and_nulls_keep_their_places(values: list[bytes | None]) -> None:
    column = cells(values)

    column.validate(full=True)
    assert column.to_pylist() == values


@given(st.lists(st.none() | st.floats(allow_nan=False) | st.integers()))
def test_numbers_come_back_from_their_text(values: list[float | int | None]) -> None:
    texts = cells(values).to_pylist()

    back = [
        None if text is None else float(text) if isinstance(value, float) else int(text)
        for text, value in zip(texts, values, strict=True)
    ]
    assert back == values


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("𠮷", "𠮷".encode()),
        (True, b"true"),
        (0.1, b"0.1"),
        (Decimal("1.10"), b"1.10"),
        (memoryview(b"\xff"), b"\xff"),
        (bytearray(b"\xff"), b"\xff"),
    ],
)
def test_any_value_may_stand_beside_any_other(value: Any, text: bytes) -> None:
    assert cells([None, value, b"\xc4", 7]).to_pylist() == [None, text, b"\xc4", b"7"]
