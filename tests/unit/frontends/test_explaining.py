"""What each reader says of the way it carries a column."""

from __future__ import annotations

import pyarrow as pa
import pytest

from shutong.frontends import Explained, Query, SourceColumn
from shutong.frontends.dm_columns import way_of as dm_way
from shutong.frontends.explaining import (
    _MYSQL,
    _ORACLE,
    AS_BYTES,
    AS_TEXT,
    WayOf,
    explained,
    mysql_way,
    oracle_way,
)
from shutong.frontends.mysql_columns import Way as MysqlWay
from shutong.frontends.oracle_columns import Way as OracleWay

TEXT, DAY, INTEGER = pa.string(), pa.date32(), pa.int64()


def one(column: SourceColumn, kind: pa.DataType, way: WayOf, *, binding: bool = True) -> Explained:
    query = Query(None, "T", (("item", "V"),))
    (found,) = explained(query, [column], pa.schema([("item", kind)]), way, binding=binding)
    return found


def test_every_way_of_every_reader_has_words() -> None:
    assert set(_MYSQL) == set(MysqlWay)
    assert set(_ORACLE) == set(OracleWay)


@pytest.mark.parametrize(
    ("way", "column", "kind", "words"),
    [
        (mysql_way, SourceColumn("V", "float", 12), TEXT, "double of the same value"),
        (mysql_way, SourceColumn("V", "bit", precision=8), INTEGER, "unsigned integer"),
        (mysql_way, SourceColumn("V", "decimal", precision=8), pa.decimal128(8), "declared number"),
        (mysql_way, SourceColumn("V", "varchar", 20), TEXT, "as the server shows it"),
        (oracle_way, SourceColumn("V", "number"), pa.decimal128(18), "number as exact text"),
        (oracle_way, SourceColumn("V", "timestamp", precision=9), TEXT, "time as exact text"),
        (oracle_way, SourceColumn("V", "varchar2", 20), TEXT, "as it is"),
        (dm_way, SourceColumn("V", "number"), TEXT, AS_TEXT.en),
        (dm_way, SourceColumn("V", "blob"), pa.binary(), AS_BYTES.en),
    ],
)
def test_a_column_is_told_in_the_readers_own_words(
    way: WayOf, column: SourceColumn, kind: pa.DataType, words: str
) -> None:
    found = one(column, kind, way)
    assert found.way is not None
    assert words in found.way.en
    assert found.way.zh
    assert not found.refused


@pytest.mark.parametrize("way", [mysql_way, oracle_way, dm_way])
def test_a_type_that_the_reader_cannot_carry_is_refused(way: WayOf) -> None:
    found = one(SourceColumn("V", "geometry"), TEXT, way)
    assert found.way is None
    assert found.refused
    assert "拒绝" in found.misfits.zh


@pytest.mark.parametrize(
    ("way", "kind", "wanted"),
    [
        (mysql_way, "double", DAY),
        (mysql_way, "float", pa.timestamp("us")),
        (mysql_way, "real", pa.bool_()),
        (oracle_way, "binary_double", DAY),
        (oracle_way, "binary_float", pa.timestamp("us")),
        (dm_way, "double", DAY),
        (dm_way, "real", pa.bool_()),
    ],
)
def test_a_float_for_a_day_is_refused_before_reading_rather_than_rejected_row_by_row(
    way: WayOf, kind: str, wanted: pa.DataType
) -> None:
    assert one(SourceColumn("V", kind), wanted, way).way is None
    assert one(SourceColumn("V", kind), pa.float64(), way).way is not None


def test_a_column_of_which_no_value_fits_is_told() -> None:
    found = one(SourceColumn("V", "date"), INTEGER, oracle_way)
    assert found.way is not None
    assert found.never_fits
    assert "no value fits" in found.misfits.en


@pytest.mark.parametrize(
    ("kind", "wanted", "never"),
    [
        ("date", INTEGER, True),
        ("datetime", pa.decimal128(8), True),
        ("time", DAY, True),
        ("double", DAY, True),
        ("int", DAY, False),
        ("varchar", INTEGER, False),
        ("datetime", DAY, False),
        ("datetime", TEXT, False),
        ("int", pa.bool_(), False),
    ],
)
def test_a_type_of_which_no_value_fits_is_told(
    kind: str, wanted: pa.DataType, *, never: bool
) -> None:
    column = SourceColumn("V", kind)
    assert one(column, wanted, mysql_way).refused is never
    assert not one(column, wanted, mysql_way, binding=False).never_fits


@pytest.mark.parametrize(
    "kind",
    [TEXT, DAY, INTEGER, pa.decimal128(8), pa.timestamp("us"), pa.bool_(), pa.float64()],
    ids=str,
)
def test_every_type_says_what_happens_to_values_that_do_not_fit(kind: pa.DataType) -> None:
    found = one(SourceColumn("V", "varchar", 20), kind, mysql_way)
    assert "该行隔离" in found.misfits.zh
    assert "the row goes to quarantine" in found.misfits.en


def test_a_column_is_found_though_its_capitals_differ_and_a_missing_one_is_told() -> None:
    assert one(SourceColumn("v", "varchar", 20), TEXT, mysql_way).column == "v"
    assert one(SourceColumn("W", "varchar", 20), TEXT, mysql_way).declared is None
