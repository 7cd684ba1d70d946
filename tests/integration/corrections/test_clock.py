"""The clock of the tickets: overdue ones are an alarm, and none is lost for want of a calendar."""

from __future__ import annotations

import logging
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.integration.collection.town import RESOURCE, Town
from tests.integration.corrections.register import CLOCKS, registry, tickets

from shutong.audit import AuditTrail
from shutong.catalog import load_resources
from shutong.collection import collect
from shutong.corrections.alarms import TicketsOverdue, raise_alarms
from shutong.corrections.closing import close_ticket
from shutong.ledger import Ticket


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """Return a town with a ticket of one row."""
    town = registry(tmp_path)
    collect(RESOURCE, context=town.context())
    return town


def look(town: Town, today: date) -> int:
    """Look at the clock on a day."""
    return raise_alarms(town.context().ledger, load_resources(town.root, []), today)


def only(town: Town) -> Ticket:
    """Return the one ticket."""
    (ticket,) = tickets(town)
    return ticket


def last_day(town: Town) -> date:
    """Return the ticket's last day."""
    due_on = only(town).due_on
    assert due_on is not None
    return due_on


def alarms_on_record(town: Town) -> int:
    """Return how many alarms the audit chain holds."""
    events = AuditTrail(town.context().ledger).events(only(town).ticket)
    return sum(event.action == "ticket.overdue" for event in events)


def test_a_ticket_is_quiet_on_its_last_day_and_an_alarm_on_the_next(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    assert look(town, last_day(town)) == 1
    with caplog.at_level(logging.WARNING), pytest.raises(TicketsOverdue, match=only(town).ticket):
        look(town, last_day(town) + timedelta(days=1))
    assert only(town).ticket in caplog.text
    assert alarms_on_record(town) == 1


def test_an_alarm_is_on_record_once_a_day_however_often_the_clock_is_looked_at(
    town: Town,
) -> None:
    late = last_day(town) + timedelta(days=1)
    for day in (late, late, late + timedelta(days=1)):
        with pytest.raises(TicketsOverdue):
            look(town, day)
    assert alarms_on_record(town) == 2
    assert AuditTrail(town.context().ledger).verify() is None


def test_a_ticket_that_has_ended_raises_no_alarm(town: Town) -> None:
    late = last_day(town) + timedelta(days=1)
    ledger = town.context().ledger
    close_ticket(
        ledger, town.lake, town.settings, only(town).ticket, answer="核实无误", actor="wang"
    )
    assert look(town, late) == 0


def test_a_ticket_without_a_clock_is_an_alarm_until_the_catalog_has_one(tmp_path: Path) -> None:
    town = registry(tmp_path)
    (tmp_path / "catalog/clocks.yaml").unlink()
    collect(RESOURCE, context=town.context())
    with pytest.raises(TicketsOverdue, match=r"clocks\.yaml"):
        look(town, date(2026, 11, 26))

    shutil.copy(CLOCKS, tmp_path / "catalog/clocks.yaml")
    assert look(town, date(2026, 11, 26)) == 1
    assert only(town).due_on is not None
    events = [str(e.action) for e in AuditTrail(town.context().ledger).events(only(town).ticket)]
    assert events[-1] == "ticket.term_set"


def test_a_ticket_beyond_the_calendar_is_an_alarm_that_names_the_missing_year(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = registry(tmp_path)
    for module in ("collection.ticketing", "corrections.alarms"):
        monkeypatch.setattr(f"shutong.{module}.city_day", lambda *_: date(2026, 12, 30))
    collect(RESOURCE, context=town.context())
    with pytest.raises(TicketsOverdue, match="lacks 2027"):
        look(town, date(2026, 12, 31))
