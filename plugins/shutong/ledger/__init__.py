"""The ledger (台账): what was planned, what landed, how far each resource got, and the audit chain.

Kept in SQLite by default and in PostgreSQL by URL. Every change of a batch's state and its
audit record are one transaction: what cannot be recorded does not go on (RecordFailed).
"""

from shutong.ledger.actions import Action
from shutong.ledger.book import Ledger
from shutong.ledger.chain import AuditEvent, BadRecord
from shutong.ledger.records import BatchRecord, LandingRecord, RecordedFile
from shutong.ledger.shapes import RecordedShape
from shutong.ledger.shares import MoveKind, SeenFile, ShareMove, ShareRecord
from shutong.ledger.ticket_records import (
    OpenedRow,
    Opening,
    RowMoved,
    RowSettled,
    RowState,
    Ticket,
    TicketChanges,
    TicketKind,
    TicketRow,
    TicketState,
)

__all__ = [
    "Action",
    "AuditEvent",
    "BadRecord",
    "BatchRecord",
    "LandingRecord",
    "Ledger",
    "MoveKind",
    "OpenedRow",
    "Opening",
    "RecordedFile",
    "RecordedShape",
    "RowMoved",
    "RowSettled",
    "RowState",
    "SeenFile",
    "ShareMove",
    "ShareRecord",
    "Ticket",
    "TicketChanges",
    "TicketKind",
    "TicketRow",
    "TicketState",
]
