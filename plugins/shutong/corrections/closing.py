"""Close a ticket on a person's word (人工办结), with an answer."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from shutong.collection.problem_states import end_problems
from shutong.collection.ticketing import problems_of
from shutong.corrections.sealed import seal
from shutong.errors import FormRefused, Text
from shutong.lake import Lake
from shutong.ledger import Ledger, RowState, Ticket
from shutong.settings import Settings


def close_ticket(
    ledger: Ledger,
    lake: Lake,
    using: Settings,
    ticket: str,
    *,
    answer: str,
    actor: str,
    rows: Sequence[int] | None = None,
    withdrawn: bool = False,
) -> Ticket:
    """Close a ticket, or some of its rows, with an answer; or withdraw it (办结或撤销).

    It works for tickets of resources that are gone from the catalog too. The answer is sealed
    outside of the ledger. A ticket that has ended stays as it is.
    """
    known = ledger.tickets.ticket(ticket)
    if known.state.ended:
        return known
    if not answer.strip():
        raise FormRefused(
            Text("请写明答复", "an answer is wanted"),
            place=ticket,
            next_step=Text("补充 --answer", "give --answer"),
        )
    digest = seal(using.corrections_dir / "sealed", {"ticket": ticket, "answer": answer})
    facts: dict[str, JsonValue] = {
        "resource": known.resource,
        "answer_sm3": digest,
        "rows": list(rows) if rows is not None else None,
        "withdrawn": withdrawn,
    }
    held = [
        row
        for row in ledger.tickets.rows(ticket)
        if row.state is RowState.OPEN and (rows is None or row.row in rows)
    ]
    closed = ledger.tickets.answer(ticket, facts, actor=actor, rows=rows, withdrawn=withdrawn)
    ended = [place for row in held for place in problems_of(row, str(RowState.ANSWERED))]
    reference = f"{ticket}-{digest[:16]}"
    end_problems(lake, known.dataset, known.resource, ended, reference=reference)
    return closed
