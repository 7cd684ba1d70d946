"""Values of filters, windows and keys as Oracle compares them, and cursor values as bounds."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from shutong.catalog.models import FrontEnd, FrontEndKind, RowFilter
from shutong.errors import SourceMismatch
from shutong.frontends import Among, Endpoint, Query, SourceColumn
from shutong.frontends.faults import Faults
from shutong.frontends.oracle import statement_text
from shutong.frontends.oracle_texts import Texts
from shutong.frontends.oracle_values import cursor_bound, key_maker, value_maker
from shutong.frontends.select import Source, count_of, rows_of
from shutong.model import Bound

FAULTS = Faults(
    FrontEnd(
        code="tax-fe", name="税务前置机", department="tax", kind=FrontEndKind.ORACLE, connection="c"
    ),
    Endpoint("oracle", "h", 1521, "u"),
)
UNICODE, GBK = Texts(None, "AL32UTF8"), Texts("gbk", "US7ASCII")
TEXT, MONEY, MOMENT = pa.string(), pa.decimal128(12, 2), pa.timestamp("us")
COLUMN = '"T"."C"'


def conditions_of(
    query: Query, column: SourceColumn, texts: Texts = UNICODE, wanted: pa.DataType = TEXT
) -> tuple[str, list[Any]]:
    source = Source(query, [column], FAULTS)
    conditions = source.conditions(
        value_maker(texts, FAULTS.bad_condition("T")),
        key_maker(query, source, pa.schema([("a", wanted)]), texts),
    )
    rows, values = statement_text(rows_of([source.column("C")], conditions))
    count, same = statement_text(count_of(source.table, conditions))
    assert count.partition("WHERE")[2] == rows.partition("WHERE")[2]
    assert values == same
    return rows.partition("WHERE ")[2], list(values.values())


def window(low: str, high: str) -> Query:
    first, last = (Bound(kind="datetime", text=text) for text in (low, high))
    return Query(None, "T", (("a", "C"),), cursor="C", low=first, high=last)


def filtered(operator: str, value: Any) -> Query:
    only = RowFilter(column="C", operator=operator, value=value)
    return Query(None, "T", (("a", "C"),), (only,))


def test_a_window_compares_a_date_column_with_dates_so_that_its_index_serves() -> None:
    sql, values = conditions_of(
        window("2024-01-01 00:00:00", "2024-01-02 10:00:00.5"), SourceColumn("C", "date")
    )

    assert sql == f"{COLUMN} >= CAST(:param_1 AS DATE) AND {COLUMN} < CAST(:param_2 AS DATE)"
    # No DATE lies between half past a second and the next.
    assert values == [datetime(2024, 1, 1), datetime(2024, 1, 2, 10, 0, 1)]


@pytest.mark.parametrize("kind", ["timestamp", "timestamp with local time zone"])
def test_a_window_keeps_the_fraction_of_a_second_beside_a_timestamp(kind: str) -> None:
    sql, values = conditions_of(
        window("0999-01-01 00:00:00.000001", "2024-01-02 00:00:00"), SourceColumn("C", kind)
    )

    assert f"{COLUMN} >= to_timestamp(:param_1, 'YYYY-MM-DD HH24:MI:SS.FF6')" in sql
    assert f"{COLUMN} < CAST(:param_2 AS DATE)" in sql
    assert set(values) == {"0999-01-01 00:00:00.000001", datetime(2024, 1, 2)}


@pytest.mark.parametrize("kind", ["char", "nchar"])
def test_a_text_meets_a_column_that_is_filled_up_with_blanks(kind: str) -> None:
    column = SourceColumn("C", kind, length=10)
    sql, values = conditions_of(filtered("=", "甲'乙"), column)

    assert sql == f"{COLUMN} = CAST(:param_1 AS CHAR(3 CHAR))"
    assert values == ["甲'乙"]
    sql, _ = conditions_of(filtered("in", ("甲", "乙丙")), column)
    assert sql == f"{COLUMN} IN (CAST(:param_1 AS CHAR(1 CHAR)), CAST(:param_2 AS CHAR(2 CHAR)))"


@pytest.mark.parametrize(
    ("kind", "value"), [("varchar2", "甲"), ("char", ""), ("char", "x" * 501), ("char", 7)]
)
def test_what_needs_no_blanks_is_bound_as_it_is(kind: str, value: Any) -> None:
    sql, values = conditions_of(filtered("=", value), SourceColumn("C", kind, length=10))

    assert sql == f"{COLUMN} = :param_1"
    assert values == [value]


@pytest.mark.parametrize(
    ("kind", "sql"),
    [
        ("varchar2", f"{COLUMN} = utl_raw.cast_to_varchar2(:param_1)"),
        ("char", f"{COLUMN} = CAST(utl_raw.cast_to_varchar2(:param_1) AS CHAR(2 BYTE))"),
    ],
)
def test_a_text_is_compared_by_the_bytes_that_the_catalog_declares(kind: str, sql: str) -> None:
    found, values = conditions_of(filtered("=", "张"), SourceColumn("C", kind, length=10), GBK)

    assert (found, values) == (sql, ["张".encode("gbk")])


def test_unicode_columns_know_no_declared_charset() -> None:
    sql, values = conditions_of(filtered("=", "𠮷"), SourceColumn("C", "nvarchar2"), GBK)

    assert (sql, values) == (f"{COLUMN} = :param_1", ["𠮷"])
    with pytest.raises(SourceMismatch, match="过滤条件"):
        conditions_of(filtered("=", "𠮷"), SourceColumn("C", "varchar2"), GBK)


@pytest.mark.parametrize(
    ("column", "texts", "wanted", "key", "sql", "value"),
    [
        (SourceColumn("C", "char", length=6), UNICODE, TEXT, "01",
         f"{COLUMN} IN (CAST(:param_1 AS CHAR(2 CHAR)))", "01"),
        (SourceColumn("C", "varchar2", length=6), UNICODE, TEXT, "01",
         f"{COLUMN} IN (:param_1)", "01"),
        (SourceColumn("C", "char", length=6), GBK, TEXT, "张".encode("gbk"),
         f"{COLUMN} IN (CAST(utl_raw.cast_to_varchar2(:param_1) AS CHAR(2 BYTE)))",
         "张".encode("gbk")),
        (SourceColumn("C", "number"), UNICODE, pa.decimal128(38), "9" * 38,
         f"{COLUMN} IN (:param_1)", Decimal("9" * 38)),
        (SourceColumn("C", "number", precision=12, scale=2), UNICODE, MONEY, Decimal("1.50"),
         f"{COLUMN} IN (:param_1)", Decimal("1.50")),
        (SourceColumn("C", "raw", length=16), UNICODE, pa.binary(), b"\x00\xff",
         f"{COLUMN} IN (:param_1)", b"\x00\xff"),
        (SourceColumn("C", "date"), UNICODE, MOMENT, "-0044-03-15 00:00:00",
         f"ltrim(to_char({COLUMN}, 'SYYYY-MM-DD HH24:MI:SS')) IN (:param_1)",
         "-0044-03-15 00:00:00"),
    ],
)  # fmt: skip
def test_a_key_is_compared_in_the_form_in_which_it_was_drawn(
    column: SourceColumn, texts: Texts, wanted: pa.DataType, key: Any, sql: str, value: Any
) -> None:
    query = Query(None, "T", (("a", "C"),), among=Among(("C",), ((key,),)))

    assert conditions_of(query, column, texts, wanted) == (sql, [value])


@pytest.mark.parametrize(
    ("kind", "came", "bound"),
    [
        ("date", None, None),
        ("date", "2024-01-01 01:02:03", Bound(kind="datetime", text="2024-01-01 01:02:03")),
        ("timestamp", "2024-01-01 00:00:00.500000",
         Bound(kind="datetime", text="2024-01-01 00:00:00.500000")),
        ("timestamp with time zone", "-4712-01-01 00:00:00.000000", None),
        ("number", "9" * 38, Bound(kind="integer", text="9" * 38)),
        ("number", "7.5", Bound(kind="text", text="7.5")),
        ("varchar2", "x", Bound(kind="text", text="x")),
        ("binary_double", 7.0, Bound(kind="integer", text="7")),
    ],
)  # fmt: skip
def test_the_largest_cursor_is_told_with_its_kind(
    kind: str, came: Any, bound: Bound | None
) -> None:
    assert cursor_bound(SourceColumn("C", kind), came) == bound
