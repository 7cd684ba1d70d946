"""The audit chain: what it refuses, and what it finds."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shutong import audit_verifier
from shutong.audit import Action, AuditTrail
from shutong.errors import RecordFailed
from shutong.ledger import Ledger
from shutong.ledger.chain import AuditEvent, canonical, first_bad
from shutong.model import Window

VERIFIER = Path(audit_verifier.__file__)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def trail(path: Path) -> AuditTrail:
    trail = AuditTrail(Ledger(f"sqlite:///{path}"))
    for n in range(5):
        trail.record(
            "王专员", Action.TABLE_QUERIED, "population/resident", {"rows": n, "用途": "核对"}
        )
    return trail


@contextmanager
def tampering(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file as somebody would who holds it: triggers gone."""
    raw = sqlite3.connect(path)
    for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    yield raw
    raw.commit()
    raw.close()


def verdict(path: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", str(VERIFIER), str(path)],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    return done.returncode, done.stdout + done.stderr


def test_an_untouched_chain_holds(trail: AuditTrail, path: Path) -> None:
    assert trail.verify() is None
    code, words = verdict(path)
    assert code == 0
    assert trail.head().hash in words
    assert "5 条" in words


def test_an_empty_chain_holds(path: Path) -> None:
    trail = AuditTrail(Ledger(f"sqlite:///{path}"))
    assert trail.verify() is None
    assert trail.head().seq == 0
    assert verdict(path)[0] == 0


def test_a_seal_is_sm3_over_the_seal_before_and_the_canonical_record(trail: AuditTrail) -> None:
    first, second = trail.events()[:2]
    assert first.prev == "0" * 64
    assert second.prev == first.hash
    text = (
        f'{{"action":"table.queried","actor":"王专员","at":"{second.at}",'
        '"facts":"{\\"rows\\":1,\\"用途\\":\\"核对\\"}","seq":2,"subject":"population/resident"}'
    )
    assert second.hash == hashlib.new("sm3", (first.hash + text).encode()).hexdigest()


EDITS = {
    "a changed actor": ("UPDATE audit_events SET actor = 'x' WHERE seq = 3", 3),
    "a changed fact": ("UPDATE audit_events SET facts = '{}' WHERE seq = 3", 3),
    "a changed time": ("UPDATE audit_events SET at = '2020' WHERE seq = 1", 1),
    "a changed subject": ("UPDATE audit_events SET subject = 'x' WHERE seq = 5", 5),
    "a changed action": ("UPDATE audit_events SET action = 'x' WHERE seq = 2", 2),
    "a changed link": ("UPDATE audit_events SET prev = 'x' WHERE seq = 2", 2),
    "a changed seal": ("UPDATE audit_events SET hash = 'x' WHERE seq = 2", 2),
    "a deleted record": ("DELETE FROM audit_events WHERE seq = 3", 4),
    "the first record deleted": ("DELETE FROM audit_events WHERE seq = 1", 2),
    "a deleted record, numbers closed": (
        "DELETE FROM audit_events WHERE seq = 3; UPDATE audit_events SET seq = seq - 1 "
        "WHERE seq > 3",
        3,
    ),
    "two records that changed places": (
        "UPDATE audit_events SET seq = -1 WHERE seq = 2; "
        "UPDATE audit_events SET seq = 2 WHERE seq = 3; "
        "UPDATE audit_events SET seq = 3 WHERE seq = -1",
        2,
    ),
    "an inserted record": (
        "UPDATE audit_events SET seq = seq + 100 WHERE seq > 2; "
        "UPDATE audit_events SET seq = seq - 99 WHERE seq > 100; "
        "INSERT INTO audit_events SELECT 3, at, actor, action, subject, facts, prev, 'new' "
        "FROM audit_events WHERE seq = 2",
        3,
    ),
}


@pytest.mark.parametrize(("edit", "bad"), EDITS.values(), ids=EDITS)
def test_the_first_bad_record_is_named_after(
    trail: AuditTrail, path: Path, edit: str, bad: int
) -> None:
    with tampering(path) as raw:
        raw.executescript(edit)
    found = trail.verify()
    assert found is not None
    assert found.seq == bad
    code, words = verdict(path)
    assert code == 1
    assert f"record {bad}:" in words


def test_a_record_sealed_anew_breaks_the_next_one(trail: AuditTrail, path: Path) -> None:
    third = trail.events()[2]
    forged = AuditEvent(3, third.at, "x", third.action, third.subject, "{}", third.prev, "")
    with tampering(path) as raw:
        raw.execute(
            "UPDATE audit_events SET actor = 'x', facts = '{}', hash = ? WHERE seq = 3",
            (forged.sealed(),),
        )
    found = trail.verify()
    assert found is not None
    assert found.seq == 4
    assert verdict(path)[0] == 1


def test_a_chain_that_does_not_begin_with_number_one_is_bad(trail: AuditTrail) -> None:
    first = trail.events()[0]
    draft = replace(first, seq=2)
    moved = replace(draft, hash=draft.sealed())
    found = first_bad([moved])
    assert found is not None
    assert found.seq == 2
    row = {name: getattr(moved, name) for name in audit_verifier.COLUMNS}
    assert "record 2" in audit_verifier.check([row])[2]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET actor = 'x'",
        "DELETE FROM audit_events",
        "INSERT OR REPLACE INTO audit_events SELECT seq, at, 'x', action, subject, facts, prev, "
        "hash FROM audit_events WHERE seq = 2",
        "INSERT INTO audit_events SELECT 99, at, 'x', action, subject, facts, prev, 'h' "
        "FROM audit_events WHERE seq = 2",
    ],
)
def test_the_database_itself_refuses_to_change_a_record(
    trail: AuditTrail, path: Path, statement: str
) -> None:
    raw = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(statement)
    raw.close()
    assert trail.verify() is None


