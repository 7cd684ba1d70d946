"""What the ledger tells about correction tickets (校核工单记录): states and places, no value."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final

from shutong.errors import Text
from shutong.model import Fact


class TicketKind(StrEnum):
    """Who found the data wrong (工单来源)."""

    REJECTED = "rejected"
    """校验: rows of a batch that the rules rejected."""
    CONSUMER = "consumer"
    """需求部门: a department that received a row and says it is wrong."""


class TicketState(StrEnum):
    """Where a ticket stands (工单状态)."""

    OPEN = "open"
    EXPORTED = "exported"
    PARTLY = "partly"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"

    @property
    def ended(self) -> bool:
        """Say whether nothing more is expected of the ticket."""
        return self in (TicketState.CLOSED, TicketState.WITHDRAWN)

    @property
    def words(self) -> Text:
        """Return the state in words for people."""
        return _STATES[self]


_STATES: Final = {
    TicketState.OPEN: Text("待处理", "open"),
    TicketState.EXPORTED: Text("已导出", "exported"),
    TicketState.PARTLY: Text("部分更正", "partly mended"),
    TicketState.CLOSED: Text("已办结", "closed"),
    TicketState.WITHDRAWN: Text("已撤销", "withdrawn"),
}


class RowState(StrEnum):
    """How a ticket's row stands (工单行状态)."""

    OPEN = "open"
    """待更正."""
    SHEET = "sheet"
    """Right by a corrected spreadsheet; the source may still be wrong."""
    SOURCE = "source"
    """Right at the source, and landed from there."""
    GONE = "gone"
    """No more at the source, or there under another key."""
    SUPERSEDED = "superseded"
    """Corrected by spreadsheet only; the source's wrong row came again, under a later ticket."""
    ANSWERED = "answered"
    """Closed by a person, with an answer."""

    @property
    def words(self) -> Text:
        """Return the state in words for people."""
        return _ROW_STATES[self]


_ROW_STATES: Final = {
    RowState.OPEN: Text("待更正", "to be mended"),
    RowState.SHEET: Text("已按表格更正", "mended by spreadsheet"),
    RowState.SOURCE: Text("源头已更正", "mended at the source"),
    RowState.GONE: Text("源头已无此行", "no more at the source"),
    RowState.SUPERSEDED: Text("源头未改, 另立工单", "source not mended, see the later ticket"),
    RowState.ANSWERED: Text("人工办结", "closed by a person"),
}


class Ticket(Fact):
    """A correction ticket (校核工单)."""

    ticket: str
    kind: TicketKind
    resource: str
    dataset: str
    batch_id: str | None
    """The batch whose rejected rows it holds; None for a consumer's."""
    state: TicketState
    opened_at: datetime
    """UTC."""
    opened_by: str
    """Who opened it: the exchange itself, or the consumer department's code."""
    due_on: date | None
    """Last day of the term in the city; None where it could not be told."""
    due_fault: str
    """Why there is no last day; empty where there is one."""
    rows: int
    open_rows: int
    """Rows that are still to be mended."""
    standard: str
    """SM3 of the data standard's items when it was opened."""
    sealed: str
    """SM3 of what a consumer wrote, which lies outside of the ledger; empty otherwise."""
    changed_at: datetime
    """UTC."""

    def overdue(self, today: date) -> bool:
        """Say whether the term has passed and the ticket has not ended."""
        return not self.state.ended and self.due_on is not None and today > self.due_on


class TicketRow(Fact):
    """One row of a ticket (工单行): where it lies in quarantine, never what it holds."""

    ticket: str
    row: int
    """Number in the ticket, from 1."""
    origin_batch: str
    origin_place: int
    """Position among the rejected rows of its batch, as the source gave it last."""
    last_batch: str
    last_place: int
    """The same of what was rejected last, at the source or in a corrected spreadsheet."""
    state: RowState
    by_batch: str | None
    """The batch that settled it."""
    note: str
    """An earlier ticket that held the same row, if any."""


class OpenedRow(Fact):
    """A rejected row that nobody has seen before (新问题行)."""

    place: int
    note: str = ""


class Opening(Fact):
    """A ticket to be opened (立工单)."""

    kind: TicketKind
    resource: str
    dataset: str
    batch_id: str | None = None
    rows: tuple[OpenedRow, ...] = ()
    due_on: date | None = None
    due_fault: str = ""
    standard: str = ""
    sealed: str = ""
    opened_by: str = ""
    """Empty for the ledger's own actor."""


class RowSettled(Fact):
    """A row that needs no more mending, and by what (办结行)."""

    ticket: str
    row: int
    state: RowState


class RowMoved(Fact):
    """A row that came again and is still wrong (仍不合格行)."""

    ticket: str
    row: int
    place: int
    by_sheet: bool


class TicketChanges(Fact):
    """What a landing means for its resource's tickets (工单变动)."""

    opening: Opening | None = None
    settled: tuple[RowSettled, ...] = ()
    moved: tuple[RowMoved, ...] = ()
    overtaken: int = 0
    """Rows that a spreadsheet had corrected, and that the source brings itself now."""

    @property
    def touched(self) -> tuple[str, ...]:
        """The tickets whose rows change, each once."""
        settled = [each.ticket for each in self.settled]
        return tuple(dict.fromkeys([*settled, *(each.ticket for each in self.moved)]))
