"""What the ledger keeps of sharing (共享台账): when files were first seen, and what moved.

A file's date is what somebody wrote; the moment its content was first seen here is not.
Everything is entered inside a transaction of the caller, each entry with its audit record.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pydantic import JsonValue
from sqlalchemy import insert, select

from shutong.ledger.actions import Action
from shutong.ledger.schema import share_files, share_moves

if TYPE_CHECKING:
    from sqlalchemy import Connection

Seal = Callable[[Action, str, Mapping[str, JsonValue]], object]
"""Writes an audit record in the same transaction: action, subject, facts."""


@dataclass(frozen=True, slots=True)
class SeenFile:
    """One content of a file with the moment it was first seen (首见记录)."""

    request: str
    """Id of the request it belongs to."""
    file: str
    """Path relative to the project."""
    digest: str
    """SM3 over its content, comments and layout left out."""
    substance: str
    """SM3 over what it asks for or decides, its steps left out."""
    marks: tuple[str, ...]
    """The steps it declares, by the names of their entries."""
    at: str = ""
    """UTC, ISO 8601 to the microsecond; given by the ledger."""


class MoveKind(StrEnum):
    """What was entered about a request (办理记录)."""

    MOVED = "moved"
    """It stands somewhere else than before."""
    HALTED = "halted"
    """Its files say what may not be: it counts for nothing until they are put right."""
    ALARMED = "alarmed"
    """Somebody was to be told."""


@dataclass(frozen=True, slots=True)
class ShareMove:
    """An entry about a request (办理记录)."""

    request: str
    kind: MoveKind
    word: str
    """The state, the reason, or the alarm."""
    detail: str = ""
    at: str = ""
    """UTC, ISO 8601 to the microsecond; given by the ledger."""


@dataclass(frozen=True)
class ShareRecord:
    """Everything the ledger knows of sharing (共享台账内容), in the order it was entered."""

    files: tuple[SeenFile, ...] = ()
    moves: tuple[ShareMove, ...] = ()

    def last_state(self, request: str) -> str | None:
        """Return where a request stood last, None where it never was seen."""
        found = [m for m in self.moves if m.request == request and m.kind is MoveKind.MOVED]
        return found[-1].word if found else None


_ACTIONS = {
    MoveKind.MOVED: Action.REQUEST_MOVED,
    MoveKind.HALTED: Action.REQUEST_HALTED,
    MoveKind.ALARMED: Action.REQUEST_ALARMED,
}


class ShareBook:
    """The sharing part of the ledger while it is written (共享台账登记), one writer at a time."""

    def __init__(self, connection: Connection, at: str, seal: Seal) -> None:
        self._connection = connection
        self._seal = seal
        self.at = at
        """The moment of this writing, UTC."""

    def record(self) -> ShareRecord:
        """Return everything entered so far."""
        return read_record(self._connection)

    def see(self, seen: SeenFile) -> None:
        """Enter the first sight of a content (登记首见)."""
        values = {
            "request": seen.request,
            "file": seen.file,
            "digest": seen.digest,
            "substance": seen.substance,
            "marks": json.dumps(list(seen.marks)),
            "at": self.at,
        }
        self._connection.execute(insert(share_files).values(values))
        facts: dict[str, JsonValue] = {"file": seen.file, "digest": seen.digest}
        self._seal(Action.SHARE_FILE_SEEN, seen.request, {**facts, "marks": list(seen.marks)})

    def enter(self, move: ShareMove) -> None:
        """Enter that a request moved, was halted, or that somebody was told (登记办理)."""
        values = {
            "request": move.request,
            "kind": str(move.kind),
            "word": move.word,
            "detail": move.detail,
            "at": self.at,
        }
        self._connection.execute(insert(share_moves).values(values))
        facts: dict[str, JsonValue] = {"word": move.word, "detail": move.detail}
        self._seal(_ACTIONS[move.kind], move.request, facts)


def read_record(connection: Connection) -> ShareRecord:
    """Return everything that the ledger knows of sharing."""
    files = connection.execute(select(share_files).order_by(share_files.c.number))
    moves = connection.execute(select(share_moves).order_by(share_moves.c.number))
    return ShareRecord(
        tuple(
            SeenFile(r.request, r.file, r.digest, r.substance, tuple(json.loads(r.marks)), r.at)
            for r in files
        ),
        tuple(ShareMove(r.request, MoveKind(r.kind), r.word, r.detail, r.at) for r in moves),
    )
