"""DM front-end machines: the driver is an optional extra."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import pyarrow as pa
import pytest

from shutong.catalog.models import FrontEnd, FrontEndKind, Limits, RowFilter
from shutong.errors import ShutongError, SourceMismatch, SourceUnreachable
from shutong.fitting import fit
from shutong.frontends import Among, Endpoint, Query, SourceColumn, endpoint_of, open_reader
from shutong.frontends.dm import statement_text
from shutong.frontends.dm_columns import carried
from shutong.frontends.dm_faults import fault_of
from shutong.frontends.dm_values import key_maker, value
from shutong.frontends.faults import Faults
from shutong.frontends.select import Source, rows_of
from shutong.model import Bound

FRONT_END = FrontEnd(
    code="civil-fe", name="民政前置机", department="civil", kind=FrontEndKind.DM, connection="c"
)
ENDPOINT = endpoint_of("c", "dm://SYSDBA:Zx9-canary@dm.local:5236/")
FAULTS = Faults(FRONT_END, ENDPOINT)


def test_without_the_driver_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "dmPython", None)

    with pytest.raises(SourceUnreachable, match="dmPython") as caught:
        open_reader(FRONT_END, ENDPOINT)

    assert "shutong[dm]" in caught.value.next_step.en


@pytest.mark.parametrize(
    ("kind", "wanted", "sql"),
    [
        ("varchar", pa.string(), '"T"."C"'),
        ("decimal", pa.decimal128(12, 2), 'CAST("T"."C" AS VARCHAR(60))'),
        ("bigint", pa.int64(), 'CAST("T"."C" AS VARCHAR(60))'),
        ("date", pa.date32(), 'to_char("T"."C", \'YYYY-MM-DD\')'),
        ("timestamp", pa.timestamp("us"), 'to_char("T"."C", \'YYYY-MM-DD HH24:MI:SS.FF6\')'),
        ("blob", pa.binary(), '"T"."C"'),
        ("blob", pa.string(), None),
        ("timestamp with time zone", pa.timestamp("us"), None),
        ("st_geometry", pa.string(), None),
    ],
)
def test_each_type_is_carried_as_exact_text_or_not_at_all(
    kind: str, wanted: pa.DataType, sql: str | None
) -> None:
    column = SourceColumn("C", kind)
    source = Source(Query(None, "T", (("a", "C"),)), [column], FAULTS)

    expression = carried(source.column("C"), column, wanted)

    if sql is None:
        assert expression is None
    else:
        assert expression is not None
        text, _ = statement_text(rows_of([expression], []))
        assert text == f'SELECT {sql} AS c0 \nFROM "T"'


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("[CODE:-2501]Invalid username or password", SourceUnreachable, "拒绝账号 SYSDBA"),
        ("[CODE:-70028]Create SOCKET connection failure", SourceUnreachable, "连接不上"),
        ("[CODE:-2106]Invalid table or view name [T_SECRET]", SourceMismatch, "没有表 T"),
        ("[CODE:-6118]Invalid value 360203196602246411", SourceMismatch, "表 T"),
        ("something else 360203196602246411", SourceUnreachable, "DM"),
    ],
)
def test_each_code_has_its_words_without_the_driver_s(
    text: str, kind: type[ShutongError], words: str
) -> None:
    fault = fault_of(RuntimeError(text), FAULTS, "T")

    assert type(fault) is kind
    assert words in fault.fact.zh
    assert "360203196602246411" not in str(fault)


# ------------------------------------------------------------------- a stand-in for the driver


class ReadingCursor(sqlite3.Cursor):
    """A cursor of an account that may only read."""

    refusals: ClassVar[dict[str, str]] = {"INSERT": "-5501", "DELETE": "-5502", "UPDATE": "-5503"}

    def execute(self, sql: str, values: Any = ()) -> sqlite3.Cursor:
        if code := self.refusals.get(sql.partition(" ")[0]):
            raise sqlite3.OperationalError(f"[CODE:{code}]360203196602246411")
        return super().execute(sql, values)


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """Install a module that speaks dmPython's interface and keeps its tables in SQLite."""
    database = sqlite3.connect(":memory:", check_same_thread=False)
    database.create_function("to_char", 2, lambda value, _: value)
    database.create_function("SYS_CONTEXT", 2, lambda *_: "MZ")
    database.execute("CREATE TABLE dual (x)")
    database.execute("INSERT INTO dual VALUES (1)")
    database.execute(
        "CREATE TABLE all_tab_columns (owner, table_name, column_name, data_type, data_length, "
        "data_precision, data_scale, nullable, column_id)"
    )
    database.executemany(
        "INSERT INTO all_tab_columns VALUES ('MZ', 'T', ?, ?, 20, ?, ?, 'Y', ?)",
        [
            ("姓名", "VARCHAR", None, None, 1),
            ("JE", "DECIMAL", 12, 2, 2),
            ("SJ", "TIMESTAMP", 0, 6, 3),
            ("DM", "CHAR", None, None, 4),
        ],
    )
    database.execute('CREATE TABLE "T" ("姓名" TEXT, "JE" TEXT, "SJ" TEXT, "DM" TEXT)')
    module: Any = ModuleType("dmPython")
    module.Error = sqlite3.Error
    module.connect = lambda **_: SimpleNamespace(
        cursor=lambda: database.cursor(ReadingCursor), close=lambda: None, rollback=lambda: None
    )
    monkeypatch.setitem(sys.modules, "dmPython", module)
    yield database
    database.close()


