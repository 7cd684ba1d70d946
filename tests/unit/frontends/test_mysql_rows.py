"""Rows of MySQL's text protocol as Arrow columns, held against a plain encoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shutong.frontends.mysql_rows import (
    HEAD,
    ROOM,
    SPLIT,
    Block,
    Malformed,
    columns_of,
    lengths_of,
    packets_in,
)

Row = Sequence[bytes | None]

EDGES = [0, 1, 11, 12, 13, 249, 250, 251, 252, 255, 256, 65_535, 65_536]


def encoded(value: bytes | None) -> bytes:
    if value is None:
        return b"\xfb"
    size = len(value)
    if size < 251:
        return bytes([size]) + value
    mark, width = (0xFC, 2) if size < 1 << 16 else (0xFD, 3) if size < 1 << 24 else (0xFE, 8)
    return bytes([mark]) + size.to_bytes(width, "little") + value


def packet(payload: bytes, number: int) -> bytes:
    return len(payload).to_bytes(3, "little") + bytes([number % 256]) + payload


def line_of(rows: Sequence[Row], first: int = 3) -> bytes:
    return b"".join(
        packet(b"".join(map(encoded, row)), first + number) for number, row in enumerate(rows)
    )


def block_of(line: bytes) -> Block:
    return np.frombuffer(line + bytes(ROOM), dtype=np.uint8)


def rows_in(line: bytes, count: int) -> list[list[bytes | None]]:
    block = block_of(line)
    heads, _ = packets_in(block, len(line))
    if not heads.size:
        return []
    begins = heads + HEAD
    columns = columns_of(block, begins, begins + lengths_of(block, heads), count)
    for column in columns:
        column.validate(full=True)
        assert column.type == pa.binary()
    return [list(row) for row in zip(*(c.to_pylist() for c in columns), strict=True)]


values = st.one_of(
    st.none(),
    st.just(b""),
    st.binary(max_size=20),
    st.sampled_from([b"1", b"360203", b"\x00\x00\x00", "景德镇市珠山区新村街道".encode()]),
    st.sampled_from(EDGES).map(lambda size: b"x" * size),
)
tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(values, min_size=width, max_size=width), max_size=40)
)


@given(tables, st.integers(0, 255))
def test_every_value_arrives_as_it_was_sent(rows: list[Row], first: int) -> None:
    width = len(rows[0]) if rows else 1

    assert rows_in(line_of(rows, first), width) == [list(row) for row in rows]


@given(tables, st.data())
def test_a_block_that_ends_anywhere_holds_the_whole_rows_before(
    rows: list[Row], data: st.DataObject
) -> None:
    line = line_of(rows)
    end = data.draw(st.integers(0, len(line)))
    sizes = [len(line_of([row])) for row in rows]
    whole = sum(1 for number in range(len(rows)) if sum(sizes[: number + 1]) <= end)

    heads, place = packets_in(block_of(line[:end]), end)

    assert len(heads) == whole
    assert place == sum(sizes[:whole])


@pytest.mark.parametrize("size", EDGES)
def test_a_column_of_equally_long_values_arrives(size: int) -> None:
    rows = [[bytes([65 + n % 26]) * size, b"behind"] for n in range(300)]

    assert rows_in(line_of(rows), 2) == rows


def test_thousands_of_rows_with_noughts_in_their_values_are_told_apart() -> None:
    # A nought where a head's could stand, and empty values, whose lengths are noughts.
    rows = [[b"\x00" * (n % 9), b"", (n).to_bytes(4, "little"), None] for n in range(5_000)]

    assert rows_in(line_of(rows), 4) == rows


def test_a_value_that_imitates_the_next_rows_is_a_value() -> None:
    row = [b"a", None]
    feint = line_of([row] * 40, first=4)
    rows = [[feint, b"z"], row, [feint * 9, b""], row]

    assert rows_in(line_of(rows), 2) == [list(each) for each in rows]


def test_the_walk_ends_before_a_split_packet() -> None:
    split = SPLIT.to_bytes(3, "little") + b"\x05" + bytes(SPLIT)
    line = line_of([[b"a"], [b"b"]]) + split + line_of([[b"c"]], first=6)

    heads, place = packets_in(block_of(line), len(line))

    assert len(heads) == 2
    assert line[place : place + 3] == b"\xff\xff\xff"


@pytest.mark.parametrize("count", [1, 3])
def test_a_row_with_another_number_of_values_is_malformed(count: int) -> None:
    with pytest.raises(Malformed):
        rows_in(line_of([[b"a", b"b"]] * 3), count)


@pytest.mark.parametrize("size", [0, 2**31, 2**32 + 1, 2**63 - 1, 2**63, 2**64 - 1])
def test_a_length_beyond_the_packet_is_malformed(size: int) -> None:
    long = b"\xfe" + size.to_bytes(8, "little")
    good = b"\x01a"

    for payload in (long + b"a", good + long + b"a"):
        with pytest.raises(Malformed):
            rows_in(packet(payload, 3) + packet(payload, 4), payload.count(b"\xfe"))


@settings(max_examples=500)
@given(st.binary(min_size=1, max_size=200), st.integers(1, 4))
def test_bytes_that_are_no_rows_are_refused_or_read_within_their_packet(
    payload: bytes, count: int
) -> None:
    line = packet(payload, 3)
    try:
        (row,) = rows_in(line, count)
    except Malformed:
        return

    assert b"".join(map(encoded, row)) == payload or max(payload) >= 0xFC


@given(tables, st.data())
def test_a_damaged_line_is_never_read_beyond_its_end(rows: list[Row], data: st.DataObject) -> None:
    line = bytearray(line_of(rows))
    for _ in range(data.draw(st.integers(0, 5))):
        if line:
            line[data.draw(st.integers(0, len(line) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = rows_in(bytes(line), len(rows[0]) if rows else 1)
    except Malformed:
        return

    assert sum(len(value or b"") for row in found for value in row) <= len(line)
