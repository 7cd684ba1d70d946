"""PostgreSQL front-end machines: the SQL that is sent, and errors in our words."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from shutong.catalog.models import FrontEnd, FrontEndKind
from shutong.errors import ShutongError, SourceMismatch, SourceUnreachable
from shutong.frontends import Query, SourceColumn, endpoint_of, open_reader
from shutong.frontends.faults import Faults
from shutong.frontends.postgresql import Postgresql
from shutong.frontends.postgresql_columns import source_column
from shutong.frontends.select import Source, rows_of
from shutong.model import Bound

FRONT_END = FrontEnd(
    code="fe", name="前置机", department="d", kind=FrontEndKind.POSTGRESQL, connection="c"
)
ENDPOINT = endpoint_of("c", "postgres://reader:Zx9-canary@h:5432/population")
FAULTS = Faults(FRONT_END, ENDPOINT)
DIALECT = Postgresql(FRONT_END, ENDPOINT, FAULTS)
CURSOR = Query(
    None,
    "T",
    (("a", "C"),),
    cursor="C",
    low=Bound(kind="datetime", text="2024-01-01 00:00:00"),
)


@pytest.mark.parametrize("kind", [FrontEndKind.POSTGRESQL, FrontEndKind.KINGBASE])
def test_without_the_driver_the_error_says_what_to_install(
    kind: FrontEndKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(SourceUnreachable, match="psycopg") as caught:
        open_reader(FRONT_END.model_copy(update={"kind": kind}), ENDPOINT)

    assert "shutong[postgresql]" in caught.value.next_step.en


@pytest.mark.parametrize(
    ("kind", "wanted", "sql"),
    [
        ("character varying", pa.string(), 'CAST("T"."C" AS TEXT)'),
        ("numeric", pa.decimal128(12, 2), 'CAST("T"."C" AS TEXT)'),
        ("timestamp without time zone", pa.timestamp("us"), 'CAST("T"."C" AS TEXT)'),
        (
            "timestamp with time zone",
            pa.timestamp("us"),
            'CAST("T"."C" AT TIME ZONE current_setting(\'TimeZone\') AS TEXT)',
        ),
        ("bytea", pa.binary(), '"T"."C"'),
        ("money", pa.decimal128(12, 2), 'CAST(CAST("T"."C" AS NUMERIC) AS TEXT)'),
        ("real", pa.float64(), 'CAST(CAST("T"."C" AS DOUBLE PRECISION) AS TEXT)'),
        ("real", pa.decimal128(12, 2), 'CAST("T"."C" AS TEXT)'),
    ],
)
def test_each_type_is_carried_as_exact_text(kind: str, wanted: pa.DataType, sql: str) -> None:
    column = SourceColumn("C", kind)
    source = Source(Query(None, "T", (("a", "C"),)), [column], FAULTS)

    statement = rows_of([DIALECT.carried(source.column("C"), column, wanted)], [])

    assert DIALECT.carries(column, wanted)
    text = str(statement.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
    assert text == f'SELECT {sql} AS c0 \nFROM "T"'


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("bytea", pa.string()),
        ("bytea", pa.date32()),
        ("integer[]", pa.string()),
        ("point", pa.string()),
        ("bit", pa.int64()),
        ("boolean", pa.date32()),
        ("uuid", pa.decimal128(12, 2)),
        ("date", pa.int64()),
        ("money", pa.date32()),
    ],
)
def test_a_type_without_an_exact_way_is_not_carried(kind: str, wanted: pa.DataType) -> None:
    assert not DIALECT.carries(SourceColumn("C", kind), wanted)


@pytest.mark.parametrize(
    ("declared", "column"),
    [
        ("character varying(60)", SourceColumn("c", "character varying", length=60)),
        ("character varying(60 char)", SourceColumn("c", "character varying", length=60)),
        ("numeric(12,2)", SourceColumn("c", "numeric", precision=12, scale=2)),
        ("numeric(2,-3)", SourceColumn("c", "numeric", precision=2, scale=-3)),
        ("numeric", SourceColumn("c", "numeric")),
        (
            "timestamp(3) with time zone",
            SourceColumn("c", "timestamp with time zone", precision=3),
        ),
        (
            "timestamp without time zone",
            SourceColumn("c", "timestamp without time zone", precision=6),
        ),
        ("bit(9)", SourceColumn("c", "bit", length=9)),
        ("character varying(5)[]", SourceColumn("c", "character varying[]", precision=5)),
        ("gis.geometry(Point,4326)", SourceColumn("c", "geometry(point,4326)")),
        ("ext.citext", SourceColumn("c", "citext")),
    ],
)
def test_a_declaration_becomes_a_column(declared: str, column: SourceColumn) -> None:
    assert source_column("c", declared, False, True) == column


def test_values_are_bound_without_a_type_so_that_the_column_s_decides() -> None:
    source = Source(CURSOR, [SourceColumn("C", "date")], FAULTS)
    unused: Any = None

    statement = rows_of(
        [source.column("C")], source.conditions(DIALECT.value_maker(unused, source))
    )
    compiled = statement.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]

    assert str(compiled).endswith('"T"."C" >= %(param_1)s')
    assert compiled.params == {"param_1": datetime(2024, 1, 1)}


@pytest.mark.parametrize(
    ("kind", "value", "bound"),
    [
        ("bigint", "7", Bound(kind="integer", text="7")),
        ("date", "2024-01-01", Bound(kind="date", text="2024-01-01")),
        ("date", "infinity", None),
        (
            "timestamp without time zone",
            "2024-01-01 00:00:00.5",
            Bound(kind="datetime", text="2024-01-01 00:00:00.500000"),
        ),
        ("text", "x", Bound(kind="text", text="x")),
        ("text", None, None),
    ],
)
def test_a_cursor_value_is_a_bound(kind: str, value: str | None, bound: Bound | None) -> None:
    assert DIALECT.bound(SourceColumn("C", kind), value) == bound


@pytest.mark.parametrize(
    ("state", "words", "kind", "expected"),
    [
        ("28P01", "x", SourceUnreachable, "拒绝账号 reader"),
        ("3D000", "x", SourceUnreachable, "没有数据库 population"),
        ("53300", "x", SourceUnreachable, "连接数已满"),
        ("57014", "x", SourceUnreachable, "秒内没有数据"),
        ("57P01", "x", SourceUnreachable, "中途断开"),
        ("42501", "x", SourceMismatch, "没有表 T"),
        ("22007", "invalid input 360203196602246411", SourceMismatch, "表 T"),
        ("XX000", "x", SourceUnreachable, "PostgreSQL XX000"),
        (None, "FATAL: password authentication failed", SourceUnreachable, "拒绝账号 reader"),
        (None, 'FATAL: database "population" does not exist', SourceUnreachable, "没有数据库"),
        (None, "connection refused", SourceUnreachable, "连接不上"),
    ],
)
def test_each_state_has_its_words_without_the_driver_s(
    state: str | None, words: str, kind: type[ShutongError], expected: str
) -> None:
    origin: Any = type("Told", (Exception,), {"sqlstate": state})(words)

    fault = DIALECT.fault(DBAPIError("SELECT 360203196602246411", None, origin), "T")

    assert type(fault) is kind
    assert expected in fault.fact.zh
    assert "360203196602246411" not in str(fault)
    assert fault.next_step.zh
