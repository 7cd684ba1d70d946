"""Filters, windows, cursors and keys on a real Oracle server."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from tests.oracle.site import OracleSite

from shutong.catalog.models import CompositeCursor, RowFilter
from shutong.frontends import Among, KeyRange
from shutong.model import Bound
from shutong.windows import composite, moment, number

TEXT, WHOLE, MOMENT = pa.string(), pa.int64(), pa.timestamp("us")
AT = datetime(2024, 1, 1, 10)


def found(oracle: OracleSite, **other: Any) -> list[int]:
    rows, misfits = oracle.drawn(oracle.query_of("T", "N", **other), WHOLE)
    assert misfits == []
    return sorted(n for (n,) in rows)


@pytest.mark.parametrize("kind", ["CHAR(10)", "CHAR(10 CHAR)", "NCHAR(10)", "VARCHAR2(10)"])
def test_a_filter_meets_a_padded_column_as_any_other(oracle: OracleSite, kind: str) -> None:
    oracle.run(f"CREATE TABLE T (N NUMBER(3), V {kind})")
    oracle.run("INSERT INTO T VALUES (:1, :2)", (1, "甲"), (2, "乙"), (3, None))

    for operator, value, expected in (
        ("=", "甲", [1]), ("<>", "甲", [2]), ("in", ("甲", "乙"), [1, 2]), ("=", "", []),
        ("is_null", None, [3]),
    ):  # fmt: skip
        only = RowFilter.model_validate({"column": "V", "operator": operator, "value": value})
        assert found(oracle, filters=(only,)) == expected


@pytest.mark.parametrize("kind", ["TIMESTAMP(6)", "TIMESTAMP(6) WITH LOCAL TIME ZONE"])
def test_a_window_keeps_fractions_of_a_second(oracle: OracleSite, kind: str) -> None:
    oracle.run(f"CREATE TABLE T (N NUMBER(3), C {kind})")
    for n, micro in enumerate((0, 250_000, 500_000)):
        at = AT.replace(microsecond=micro).isoformat(" ", "microseconds")
        oracle.run(f"INSERT INTO T VALUES ({n}, TIMESTAMP '{at} +08:00')")

    half = moment(AT.replace(microsecond=250_000))
    assert found(oracle, cursor="C", low=half) == [1, 2]
    assert found(oracle, cursor="C", high=half) == [0]


def test_a_window_on_a_date_is_half_open_though_its_end_has_a_fraction(oracle: OracleSite) -> None:
    oracle.run("CREATE TABLE T (N NUMBER(3), C DATE)")
    oracle.run("INSERT INTO T VALUES (:1, :2)", *((n, AT + timedelta(seconds=n)) for n in range(3)))

    half = moment(AT + timedelta(seconds=1, microseconds=1))
    assert found(oracle, cursor="C", low=half) == [2]
    assert found(oracle, cursor="C", high=half) == [0, 1]


@pytest.mark.parametrize("first", ["DATE", "TIMESTAMP(6)", "TIMESTAMP(9)"])
def test_a_composite_cursor_is_compared_part_by_part(oracle: OracleSite, first: str) -> None:
    oracle.run(f"CREATE TABLE T (N NUMBER(3), D {first}, S NUMBER)")
    rows = [(AT + timedelta(days=d), s) for d in (0, 1) for s in (1, 2, 2)]
    oracle.run("INSERT INTO T VALUES (:1, :2, :3)", *((n, *row) for n, row in enumerate(rows)))
    oracle.run(
        "INSERT INTO T VALUES (:1, :2, :3)", (90, AT + timedelta(days=9), None), (91, None, 7)
    )
    cursor = CompositeCursor(composite=("D", "S"))

    for at, serial in [*rows, (AT, 3)]:
        end = composite([moment(at), number(serial)])
        assert found(oracle, cursor=cursor, low=end) == [
            n for n, row in enumerate(rows) if row >= (at, serial)
        ]
        assert found(oracle, cursor=cursor, high=end) == [
            n for n, row in enumerate(rows) if row < (at, serial)
        ]
    assert found(oracle, cursor=cursor, placed=False) == [90, 91]
    with oracle.opened() as reader:
        clock = reader.clock(oracle.query_of("T", "N", cursor=cursor))
    assert clock.cursor_max == composite([moment(rows[-1][0]), number(2)])


@pytest.mark.parametrize(
    ("kind", "value", "bound"),
    [
        ("DATE", AT, moment(AT)),
        ("TIMESTAMP(6)", AT.replace(microsecond=5), moment(AT.replace(microsecond=5))),
        ("NUMBER", Decimal("9" * 30), number(int("9" * 30))),
        ("NUMBER(19)", 7, number(7)),
        ("VARCHAR2(9)", "x", Bound(kind="text", text="x")),
        ("DATE", None, None),
    ],
)
def test_the_largest_cursor_is_told_with_its_kind(
    oracle: OracleSite, kind: str, value: Any, bound: Bound | None
) -> None:
    oracle.run(f"CREATE TABLE T (N NUMBER(3), C {kind})")
    oracle.run("INSERT INTO T VALUES (:1, :2)", (1, value))

    with oracle.opened() as reader:
        clock = reader.clock(oracle.query_of("T", "N", cursor="C"))

    assert clock.cursor_max == bound
    now = datetime.now(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None)
    assert abs(clock.now - now) < timedelta(minutes=5)


@pytest.mark.parametrize(
    ("kind", "wanted", "values"),
    [
        ("CHAR(10)", TEXT, ["01", "张"]),
        ("VARCHAR2(10)", TEXT, ["a", "A", " x"]),
        ("NUMBER", pa.decimal128(38, 0), [Decimal("9" * 38), Decimal(-1)]),
        ("NUMBER(18,2)", pa.decimal128(18, 2), [Decimal("1.50")]),
        ("DATE", MOMENT, [AT]),
        ("TIMESTAMP(6)", MOMENT, [AT.replace(microsecond=1)]),
        ("RAW(16)", pa.binary(), [b"\x00\xff"]),
    ],
)
def test_a_key_that_was_drawn_finds_its_own_row(
    oracle: OracleSite, kind: str, wanted: pa.DataType, values: list[Any]
) -> None:
    oracle.run(f"CREATE TABLE T (K {kind})")
    oracle.run("INSERT INTO T VALUES (:1)", *((value,) for value in values))
    query = oracle.query_of("T", "K")
    schema = pa.schema([("a", wanted)])
    with oracle.opened() as reader, reader.draw(query, schema) as drawing:
        keys = [key for batch in drawing for key in batch.column(0).to_pylist()]

    assert len(keys) == len(values)
    for key in keys:
        own = oracle.query_of("T", "K", among=Among(("K",), ((key,),)))
        assert len(oracle.drawn(own, wanted)[0]) == 1


@pytest.mark.parametrize("kind", ["NUMBER(12)", "VARCHAR2(9)", "CHAR(9)", "DATE"])
def test_pieces_tile_a_table(oracle: OracleSite, kind: str) -> None:
    oracle.run(f"CREATE TABLE T (N NUMBER(6), K {kind})")
    values: list[Any] = [f"{n:05}" for n in range(1_000)]
    if kind == "DATE":
        values = [AT + timedelta(seconds=n) for n in range(1_000)]
    oracle.run("INSERT INTO T VALUES (:1, :2)", *enumerate(values))
    with oracle.opened() as reader:
        cuts = reader.cuts(oracle.query_of("T", "N"), "K", 300)

    assert len(cuts) == 3
    ends = [None, *cuts, None]
    pieces = [found(oracle, within=KeyRange("K", low, high)) for low, high in pairwise(ends)]
    assert sorted(n for piece in pieces for n in piece) == list(range(1_000))