QUERY = Query(None, "T", (("name", "姓名"), ("amount", "JE"), ("at", "SJ")), cursor="SJ")
WANTED = pa.schema(
    [("name", pa.string()), ("amount", pa.decimal128(12, 2)), ("at", pa.timestamp("us"))]
)


def test_rows_and_count_come_from_one_statement(driver: sqlite3.Connection) -> None:
    driver.executemany(
        'INSERT INTO "T" ("姓名", "JE", "SJ") VALUES (?, ?, ?)',
        [
            ("𠮷", "1.50", "2024-01-01 00:00:00.000000"),
            (None, None, None),
            ("甲", "2", "2024-01-02"),
        ],
    )
    only = RowFilter(column="姓名", operator="not_null")
    query = Query(None, "T", QUERY.columns, (only,), "SJ", Bound(kind="text", text="2024-01-01"))

    with open_reader(FRONT_END, ENDPOINT).draw(query, WANTED) as drawing:
        rows = [row for batch in drawing for row in fit(batch, WANTED).rows.to_pylist()]

    assert [row["name"] for row in rows] == ["𠮷", "甲"]
    assert rows[0]["at"] == datetime(2024, 1, 1)
    assert drawing.source_rows == 2


def test_an_empty_table_is_empty(driver: sqlite3.Connection) -> None:
    assert driver.execute('SELECT COUNT(*) FROM "T"').fetchone() == (0,)

    with open_reader(FRONT_END, ENDPOINT).draw(QUERY, WANTED) as drawing:
        assert list(drawing) == []
        assert drawing.source_rows == 0


@pytest.mark.usefixtures("driver")
def test_no_login_and_no_statement_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[dict[str, Any]] = []
    module: Any = sys.modules["dmPython"]
    connect = module.connect
    monkeypatch.setattr(module, "connect", lambda **facts: given.append(facts) or connect(**facts))
    quick = Limits(connect_timeout_seconds=3, read_timeout_seconds=7)

    for limits in (Limits(), quick):
        open_reader(FRONT_END.model_copy(update={"limits": limits}), ENDPOINT).close()

    assert [(facts["login_timeout"], facts["connection_timeout"]) for facts in given] == [
        (10, 300),
        (3, 7),
    ]


@pytest.mark.usefixtures("driver")
def test_a_missing_table_is_named() -> None:
    reader = open_reader(FRONT_END, ENDPOINT)

    with pytest.raises(SourceMismatch, match="MISSING"):
        reader.draw(Query(None, "MISSING", QUERY.columns), WANTED)


def test_the_address_of_an_endpoint_is_in_the_error() -> None:
    assert "dm.local:5236" in FAULTS.place
    assert Endpoint("dm", "h").address == "h"


