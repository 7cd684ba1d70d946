"""Oracle front-end machines, as far as they can be tested without a server."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import oracledb
import pyarrow as pa
import pytest
from pydantic import SecretStr

from shutong.catalog.models import FrontEnd, FrontEndKind, Limits
from shutong.errors import ShutongError, SourceMismatch, SourceUnreachable
from shutong.frontends import Endpoint, Query, SourceColumn, endpoint_of, open_reader
from shutong.frontends.faults import Faults
from shutong.frontends.oracle import source_column, statement_text
from shutong.frontends.oracle_columns import Way, expression, way_of
from shutong.frontends.oracle_drawing import Carriage, OracleDrawing
from shutong.frontends.oracle_driver import connect_arguments
from shutong.frontends.oracle_faults import fault_of
from shutong.frontends.select import Source, count_of, rows_of
from shutong.frontends.values import bound_of
from shutong.model import Bound

CANARY = "Zx9-canary"
TEXT, MOMENT, MONEY = pa.string(), pa.timestamp("us"), pa.decimal128(12, 2)


def front_end(**other: Any) -> FrontEnd:
    return FrontEnd(
        code="tax-fe",
        name="税务前置机",
        department="tax",
        kind=FrontEndKind.ORACLE,
        connection="tax_fe",
        limits=Limits(connect_timeout_seconds=1, read_timeout_seconds=2),
        **other,
    )


FAULTS = Faults(front_end(), Endpoint("oracle", "h", 1521, "u", SecretStr(CANARY), "ORCL"))


# python-oracledb leaves its socket to the garbage collector when a connection fails.
leaves_a_socket = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

# ------------------------------------------------------------------- columns


@pytest.mark.parametrize(
    ("column", "wanted", "way", "sql"),
    [
        (SourceColumn("C", "varchar2", length=60), TEXT, Way.PLAIN, '"T"."C"'),
        (SourceColumn("C", "number", precision=18, scale=2), MONEY, Way.PLAIN, '"T"."C"'),
        (SourceColumn("C", "number", precision=38, scale=0), pa.int64(), Way.PLAIN, '"T"."C"'),
        (
            SourceColumn("C", "number"),
            pa.decimal128(38, 0),
            Way.NUMBER_TEXT,
            "to_char(\"T\".\"C\", 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''')",
        ),
        (SourceColumn("C", "number", scale=0), MONEY, Way.NUMBER_TEXT, None),
        (SourceColumn("C", "number", precision=5, scale=-2), MONEY, Way.NUMBER_TEXT, None),
        (SourceColumn("C", "number", precision=2, scale=5), MONEY, Way.NUMBER_TEXT, None),
        (SourceColumn("C", "number", precision=5, scale=2), TEXT, Way.NUMBER_TEXT, None),
        (SourceColumn("C", "float", precision=126), MONEY, Way.NUMBER_TEXT, None),
        (SourceColumn("C", "binary_double"), pa.float64(), Way.PLAIN, None),
        (
            SourceColumn("C", "date"),
            MOMENT,
            Way.TIME_TEXT,
            'ltrim(to_char("T"."C", \'SYYYY-MM-DD HH24:MI:SS\'))',
        ),
        (
            SourceColumn("C", "timestamp", precision=0),
            TEXT,
            Way.TIME_TEXT,
            'ltrim(to_char("T"."C", \'SYYYY-MM-DD HH24:MI:SS\'))',
        ),
        (
            SourceColumn("C", "timestamp", precision=9),
            MOMENT,
            Way.TIME_TEXT,
            'ltrim(to_char("T"."C", \'SYYYY-MM-DD HH24:MI:SS.FF9\'))',
        ),
        (
            SourceColumn("C", "timestamp with local time zone", precision=6),
            MOMENT,
            Way.ZONED_TEXT,
            'ltrim(to_char("T"."C" AT TIME ZONE SESSIONTIMEZONE, \'SYYYY-MM-DD HH24:MI:SS.FF6\'))',
        ),
        (SourceColumn("C", "clob"), TEXT, Way.PLAIN, None),
        (SourceColumn("C", "rowid"), TEXT, Way.ROWID_TEXT, 'rowidtochar("T"."C")'),
    ],
)
def test_each_type_is_carried_exactly(
    column: SourceColumn, wanted: pa.DataType, way: Way, sql: str | None
) -> None:
    source = Source(Query(None, "T", (("a", "C"),)), [column], FAULTS)

    assert way_of(column, wanted) is way
    text, _ = statement_text(rows_of([expression(way, source.column("C"), column)], []))
    assert text.startswith("SELECT ")
    if sql is not None:
        assert text == f'SELECT {sql} AS c0 \nFROM "T"'


@pytest.mark.parametrize("kind", ["sdo_geometry", "xmltype", "long raw", "bfile", "anydata"])
def test_a_type_without_an_exact_way_is_not_carried(kind: str) -> None:
    assert way_of(SourceColumn("C", kind), TEXT) is None


def test_a_declaration_becomes_a_column() -> None:
    assert source_column(("ID", "NUMBER", 0, 18, 0, "N")) == SourceColumn(
        "ID", "number", precision=18, scale=0, nullable=False
    )
    assert source_column(("AT", "TIMESTAMP(9) WITH TIME ZONE", 0, None, 9, "Y")) == SourceColumn(
        "AT", "timestamp with time zone", precision=9
    )
    assert source_column(("NAME", "VARCHAR2", 60, None, None, "Y")).length == 60


def test_count_and_rows_have_the_same_conditions_and_bind_date_times_as_such() -> None:
    query = Query(
        "GS",
        "T",
        (("a", "C"),),
        cursor="C",
        low=Bound(kind="datetime", text="2024-01-01 00:00:00"),
        high=Bound(kind="datetime", text="2024-01-02 00:00:00"),
    )
    source = Source(query, [SourceColumn("C", "date")], FAULTS)

    count, values = statement_text(count_of(source.table, source.conditions()))
    rows, same = statement_text(rows_of([source.column("C")], source.conditions()))

    assert count.partition("WHERE")[2] == rows.partition("WHERE")[2]
    assert '"GS"."T"."C" >= :param_1 AND "GS"."T"."C" < :param_2' in rows
    assert values == same == {"param_1": datetime(2024, 1, 1), "param_2": datetime(2024, 1, 2)}


@pytest.mark.parametrize(
    ("value", "bound"),
    [
        (None, None),
        (datetime(2024, 1, 1, 1, 2, 3), Bound(kind="datetime", text="2024-01-01 01:02:03")),
        (7, Bound(kind="integer", text="7")),
        (7.0, Bound(kind="integer", text="7")),
        (Decimal(10**20), Bound(kind="integer", text=str(10**20))),
        (7.5, Bound(kind="text", text="7.5")),
        ("x", Bound(kind="text", text="x")),
    ],
)
def test_a_cursor_value_is_a_bound_by_what_it_is(value: Any, bound: Bound | None) -> None:
    assert bound_of(value) == bound


# ------------------------------------------------------------------- connecting


def test_a_connection_names_a_service_a_sid_or_a_connect_string() -> None:
    service = endpoint_of("fe", "oracle+cx_oracle://u:p@h:1521/?service_name=ORCL")
    sid = endpoint_of("fe", "oracle://u:p@h/?sid=XE")
    plain = endpoint_of("fe", "oracle://u:p@h/ORCL")
    dsn = endpoint_of("fe", "oracle://u:p@h/?dsn=TAXDB")

    assert connect_arguments(service, 3)["service_name"] == "ORCL"
    assert connect_arguments(sid, 3)["sid"] == "XE"
    assert connect_arguments(sid, 3)["port"] == 1521
    assert connect_arguments(plain, 3)["service_name"] == "ORCL"
    assert connect_arguments(plain, 3)["tcp_connect_timeout"] == 3
    assert connect_arguments(dsn, 3) == {"user": "u", "password": "p", "dsn": "TAXDB"}


@pytest.fixture
def mute() -> Iterator[int]:
    """Listen on a port without ever answering."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@leaves_a_socket
