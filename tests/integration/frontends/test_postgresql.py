"""What is PostgreSQL's own: its types, and what a view or a name may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from tests.integration import postgresql as servers
from tests.integration.frontends.conftest import (
    PostgresqlSite,
    drawn,
    front_end,
    opened,
    query_of,
    wanted_of,
)

from shutong.catalog.models import Charset, FrontEndKind, RowFilter
from shutong.errors import SourceMismatch
from shutong.fitting import fit
from shutong.frontends import Query, open_reader
from shutong.frontends.generic import GenericReader

TEXT, MOMENT, BYTES, WHOLE = pa.string(), pa.timestamp("us"), pa.binary(), pa.int64()
DAY, TRUTH, MONEY, DOUBLE = pa.date32(), pa.bool_(), pa.decimal128(12, 2), pa.float64()
SOME_UUID = "123e4567-e89b-12d3-a456-426655440000"

TYPES: list[tuple[str, pa.DataType, str, Any]] = [
    ("SMALLINT", WHOLE, "-32768", -32768),
    ("INTEGER", DAY, "20240229", date(2024, 2, 29)),
    ("BIGINT", WHOLE, "-9223372036854775808", -(2**63)),
    ("NUMERIC", pa.decimal128(38, 0), "9" * 38, Decimal("9" * 38)),
    ("NUMERIC", pa.decimal256(76, 38), f"{'9' * 38}.{'9' * 38}",
     Decimal(f"{'9' * 38}.{'9' * 38}")),
    ("NUMERIC(20,0)", TEXT, "18446744073709551615", "18446744073709551615"),
    ("NUMERIC(18,12)", pa.decimal128(18, 12), "0.000000000001", Decimal("0.000000000001")),
    ("NUMERIC", TEXT, "'NaN'", "NaN"),
    ("REAL", DOUBLE, "0.1", 0.10000000149011612),
    ("REAL", MONEY, "0.1", Decimal("0.10")),
    ("DOUBLE PRECISION", DOUBLE, "0.1::double precision + 0.2", 0.1 + 0.2),
    ("MONEY", MONEY, "1234567.89::numeric::money", Decimal("1234567.89")),
    ("MONEY", TEXT, "(-12.5)::numeric::money", "-12.50"),
    ("BOOLEAN", TRUTH, "true", True),
    ("BOOLEAN", TEXT, "false", "false"),
    ("CHAR(10)", TEXT, "'𠮷 '", "𠮷"),
    ("VARCHAR(10)", TEXT, "'a '", "a "),
    ("TEXT", TEXT, "repeat('䶮', 100000)", "䶮" * 100_000),
    ("NAME", TEXT, "'x'", "x"),
    ("mood", TEXT, "'喜'", "喜"),
    ("mobile", TEXT, "'13900000004'", "13900000004"),
    ("amount", MONEY, "12.30", Decimal("12.30")),
    ("UUID", TEXT, f"'{SOME_UUID}'", SOME_UUID),
    ("JSON", TEXT, """'{"b": 1.10, "a": "𠮷"}'""", '{"b": 1.10, "a": "𠮷"}'),
    ("JSONB", TEXT, """'{"b":1.10,"a":"𠮷"}'""", '{"a": "𠮷", "b": 1.10}'),
    ("INET", TEXT, "'10.0.0.1'", "10.0.0.1/32"),
    ("INTERVAL", TEXT, "'1 month 2 days -03:04:05.6'", "P1M2DT-3H-4M-5.6S"),
    ("TIME", TEXT, "'10:11:12.123456'", "10:11:12.123456"),
    ("TIMETZ", TEXT, "'10:11:12+08'", "10:11:12+08"),
    ("BIT(3)", TEXT, "B'101'", "101"),
    ("BIT(1)", TRUTH, "B'1'", True),
    ("BIT VARYING(9)", TEXT, "B'0001'", "0001"),
    ("BYTEA", BYTES, r"'\x00ff27'", b"\x00\xff'"),
    ("DATE", DAY, "'0001-01-01'", date(1, 1, 1)),
    ("DATE", TEXT, "'2024-02-29'", "2024-02-29"),
    ("DATE", MOMENT, "'2024-02-29'", datetime(2024, 2, 29)),
    ("TIMESTAMP", MOMENT, "'9999-12-31 23:59:59.999999'",
     datetime(9999, 12, 31, 23, 59, 59, 999999)),
    ("TIMESTAMP(0)", DAY, "'2024-02-29 00:00:00'", date(2024, 2, 29)),
    ("INTEGER GENERATED ALWAYS AS (41 + 1) STORED", WHOLE, "DEFAULT", 42),
]  # fmt: skip


@pytest.fixture(autouse=True)
def own_types(request: pytest.FixtureRequest) -> None:
    if "pg" in request.fixturenames:
        request.getfixturevalue("pg").run(
            "CREATE TYPE mood AS ENUM ('喜', '忧')",
            "CREATE DOMAIN mobile AS VARCHAR(11) CHECK (VALUE ~ '^1[0-9]{10}$')",
            "CREATE DOMAIN amount AS NUMERIC(12,2)",
        )


def test_every_type_arrives_exactly(pg: PostgresqlSite) -> None:
    columns = ", ".join(f"c{i} {kind}" for i, (kind, *_) in enumerate(TYPES))
    values = ", ".join(value for _, _, value, _ in TYPES)
    pg.run(f"CREATE TABLE t ({columns})", f"INSERT INTO t VALUES ({values})")
    pg.run("INSERT INTO t VALUES (NULL)")
    query = replace(query_of("t"), columns=tuple((f"i{i}", f"c{i}") for i in range(len(TYPES))))
    wanted = pa.schema([(f"i{i}", kind) for i, (_, kind, *_) in enumerate(TYPES)])

    result = drawn(pg, query, wanted)

    assert result.misfits == []
    arrived, empty = (list(row.values()) for row in result.rows)
    for (kind, _, value, expected), found in zip(TYPES, arrived, strict=True):
        assert found == expected, f"{kind} {value[:40]}"
    assert set(empty[:-1]) == {None}


@pytest.mark.parametrize(
    ("kind", "wanted", "values", "reasons"),
    [
        ("NUMERIC", MONEY, ["NaN", "Infinity", "-Infinity"], ["invalid_number"] * 3),
        ("NUMERIC", MONEY, ["1.005", "12345678901"], ["too_precise", "too_large"]),
        ("DOUBLE PRECISION", DOUBLE, ["NaN", "Infinity"], ["invalid_number"] * 2),
        ("DATE", DAY, ["infinity", "-infinity", "0044-03-15 BC", "10000-01-01"],
         ["invalid_date"] * 4),
        ("TIMESTAMP", MOMENT, ["infinity", "0044-03-15 00:00:00 BC", "10000-01-01 00:00:00"],
         ["invalid_date"] * 3),
        ("TIMESTAMPTZ", MOMENT, ["infinity"], ["invalid_date"]),
        ("TIMESTAMP", DAY, ["2024-02-29 00:00:00.000001"], ["time_lost"]),
        ("BIGINT", DAY, ["20240231"], ["invalid_date"]),
    ],
)  # fmt: skip
def test_values_that_no_item_can_hold_are_misfits_in_the_server_s_own_writing(
    pg: PostgresqlSite, kind: str, wanted: pa.DataType, values: list[str], reasons: list[str]
) -> None:
    pg.run(f"CREATE TABLE t (n INTEGER, v {kind})")
    pg.fill("t", [*enumerate(values), (9, None)])

    result = drawn(pg, query_of("t", "n", "v"), wanted_of(WHOLE, wanted))

    assert result.rows == [{"a": 9, "b": None}]
    assert [row["b"] for row in result.misfits] == values
    assert [row["_reasons"] for row in result.misfits] == [f"b: {reason}" for reason in reasons]


@pytest.mark.parametrize(
    ("declared", "wanted", "told"),
    [
        ("BYTEA", DAY, "bytea"),
        ("BYTEA", TEXT, "bytea"),
        ("INTEGER[]", TEXT, "integer[]"),
        ("POINT", TEXT, "point"),
        ("INT4RANGE", TEXT, "int4range"),
        ("pair", TEXT, "pair"),
        ("BIT(3)", WHOLE, "bit"),
        ("BOOLEAN", DAY, "boolean"),
        ("UUID", MONEY, "uuid"),
        ("TIMESTAMP", WHOLE, "timestamp without time zone"),
    ],
)
def test_a_column_that_cannot_be_carried_is_refused_by_name_before_the_first_row(
    pg: PostgresqlSite, declared: str, wanted: pa.DataType, told: str
) -> None:
    pg.run(
        "CREATE TYPE pair AS (a INTEGER, b INTEGER)", f"CREATE TABLE t (n INTEGER, 位置 {declared})"
    )

    with opened(pg) as reader, pytest.raises(SourceMismatch) as caught:
        reader.draw(query_of("t", "n", "位置"), wanted_of(WHOLE, wanted))

    assert "位置" in caught.value.fact.zh
    assert told in caught.value.fact.zh


@pytest.mark.parametrize(("zone", "hour"), [("Asia/Shanghai", 18), ("UTC", 10)])
def test_a_zoned_time_is_read_in_the_front_end_s_zone(
    pg: PostgresqlSite, zone: str, hour: int
) -> None:
    pg.run("CREATE TABLE t (v TIMESTAMPTZ)", "INSERT INTO t VALUES ('2024-01-01 10:00:00.5Z')")
    edge = datetime(2024, 1, 1, hour, 0, 0, 500000)

    result = drawn(pg, query_of("t", "v"), wanted_of(MOMENT), zone=zone)
    with opened(pg, zone=zone) as reader:
        largest = reader.clock(query_of("t", "v", cursor="v")).cursor_max
    window = query_of("t", "v", cursor="v", low=largest)

    assert result.rows == [{"a": edge}]
    assert drawn(pg, window, wanted_of(MOMENT), zone=zone).rows == [{"a": edge}]


@pytest.mark.parametrize("relation", ["view", "stored view", "parted", "Mixed"])
def test_views_partitioned_tables_and_names_in_capitals_are_read(
    pg: PostgresqlSite, relation: str
) -> None:
    pg.run(
        'CREATE TABLE "Mixed" ("Id" INTEGER NOT NULL, "XM" VARCHAR(9))',
        """INSERT INTO "Mixed" VALUES (1, '甲'), (2, '乙')""",
        'CREATE VIEW v AS SELECT * FROM "Mixed"',
        'CREATE MATERIALIZED VIEW m AS SELECT * FROM "Mixed"',
        'CREATE TABLE p ("Id" INTEGER, "XM" VARCHAR(9)) PARTITION BY RANGE ("Id")',
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (2)",
        "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (2) TO (9)",
        'INSERT INTO p SELECT * FROM "Mixed"',
    )
    name = {"view": "v", "stored view": "m", "parted": "p", "Mixed": "Mixed"}[relation]

    result = drawn(pg, query_of(name, "Id", "xm"), wanted_of(WHOLE, TEXT))

    assert result.rows == [{"a": 1, "b": "甲"}, {"a": 2, "b": "乙"}]
    with opened(pg) as reader:
        assert [column.name for column in reader.describe(None, name)] == ["Id", "XM"]


def test_a_table_in_another_schema_is_read_by_that_schema_s_name(pg: PostgresqlSite) -> None:
    reader = pg.database.reader.login
    pg.run(
        'CREATE SCHEMA "人口"',
        'CREATE TABLE "人口".t (n INTEGER)',
        'INSERT INTO "人口".t VALUES (7)',
        "CREATE TABLE t (n INTEGER)",
        f'GRANT USAGE ON SCHEMA "人口" TO {reader}',
        f'GRANT SELECT ON "人口".t TO {reader}',
    )

    query = replace(query_of("t", "n"), schema="人口")

    assert drawn(pg, query, wanted_of(WHOLE)).rows == [{"a": 7}]


def test_a_table_that_the_login_may_not_read_is_named(pg: PostgresqlSite) -> None:
    pg.run("CREATE TABLE t (n INTEGER)", f"REVOKE SELECT ON t FROM {pg.database.reader.login}")

    with (
        opened(pg) as reader,
        pytest.raises(SourceMismatch, match="没有表 t, 或账号无权读取"),
        reader.draw(query_of("t", "n"), wanted_of(WHOLE)) as drawing,
    ):
        list(drawing)


def test_a_filter_that_does_not_fit_its_column_is_told_without_its_value(
    pg: PostgresqlSite,
) -> None:
    pg.run("CREATE TABLE t (n INTEGER)")
    odd = RowFilter(column="n", operator="=", value="360203196602246411x")

    with (
        opened(pg) as reader,
        pytest.raises(SourceMismatch, match="过滤条件") as caught,
        reader.draw(query_of("t", "n", filters=(odd,)), wanted_of(WHOLE)) as drawing,
    ):
        list(drawing)

    assert "3602" not in f"{caught.value!r} {caught.value}"


def test_kingbase_is_read_over_the_same_protocol(pg: PostgresqlSite) -> None:
    pg.run("CREATE TABLE t (n INTEGER)", "INSERT INTO t VALUES (7)")
    pg.kind = FrontEndKind.KINGBASE

    assert drawn(pg, query_of("t", "n"), wanted_of(WHOLE)).rows == [{"a": 7}]


# ------------------------------------------------------- a database that knows no encoding


@pytest.fixture
def unencoded(postgresql_server: servers.Account) -> Iterator[PostgresqlSite]:
    """Make a database whose texts are whatever bytes its programs wrote."""
    with servers.database(postgresql_server, "t_unencoded", encoding="SQL_ASCII") as database:
        site = PostgresqlSite(database)
        site.run(
            "CREATE TABLE t (n INTEGER, xm VARCHAR(20))",
            r"INSERT INTO t VALUES (1, 'a'), (2, E'\xd5\xc5\xce\xb0'), (3, E'\xe5\xbc\xa0'),"
            r" (4, NULL), (5, E'\xff\x41'), (6, E'\xe4\xb8\xad')",
        )
        yield site


def test_bytes_that_are_no_text_are_misfits_and_never_stop_the_reading(
    unencoded: PostgresqlSite,
) -> None:
    result = drawn(unencoded, query_of("t", "n", "xm"), wanted_of(WHOLE, TEXT))

    assert {row["a"]: row["b"] for row in result.rows} == {1: "a", 3: "张", 4: None, 6: "中"}
    assert result.misfits == [
        {"a": "2", "b": "0xd5c5ceb0", "_reasons": "b: invalid_text"},
        {"a": "5", "b": "0xff41", "_reasons": "b: invalid_text"},
    ]


def test_texts_are_read_in_the_encoding_that_the_catalog_declares(
    unencoded: PostgresqlSite,
) -> None:
    machine = front_end(FrontEndKind.POSTGRESQL).model_copy(update={"charset": Charset.GBK})
    wanted = wanted_of(WHOLE, TEXT)
    reader = open_reader(machine, unencoded.endpoint)
    with reader.draw(query_of("t", "n", "xm"), wanted) as drawing:
        (fitted,) = [fit(batch, wanted) for batch in drawing]
    only = RowFilter(column="xm", operator="=", value="张伟")
    with reader.draw(query_of("t", "n", "xm", filters=(only,)), wanted) as drawing:
        (found,) = [fit(batch, wanted).rows.to_pylist() for batch in drawing]
    reader.close()

    assert fitted.misfits is not None
    assert found == [{"a": 2, "b": "张伟"}]
    assert fitted.rows.to_pylist()[:2] == [{"a": 1, "b": "a"}, {"a": 2, "b": "张伟"}]
    # Bytes that mean something else in UTF-8 are not taken for that.
    assert fitted.misfits.column("a").to_pylist() == ["3", "5", "6"]
    assert set(fitted.misfits.column("_reasons").to_pylist()) == {"b: invalid_text"}


# ------------------------------------------------------- the session


def test_the_session_is_read_only_even_where_the_login_may_write(pg: PostgresqlSite) -> None:
    pg.run("CREATE TABLE t (n INTEGER)", "INSERT INTO t VALUES (1)")
    owner = replace(
        pg.endpoint, login=pg.database.admin.login,
        password=type(pg.endpoint.password)(pg.database.admin.password),
    )  # fmt: skip
    reader = GenericReader(front_end(FrontEndKind.POSTGRESQL), owner)
    line = reader._connection.connection.driver_connection  # there is no public way to try

    modes = [
        line.execute(f"SHOW {name}").fetchone()[0]
        for name in ("transaction_isolation", "transaction_read_only", "TimeZone")
    ]
    with pytest.raises(Exception, match="read-only transaction"):
        line.execute("INSERT INTO t VALUES (2)")
    reader.close()

    assert modes == ["repeatable read", "on", "Asia/Shanghai"]
    assert pg.database.admin.ask("SELECT count(*) FROM t") == [(1,)]


def test_a_query_leaves_the_names_of_its_items_to_us(pg: PostgresqlSite) -> None:
    pg.run("CREATE TABLE t (n INTEGER)", "INSERT INTO t VALUES (7)")
    long = "很长的数据项名称" * 12

    query = Query(None, "t", ((long, "n"),))

    assert drawn(pg, query, pa.schema([(long, WHOLE)])).rows == [{long: 7}]
