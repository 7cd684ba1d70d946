"""The ledger in PostgreSQL, on a real server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import DBAPIError
from tests.integration.postgresql import PostgreSQL
from tests.unit.ledger.test_ledger import landed, validated, window

from shutong.audit import AuditTrail
from shutong.errors import RecordFailed
from shutong.ledger import (
    Ledger,
    MoveKind,
    OpenedRow,
    Opening,
    RowSettled,
    RowState,
    SeenFile,
    ShareMove,
    TicketChanges,
    TicketKind,
    TicketState,
)
from shutong.model import BatchState


@pytest.fixture
def address(postgresql: PostgreSQL) -> str:
    return postgresql.admin.url


def test_a_batch_lands_and_is_found_again(address: str) -> None:
    ledger, batch = Ledger(address), window()
    validated(ledger, batch)
    ledger.land(landed(batch), batch.high)
    other = Ledger(address)
    assert other.state(batch.batch_id) is BatchState.LANDED
    assert other.watermark(batch.resource) == batch.high
    assert [record.landed for record in other.landings()] == [landed(batch)]
    assert len(other.landed_files()) == 1
    assert AuditTrail(other).verify() is None


def test_a_ticket_opens_with_its_landing_and_closes_itself(address: str) -> None:
    ledger, batch, later = Ledger(address), window(), window(hour=1)
    validated(ledger, batch)
    opening = Opening(
        kind=TicketKind.REJECTED,
        resource=batch.resource,
        dataset="population/resident",
        batch_id=batch.batch_id,
        rows=(OpenedRow(place=0), OpenedRow(place=3)),
        due_on=date(2026, 12, 9),
    )
    ledger.land(landed(batch), batch.high, TicketChanges(opening=opening))
    ticket = ledger.tickets.of_batch(batch.batch_id)
    assert ticket is not None
    ledger.tickets.mark_exported(ticket, {"rows": 2}, "steward")

    validated(ledger, later)
    settled = [RowSettled(ticket=ticket, row=n, state=RowState.SOURCE) for n in (1, 2)]
    ledger.land(landed(later), later.high, TicketChanges(settled=tuple(settled)))

    assert Ledger(address).tickets.ticket(ticket).state is TicketState.CLOSED
    assert AuditTrail(ledger).verify() is None


def test_what_is_seen_and_moved_of_a_request_is_entered_whole(address: str) -> None:
    ledger = Ledger(address)
    seen = SeenFile("c.r", "catalog/c/requests/r.yaml", "d" * 64, "s" * 64, ("submitted_on",))
    with ledger.sharing() as book:
        book.see(seen)
        book.enter(ShareMove("c.r", MoveKind.MOVED, "submitted"))
    with pytest.raises(KeyError), ledger.sharing() as book:
        book.enter(ShareMove("c.r", MoveKind.MOVED, "granted"))
        raise KeyError
    record = Ledger(address).share_record()
    assert [each.digest for each in record.files] == ["d" * 64]
    assert record.last_state("c.r") == "submitted"
    assert AuditTrail(ledger).verify() is None


def test_writers_at_once_wait_for_each_other(address: str) -> None:
    resources = [f"d.r{n}" for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda r: validated(Ledger(address), window(resource=r)), resources))
    trail = AuditTrail(Ledger(address))
    assert trail.head().seq == 32
    assert trail.verify() is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET actor = 'x'",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
        "INSERT INTO audit_events SELECT 99, at, actor, action, subject, facts, prev, 'h' "
        "FROM audit_events",
    ],
)
def test_the_database_itself_refuses_to_change_a_record(address: str, statement: str) -> None:
    Ledger(address).plan(window(), "population/resident")
    engine = create_engine(address)
    with (
        pytest.raises(DBAPIError, match="append-only"),
        engine.begin() as connection,
    ):
        connection.exec_driver_sql(statement)
    engine.dispose()
    assert AuditTrail(Ledger(address)).verify() is None


def test_a_server_that_refuses_is_a_clear_error(address: str) -> None:
    url = make_url(address).set(database="nowhere", password="s3cret")
    with pytest.raises(RecordFailed) as raised:
        Ledger(url.render_as_string(hide_password=False)).batches()
    assert "nowhere" in str(raised.value)
    assert "s3cret" not in str(raised.value)