def test_a_listener_that_says_nothing_is_given_up_in_time(mute: int) -> None:
    began = time.monotonic()

    with pytest.raises(SourceUnreachable, match="连接不上"):
        open_reader(front_end(), endpoint_of("fe", f"oracle://u:{CANARY}@127.0.0.1:{mute}/X"))

    assert time.monotonic() - began < 5


@leaves_a_socket
@pytest.mark.parametrize(
    ("uri", "words"),
    [
        (f"oracle://u:{CANARY}@127.0.0.1:1/ORCL", "连接不上"),
        (f"oracle://u:{CANARY}@no.such.host.invalid/ORCL", "连接不上"),
        (f"oracle://u:{CANARY}@h/?dsn=NO_SUCH_NAME", "没有数据库"),
    ],
)
def test_a_machine_that_is_not_there_is_an_error_with_a_next_step(uri: str, words: str) -> None:
    with pytest.raises(SourceUnreachable, match=words) as caught:
        open_reader(front_end(), endpoint_of("fe", uri))

    assert "tax-fe" in caught.value.place
    assert caught.value.next_step.zh
    assert CANARY not in f"{caught.value} {caught.value.__cause__!r}"


def test_thick_mode_without_a_client_says_what_to_install() -> None:
    endpoint = endpoint_of("fe", "oracle://u:p@h/?lib_dir=/nowhere")

    with pytest.raises(SourceUnreachable, match="Oracle 客户端"):
        open_reader(front_end(thick_client=True), endpoint)


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("ORA-12541", SourceUnreachable, "连接不上"),
        ("DPY-6005", SourceUnreachable, "连接不上"),
        ("ORA-12154", SourceUnreachable, "没有数据库 ORCL"),
        ("ORA-12514", SourceUnreachable, "没有数据库 ORCL"),
        ("ORA-01017", SourceUnreachable, "拒绝账号 u"),
        ("ORA-28000", SourceUnreachable, "拒绝账号 u"),
        ("DPY-3010", SourceUnreachable, "精简模式"),
        ("DPI-1047", SourceUnreachable, "Oracle 客户端"),
        ("DPY-2019", SourceUnreachable, "精简模式"),
        ("ORA-29275", SourceUnreachable, "与数据库字符集不符"),
        ("DPY-4024", SourceUnreachable, "2 秒内没有数据"),
        ("ORA-00028", SourceUnreachable, "中途断开"),
        ("ORA-01555", SourceUnreachable, "中途断开"),
        ("ORA-12519", SourceUnreachable, "连接数已满"),
        ("ORA-00942", SourceMismatch, "没有表 T_ZZ"),
        ("ORA-01031", SourceMismatch, "没有表 T_ZZ"),
        ("ORA-00904", SourceMismatch, "T_ZZ"),
        ("ORA-00600", SourceUnreachable, "ORA-00600"),
    ],
)
def test_each_code_has_its_words_and_a_next_step(
    code: str, kind: type[ShutongError], words: str
) -> None:
    told = oracledb.DatabaseError(SimpleNamespace(full_code=code, message=f"{CANARY}"))

    fault = fault_of(told, FAULTS, "T_ZZ")

    assert type(fault) is kind
    assert words in fault.fact.zh
    assert fault.next_step.zh
    assert CANARY not in str(fault)


