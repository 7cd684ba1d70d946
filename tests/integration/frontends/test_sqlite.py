"""What is SQLite's own: any cell may hold any type."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from tests.integration.frontends.conftest import (
    SqliteSite,
    drawn,
    front_end,
    opened,
    query_of,
    wanted_of,
)

from shutong.errors import SourceUnreachable
from shutong.frontends import Query, open_reader
from shutong.frontends.generic import GenericReader
from shutong.model import Bound

TEXT, MOMENT, MONEY = pa.string(), pa.timestamp("us"), pa.decimal128(12, 2)


def test_a_number_is_read_whether_stored_as_text_integer_or_double(sqlite: SqliteSite) -> None:
    sqlite.run("CREATE TABLE t (v DECIMAL(12,2))")
    sqlite.fill("t", [("123.40",), (100,), (0.1,), ("9007199254740993",), ("x",), (b"7.5",)])

    result = drawn(sqlite, query_of("t", "v"), wanted_of(MONEY))

    assert [row["a"] for row in result.rows] == [
        Decimal(text) for text in ("123.40", "100", "0.10", "7.50")
    ]
    assert [(row["a"], row["_reasons"]) for row in result.misfits] == [
        ("9007199254740993", "a: too_large"),
        ("x", "a: invalid_number"),
    ]


def test_a_double_keeps_its_seventeen_digits(sqlite: SqliteSite) -> None:
    sqlite.run("CREATE TABLE t (v REAL)")
    doubles = [0.1 + 0.2, 1e300, -0.0, 123456789.12345679]
    sqlite.fill("t", [(double,) for double in doubles])

    result = drawn(sqlite, query_of("t", "v"), wanted_of(pa.float64()))

    assert [row["a"] for row in result.rows] == doubles


def test_cells_of_any_type_become_text_or_misfits_and_never_stop_the_reading(
    sqlite: SqliteSite,
) -> None:
    sqlite.run("CREATE TABLE t (v VARCHAR(20))")
    sqlite.run("INSERT INTO t VALUES ('好'), (CAST(x'C4E3' AS TEXT)), (x'FF'), (7), (NULL)")

    result = drawn(sqlite, query_of("t", "v"), wanted_of(TEXT))

    assert [row["a"] for row in result.rows] == ["好", "7", None]
    assert [row["a"] for row in result.misfits] == ["0xc4e3", "0xff"]
    assert {row["_reasons"] for row in result.misfits} == {"a: invalid_text"}


def test_a_day_stored_as_a_number_is_read_as_year_month_day(sqlite: SqliteSite) -> None:
    sqlite.run("CREATE TABLE t (v INTEGER)")
    sqlite.fill("t", [(20240229,), (1709164800,)])

    result = drawn(sqlite, query_of("t", "v"), wanted_of(pa.date32()))

    assert [row["a"] for row in result.rows] == [date(2024, 2, 29)]
    assert [row["a"] for row in result.misfits] == ["1709164800"]


@pytest.mark.parametrize("mark", ["2024-01-01T10:00:00", "2024-01-01 10:00:00.000000"])
def test_a_window_meets_the_column_s_own_writing_of_times(sqlite: SqliteSite, mark: str) -> None:
    sqlite.run("CREATE TABLE t (v DATETIME)")
    later = mark.replace("10:00:00", "10:00:01")
    sqlite.fill("t", [(mark,), (later,)])
    edge = Bound(kind="datetime", text="2024-01-01 10:00:00")

    with opened(sqlite) as reader:
        largest = reader.clock(query_of("t", "v", cursor="v")).cursor_max
    below = Query(None, "t", (("a", "v"),), cursor="v", low=edge, high=largest)
    above = Query(None, "t", (("a", "v"),), cursor="v", low=largest)

    assert drawn(sqlite, below, wanted_of(MOMENT)).rows == [{"a": datetime(2024, 1, 1, 10)}]
    assert drawn(sqlite, above, wanted_of(MOMENT)).rows == [{"a": datetime(2024, 1, 1, 10, 0, 1)}]


def test_the_file_cannot_be_written_through_the_reader(sqlite: SqliteSite) -> None:
    sqlite.run("CREATE TABLE t (v INTEGER)")

    reader = GenericReader(front_end(sqlite.kind), sqlite.endpoint)
    raw: Any = reader._connection.connection.driver_connection
    with closing(reader), pytest.raises(sqlite3.OperationalError, match="readonly"):
        raw.execute("INSERT INTO t VALUES (1)")


def test_a_missing_file_is_not_created(sqlite: SqliteSite) -> None:
    missing = SqliteSite(sqlite.path.with_name("missing.db"))

    with pytest.raises(SourceUnreachable, match="数据库文件") as caught:
        open_reader(front_end(missing.kind), missing.endpoint)

    assert "test_fe" in caught.value.next_step.zh
    assert not missing.path.exists()


def test_a_file_that_another_holds_is_given_up_in_time(sqlite: SqliteSite) -> None:
    sqlite.run("CREATE TABLE t (v INTEGER)", "PRAGMA journal_mode = DELETE")
    with closing(sqlite3.connect(sqlite.path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")

        with pytest.raises(SourceUnreachable):
            open_reader(front_end(sqlite.kind, connect_timeout_seconds=1), sqlite.endpoint)


def test_a_question_mark_in_the_path_is_no_option(sqlite: SqliteSite) -> None:
    odd = SqliteSite(sqlite.path.with_name("a?mode=rwc&b#c%20.db"))
    odd.run("CREATE TABLE t (v INTEGER)", "INSERT INTO t VALUES (1)")

    assert drawn(odd, query_of("t", "v"), wanted_of(pa.int64())).rows == [{"a": 1}]
