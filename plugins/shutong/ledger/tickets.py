"""Correction tickets in the ledger (校核工单登记); each step is one with its audit record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

from pydantic import JsonValue
from sqlalchemy import func, insert, select, update

from shutong.errors import Text, UnknownName
from shutong.ledger.actions import Action
from shutong.ledger.schema import ticket_rows, tickets
from shutong.ledger.ticket_records import (
    Opening,
    RowSettled,
    RowState,
    Ticket,
    TicketChanges,
    TicketRow,
    TicketState,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from shutong.ledger.storage import Storage

_LIVE: Final = (str(RowState.OPEN), str(RowState.SHEET))
"""Rows that a batch of their resource may still change."""


class Sealer(Protocol):
    """Writes an audit record in the caller's transaction (封存)."""

    def __call__(
        self,
        connection: Connection,
        action: Action,
        subject: str,
        facts: Mapping[str, JsonValue],
        actor: str | None = None,
    ) -> Any:
        """Seal one record."""


class TicketBook:
    """The tickets of one ledger (工单簿). RecordFailed when its database cannot be used."""

    def __init__(self, storage: Storage, seal: Sealer, at: Callable[[], str], actor: str) -> None:
        self._storage = storage
        self._seal = seal
        self._at = at
        self._actor = actor

    # ------------------------------------------------------------ reading

    def all(self, resource: str | None = None, *, ended: bool = True) -> tuple[Ticket, ...]:
        """Return tickets, the oldest first (工单清单); those that have ended on demand."""
        query = _tickets().order_by(tickets.c.number)
        if resource is not None:
            query = query.where(tickets.c.resource == resource)
        if not ended:
            query = query.where(tickets.c.state.not_in([str(s) for s in TicketState if s.ended]))
        with self._storage.reading() as connection:
            return tuple(_ticket_of(row) for row in connection.execute(query))

    def ticket(self, ticket: str) -> Ticket:
        """Return one ticket; UnknownName when there is none of this number."""
        with self._storage.reading() as connection:
            return _known(connection, ticket)

    def of_batch(self, batch_id: str) -> str | None:
        """Return the number of the ticket that a batch opened (批次工单), None without one."""
        query = select(tickets.c.ticket).where(tickets.c.batch_id == batch_id)
        with self._storage.reading() as connection:
            return connection.execute(query).scalar()

    def rows(self, ticket: str) -> tuple[TicketRow, ...]:
        """Return the rows of a ticket by number (工单行)."""
        query = select(ticket_rows).where(ticket_rows.c.ticket == ticket)
        with self._storage.reading() as connection:
            found = connection.execute(query.order_by(ticket_rows.c.row))
            return tuple(_row_of(row) for row in found)

    def live_rows(self, resource: str) -> tuple[TicketRow, ...]:
        """Return the rows that a batch of the resource may still change (未了结行)."""
        query = (
            select(ticket_rows)
            .join(tickets, tickets.c.ticket == ticket_rows.c.ticket)
            .where(tickets.c.resource == resource, ticket_rows.c.state.in_(_LIVE))
            .order_by(tickets.c.number, ticket_rows.c.row)
        )
        with self._storage.reading() as connection:
            return tuple(_row_of(row) for row in connection.execute(query))

    # ------------------------------------------------------------ writing

    def open(self, opening: Opening, actor: str | None = None) -> Ticket:
        """Open a ticket (立工单)."""
        with self._storage.writing() as connection:
            ticket = self.opened(connection, opening, actor)
            return _known(connection, ticket)

    def mark_exported(self, ticket: str, facts: Mapping[str, JsonValue], actor: str) -> None:
        """Enter that a ticket's rows are handed out, before they are (登记导出)."""
        with self._storage.writing() as connection:
            known = _known(connection, ticket)
            self._seal(connection, Action.TICKET_EXPORTED, ticket, facts, actor)
            if known.state is TicketState.OPEN:
                self._stand(connection, ticket, TicketState.EXPORTED)

    def record(
        self, action: Action, ticket: str, facts: Mapping[str, JsonValue], actor: str | None = None
    ) -> None:
        """Write a ticket's audit record that changes nothing of it (记入审计链)."""
        with self._storage.writing() as connection:
            _known(connection, ticket)
            self._seal(connection, action, ticket, facts, actor)

    def answer(
        self,
        ticket: str,
        facts: Mapping[str, JsonValue],
        *,
        actor: str,
        rows: Sequence[int] | None = None,
        withdrawn: bool = False,
    ) -> Ticket:
        """Close a ticket or some of its rows on a person's word (人工办结或撤销).

        Closing again what has ended changes nothing. UnknownName for a row it does not have.
        """
        with self._storage.writing() as connection:
            known = _known(connection, ticket)
            if known.state.ended:
                return known
            held = select(ticket_rows.c.row).where(ticket_rows.c.ticket == ticket)
            there = set(connection.execute(held).scalars())
            missing = sorted(set(rows or ()) - there)
            if missing:
                raise unknown_rows(ticket, missing, len(there))
            query = update(ticket_rows).where(
                ticket_rows.c.ticket == ticket, ticket_rows.c.state == str(RowState.OPEN)
            )
            if rows is not None:
                query = query.where(ticket_rows.c.row.in_(rows))
            connection.execute(query.values(state=str(RowState.ANSWERED), changed_at=self._at()))
            self._seal(connection, Action.TICKET_ANSWERED, ticket, facts, actor)
            if withdrawn:
                self._stand(connection, ticket, TicketState.WITHDRAWN)
                self._seal(connection, Action.TICKET_WITHDRAWN, ticket, {}, actor)
            elif known.rows:
                self._settle(connection, ticket, actor)
            else:
                self._close(connection, ticket, actor)
            return _known(connection, ticket)

    def set_term(self, ticket: str, due_on: date) -> None:
        """Enter the last day of a term that could not be told at first (补登届满日)."""
        with self._storage.writing() as connection:
            _known(connection, ticket)
            connection.execute(
                update(tickets)
                .where(tickets.c.ticket == ticket)
                .values(due_on=due_on.isoformat(), due_fault="", changed_at=self._at())
            )
            facts: dict[str, JsonValue] = {"due_on": due_on.isoformat()}
            self._seal(connection, Action.TICKET_TERM_SET, ticket, facts)

    # ------------------------------------------------------------ inside a landing's transaction

    def enter(self, connection: Connection, batch_id: str, changes: TicketChanges) -> None:
        """Enter what a landing means for tickets, in the landing's own transaction."""
        for settled in changes.settled:
            _change(
                connection, settled.ticket, settled.row, self._at(), **_settling(settled, batch_id)
            )
        for moved in changes.moved:
            places: dict[str, object] = {"last_batch": batch_id, "last_place": moved.place}
            if not moved.by_sheet:
                places |= {"origin_batch": batch_id, "origin_place": moved.place}
            _change(connection, moved.ticket, moved.row, self._at(), **places)
        for ticket in changes.touched:
            told: Counter[str] = Counter(
                str(each.state) for each in changes.settled if each.ticket == ticket
            )
            again = sum(each.ticket == ticket for each in changes.moved)
            facts: dict[str, JsonValue] = {"batch": batch_id, "still_wrong": again, **told}
            self._seal(connection, Action.TICKET_ROWS_SETTLED, ticket, facts)
            self._settle(connection, ticket, None)
        if changes.opening is not None:
            self.opened(connection, changes.opening, None)

    def opened(self, connection: Connection, opening: Opening, actor: str | None) -> str:
        """Open a ticket in the caller's transaction; return its number in words."""
        newest = connection.execute(select(func.max(tickets.c.number))).scalar() or 0
        ticket, at = f"T{newest + 1:06d}", self._at()
        connection.execute(
            insert(tickets).values(
                number=newest + 1,
                ticket=ticket,
                kind=str(opening.kind),
                resource=opening.resource,
                dataset=opening.dataset,
                batch_id=opening.batch_id,
                state=str(TicketState.OPEN),
                opened_at=at,
                opened_by=opening.opened_by or actor or self._actor,
                due_on=opening.due_on.isoformat() if opening.due_on else None,
                due_fault=opening.due_fault,
                standard=opening.standard,
                sealed=opening.sealed,
                changed_at=at,
            )
        )
        if opening.rows:
            connection.execute(insert(ticket_rows), _row_values(ticket, opening, at))
        facts: dict[str, JsonValue] = {
            "kind": str(opening.kind),
            "resource": opening.resource,
            "batch": opening.batch_id,
            "rows": len(opening.rows),
            "due_on": opening.due_on.isoformat() if opening.due_on else opening.due_fault,
        }
        self._seal(connection, Action.TICKET_OPENED, ticket, facts, actor)
        return ticket

    def _settle(self, connection: Connection, ticket: str, actor: str | None) -> None:
        """Let the ticket stand as its rows do; it closes itself when none is open."""
        known = _known(connection, ticket)
        if known.state.ended:
            return
        if not known.open_rows:
            self._close(connection, ticket, actor)
        elif known.open_rows < known.rows:
            self._stand(connection, ticket, TicketState.PARTLY)

    def _close(self, connection: Connection, ticket: str, actor: str | None) -> None:
        self._stand(connection, ticket, TicketState.CLOSED)
        self._seal(connection, Action.TICKET_CLOSED, ticket, {}, actor)

    def _stand(self, connection: Connection, ticket: str, state: TicketState) -> None:
        connection.execute(
            update(tickets)
            .where(tickets.c.ticket == ticket)
            .values(state=str(state), changed_at=self._at())
        )


