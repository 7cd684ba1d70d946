"""Which driver reads an Oracle machine, and that cx_Oracle gives the same as its successor."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from types import ModuleType, SimpleNamespace
from typing import Any

import oracledb
import pyarrow as pa
import pytest

from shutong.catalog.models import FrontEnd, FrontEndKind, Limits
from shutong.errors import SourceUnreachable
from shutong.fitting import fit
from shutong.frontends import Query, endpoint_of, open_reader
from shutong.frontends.oracle_driver import driver_of, name_of
from shutong.model import Bound

CANARY = "Zx9-canary"
FRONT_END = FrontEnd(
    code="tax-fe", name="税务前置机", department="tax", kind=FrontEndKind.ORACLE, connection="fe"
)
CLASSIC = endpoint_of("fe", f"oracle+cx_oracle://u:{CANARY}@h:1521/?service_name=ORCL")
DECLARED = [
    ("GS", "T", "XM", "CHAR", 4, None, None, "Y"),
    ("GS", "T", "JE", "NUMBER", 0, 18, 2, "Y"),
    ("GS", "T", "BZ", "CLOB", 0, None, None, "Y"),
    ("GS", "T", "ZP", "BLOB", 0, None, None, "Y"),
]


class GivenError(Exception):
    """Stands in for cx_Oracle.Error."""


class GivenCursor:
    """Answers as cx_Oracle's cursor does."""

    description: Any = (("C0",), ("C1",), ("C2",), ("C3",))

    def __init__(self, asked: list[str]) -> None:
        self.asked = asked
        self.arraysize = 0
        self.outputtypehandler: Any = None
        self.rows: list[tuple[Any, ...]] = []

    def __enter__(self) -> GivenCursor:
        return self

    def __exit__(self, *_: object) -> None: ...

    def parse(self, sql: str) -> None:
        self.asked.append(f"parse {sql}")
        raise GivenError(SimpleNamespace(code=1031, message="ORA-01031: insufficient privileges"))

    def execute(self, sql: str, values: Any = None) -> None:
        self.asked.append(sql)
        if "all_tab_columns" in sql:
            self.rows = list(DECLARED)
        elif "NLS_CHARACTERSET" in sql:
            self.rows = [("AL32UTF8",)]
        elif "SYSTIMESTAMP" in sql:
            self.rows = [(datetime(2024, 3, 5, 10),)]
        elif "max(" in sql:
            self.rows = [("1234567890123456.00",)]
        elif "count(*)" in sql:
            self.rows = [(2,)]
        elif "c0" in sql:
            # What a NUMBER is without the handler: a double.
            number = self.outputtypehandler(self, "C1", "number", 0, 18, 2)
            money = Decimal("1234567890123456.78") if number is Decimal else 1234567890123456.78
            large = io.StringIO("𠮷" * 9), io.BytesIO(b"\x00\xff")
            self.rows = [("甲  ", money, *large), (None, None, None, None)]

    def var(self, kind: Any, arraysize: int) -> Any:
        assert arraysize == self.arraysize
        return kind

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self.rows

    def fetchmany(self) -> list[tuple[Any, ...]]:
        rows, self.rows = self.rows, []
        return rows


@pytest.fixture
def classic(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Install a stand-in for cx_Oracle, which cannot be had without its client."""
    module: Any = ModuleType("cx_Oracle")
    module.asked, module.given = [], {}
    module.Error, module.DB_TYPE_NUMBER = GivenError, "number"
    module.makedsn = lambda host, port, **place: f"{host}:{port} {place}"

    def connect(**given: Any) -> Any:
        module.given = given
        module.connection = SimpleNamespace(
            cursor=lambda: GivenCursor(module.asked),
            rollback=lambda: module.asked.append("ROLLBACK"),
            close=lambda: None,
            call_timeout=0,
        )
        return module.connection

    module.connect = connect
    monkeypatch.setitem(sys.modules, "cx_Oracle", module)
    yield module


def test_a_connection_for_cx_oracle_is_read_by_its_successor_where_it_is_not_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "cx_Oracle", None)

    assert driver_of(CLASSIC) is oracledb


def test_cx_oracle_is_used_only_where_the_connection_asks_for_it(classic: Any) -> None:
    assert driver_of(CLASSIC) is classic
    assert driver_of(endpoint_of("fe", "oracle://u:p@h/ORCL")) is oracledb
    assert (name_of(classic), name_of(oracledb)) == ("cx_Oracle", "python-oracledb")


@pytest.mark.parametrize(
    ("limits", "milliseconds"),
    [
        (Limits(), 300_000),
        (Limits(read_timeout_seconds=7), 7_000),
        (Limits(statement_timeout_seconds=9), 9_000),
    ],
)
def test_no_call_to_oracle_waits_for_ever(classic: Any, limits: Limits, milliseconds: int) -> None:
    open_reader(FRONT_END.model_copy(update={"limits": limits}), CLASSIC).close()

    assert classic.connection.call_timeout == milliseconds


def test_the_clock_and_the_largest_cursor_are_of_one_system_change_number(classic: Any) -> None:
    reader = open_reader(FRONT_END, CLASSIC)
    classic.asked.clear()

    clock = reader.clock(Query("GS", "T", (("b", "JE"),), cursor="JE"))

    assert clock.now == datetime(2024, 3, 5, 10)
    assert clock.cursor_max == Bound(kind="integer", text="1234567890123456")
    heads = [sql.split()[0] for sql in classic.asked if "all_tab_columns" not in sql]
    assert heads == ["ROLLBACK", "SET", "SELECT", "SELECT", "ROLLBACK"]
    assert "SET TRANSACTION READ ONLY" in classic.asked
    assert "all_tab_columns" in classic.asked[0], "looked up before the snapshot is opened"


def test_cx_oracle_gives_exact_numbers_whole_texts_and_bytes_in_one_snapshot(classic: Any) -> None:
    wanted = pa.schema(
        [("a", pa.string()), ("b", pa.decimal128(18, 2)), ("c", pa.string()), ("d", pa.binary())]
    )
    query = Query("GS", "T", (("a", "XM"), ("b", "JE"), ("c", "BZ"), ("d", "ZP")))

    reader = open_reader(FRONT_END, CLASSIC)
    with reader.draw(query, wanted) as drawing:
        (fitted,) = [fit(batch, wanted) for batch in drawing]
        assert drawing.reader == "oracle: cx_Oracle"
    reader.close()

    assert fitted.misfits is None
    assert [tuple(row.values()) for row in fitted.rows.to_pylist()] == [
        ("甲", Decimal("1234567890123456.78"), "𠮷" * 9, b"\x00\xff"),
        (None, None, None, None),
    ]
    assert classic.given["dsn"] == "h:1521 {'service_name': 'ORCL'}"
    assert classic.given["encoding"] == classic.given["nencoding"] == "UTF-8"
    snapshot = classic.asked.index("SET TRANSACTION READ ONLY")
    assert "count(*)" in classic.asked[snapshot + 1]
    assert "c0" in classic.asked[snapshot + 2]


def test_its_errors_are_told_by_their_code_and_never_in_its_words(classic: Any) -> None:
    def refused(**_: Any) -> Any:
        raise GivenError(SimpleNamespace(code=1017, message=f"ORA-01017: invalid {CANARY}"))

    classic.connect = refused

    with pytest.raises(SourceUnreachable, match="拒绝账号 u") as caught:
        open_reader(FRONT_END, CLASSIC)

    assert CANARY not in f"{caught.value} {caught.value.__cause__!r}"
