"""Tickets that a consumer department opens, and the answers to them."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.integration.collection.town import Person, Town
from tests.integration.corrections.register import registry

from shutong.audit import AuditTrail
from shutong.collection import collect
from shutong.corrections.closing import close_ticket
from shutong.corrections.consumers import open_by_consumer, read_sealed
from shutong.errors import FormRefused, RecordFailed, StorageFailed, UnknownName
from shutong.ledger import Ticket, TicketKind, TicketState
from shutong.standards.workdays import city_day, deadline

WORDS = "姓名与身份证不符, 证件为赵六"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """Return a town with a consumer department and a landed table."""
    town = registry(tmp_path)
    path = tmp_path / "catalog/departments.yaml"
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    other = deepcopy(told["departments"][0])
    other |= {"code": "welfare", "name": "民政局", "roles": ["consumer"]}
    told["departments"].append(other)
    path.write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
    town.put(Person("P2", "乙"))
    collect("registry.person", context=town.context())
    return town


def opened(town: Town, **given: Any) -> Ticket:
    """Open a ticket as the welfare department does, with some of it otherwise."""
    facts = {"consumer": "welfare", "key": {"number": "P1"}, "items": ["name"], "words": WORDS}
    return open_by_consumer(town.context(), **(facts | given), actor="li")


def test_a_consumer_s_ticket_runs_by_the_clock_and_is_answered_by_the_provider(town: Town) -> None:
    ticket = opened(town)
    assert (ticket.kind, ticket.opened_by) == (TicketKind.CONSUMER, "welfare")
    assert ticket.due_on == deadline(city_day(ticket.opened_at), 10)

    told = read_sealed(town.context(), ticket, "wang")
    assert (told["key"], told["items"], told["words"]) == ({"number": "P1"}, ["name"], WORDS)

    ledger = town.context().ledger
    closed = close_ticket(
        ledger, town.lake, town.settings, ticket.ticket, answer="已在源系统更正", actor="wang"
    )
    assert closed.state is TicketState.CLOSED
    events = AuditTrail(ledger).events(ticket.ticket)
    assert [(str(e.action), e.actor) for e in events] == [
        ("ticket.opened", "li"),
        ("ticket.read", "wang"),
        ("ticket.answered", "wang"),
        ("ticket.closed", "wang"),
    ]
    again = close_ticket(
        ledger, town.lake, town.settings, ticket.ticket, answer="再答", actor="zhao"
    )
    assert again == closed
    assert len(AuditTrail(ledger).events(ticket.ticket)) == 4


def test_key_and_words_stand_in_a_private_file_and_not_in_ledger_or_chain(town: Town) -> None:
    ticket = opened(town, key={"number": "360202199001011234"})
    raw = b"".join(p.read_bytes() for p in (town.root / "build").glob("ledger.db*"))
    assert b"360202199001011234" not in raw
    assert WORDS.encode() not in raw
    sealed = town.settings.corrections_dir / "sealed" / f"{ticket.sealed}.json"
    assert sealed.stat().st_mode & 0o077 == 0
    assert sealed.parent.stat().st_mode & 0o077 == 0


def test_two_tickets_with_the_same_words_have_nothing_alike_in_the_ledger(town: Town) -> None:
    assert opened(town).sealed != opened(town).sealed


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        ({"consumer": "welfar"}, UnknownName, "welfare"),
        ({"consumer": "registry"}, UnknownName, "no consumer department"),
        ({"items": ["nam"]}, UnknownName, "name"),
        ({"items": []}, FormRefused, "which items"),
        ({"words": "  "}, FormRefused, "which items"),
        ({"key": {}}, FormRefused, "whole key"),
        ({"key": {"number": ""}}, FormRefused, "whole key"),
        ({"key": {"number": "P1", "name": "x"}}, FormRefused, "whole key"),
    ],
)
def test_a_ticket_that_says_too_little_or_names_nobody_is_refused(
    town: Town, given: dict[str, Any], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        opened(town, **given)
    assert town.context().ledger.tickets.all() == ()


def test_a_row_that_is_not_in_the_table_gives_a_ticket_too_and_tells_nothing(town: Town) -> None:
    there, not_there = opened(town), opened(town, key={"number": "P999"})
    alike = {"ticket", "opened_at", "changed_at", "sealed"}
    assert there.model_dump(exclude=alike) == not_there.model_dump(exclude=alike)


def test_a_sealed_file_that_was_altered_is_told(town: Town) -> None:
    ticket = opened(town)
    path = town.settings.corrections_dir / "sealed" / f"{ticket.sealed}.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(told | {"words": "别的"}), encoding="utf-8")
    with pytest.raises(StorageFailed, match="altered"):
        read_sealed(town.context(), ticket, "wang")


def test_nothing_is_shown_of_a_ticket_when_the_reading_cannot_be_recorded(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = opened(town)

    def broken(*_: object, **__: object) -> None:
        from shutong.errors import Text

        raise RecordFailed(Text("台账坏了", "the ledger is broken"))

    context = town.context()
    monkeypatch.setattr(context.ledger.tickets, "record", broken)
    with pytest.raises(RecordFailed):
        read_sealed(context, ticket, "wang")
