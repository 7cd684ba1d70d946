"""Texts of Oracle databases that claim a charset which theirs are not in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest

from shutong.catalog.models import Charset, FrontEnd, FrontEndKind, RowFilter
from shutong.errors import SourceMismatch
from shutong.fitting import fit
from shutong.frontends import Endpoint, Query, SourceColumn
from shutong.frontends.faults import Faults
from shutong.frontends.oracle import statement_text
from shutong.frontends.oracle_columns import Way, way_of
from shutong.frontends.oracle_drawing import OracleDrawing, carriage_of
from shutong.frontends.oracle_texts import Texts
from shutong.frontends.oracle_values import value_maker
from shutong.frontends.select import Source, rows_of

TEXT, DAY, MOMENT, DOUBLE = pa.string(), pa.date32(), pa.timestamp("us"), pa.float64()
FRONT_END = FrontEnd(
    code="tax-fe", name="税务前置机", department="tax", kind=FrontEndKind.ORACLE, connection="fe"
)
FAULTS = Faults(FRONT_END, Endpoint("oracle"))
GBK = Texts(Charset.GBK, "US7ASCII")


class GivenTables:
    """Stands in for a connection: answers with tables it was given."""

    faults = FAULTS

    def __init__(self, *tables: pa.Table) -> None:
        self.tables = tables

    def snapshot(self, count: tuple[str, dict[str, Any]], table: str) -> int:
        return sum(each.num_rows for each in self.tables)

    def batches(self, rows: tuple[str, dict[str, Any]], table: str) -> Iterator[pa.Table]:
        yield from self.tables

    def release(self) -> None: ...


def drawn(
    table: pa.Table, column: SourceColumn, wanted: pa.DataType, texts: Texts
) -> tuple[list[Any], list[str]]:
    """Return the fitted values and the misfits' reasons of a column that came as `table`."""
    way = way_of(column, wanted, texts)
    assert way is not None
    source = Source(Query(None, "T", (("a", "C"),)), [column], FAULTS)
    carriage, _ = carriage_of("a", way, source.column("C"), column, texts)
    schema = pa.schema([("a", wanted)])
    with OracleDrawing(GivenTables(table), [carriage], ("", {}), ("", {}), "T") as drawing:
        (fitted,) = [fit(batch, schema) for batch in drawing]
    reasons = fitted.misfits.column("_reasons").to_pylist() if fitted.misfits else []
    return fitted.rows.column("a").to_pylist(), reasons


def sql_of(column: SourceColumn, texts: Texts) -> str:
    source = Source(Query(None, "T", (("a", "C"),)), [column], FAULTS)
    way = way_of(column, TEXT, texts)
    assert way is not None
    _, expressions = carriage_of("a", way, source.column("C"), column, texts)
    return statement_text(rows_of(expressions, []))[0].partition("\nFROM")[0]


def test_texts_of_a_declared_charset_are_drawn_as_bytes_and_decoded_here() -> None:
    column = SourceColumn("C", "varchar2", length=60)
    raw = pa.table({"C0": [name and name.encode("gbk") for name in ("张伟", "a", None, "")]})

    assert sql_of(column, GBK) == 'SELECT utl_raw.cast_to_raw("T"."C") AS c0 '
    assert drawn(raw, column, TEXT, GBK) == (["张伟", "a", None, ""], [])


def test_bytes_of_no_character_are_misfits_with_a_reason() -> None:
    raw = pa.table({"C0": ["张".encode("gbk"), b"\xd5", "张".encode()]})

    values, reasons = drawn(raw, SourceColumn("C", "varchar2", length=9), TEXT, GBK)

    assert values == ["张"]
    assert reasons == ["a: invalid_text"] * 2


def test_a_long_text_comes_in_pieces_that_end_between_characters() -> None:
    column = SourceColumn("C", "varchar2", length=1200)
    text = "张" * 1200
    parts = [[text[i : i + 500].encode("gbk"), None] for i in (0, 500, 1000)]
    parts[1].append(None)
    parts[2].append(None)
    parts[0].append(b"short")
    table = pa.table({f"C{i}": part for i, part in enumerate(parts)})

    assert len(re.findall("cast_to_raw", sql_of(column, GBK))) == 3
    assert 'substr("T"."C", :substr_1, :substr_2)' in sql_of(column, GBK)
    assert drawn(table, column, TEXT, GBK) == ([text, None, "short"], [])


def test_a_database_that_says_ascii_is_held_to_its_word() -> None:
    column, silent = SourceColumn("C", "varchar2", length=60), Texts(None, "US7ASCII")
    raw = pa.table({"C0": [b"abc", "张".encode("gbk")]})

    assert drawn(raw, column, TEXT, silent) == (["abc"], ["a: invalid_text"])