def test_a_record_that_cannot_be_written_stops_what_it_belongs_to(path: Path) -> None:
    ledger = Ledger(f"sqlite:///{path}")
    ledger.batches()
    with sqlite3.connect(path) as raw:
        raw.execute(
            "CREATE TRIGGER full BEFORE INSERT ON audit_events "
            "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    raw.close()
    window = Window.model_validate(
        {"resource": "d.r", "mode": "full", "planned_at": "2026-11-23T00:00:00"}
    )
    with pytest.raises(RecordFailed, match="disk full"):
        ledger.plan(window, "population/resident")
    assert ledger.state(window.batch_id) is None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", object()])
def test_facts_that_are_not_json_are_refused(trail: AuditTrail, value: object) -> None:
    with pytest.raises(RecordFailed, match="not JSON"):
        trail.record("x", Action.TABLE_QUERIED, "y", {"v": value})  # type: ignore[dict-item]
    assert trail.head().seq == 5


def test_the_verifier_needs_nothing_of_the_project() -> None:
    imported = [
        line.split()[1]
        for line in VERIFIER.read_text(encoding="utf-8").splitlines()
        if line.startswith(("import ", "from "))
    ]
    assert all(name.split(".")[0] in sys.stdlib_module_names for name in imported), imported


def test_the_verifier_says_when_it_cannot_read(tmp_path: Path, path: Path) -> None:
    assert verdict(tmp_path / "none.db")[0] == 2
    path.write_text("nothing of the kind " * 100)
    code, words = verdict(path)
    assert code == 2
    assert "无法读取" in words


def test_the_verifier_reads_a_ledger_while_it_is_written(trail: AuditTrail, path: Path) -> None:
    writer = sqlite3.connect(path)
    writer.execute("BEGIN IMMEDIATE")
    assert verdict(path)[0] == 0
    writer.close()


def test_every_action_has_words() -> None:
    for action in Action:
        assert action.words.zh
        assert action.words.en


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
facts = st.dictionaries(
    texts, st.one_of(st.none(), st.booleans(), st.integers(), texts), max_size=4
)


@given(st.lists(st.tuples(texts, texts, facts), min_size=1, max_size=5))
def test_package_and_stand_alone_verifier_seal_alike(
    told: list[tuple[str, str, dict[str, bool | int | str | None]]],
) -> None:
    prev, events = "0" * 64, []
    for n, (actor, subject, fact) in enumerate(told, 1):
        draft = AuditEvent(n, "t", actor, "a", subject, canonical(dict(fact)), prev, "")
        prev = draft.sealed()
        events.append(AuditEvent(n, "t", actor, "a", subject, draft.facts, draft.prev, prev))
    rows = [{name: getattr(e, name) for name in audit_verifier.COLUMNS} for e in events]
    assert first_bad(events) is None
    assert audit_verifier.check(rows) == (len(events), prev, "")
    rows[-1]["subject"] = f"{rows[-1]['subject']}x"
    assert audit_verifier.check(rows)[2]
