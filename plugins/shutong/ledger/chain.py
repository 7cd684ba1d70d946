"""The audit chain (审计链): append-only events, each sealed with SM3 over the one before.

A record's seal is SM3(previous seal + canonical JSON of the record), the first previous
seal being 64 zeros. `shutong/audit_verifier.py` checks the same rule without this package.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydantic import JsonValue
from sqlalchemy import insert, select

from shutong.errors import RecordFailed, Text
from shutong.ledger.actions import Action
from shutong.ledger.schema import audit_events

if TYPE_CHECKING:
    from sqlalchemy import Connection

GENESIS: Final = "0" * 64
"""Previous seal of the first record."""


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One record of the chain (审计记录); `facts` is canonical JSON text."""

    seq: int
    at: str
    """UTC, ISO 8601 to the microsecond."""
    actor: str
    action: str
    subject: str
    facts: str
    prev: str
    hash: str

    def sealed(self) -> str:
        """Return the seal this record's content must carry."""
        row: dict[str, JsonValue] = {
            "action": self.action,
            "actor": self.actor,
            "at": self.at,
            "facts": self.facts,
            "seq": self.seq,
            "subject": self.subject,
        }
        return hashlib.new("sm3", (self.prev + canonical(row)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class BadRecord:
    """The first record that breaks the chain (首条异常记录)."""

    seq: int
    reason: Text


def canonical(value: JsonValue | Mapping[str, JsonValue]) -> str:
    """Return canonical JSON (规范化 JSON): keys sorted, no blanks, characters as they are."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def append(
    connection: Connection,
    *,
    at: str,
    actor: str,
    action: Action,
    subject: str,
    facts: Mapping[str, JsonValue],
) -> AuditEvent:
    """Seal and write one record; the caller's write transaction is the one writer.

    RecordFailed when the facts cannot be told as JSON.
    """
    try:
        text = canonical(dict(facts))
        text.encode()
    except (TypeError, ValueError) as exc:
        raise RecordFailed(
            Text("审计事实无法写成 JSON", "the facts of an audit record are not JSON"),
            place=str(action),
        ) from exc
    newest = connection.execute(
        select(audit_events.c.seq, audit_events.c.hash).order_by(audit_events.c.seq.desc()).limit(1)
    ).first()
    seq, prev = (newest.seq + 1, newest.hash) if newest else (1, GENESIS)
    draft = AuditEvent(seq, at, actor, str(action), subject, text, prev, "")
    event = AuditEvent(seq, at, actor, str(action), subject, text, prev, draft.sealed())
    connection.execute(
        insert(audit_events).values({name: getattr(event, name) for name in event.__slots__})
    )
    return event


def first_bad(events: Iterable[AuditEvent]) -> BadRecord | None:
    """Return the first record that breaks the chain, None when all of it holds.

    `events` come in the order of their numbers. A cut tail does not show here: that needs
    a checkpoint kept elsewhere (security of the chain's end).
    """
    prev, expected = GENESIS, 1
    for event in events:
        if event.seq != expected:
            return BadRecord(
                event.seq,
                Text(
                    f"序号不连续：应为 {expected}",
                    f"number out of sequence: {expected} was expected",
                ),
            )
        if event.prev != prev:
            return BadRecord(
                event.seq,
                Text("与上一条记录不衔接", "does not continue the record before it"),
            )
        if event.sealed() != event.hash:
            return BadRecord(event.seq, Text("内容与封签不符", "content does not match its seal"))
        prev, expected = event.hash, event.seq + 1
    return None
