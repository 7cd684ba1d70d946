"""A fault in the catalog, at its place (目录问题)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from shutong.errors import NO_TEXT, Text


@dataclass(frozen=True)
class Fault:
    """One fault a person can mend: where it is, what it is, what to do."""

    file: str
    """Path relative to the project."""
    line: int
    """Line of the faulty entry, from 1."""
    fact: Text
    next_step: Text = NO_TEXT

    def render(self, lang: str) -> str:
        """Return `file:line: fact → next step` in `lang`."""
        tail = f" → {self.next_step.render(lang)}" if self.next_step is not NO_TEXT else ""
        return f"{self.file}:{self.line}: {self.fact.render(lang)}{tail}"


def in_order(fault: Fault) -> tuple[str, int, str]:
    """Return what faults are sorted by: file, line, then their words."""
    return fault.file, fault.line, fault.fact.zh


def did_you_mean(name: str, known: Iterable[str]) -> Text:
    """Return the next step for a misspelt name: the closest known one, or all of them."""
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return Text(f"是否应为 '{close[0]}'?", f"did you mean '{close[0]}'?")
    shown = ", ".join(names[:12]) + (" …" if len(names) > 12 else "")  # noqa: PLR2004
    return Text(f"可用的有: {shown}", f"available: {shown}")
