"""The clock of the tickets (校核时限): what is overdue, and what has no term, raises an alarm."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from shutong.audit import AuditTrail
from shutong.catalog import Catalog
from shutong.collection.terms import NO_CLOCK, term
from shutong.errors import ShutongError, Text
from shutong.ledger import Action, Ledger, Ticket
from shutong.standards.workdays import YearMissing, city_day, working_days_between

log = logging.getLogger("shutong.corrections")
_SHOWN: Final = 20


class TicketsOverdue(ShutongError):
    """Correction tickets are overdue, or have no term (校核工单超期)."""

    exit_code: ClassVar[int] = 16


@dataclass(frozen=True, slots=True)
class Alarm:
    """A ticket that somebody has to look at (工单告警)."""

    ticket: Ticket
    words: Text


def alarms(ledger: Ledger, today: date) -> tuple[Alarm, ...]:
    """Return the tickets that are overdue or without a last day (告警清单), the oldest first."""
    found = []
    for ticket in ledger.tickets.all(ended=False):
        if ticket.due_on is None:
            found.append(Alarm(ticket, no_term(ticket.due_fault)))
        elif ticket.overdue(today):
            found.append(Alarm(ticket, _late(ticket.due_on, today)))
    return tuple(found)


def raise_alarms(ledger: Ledger, catalog: Catalog, today: date | None = None) -> int:
    """Look at the clock of every open ticket (每日时限检查); return how many there are.

    A term that could not be told when the ticket opened is entered once it can. TicketsOverdue
    where any is overdue or without a term: told in the log and, once a day, in the audit chain.
    """
    day = today or city_day()
    _enter_terms(ledger, catalog)
    found = alarms(ledger, day)
    for alarm in found:
        log.warning("%s %s: %s", alarm.ticket.ticket, alarm.ticket.resource, alarm.words)
        if not _told(ledger, alarm.ticket.ticket, day):
            facts = {"on": day.isoformat(), "words": alarm.words.zh}
            ledger.tickets.record(Action.TICKET_OVERDUE, alarm.ticket.ticket, facts)
    if found:
        raise TicketsOverdue(
            _summary(found),
            place="corrections",
            next_step=Text(
                "运行 shutong corrections list --overdue, 督促提供部门更正",
                "run shutong corrections list --overdue and remind the departments",
            ),
        )
    return len(ledger.tickets.all(ended=False))


def no_term(fault: str) -> Text:
    """Return why a ticket has no last day, in words (无届满日原因)."""
    if fault == NO_CLOCK:
        return Text(
            "届满日未知: catalog/clocks.yaml 没有 data-correction 时限",
            "no last day: catalog/clocks.yaml has no data-correction",
        )
    year = fault.rpartition(":")[2]
    return Text(
        f"届满日未知: 工作日历没有 {year} 年, 请更新 chinesecalendar",
        f"no last day: the calendar lacks {year}, update chinesecalendar",
    )


def _late(due_on: date, today: date) -> Text:
    try:
        days = str(working_days_between(due_on, today))
    except YearMissing:
        days = "?"
    return Text(
        f"应于 {due_on} 前办结, 已超期 {days} 个工作日",
        f"was due on {due_on}: {days} working days overdue",
    )


def _enter_terms(ledger: Ledger, catalog: Catalog) -> None:
    for ticket in ledger.tickets.all(ended=False):
        if ticket.due_on is None:
            due_on, _ = term(catalog, city_day(ticket.opened_at))
            if due_on is not None:
                ledger.tickets.set_term(ticket.ticket, due_on)


def _told(ledger: Ledger, ticket: str, day: date) -> bool:
    return any(
        event.action == Action.TICKET_OVERDUE and json.loads(event.facts)["on"] == day.isoformat()
        for event in AuditTrail(ledger).events(ticket)
    )


def _summary(found: tuple[Alarm, ...]) -> Text:
    shown = found[:_SHOWN]
    more = len(found) - len(shown)
    zh = "; ".join(f"{a.ticket.ticket} {a.ticket.resource} {a.words.zh}" for a in shown)
    en = "; ".join(f"{a.ticket.ticket} {a.ticket.resource} {a.words.en}" for a in shown)
    return Text(
        f"{len(found)} 个校核工单告警: {zh}" + (f"; 另有 {more} 个" if more else ""),
        f"{len(found)} correction tickets need a look: {en}" + (f"; {more} more" if more else ""),
    )
