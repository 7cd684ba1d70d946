"""Baselines of source tables in the ledger, and ledgers of an earlier release."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table
from tests.unit.drift.shapes import item, shape
from tests.unit.ledger.test_ledger import RESIDENT, landed, validated, window

from shutong.audit import Action, AuditTrail
from shutong.errors import RecordFailed
from shutong.ledger import Ledger, schema

FIRST = shape("ID int", "XM varchar(20)", uses=(item("XM"),))
SECOND = shape("ID int", "XM varchar(60)", uses=(item("XM"),))
_LATER = tuple(
    f"DROP TABLE {table.name}"
    for version in sorted(schema.UPGRADES, reverse=True)
    for table in reversed(schema.UPGRADES[version])
)
COPY = "SELECT seq, at, actor, action, subject, facts, prev, hash FROM audit_events"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def address(path: Path) -> str:
    return f"sqlite:///{path}"


def raw(path: Path, *statements: str) -> list[tuple[object, ...]]:
    """Run statements past the ledger; return the last one's rows."""
    rows: list[tuple[object, ...]] = []
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            rows = connection.execute(statement).fetchall()
    return rows


def of_version_1(path: Path) -> Ledger:
    """Make a ledger with a landed batch as version 1 left it."""
    old = Ledger(address(path))
    batch = window()
    validated(old, batch)
    old.land(landed(batch), batch.high)
    raw(path, *_LATER, "UPDATE schema_version SET version = 1")
    return old


def test_the_last_baseline_stands_and_those_before_stay(path: Path) -> None:
    ledger = Ledger(address(path))
    assert ledger.shape(RESIDENT) is None
    ledger.enter_shape(Action.SHAPE_RECORDED, RESIDENT, FIRST, {"reason": "first"})
    ledger.enter_shape(Action.SHAPE_ACCEPTED, RESIDENT, SECOND, {}, actor="steward")

    recorded = Ledger(address(path)).shape(RESIDENT)

    assert recorded is not None
    assert (recorded.number, recorded.shape) == (2, SECOND)
    assert ledger.shape("public-security.other") is None
    assert raw(path, "SELECT count(*) FROM source_shapes") == [(2,)]


def test_a_baseline_and_its_audit_record_are_one(path: Path) -> None:
    ledger = Ledger(address(path))
    ledger.enter_shape(Action.SHAPE_ACCEPTED, RESIDENT, FIRST, {"changes": ["x"]}, actor="li")
    (event,) = AuditTrail(ledger).events(RESIDENT)
    assert (event.action, event.actor) == ("shape.accepted", "li")
    facts = json.loads(event.facts)
    assert (facts["changes"], facts["columns"], facts["digest"]) == (["x"], 2, FIRST.digest)

    raw(path, "DROP TABLE audit_events")
    with pytest.raises(RecordFailed):
        ledger.enter_shape(Action.SHAPE_RECORDED, RESIDENT, SECOND, {})
    assert raw(path, "SELECT count(*) FROM source_shapes") == [(1,)]


def test_a_digest_tells_columns_and_their_order_apart(path: Path) -> None:
    assert FIRST.digest != SECOND.digest
    assert shape("A int", "B int").digest != shape("B int", "A int").digest
    assert FIRST.digest == FIRST.model_copy(update={"uses": ()}).digest


def test_a_ledger_of_version_1_keeps_everything_and_takes_baselines(path: Path) -> None:
    of_version_1(path)
    before = {
        table: raw(path, f"SELECT * FROM {table}")
        for table in ("batches", "watermarks", "landings", "landed_files", "audit_events")
    }

    ledger = Ledger(address(path))
    assert ledger.shape(RESIDENT) is None

    for table, rows in before.items():
        assert raw(path, f"SELECT * FROM {table}") == rows, table
    assert raw(path, "SELECT version FROM schema_version") == [(schema.SCHEMA_VERSION,)]
    assert ledger.landing(window().batch_id) == landed(window())
    assert ledger.watermark(RESIDENT) == window().high
    ledger.enter_shape(Action.SHAPE_RECORDED, RESIDENT, FIRST, {})
    recorded = ledger.shape(RESIDENT)
    assert recorded is not None
    assert recorded.shape == FIRST
    assert AuditTrail(ledger).verify() is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET actor = 'x'",
        "DELETE FROM audit_events",
        f"REPLACE INTO audit_events {COPY} WHERE seq = 1",
    ],
)
def test_the_audit_chain_is_guarded_after_the_upgrade_as_before(path: Path, statement: str) -> None:
    of_version_1(path)
    Ledger(address(path)).batches()
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw(path, statement)


def test_an_upgraded_ledger_has_the_tables_of_a_new_one(path: Path, tmp_path: Path) -> None:
    of_version_1(path)
    Ledger(address(path)).batches()
    new = tmp_path / "new.db"
    Ledger(address(new)).batches()
    declared = "SELECT type, name, sql FROM sqlite_master ORDER BY name"
    assert raw(path, declared) == raw(new, declared)


def test_an_upgrade_that_fails_leaves_the_ledger_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_version_1(path)
    there = Table("batches", MetaData(), Column("x", Integer))
    with monkeypatch.context() as patched:
        patched.setitem(schema.UPGRADES, 1, (schema.source_shapes, there))
        with pytest.raises(RecordFailed):
            Ledger(address(path)).batches()
        assert raw(path, "SELECT version FROM schema_version") == [(1,)]
        tables = raw(path, "SELECT name FROM sqlite_master WHERE name LIKE 'source%'")
        assert tables == []
    assert len(Ledger(address(path)).batches()) == 1


def test_processes_that_open_an_old_ledger_at_once_upgrade_it_once(path: Path) -> None:
    of_version_1(path)
    script = "import sys; from shutong.ledger import Ledger; Ledger(sys.argv[1]).batches()"
    children = [
        subprocess.Popen([sys.executable, "-c", script, address(path)], stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    for child in children:
        _, errors = child.communicate(timeout=60)
        assert child.returncode == 0, errors.decode()
    assert raw(path, "SELECT version FROM schema_version") == [(schema.SCHEMA_VERSION,)]


def test_a_ledger_of_version_2_takes_tickets_and_keeps_its_baselines(path: Path) -> None:
    Ledger(address(path)).enter_shape(Action.SHAPE_RECORDED, RESIDENT, FIRST, {})
    later = [
        f"DROP TABLE {table.name}"
        for version in sorted(schema.UPGRADES, reverse=True)
        if version > 1
        for table in reversed(schema.UPGRADES[version])
    ]
    raw(path, *later, "UPDATE schema_version SET version = 2")

    ledger = Ledger(address(path))
    assert ledger.tickets.all() == ()
    recorded = ledger.shape(RESIDENT)
    assert recorded is not None
    assert recorded.shape == FIRST
