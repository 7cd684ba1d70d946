"""The ledger's part on sharing: entered whole with its audit records, or not at all."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from shutong.audit import AuditTrail
from shutong.errors import RecordFailed
from shutong.ledger import Ledger, MoveKind, SeenFile, ShareMove, schema

SEEN = SeenFile("a.b", "catalog/a/requests/b.yaml", "d1", "s1", ("submitted_on",))
MOVED = ShareMove("a.b", MoveKind.MOVED, "submitted")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def raw(path: Path, *statements: str) -> list[Any]:
    rows: list[Any] = []
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            rows = connection.execute(statement).fetchall()
    return rows


def test_what_is_entered_is_read_again_with_its_moment(path: Path) -> None:
    ledger = Ledger(f"sqlite:///{path}")
    with ledger.sharing(actor="li") as book:
        book.see(SEEN)
        book.enter(MOVED)
    record = Ledger(f"sqlite:///{path}").share_record()
    (seen,), (moved,) = record.files, record.moves
    assert (seen.digest, seen.marks, bool(seen.at)) == ("d1", ("submitted_on",), True)
    assert moved.at == seen.at
    assert record.last_state("a.b") == "submitted"
    assert record.last_state("a.c") is None
    events = AuditTrail(ledger).events("a.b")
    assert [(e.action, e.actor) for e in events] == [
        ("share_file.seen", "li"),
        ("request.moved", "li"),
    ]


def test_an_entry_that_fails_takes_all_of_its_writing_back(path: Path) -> None:
    ledger = Ledger(f"sqlite:///{path}")
    with pytest.raises(RecordFailed), ledger.sharing() as book:
        book.enter(MOVED)
        book.see(SEEN)
        book.see(SEEN)
    assert ledger.share_record().files == ()
    assert ledger.share_record().moves == ()
    assert AuditTrail(ledger).events() == ()


def test_a_ledger_from_before_sharing_is_brought_up_in_place(path: Path) -> None:
    ledger = Ledger(f"sqlite:///{path}")
    with ledger.sharing() as book:
        book.enter(MOVED)
    (before,) = [version for version, tables in schema.UPGRADES.items() if tables == schema.SHARING]
    dropped = [
        f"DROP TABLE {table.name}"
        for version in sorted(schema.UPGRADES, reverse=True)
        if version >= before
        for table in reversed(schema.UPGRADES[version])
    ]
    raw(path, *dropped, f"UPDATE schema_version SET version = {before}")
    again = Ledger(f"sqlite:///{path}")
    with again.sharing() as book:
        book.see(SEEN)
    assert len(again.share_record().files) == 1
    assert raw(path, "SELECT version FROM schema_version") == [(schema.SCHEMA_VERSION,)]
    assert AuditTrail(again).verify() is None