@pytest.mark.usefixtures("driver")
@pytest.mark.parametrize("word", ["INSERT", "UPDATE", "DELETE"])
def test_a_right_to_write_is_refused_by_name(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    left = {other: code for other, code in ReadingCursor.refusals.items() if other != word}
    monkeypatch.setattr(ReadingCursor, "refusals", left)

    with pytest.raises(SourceMismatch, match=f"有写权限: {word}"):
        open_reader(FRONT_END, ENDPOINT).draw(QUERY, WANTED)


@pytest.mark.usefixtures("driver")
@pytest.mark.parametrize("code", ["-5504", "-2106", "-509", "-523"])
def test_an_error_that_is_no_missing_right_proves_nothing(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ReadingCursor, "refusals", {**ReadingCursor.refusals, "DELETE": code})

    with pytest.raises(SourceMismatch, match=f"未能证明账号 SYSDBA .*DM {code}") as caught:
        open_reader(FRONT_END, ENDPOINT).draw(QUERY, WANTED)

    assert "writable_account: accept" in caught.value.next_step.en
    assert "360203196602246411" not in str(caught.value)


@pytest.mark.usefixtures("driver")
def test_a_line_that_is_lost_during_the_proof_is_told_as_such(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ReadingCursor, "refusals", {"INSERT": "-70019"})

    with pytest.raises(SourceUnreachable, match="中途断开"):
        open_reader(FRONT_END, ENDPOINT).draw(QUERY, WANTED)


def test_the_blanks_behind_a_char_are_taken_away(driver: sqlite3.Connection) -> None:
    driver.execute("INSERT INTO \"T\" VALUES ('乙 ', NULL, NULL, '01  ')")
    query = Query(None, "T", (("name", "姓名"), ("code", "DM")))
    wanted = pa.schema([("name", pa.string()), ("code", pa.string())])

    with open_reader(FRONT_END, ENDPOINT).draw(query, wanted) as drawing:
        (batch,) = drawing

    assert batch.to_pylist() == [{"name": "乙 ".encode(), "code": b"01"}]


@pytest.mark.parametrize(
    ("column", "key", "sql", "bound"),
    [
        (SourceColumn("C", "char", length=6), "张".encode(),
         '"T"."C" IN (CAST(? AS CHAR(3)))', "张"),
        (SourceColumn("C", "varchar", length=6), b"01", '"T"."C" IN (?)', "01"),
        (SourceColumn("C", "decimal", precision=20), b"9" * 20,
         '"T"."C" IN (?)', Decimal("9" * 20)),
        (SourceColumn("C", "bigint"), b"7", '"T"."C" IN (?)', Decimal(7)),
        (SourceColumn("C", "varbinary"), b"\x00", '"T"."C" IN (?)', b"\x00"),
        (SourceColumn("C", "date"), b"2024-02-29",
         'to_char("T"."C", \'YYYY-MM-DD\') IN (?)', "2024-02-29"),
        (SourceColumn("C", "double"), b"0.1", 'CAST("T"."C" AS VARCHAR(60)) IN (?)', "0.1"),
    ],
)  # fmt: skip
def test_a_key_is_compared_in_the_form_in_which_it_was_drawn(
    column: SourceColumn, key: bytes, sql: str, bound: Any
) -> None:
    query = Query(None, "T", (("a", "C"),), among=Among(("C",), ((key,),)))
    source = Source(query, [column], FAULTS)
    wanted = pa.schema([("a", pa.binary() if column.type_name == "varbinary" else pa.string())])
    conditions = source.conditions(value, key_maker(query, source, wanted))

    text, values = statement_text(rows_of([source.column("C")], conditions))

    assert (text.partition("WHERE ")[2], values) == (sql, (bound,))


def test_a_filter_meets_a_column_that_is_filled_up_with_blanks() -> None:
    only = RowFilter(column="C", operator="=", value="甲")
    for kind, sql in (("char", '"T"."C" = CAST(? AS CHAR(3))'), ("varchar", '"T"."C" = ?')):
        source = Source(Query(None, "T", (("a", "C"),), (only,)), [SourceColumn("C", kind)], FAULTS)
        text, values = statement_text(rows_of([source.column("C")], source.conditions(value)))
        assert (text.partition("WHERE ")[2], values) == (sql, ("甲",))
