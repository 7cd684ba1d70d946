"""Tickets that open and close themselves with what lands."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.collection.town import RESOURCE, Person
from tests.integration.corrections.register import (
    WRONG,
    gather,
    gather_keys,
    registry,
    standing,
    tickets,
)

from shutong.audit import AuditTrail
from shutong.collection import collect
from shutong.ledger import RowState, TicketState
from shutong.standards.workdays import city_day, deadline

OPEN, PARTLY, CLOSED = TicketState.OPEN, TicketState.PARTLY, TicketState.CLOSED
FULL = {"load": "full", "cursor": None}


def test_rejected_rows_open_one_ticket_for_their_batch_with_its_term(tmp_path: Path) -> None:
    town = registry(tmp_path)
    town.put(Person("P3", "丙", born="0000-00-00"))
    landed = collect(RESOURCE, context=town.context())

    (ticket,) = tickets(town)
    assert (ticket.batch_id, ticket.resource, ticket.rows) == (landed.batch_id, RESOURCE, 2)
    assert (ticket.state, ticket.open_rows) == (OPEN, 2)
    assert ticket.due_on == deadline(city_day(ticket.opened_at), 10)
    town.check_books()


def test_a_batch_without_rejected_rows_opens_no_ticket(tmp_path: Path) -> None:
    town = registry(tmp_path)
    town.put(Person("P2", "乙"))
    collect(RESOURCE, context=town.context())
    assert tickets(town) == ()


@pytest.mark.parametrize("source", [{}, FULL], ids=["merge", "full"])
def test_a_row_that_comes_again_just_as_wrong_opens_no_second_ticket(
    tmp_path: Path, source: dict[str, object]
) -> None:
    town = registry(tmp_path, **source)
    collect(RESOURCE, context=town.context())
    again = gather(town, WRONG, Person("P9", None))
    assert again.rows_rejected == 2
    assert standing(town) == [(OPEN, [RowState.OPEN]), (OPEN, [RowState.OPEN])]
    assert tickets(town)[1].rows == 1
    town.check_books()


@pytest.mark.parametrize("source", [{}, FULL], ids=["merge", "full"])
def test_a_row_that_changed_and_is_still_wrong_stays_in_its_ticket(
    tmp_path: Path, source: dict[str, object]
) -> None:
    town = registry(tmp_path, **source)
    collect(RESOURCE, context=town.context())
    again = gather(town, Person("P2", "乙", born="0000-00-00"))

    (ticket,) = tickets(town)
    (row,) = town.context().ledger.tickets.rows(ticket.ticket)
    assert (row.state, row.origin_batch) == (RowState.OPEN, again.batch_id)


@pytest.mark.parametrize("source", [{}, FULL], ids=["merge", "full"])
def test_a_row_mended_at_the_source_settles_and_the_ticket_closes_itself(
    tmp_path: Path, source: dict[str, object]
) -> None:
    town = registry(tmp_path, **source)
    town.put(Person("P3", None))
    collect(RESOURCE, context=town.context())

    gather(town, Person("P2", "乙"))
    assert standing(town) == [(PARTLY, [RowState.SOURCE, RowState.OPEN])]
    gather(town, Person("P3", "丙"))
    assert standing(town) == [(CLOSED, [RowState.SOURCE, RowState.SOURCE])]

    (ticket,) = tickets(town)
    ledger = town.context().ledger
    actions = [str(event.action) for event in AuditTrail(ledger).events(ticket.ticket)]
    assert actions == ["ticket.opened", *["ticket.rows_settled"] * 2, "ticket.closed"]
    town.check_books()


def test_a_row_set_back_to_what_had_landed_before_is_mended_too(tmp_path: Path) -> None:
    town = registry(tmp_path)
    town.put(Person("P2", "乙"))
    collect(RESOURCE, context=town.context())
    gather(town, WRONG)
    landed = gather(town, Person("P2", "乙"))
    assert landed.rows_unchanged >= 1
    assert standing(town) == [(CLOSED, [RowState.SOURCE])]


def test_a_row_deleted_at_the_source_leaves_its_ticket_with_the_next_full_load(
    tmp_path: Path,
) -> None:
    town = registry(tmp_path, **FULL)
    collect(RESOURCE, context=town.context())
    town.drop("P2")
    gather(town)
    assert standing(town) == [(CLOSED, [RowState.GONE])]


def test_a_row_deleted_at_the_source_leaves_its_ticket_with_the_comparison_of_keys(
    tmp_path: Path,
) -> None:
    town = registry(tmp_path)
    town.put(Person("P3", None))
    collect(RESOURCE, context=town.context())
    town.drop("P2")
    gather(town)
    assert standing(town) == [(OPEN, [RowState.OPEN, RowState.OPEN])]
    gather_keys(town)
    assert standing(town) == [(PARTLY, [RowState.GONE, RowState.OPEN])]


def test_of_two_rows_with_one_key_both_are_held_and_settled_by_the_one_that_lands(
    tmp_path: Path,
) -> None:
    town = registry(tmp_path, **FULL)
    town.site.run("ALTER TABLE RY RENAME TO RY_OLD")
    town.site.run("CREATE TABLE RY AS SELECT * FROM RY_OLD")
    town.site.run("INSERT INTO RY SELECT BH, '丁', JE, CSRQ, GXSJ, XH FROM RY WHERE BH = 'P1'")
    collect(RESOURCE, context=town.context())
    assert [len(rows) for _, rows in standing(town)] == [3]

    town.site.run("DELETE FROM RY WHERE XM = '丁'")
    gather(town)
    ((state, rows),) = standing(town)
    assert state is PARTLY
    assert sorted(rows) == ["open", "source", "source"]


def test_a_ticket_opens_without_a_term_where_the_catalog_has_no_clock(tmp_path: Path) -> None:
    town = registry(tmp_path)
    (tmp_path / "catalog/clocks.yaml").unlink()
    collect(RESOURCE, context=town.context())
    (ticket,) = tickets(town)
    assert (ticket.due_on, ticket.due_fault) == (None, "clock")


def test_a_ticket_opens_without_a_term_where_the_calendar_ends_too_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = registry(tmp_path)
    new_year = deadline(city_day(), 0).replace(year=2026, month=12, day=30)
    monkeypatch.setattr("shutong.collection.ticketing.city_day", lambda: new_year)
    collect(RESOURCE, context=town.context())
    (ticket,) = tickets(town)
    assert (ticket.due_on, ticket.due_fault, ticket.open_rows) == (None, "calendar:2027", 1)