def test_an_old_server_is_told_which_setting_helps() -> None:
    fault = fault_of(oracledb.DatabaseError(SimpleNamespace(full_code="DPY-3010")), FAULTS, "T")

    assert "thick_client: true" in fault.next_step.zh
    assert "tax-fe" in fault.next_step.zh


# ------------------------------------------------------------------- drawing


class GivenTables:
    """Stands in for a connection: answers with tables it was given."""

    faults = FAULTS

    def __init__(self, count: int, tables: list[pa.Table]) -> None:
        self.count = count
        self.tables = tables
        self.asked: list[str] = []

    def snapshot(self, count: tuple[str, dict[str, Any]], table: str) -> int:
        self.asked.append(f"snapshot {table} {count[0]}")
        return self.count

    def batches(self, rows: tuple[str, dict[str, Any]], table: str) -> Iterator[pa.Table]:
        self.asked.append(f"rows {table} {rows[0]}")
        yield from self.tables

    def release(self) -> None:
        self.asked.append("release")


def drawing_of(connection: GivenTables) -> OracleDrawing:
    return OracleDrawing(
        connection,
        [Carriage("born", Way.PLAIN), Carriage("income", Way.NUMBER_TEXT)],
        rows=("SELECT", {}),
        count=("COUNT", {}),
        table="T",
    )


def test_a_drawing_counts_in_the_snapshot_it_reads() -> None:
    table = pa.table({"C0": [datetime(2024, 1, 1)] * 3, "C1": ["1.5"] * 3})
    connection = GivenTables(3, [table.slice(0, 2), table.slice(2), table.slice(3)])

    with drawing_of(connection) as drawing:
        batches = list(drawing)

    assert [batch.num_rows for batch in batches] == [2, 1]
    assert batches[0].schema.names == ["born", "income"]
    assert drawing.source_rows == 3
    assert connection.asked == ["snapshot T COUNT", "rows T SELECT", "release"]
    assert drawing.reader == "oracle: python-oracledb, income number as text"


def test_rows_that_got_lost_on_the_way_are_an_error() -> None:
    connection = GivenTables(3, [pa.table({"C0": [None], "C1": ["1"]})])

    with (
        pytest.raises(SourceUnreachable, match="应有 3 行, 收到 1 行"),
        drawing_of(connection) as d,
    ):
        list(d)