@pytest.mark.parametrize(
    ("kind", "texts", "way"),
    [
        ("clob", Texts(None, "US7ASCII"), None),
        ("clob", GBK, None),
        ("clob", Texts(Charset.GBK, "ZHS16GBK"), Way.PLAIN),
        ("nvarchar2", GBK, Way.PLAIN),
        ("nclob", GBK, Way.PLAIN),
        ("varchar2", Texts(None, "ZHS16GBK"), Way.PLAIN),
        ("varchar2", Texts(None, "AL32UTF8"), Way.PLAIN),
        ("char", Texts(Charset.GB18030, "ZHS16GBK"), Way.TEXT_BYTES),
        ("blob", GBK, Way.PLAIN),
    ],
)
def test_only_texts_in_the_database_s_own_charset_are_drawn_as_bytes(
    kind: str, texts: Texts, way: Way | None
) -> None:
    assert way_of(SourceColumn("C", kind, length=9), TEXT, texts) is way


@pytest.mark.parametrize("texts", [Texts(None, "AL32UTF8"), GBK])
def test_the_padding_of_a_char_is_taken_away_and_a_text_of_blanks_is_no_null(texts: Texts) -> None:
    given = ["甲  ", " a", "   ", None]
    came = given if texts.charset is None else [v and v.encode(texts.charset) for v in given]

    values, _ = drawn(pa.table({"C0": came}), SourceColumn("C", "char", length=3), TEXT, texts)

    assert values == ["甲", " a", "", None]


def test_the_blanks_of_a_varchar2_stay() -> None:
    column, texts = SourceColumn("C", "varchar2", length=9), Texts(None, "AL32UTF8")

    assert drawn(pa.table({"C0": ["a "]}), column, TEXT, texts) == (["a "], [])


def test_a_filter_s_text_is_sent_in_the_declared_charset() -> None:
    only = RowFilter(column="C", operator="=", value="张伟")
    query = Query(None, "T", (("a", "C"),), filters=(only,))
    source = Source(query, [SourceColumn("C", "varchar2", length=9)], FAULTS)

    sql, values = statement_text(
        rows_of(
            [source.column("C")], source.conditions(value_maker(GBK, FAULTS.bad_condition("T")))
        )
    )

    assert '"T"."C" = utl_raw.cast_to_varchar2(' in sql
    assert list(values.values()) == ["张伟".encode("gbk")]


def test_a_filter_that_the_declared_charset_lacks_is_told_without_its_value() -> None:
    only = RowFilter(column="C", operator="=", value="𠮷")
    query = Query(None, "T", (("a", "C"),), filters=(only,))
    source = Source(query, [SourceColumn("C", "varchar2", length=9)], FAULTS)

    with pytest.raises(SourceMismatch, match="过滤条件") as caught:
        source.conditions(value_maker(GBK, FAULTS.bad_condition("T")))

    assert "𠮷" not in str(caught.value)


@pytest.mark.parametrize(
    ("column", "wanted", "came", "values", "reasons"),
    [
        (SourceColumn("C", "date"), MOMENT, "2024-02-29 08:00:01",
         [datetime(2024, 2, 29, 8, 0, 1)], []),
        (SourceColumn("C", "date"), DAY, "2024-02-29 00:00:00", [date(2024, 2, 29)], []),
        (SourceColumn("C", "date"), DAY, "2024-02-29 08:00:01", [], ["a: time_lost"]),
        (SourceColumn("C", "date"), DAY, "-0044-03-15 00:00:00", [], ["a: invalid_date"]),
        (SourceColumn("C", "date"), DAY, "0000-00-00 00:00:00", [], ["a: invalid_date"]),
        (SourceColumn("C", "timestamp", precision=9), MOMENT, "2024-01-01 00:00:00.123456000",
         [datetime(2024, 1, 1, 0, 0, 0, 123456)], []),
        (SourceColumn("C", "timestamp", precision=9), MOMENT, "2024-01-01 00:00:00.123456789",
         [], ["a: too_precise"]),
        (SourceColumn("C", "binary_double"), DOUBLE, float("nan"), [], ["a: invalid_number"]),
        (SourceColumn("C", "binary_float"), DOUBLE, float("inf"), [], ["a: invalid_number"]),
    ],
)  # fmt: skip
def test_a_time_or_double_that_an_item_cannot_hold_is_a_misfit(
    column: SourceColumn, wanted: pa.DataType, came: Any, values: list[Any], reasons: list[str]
) -> None:
    kind = pa.float32() if column.type_name == "binary_float" else None
    table = pa.table({"C0": pa.array([came, None], kind)})

    assert drawn(table, column, wanted, Texts(None, "AL32UTF8")) == ([*values, None], reasons)
