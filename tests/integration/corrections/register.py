"""The town of one table, with a calendar of terms, for correction tickets."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from tests.integration.collection.town import (
    FIRST_DAY,
    RESOURCE,
    Person,
    Site,
    SqliteSite,
    Town,
    build,
)

from shutong.collection import collect, compare
from shutong.ledger import RowState, Ticket, TicketState
from shutong.model import LandedBatch

CLOCKS: Final = Path(__file__).parents[3] / "catalog/clocks.yaml"
WRONG: Final = Person("P2", None)
DAY: Final = timedelta(days=1)


def registry(root: Path, site: Site | None = None, **source: Any) -> Town:
    """Build a town whose department has one right row, P1, and one without a name, P2."""
    town = build(root, site or SqliteSite(root / "front.db"), now=FIRST_DAY + DAY, **source)
    shutil.copy(CLOCKS, root / "catalog/clocks.yaml")
    town.put(Person("P1", "甲"), WRONG)
    return town


def gather(town: Town, *people: Person) -> LandedBatch:
    """Let a day pass, change rows at the department in it, and collect."""
    assert town.now is not None
    if people:
        town.put(*(replace(person, changed=town.now + timedelta(hours=1)) for person in people))
    town.now += DAY
    return collect(RESOURCE, context=town.context())


def gather_keys(town: Town) -> LandedBatch:
    """Let a day pass and compare keys."""
    assert town.now is not None
    town.now += DAY
    return compare(RESOURCE, context=town.context())[0]


def tickets(town: Town) -> tuple[Ticket, ...]:
    """Return the tickets, the oldest first."""
    return town.context().ledger.tickets.all()


def standing(town: Town) -> list[tuple[TicketState, list[RowState]]]:
    """Return how each ticket and its rows stand."""
    book = town.context().ledger.tickets
    return [
        (ticket.state, [row.state for row in book.rows(ticket.ticket)]) for ticket in book.all()
    ]
