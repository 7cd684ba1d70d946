"""What recomputing a report found (复算结论)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from shutong.errors import Text


class Outcome(StrEnum):
    """How one check ended (复算结论)."""

    EQUAL = "equal"
    DIFFERS = "differs"
    UNKNOWN = "unknown"
    """It cannot be recomputed; the note says why and what it needs."""
    NOTED = "noted"
    """Nothing to hold against each other, and worth saying."""

    @property
    def words(self) -> Text:
        """Return the outcome in words."""
        return _WORDS[self]


_WORDS = {
    Outcome.EQUAL: Text("一致", "equal"),
    Outcome.DIFFERS: Text("不一致", "differs"),
    Outcome.UNKNOWN: Text("无法复算", "cannot be recomputed"),
    Outcome.NOTED: Text("提示", "note"),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was held against the report (复算项)."""

    name: Text
    outcome: Outcome
    told: str = ""
    """What the report says."""
    found: str = ""
    """What was found."""
    note: Text | None = None
    rule: str = ""
    """Id of the rule, for a rule."""

    @classmethod
    def of(cls, name: Text, told: str, found: str, note: Text | None = None) -> Self:
        """Return the check of two figures; the note stands where they differ."""
        same = told == found
        outcome = Outcome.EQUAL if same else Outcome.DIFFERS
        return cls(name, outcome, told, found, None if same else note)


@dataclass(frozen=True, slots=True)
class Verification:
    """A report recomputed (复算结果)."""

    batch_id: str
    resource: str
    checks: tuple[Check, ...]

    @property
    def outcome(self) -> Outcome:
        """Differing when anything does; unknown when anything could not be recomputed."""
        found = {check.outcome for check in self.checks}
        for outcome in (Outcome.DIFFERS, Outcome.UNKNOWN):
            if outcome in found:
                return outcome
        return Outcome.EQUAL
