"""MySQL values that an item cannot hold: a misfit with its reason, or a column refused by name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from tests.integration.frontends.conftest import MysqlSite, drawn, opened, query_of, wanted_of

from shutong.errors import SourceMismatch

TEXT, MOMENT, BYTES, WHOLE = pa.string(), pa.timestamp("us"), pa.binary(), pa.int64()
DAY, TRUTH, MONEY = pa.date32(), pa.bool_(), pa.decimal128(12, 2)


@pytest.mark.parametrize(
    ("kind", "wanted", "value", "shown", "reason"),
    [
        ("DATE", DAY, "'0000-00-00'", "0000-00-00", "invalid_date"),
        ("DATE", DAY, "'2024-00-15'", "2024-00-15", "invalid_date"),
        ("DATETIME", MOMENT, "'0000-00-00 00:00:00'", "0000-00-00 00:00:00", "invalid_date"),
        ("DATETIME", DAY, "'2024-02-29 08:00:00'", "2024-02-29 08:00:00", "time_lost"),
        ("BIGINT UNSIGNED", WHOLE, "18446744073709551615", "18446744073709551615", "too_large"),
        ("BIT(64)", WHOLE, "18446744073709551615", "18446744073709551615", "too_large"),
        ("TINYINT(1)", TRUTH, "127", "127", "invalid_boolean"),
        ("BIT(9)", TRUTH, "257", "257", "invalid_boolean"),
        ("DECIMAL(65,30)", pa.decimal128(38, 30), "123456789.5", None, "too_large"),
        ("DECIMAL(65,30)", MONEY, f"0.{'0' * 29}1", f"0.{'0' * 29}1", "too_precise"),
        ("DECIMAL(18,12)", MONEY, "0.000000000001", "0.000000000001", "too_precise"),
        ("DECIMAL(12,2)", WHOLE, "7.50", "7.50", "too_precise"),
        ("FLOAT", MONEY, "0.123", "0.123", "too_precise"),
        ("DOUBLE", MONEY, "1e300", "1e+300", "too_large"),
        ("ENUM('1','2')", TRUTH, "''", "", "invalid_boolean"),
        ("ENUM('男','女')", WHOLE, "'女'", "女", "invalid_number"),
        ("SET('a','b')", WHOLE, "'a,b'", "a,b", "invalid_number"),
        ("CHAR(8)", DAY, "'2024022'", "2024022", "invalid_date"),
        ("INT", DAY, "20240231", "20240231", "invalid_date"),
        ("YEAR", DAY, "2024", "2024", "invalid_date"),
        ("VARBINARY(9)", TEXT, "x'D5C5'", "0xd5c5", "invalid_text"),
        ("BLOB", TEXT, "x'FF00'", "0xff00", "invalid_text"),
    ],
)
def test_a_value_that_an_item_cannot_hold_is_a_misfit_with_its_reason(
    mysql: MysqlSite, kind: str, wanted: pa.DataType, value: str, shown: str | None, reason: str
) -> None:
    mysql.run(
        f"CREATE TABLE t (n INTEGER, v {kind})",
        f"INSERT IGNORE INTO t VALUES (1, {value})",
        "INSERT INTO t VALUES (2, NULL)",
    )

    result = drawn(mysql, query_of("t", "n", "v"), wanted_of(WHOLE, wanted))

    assert result.rows == [{"a": 2, "b": None}]
    (misfit,) = result.misfits
    assert misfit["_reasons"] == f"b: {reason}"
    assert shown in (None, misfit["b"])


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("utf8mb4", "𠮷㛃䶮😀"),
        ("utf8mb3", "㛃䶮"),
        ("gbk", "张伟"),
        ("big5", "張偉"),
        ("latin1", "é"),
        ("ucs2", "䶮"),
        ("utf16", "𠮷"),
    ],
)
@pytest.mark.parametrize("kind", ["CHAR(20)", "VARCHAR(20)", "LONGTEXT", "ENUM('{0}')"])
def test_texts_arrive_from_every_charset(
    mysql: MysqlSite, charset: str, text: str, kind: str
) -> None:
    mysql.run(
        f"CREATE TABLE t (v {kind.format(text)} CHARACTER SET {charset})",
        f"INSERT INTO t VALUES ('{text}')",
    )

    assert drawn(mysql, query_of("t", "v"), wanted_of(TEXT)).rows == [{"a": text}]


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("GEOMETRY", TEXT),
        ("POINT", BYTES),
        ("BLOB", DAY),
        ("VARBINARY(9)", MOMENT),
        ("LONGBLOB", MONEY),
        ("TIME", MOMENT),
        ("TIME", WHOLE),
        ("DATE", WHOLE),
        ("DATETIME", TRUTH),
        ("DOUBLE", DAY),
        ("FLOAT", MOMENT),
    ],
)
def test_a_column_whose_type_cannot_mean_the_item_is_refused_by_name(
    mysql: MysqlSite, kind: str, wanted: pa.DataType
) -> None:
    mysql.run(f"CREATE TABLE t (n INTEGER, 位置 {kind})")

    with opened(mysql) as reader, pytest.raises(SourceMismatch) as caught:
        reader.draw(query_of("t", "n", "位置"), wanted_of(WHOLE, wanted))

    assert "位置" in caught.value.fact.zh
    assert kind.partition("(")[0].lower() in caught.value.fact.zh


@pytest.mark.parametrize(
    ("kind", "wanted", "value", "expected"),
    [
        ("DECIMAL(65,30)", pa.decimal256(65, 30), "0.000000000001", Decimal("0.000000000001")),
        ("BIGINT UNSIGNED", pa.decimal128(20, 0), "18446744073709551615", Decimal(2**64 - 1)),
        ("TIME", TEXT, "'-838:59:59'", "-838:59:59"),
        ("YEAR", TEXT, "2024", "2024"),
        ("BIT(1)", WHOLE, "1", 1),
        ("CHAR(4)", BYTES, "'男'", "男".encode()),
    ],
)
def test_a_value_at_the_edge_of_its_type_arrives(
    mysql: MysqlSite, kind: str, wanted: pa.DataType, value: str, expected: Any
) -> None:
    mysql.run(f"CREATE TABLE t (v {kind})", f"INSERT INTO t VALUES ({value})")

    assert drawn(mysql, query_of("t", "v"), wanted_of(wanted)).rows == [{"a": expected}]