def unknown_rows(ticket: str, missing: Sequence[int], rows: int) -> UnknownName:
    """Return the error for rows that a ticket does not have (无此行)."""
    told = ", ".join(map(str, missing))
    return UnknownName(
        Text(f"工单没有第 {told} 行, 共 {rows} 行", f"no row {told}; it has {rows} rows"),
        place=ticket,
        next_step=Text(f"运行 shutong corrections show {ticket}", "look at the ticket's rows"),
    )


def _tickets() -> Any:
    of_ticket = ticket_rows.c.ticket == tickets.c.ticket
    every = select(func.count()).where(of_ticket).scalar_subquery()
    still = (
        select(func.count())
        .where(of_ticket, ticket_rows.c.state == str(RowState.OPEN))
        .scalar_subquery()
    )
    return select(tickets, every.label("rows"), still.label("open_rows"))


def _known(connection: Connection, ticket: str) -> Ticket:
    row = connection.execute(_tickets().where(tickets.c.ticket == ticket)).first()
    if row is None:
        raise UnknownName(
            Text(f"没有工单 {ticket}", f"there is no ticket {ticket}"),
            next_step=Text("运行 shutong corrections list --all", "list them with --all"),
        )
    return _ticket_of(row)


def _ticket_of(row: Row[Any]) -> Ticket:
    values = {name: row._mapping[name] for name in Ticket.model_fields}
    return Ticket.model_validate({**values, "opened_at": datetime.fromisoformat(row.opened_at)})


def _row_of(row: Row[Any]) -> TicketRow:
    return TicketRow.model_validate({name: row._mapping[name] for name in TicketRow.model_fields})


def _row_values(ticket: str, opening: Opening, at: str) -> list[dict[str, object]]:
    return [
        {
            "ticket": ticket,
            "row": number,
            "origin_batch": opening.batch_id,
            "origin_place": each.place,
            "last_batch": opening.batch_id,
            "last_place": each.place,
            "state": str(RowState.OPEN),
            "by_batch": None,
            "note": each.note,
            "changed_at": at,
        }
        for number, each in enumerate(opening.rows, 1)
    ]


def _settling(settled: RowSettled, batch_id: str) -> dict[str, object]:
    return {"state": str(settled.state), "by_batch": batch_id}


def _change(
    connection: Connection, ticket: str, row: int, changed_at: str, **values: object
) -> None:
    connection.execute(
        update(ticket_rows)
        .where(ticket_rows.c.ticket == ticket, ticket_rows.c.row == row)
        .values(**values, changed_at=changed_at)
    )
