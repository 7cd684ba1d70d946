"""The ledger in PostgreSQL; needs a server and a driver, given by SHUTONG_TEST_POSTGRESQL.

SHUTONG_TEST_POSTGRESQL=postgresql+psycopg://user@host/database pytest tests/unit/ledger
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import DBAPIError
from tests.unit.ledger.test_ledger import landed, validated, window

from shutong.audit import AuditTrail
from shutong.errors import RecordFailed
from shutong.ledger import Ledger
from shutong.model import BatchState

ADDRESS = os.environ.get("SHUTONG_TEST_POSTGRESQL", "")
needs_server = pytest.mark.skipif(not ADDRESS, reason="SHUTONG_TEST_POSTGRESQL names no server")


@pytest.fixture
def address() -> str:
    engine = create_engine(ADDRESS)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return ADDRESS


@needs_server
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


@needs_server
def test_writers_at_once_wait_for_each_other(address: str) -> None:
    resources = [f"d.r{n}" for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda r: validated(Ledger(address), window(resource=r)), resources))
    trail = AuditTrail(Ledger(address))
    assert trail.head().seq == 32
    assert trail.verify() is None


@needs_server
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


@needs_server
def test_a_server_that_refuses_is_a_clear_error(address: str) -> None:
    url = make_url(address).set(database="nowhere", password="s3cret")
    with pytest.raises(RecordFailed) as raised:
        Ledger(url.render_as_string(hide_password=False)).batches()
    assert "nowhere" in str(raised.value)
    assert "s3cret" not in str(raised.value)
