"""What Oracle's types lose elsewhere, on a real server: exact, a misfit, or refused by name."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from tests.oracle.site import OracleSite

from shutong.catalog.models import Charset
from shutong.errors import SourceMismatch, SourceUnreachable

TEXT, MOMENT, DAY, BYTES = pa.string(), pa.timestamp("us"), pa.date32(), pa.binary()
WHOLE, DOUBLE = pa.int64(), pa.float64()

EXACT: list[tuple[str, pa.DataType, str, Any]] = [
    ("NUMBER", pa.decimal128(38, 0), "9" * 38, Decimal("9" * 38)),
    ("NUMBER", WHOLE, "360203196602246411", 360203196602246411),
    ("NUMBER", pa.decimal128(18, 12), "0.000000000001", Decimal("0.000000000001")),
    ("NUMBER(38,10)", pa.decimal128(38, 10), "1234567890123456789012345678.0123456789",
     Decimal("1234567890123456789012345678.0123456789")),
    ("NUMBER(18,2)", pa.decimal128(18, 2), "1234567890123456.78", Decimal("1234567890123456.78")),
    ("NUMBER(38)", TEXT, "1", "1"),
    ("NUMBER(5,-2)", WHOLE, "12345", 12300),
    ("FLOAT", pa.decimal128(12, 2), "0.1", Decimal("0.10")),
    ("BINARY_FLOAT", DOUBLE, "0.1", 0.10000000149011612),
    ("BINARY_DOUBLE", DOUBLE, "0.1", 0.1),
    ("CHAR(10 CHAR)", TEXT, "'甲 '", "甲"),
    ("CHAR(3)", TEXT, "'   '", ""),
    ("NCHAR(4)", TEXT, "N'䶮'", "䶮"),
    ("VARCHAR2(10 CHAR)", TEXT, "'𠮷 '", "𠮷 "),
    ("NVARCHAR2(10)", TEXT, "N'𠮷㛃'", "𠮷㛃"),
    ("VARCHAR2(9)", TEXT, "''", None),
    ("CLOB", TEXT, "TO_CLOB(RPAD('文', 2000, '文')) || RPAD('x', 3000, 'x')",
     "文" * 1_000 + "x" * 3000),
    ("BLOB", BYTES, "HEXTORAW('00FF')", b"\x00\xff"),
    ("RAW(4)", BYTES, "HEXTORAW('00FF')", b"\x00\xff"),
    ("DATE", MOMENT, "DATE '2024-02-29' + 1/86400", datetime(2024, 2, 29, 0, 0, 1)),
    ("DATE", DAY, "DATE '0001-01-01'", date(1, 1, 1)),
    ("DATE", DAY, "DATE '9999-12-31'", date(9999, 12, 31)),
    ("TIMESTAMP(6)", MOMENT, "TIMESTAMP '9999-12-31 23:59:59.999999'",
     datetime(9999, 12, 31, 23, 59, 59, 999999)),
    ("TIMESTAMP(9)", TEXT, "TIMESTAMP '2024-01-01 00:00:00.123456789'",
     "2024-01-01 00:00:00.123456789"),
    ("TIMESTAMP(9)", MOMENT, "TIMESTAMP '2024-01-01 00:00:00.123456'",
     datetime(2024, 1, 1, 0, 0, 0, 123456)),
    ("TIMESTAMP WITH TIME ZONE", MOMENT, "TIMESTAMP '2024-01-01 10:00:00 +00:00'",
     datetime(2024, 1, 1, 18)),
    ("TIMESTAMP WITH TIME ZONE", MOMENT, "TIMESTAMP '2024-07-01 10:00:00 America/New_York'",
     datetime(2024, 7, 1, 22)),
    ("TIMESTAMP WITH LOCAL TIME ZONE", MOMENT, "TIMESTAMP '2024-01-01 10:00:00 +00:00'",
     datetime(2024, 1, 1, 18)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "wanted", "value", "expected"), EXACT)
def test_each_type_arrives_exactly_and_null_as_null(
    oracle: OracleSite, kind: str, wanted: pa.DataType, value: str, expected: Any
) -> None:
    oracle.run(f"CREATE TABLE T (N NUMBER(3), V {kind})")
    oracle.run(f"INSERT INTO T VALUES (1, {value})")
    oracle.run("INSERT INTO T VALUES (2, NULL)")

    rows, misfits = oracle.drawn(oracle.query_of("T", "N", "V"), WHOLE, wanted)

    assert (sorted(rows), misfits) == ([(1, expected), (2, None)], [])


@pytest.mark.parametrize(
    ("kind", "wanted", "value", "reason"),
    [
        ("DATE", DAY, "DATE '2024-02-29' + 1/86400", "time_lost"),
        ("DATE", MOMENT, "TO_DATE('-4712-01-01', 'SYYYY-MM-DD')", "invalid_date"),
        ("TIMESTAMP(9)", MOMENT, "TIMESTAMP '2024-01-01 00:00:00.123456789'", "too_precise"),
        ("NUMBER", pa.decimal128(12, 2), "0.001", "too_precise"),
        ("NUMBER", WHOLE, "1E30", "too_large"),
        ("NUMBER", pa.decimal128(38, 0), "1E125", "too_large"),
        ("BINARY_DOUBLE", DOUBLE, "BINARY_DOUBLE_NAN", "invalid_number"),
        ("BINARY_DOUBLE", DOUBLE, "BINARY_DOUBLE_INFINITY", "invalid_number"),
    ],
)
def test_a_value_that_an_item_cannot_hold_is_a_misfit_with_its_reason(
    oracle: OracleSite, kind: str, wanted: pa.DataType, value: str, reason: str
) -> None:
    oracle.run(f"CREATE TABLE T (N NUMBER(3), V {kind})")
    oracle.run(f"INSERT INTO T VALUES (1, {value})")
    oracle.run("INSERT INTO T VALUES (2, NULL)")

    rows, misfits = oracle.drawn(oracle.query_of("T", "N", "V"), WHOLE, wanted)

    assert (rows, misfits) == ([(2, None)], [f"b: {reason}"])


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [("XMLTYPE", TEXT), ("LONG RAW", BYTES), ("BFILE", BYTES), ("BINARY_DOUBLE", DAY)],
)
def test_a_type_that_cannot_be_carried_is_refused_by_name(
    oracle: OracleSite, kind: str, wanted: pa.DataType
) -> None:
    oracle.run(f"CREATE TABLE T (N NUMBER(3), WZ {kind})")

    with oracle.opened() as reader, pytest.raises(SourceMismatch, match="WZ"):
        reader.draw(oracle.query_of("T", "WZ"), pa.schema([("a", wanted)]))


CUT = "UTL_RAW.CAST_TO_VARCHAR2(HEXTORAW('{}'))"


def test_bytes_of_a_declared_charset_are_decoded_here_and_cut_ones_are_misfits(
    oracle: OracleSite,
) -> None:
    oracle.run("CREATE TABLE T (N NUMBER(3), V VARCHAR2(60))")
    for number, bytes_ in enumerate(["张伟".encode("gbk"), b"\xd5", b"abc"]):
        oracle.run(f"INSERT INTO T VALUES ({number}, {CUT.format(bytes_.hex())})")

    rows, misfits = oracle.drawn(oracle.query_of("T", "N", "V"), WHOLE, TEXT, charset=Charset.GBK)

    assert sorted(rows) == [(0, "张伟"), (2, "abc")]
    assert misfits == ["b: invalid_text"]


def test_bytes_that_are_no_text_of_the_database_say_what_to_declare(oracle: OracleSite) -> None:
    oracle.run("CREATE TABLE T (V VARCHAR2(60))")
    oracle.run(f"INSERT INTO T VALUES ({CUT.format('D5C5')})")

    with pytest.raises(SourceUnreachable, match="字符集") as caught:
        oracle.drawn(oracle.query_of("T", "V"), TEXT)

    assert "charset" in caught.value.next_step.en
