"""The audit trail (审计): what was done, by whom, on what, in a chain nobody can edit unseen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import JsonValue
from sqlalchemy import select

from shutong.ledger import Action, AuditEvent, BadRecord, Ledger
from shutong.ledger.chain import GENESIS, first_bad
from shutong.ledger.schema import audit_events

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Action", "AuditEvent", "AuditTrail", "BadRecord", "Head"]


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain (链尾): kept elsewhere, it shows later that nothing was cut off."""

    seq: int
    hash: str


class AuditTrail:
    """The audit chain of a ledger (审计链), for whoever acts and for whoever audits.

    Raises RecordFailed when the chain cannot be written or read: nothing goes on then.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def record(
        self,
        actor: str,
        action: Action,
        subject: str,
        facts: Mapping[str, JsonValue] | None = None,
    ) -> AuditEvent:
        """Write one record (记入); `facts` are ids and counts, never a person's data."""
        return self._ledger.record(action, subject, facts, actor=actor)

    def events(self, subject: str | None = None, *, after: int = 0) -> tuple[AuditEvent, ...]:
        """Return the records in order, those of one `subject` or all, numbered over `after`."""
        query = select(audit_events).where(audit_events.c.seq > after)
        if subject is not None:
            query = query.where(audit_events.c.subject == subject)
        with self._ledger.reading() as connection:
            rows = connection.execute(query.order_by(audit_events.c.seq))
            return tuple(AuditEvent(**row._mapping) for row in rows)

    def verify(self) -> BadRecord | None:
        """Return the first record that breaks the chain (核验), None when all of it holds."""
        with self._ledger.reading() as connection:
            return first_bad(_stream(connection))

    def head(self) -> Head:
        """Return the number and seal of the last record, 0 and zeros before the first."""
        query = select(audit_events.c.seq, audit_events.c.hash)
        with self._ledger.reading() as connection:
            row = connection.execute(query.order_by(audit_events.c.seq.desc()).limit(1)).first()
        return Head(row.seq, row.hash) if row else Head(0, GENESIS)


def _stream(connection: Connection) -> Iterator[AuditEvent]:
    query = select(audit_events).order_by(audit_events.c.seq)
    rows = connection.execution_options(yield_per=10_000).execute(query)
    for row in rows:
        yield AuditEvent(**row._mapping)
