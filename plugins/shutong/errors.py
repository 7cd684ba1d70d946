"""Errors built from facts (错误): what happened, where, and what to do next.

The tree, with the exit code of the command line beside each kind::

    ShutongError                1
    ├── CatalogFaulty           1   the catalog, a standard or a suite is wrong
    ├── UnknownName             3   a resource, batch or dataset nobody declared
    ├── SourceUnreachable       4   front-end machine down, refused, timed out
    ├── SourceMismatch          5   table, column, type or grant is not what the catalog says
    │   └── SourceDrifted      12   the table was changed since it was last looked at
    ├── NotReconciled           6   rows staged differ from rows counted at the source
    ├── BatchRefused            7   validation refused the batch; the last good state stays
    ├── LandingRefused          8   a guard of the shared database refused the write
    ├── StorageFailed           9   disk full, folder not writable
    ├── RecordFailed           10   ledger or audit chain cannot be written
    ├── Busy                   11   the same batch or resource is being worked on
    ├── OutsideHours           13   the front-end machine may not be read at this hour
    ├── FormRefused            14   a spreadsheet that came back cannot be read
    └── KeyUnusable            15   a key for sealed rows is missing, wrong or not kept safely

A message never holds a value of a personal item: only resource, item, rule, counts and
row positions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence for people, Chinese first (双语文本), with its English beside it."""

    zh: str
    en: str

    def render(self, lang: str) -> str:
        """Return the sentence in `lang` ("zh", "en" or "both")."""
        if lang == "en":
            return self.en
        if lang == "both":
            return f"{self.zh} / {self.en}"
        return self.zh

    def __str__(self) -> str:
        return self.render("both")


NO_TEXT = Text("", "")


class ShutongError(Exception):
    """A fault a person can act on (可处理的错误): fact, place and next step.

    `fact` says what happened, `place` where (`file:line`, a resource, a batch), `next_step`
    what to do about it.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, fact: Text, *, place: str = "", next_step: Text = NO_TEXT) -> None:
        self.fact = fact
        self.place = place
        self.next_step = next_step
        super().__init__(self.render("both"))

    def render(self, lang: str) -> str:
        """Return the message for a person, a line each for place and fact, and next step."""
        place = f"{self.place}: " if self.place else ""
        lines = [place + self.fact.render(lang)]
        if self.next_step is not NO_TEXT:
            lines.append("→ " + self.next_step.render(lang))
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        """Carry the facts over process borders: exceptions pickle by their arguments."""
        return (_rebuild, (type(self), self.fact, self.place, self.next_step))


def _rebuild(kind: type[ShutongError], fact: Text, place: str, next_step: Text) -> ShutongError:
    return kind(fact, place=place, next_step=next_step)


class CatalogFaulty(ShutongError):
    """The catalog, a data standard or a suite is wrong (目录有误)."""

    exit_code = 1


class UnknownName(ShutongError):
    """A name that nobody declared (未登记的名称)."""

    exit_code = 3


class SourceUnreachable(ShutongError):
    """The front-end machine did not answer as it should (前置机不可达)."""

    exit_code = 4
    passing: bool = False
    """Whether it may pass by itself: connecting may then be tried again at once."""


class SourceMismatch(ShutongError):
    """The source is not what the catalog says (源表与目录不符)."""

    exit_code = 5


class SourceDrifted(SourceMismatch):
    """The source table was changed since it was last looked at (结构变更)."""

    exit_code = 12


class NotReconciled(ShutongError):
    """Staged rows differ from the source's own count (对账不平)."""

    exit_code = 6


class BatchRefused(ShutongError):
    """Validation refused the batch whole (批次拒收); the last good state stays."""

    exit_code = 7


class LandingRefused(ShutongError):
    """A guard of the shared database refused the write (入库拒绝)."""

    exit_code = 8


class StorageFailed(ShutongError):
    """The disk is full or a folder cannot be written (存储故障)."""

    exit_code = 9


class RecordFailed(ShutongError):
    """The ledger or the audit chain cannot be written (台账故障): nothing goes on."""

    exit_code = 10


class Busy(ShutongError):
    """Another run works on the same resource (正在处理)."""

    exit_code = 11


class OutsideHours(ShutongError):
    """The front-end machine may not be read at this hour (不在允许时段)."""

    exit_code = 13


class FormRefused(ShutongError):
    """A spreadsheet that a department sent cannot be read (表格拒收), and why."""

    exit_code = 14


class KeyUnusable(ShutongError):
    """A key for sealed rows is missing, wrong or not kept safely (密钥不可用)."""

    exit_code = 15
