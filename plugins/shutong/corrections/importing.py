"""Take a corrected spreadsheet in (导入更正表) and replay its rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from shutong.collection.context import CollectionContext
from shutong.corrections.reading import Corrected, Hindrance, read_corrected
from shutong.corrections.replaying import last_attempt, next_attempt, replay
from shutong.errors import FormRefused, Text, UnknownName
from shutong.lake import sm3_of
from shutong.ledger import Action, Ticket, TicketKind
from shutong.model import BatchState, LandedBatch


@dataclass(frozen=True, slots=True)
class Imported:
    """What a corrected spreadsheet changed (导入结果)."""

    ticket: Ticket
    """As it stands now."""
    landed: LandedBatch | None
    """What landed; None where no row could be replayed."""
    repeated: bool = False
    """Whether the same file was taken in before: then nothing was done again."""
    again: tuple[int, ...] = ()
    """Rows that an earlier spreadsheet had corrected: this one counts."""
    untouched: int = 0
    """Rows that came back as they were handed out."""
    absent: int = 0
    """Open rows of the ticket that the spreadsheet does not have."""
    hindered: tuple[Hindrance, ...] = ()
    """Rows that were not replayed, and why."""


def import_corrected(context: CollectionContext, ticket: str, path: Path, actor: str) -> Imported:
    """Replay the corrected rows of a spreadsheet; the ticket closes itself when all are right.

    The same file twice does nothing twice. FormRefused for a file that is not the ticket's
    form, UnknownName for a file or ticket that is not there; rows that cannot be taken are
    told one by one and stay open.
    """
    known = context.ledger.tickets.ticket(ticket)
    if known.kind is TicketKind.CONSUMER:
        raise _not_for_consumers(known)
    if not path.is_file():
        raise UnknownName(Text("没有这个文件", "there is no such file"), place=path.name)
    digest = sm3_of(path)
    prefix = f"{known.ticket}-{digest[:16]}"
    with context.lake.working_on(context.resource_id):
        last = last_attempt(context, prefix)
        if last is not None and last[1] is BatchState.LANDED:
            return Imported(known, context.ledger.landing(last[0]), repeated=True)
        batch_id = next_attempt(prefix, last)
        read = read_corrected(context, known, path)
        rows = read.submitted.num_rows
        context.ledger.tickets.record(
            Action.TICKET_IMPORTED, ticket, _told(read, digest, batch_id), actor
        )
        landed = replay(context, known, batch_id, read.submitted) if rows else None
    return Imported(
        context.ledger.tickets.ticket(ticket),
        landed,
        again=read.again,
        untouched=read.untouched,
        absent=read.absent,
        hindered=tuple(read.hindered),
    )


def _told(read: Corrected, digest: str, batch_id: str) -> dict[str, JsonValue]:
    rows = read.submitted.num_rows
    return {
        "file_sm3": digest,
        "batch": batch_id if rows else None,
        "rows": rows,
        "again": len(read.again),
        "untouched": read.untouched,
        "absent": read.absent,
        "refused": len(read.hindered),
    }


def _not_for_consumers(ticket: Ticket) -> FormRefused:
    return FormRefused(
        Text("需求部门提出的工单不收更正表", "a consumer's ticket takes no spreadsheet"),
        place=ticket.ticket,
        next_step=Text(
            f"在源系统中更正, 再用 shutong corrections close {ticket.ticket} --answer 答复",
            f"mend it at the source, then answer by shutong corrections close {ticket.ticket}",
        ),
    )
