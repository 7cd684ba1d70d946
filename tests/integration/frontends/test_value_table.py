"""Values that readers elsewhere swallow, through the whole path from a MySQL front-end machine.

Each comes out exactly, or its row stands in quarantine with the reason, or the column is
refused by name with nothing landed. (What becomes of changed tables: `tests/integration/drift`.)
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.integration.collection.typed import Column, typed
from tests.integration.frontends.conftest import MysqlSite

from shutong.errors import SourceMismatch

EXACT: list[tuple[str, Column, Any, Any]] = [
    ("the longest time back", Column("TIME", "C", 20), "-838:59:59", "-838:59:59"),
    ("a time with microseconds", Column("TIME(6)", "C", 20), "00:00:00.000001", "00:00:00.000001"),
    ("65 digits as text", Column("DECIMAL(65,30)", "C", 80),
     f"-{'9' * 35}.{'9' * 30}", f"-{'9' * 35}.{'9' * 30}"),
    ("65 digits declared, few used", Column("DECIMAL(65,30)", "N", 38, 12),
     "0.000000000001", Decimal("0.000000000001")),
    ("a scale over ten", Column("DECIMAL(18,12)", "N", 18, 12),
     "0.000000000001", Decimal("0.000000000001")),
    ("a scale of 30", Column("DECIMAL(38,30)", "N", 38, 30),
     f"-12345678.{'0' * 29}1", Decimal(f"-12345678.{'0' * 29}1")),
    ("the largest unsigned number", Column("BIGINT UNSIGNED", "N", 20),
     2**64 - 1, Decimal(2**64 - 1)),
    ("the smallest number", Column("BIGINT", "I"), -(2**63), -(2**63)),
    ("127 in a TINYINT(1)", Column("TINYINT(1)", "I"), 127, 127),
    ("a truth in a TINYINT(1)", Column("TINYINT(1)", "L"), 1, True),
    ("a float", Column("FLOAT", "B"), "16777215", 16777215.0),
    ("a float beyond six digits", Column("FLOAT", "B"), "0.1", 0.10000000149011612),
    ("a double", Column("DOUBLE", "B"), "0.30000000000000004", 0.30000000000000004),
    ("rare characters", Column("VARCHAR(20)", "C", 20, sensitivity="personal"),
     "𠮷㛃䶮😀", "𠮷㛃䶮😀"),
    ("rare characters in a long text", Column("TEXT", "M"), "𠮷㛃䶮", "𠮷㛃䶮"),
    ("an invalid member of an ENUM", Column("ENUM('男','女')", "C", 2), "", ""),
    ("members of a SET", Column("SET('a','b','c')", "C", 9), "c,a", "a,c"),
    ("64 bits", Column("BIT(64)", "N", 20), 2**64 - 1, Decimal(2**64 - 1)),
    ("bits as bytes", Column("BIT(9)", "G"), 257, b"\x01\x01"),
    ("a year", Column("YEAR", "I"), 2155, 2155),
    ("a document", Column("JSON", "M"), '{"b": 1.10, "a": "𠮷"}', '{"b": 1.10, "a": "𠮷"}'),
    ("padding of a CHAR", Column("CHAR(10)", "C", 10), "甲 ", "甲"),
    ("blanks of a VARCHAR", Column("VARCHAR(10)", "C", 10), " 甲 ", " 甲 "),
    ("an empty text", Column("VARCHAR(10)", "C", 10), "", ""),
    ("bytes", Column("VARBINARY(9)", "G"), b"\x00\xff'\\", b"\x00\xff'\\"),
    ("many bytes", Column("LONGBLOB", "G"), b"\x00\xff" * 100_000, b"\x00\xff" * 100_000),
    ("padding of a BINARY", Column("BINARY(4)", "G"), b"\x00\xff", b"\x00\xff\x00\x00"),
    ("a year's last moment", Column("DATETIME(6)", "T"),
     "2023-12-31 23:59:59.999999", datetime(2023, 12, 31, 23, 59, 59, 999999)),
    ("the first moment of the rules", Column("DATETIME", "T"),
     "1850-01-01 00:00:00", datetime(1850, 1, 1)),
    ("a leap day", Column("DATE", "D"), "2024-02-29", date(2024, 2, 29)),
]  # fmt: skip

REJECTED: list[tuple[Column, Any, str, str]] = [
    (Column("DATE", "D"), "0000-00-00", "0000-00-00", "不是存在的日期或时间"),
    (Column("DATE", "D"), "2024-00-15", "2024-00-15", "不是存在的日期或时间"),
    (Column("DATE", "D"), "2024-02-31", "2024-02-31", "不是存在的日期或时间"),
    (Column("DATETIME", "T"), "0000-00-00 00:00:00", "0000-00-00 00:00:00", "不是存在的日期或时间"),
    (Column("DATETIME", "D"), "2024-01-15 00:00:01", "2024-01-15 00:00:01", "日期带有时刻"),
    (Column("DECIMAL(65,30)", "N", 38, 10), f"0.{'0' * 11}1", f"0.{'0' * 11}1{'0' * 18}",
     "小数位数超出标准"),
    (Column("DECIMAL(65,0)", "N", 38), "9" * 65, "9" * 65, "数字位数超出标准"),
    (Column("BIGINT UNSIGNED", "I"), 2**64 - 1, str(2**64 - 1), "数字位数超出标准"),
    (Column("TINYINT(1)", "L"), 127, "127", "不是是否值"),
    (Column("VARBINARY(4)", "C", 9), b"\xd5\xc5", "0xd5c5", "文字编码损坏"),
]  # fmt: skip


def test_every_value_of_the_table_lands_exactly(mysql: MysqlSite, tmp_path: Path) -> None:
    columns = [column for _, column, _, _ in EXACT]
    empty = tuple(None for _ in EXACT)

    made = typed(tmp_path, mysql, columns, [tuple(value for _, _, value, _ in EXACT), empty])
    landed = made.collect()

    assert [row["_reasons"] for row in made.quarantined()] == []
    assert landed.rows_landed == 2
    found, nothing = made.landed()
    for (words, _, _, expected), value in zip(EXACT, found, strict=True):
        assert value == expected, words
    assert nothing == empty


@pytest.mark.parametrize(("column", "value", "shown", "reason"), REJECTED)
def test_a_value_that_no_type_holds_goes_to_quarantine_and_the_batch_goes_on(
    mysql: MysqlSite, tmp_path: Path, column: Column, value: Any, shown: str, reason: str
) -> None:
    made = typed(tmp_path, mysql, [column], [(None,), (value,), (None,)])

    landed = made.collect()

    assert (landed.rows_read, landed.rows_landed, landed.rows_rejected) == (3, 2, 1)
    assert made.landed() == [(None,), (None,)]
    (row,) = made.quarantined()
    assert (row["number"], row["i0"], row["_reasons"]) == ("1", shown, f"项0{reason}")


@pytest.mark.parametrize("lost", ["张?", "张�", "？"])
def test_a_name_that_lost_a_character_at_its_source_goes_to_quarantine(
    mysql: MysqlSite, tmp_path: Path, lost: str
) -> None:
    name = Column("VARCHAR(20)", "C", 20, sensitivity="personal", rule="person_name")
    made = typed(tmp_path, mysql, [name], [("张䶮",), (lost,), ("张𠮷",)])

    landed = made.collect()

    assert landed.rows_rejected == 1
    assert made.landed() == [("张䶮",), ("张𠮷",)]
    assert [row["number"] for row in made.quarantined()] == ["1"]


@pytest.mark.parametrize("kind", ["GEOMETRY", "POINT"])
def test_a_column_that_cannot_be_carried_is_refused_with_nothing_landed(
    mysql: MysqlSite, tmp_path: Path, kind: str
) -> None:
    made = typed(tmp_path, mysql, [Column(kind, "M")], [(None,)])

    with pytest.raises(SourceMismatch, match=f"c0 的类型 {kind.lower()}"):
        made.collect()

    assert made.context().lake.tables() == ()


@pytest.fixture(params=["UTC", "Asia/Shanghai", "America/New_York"])
def our_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Put this process under another time zone."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("our_zone")
@pytest.mark.parametrize(("theirs", "hour"), [("Asia/Shanghai", 18), ("UTC", 10)])
def test_a_timestamp_is_the_wall_clock_of_the_front_end_whatever_the_zone_of_the_session(
    mysql: MysqlSite, tmp_path: Path, theirs: str, hour: int
) -> None:
    made = typed(tmp_path, mysql, [Column("TIMESTAMP(6) NULL", "T")], [])
    mysql.run(
        "SET SESSION time_zone = '+00:00'",
        "INSERT INTO T_RY VALUES (0, '2024-01-01 10:00:00.5'), (1, NULL)",
    )
    fronts = tmp_path / "catalog/front_ends.yaml"
    text = fronts.read_text(encoding="utf-8")
    head, start, rest = text.partition("connection: fe_public_security\n")
    assert start
    fronts.write_text(f"{head}{start}    time_zone: {theirs}\n{rest}", encoding="utf-8")

    made.collect()

    assert made.landed() == [(datetime(2024, 1, 1, hour, 0, 0, 500000),), (None,)]
