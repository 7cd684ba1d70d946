"""What a sample city is known by (样例城市档案): its marker on disk and its reports."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Final

from shutong.model import Fact
from shutong.sample_city.registers import Register

FRONT_ENDS_FOLDER: Final = "front_ends"
MARKER: Final = "city.json"
CONNECTIONS: Final = "connections.json"


class ResourceCounts(Fact):
    """What a front-end machine holds for one resource at the beginning (样例行数)."""

    rows: int
    dirty: int
    """Rows that have to be rejected."""
    by_kind: dict[str, int]
    """Dirty rows by kind of fault."""
    by_rule: dict[str, int]
    """Dirty rows by the rule they break, as `<item>.<rule>`."""

    @property
    def by_item(self) -> dict[str, int]:
        """Return the dirty rows by information item."""
        found: Counter[str] = Counter()
        for rule, number in self.by_rule.items():
            found[rule.partition(".")[0]] += number
        return dict(found)


class City(Fact):
    """A sample city as created (样例城市), and how many days have passed since."""

    seed: int
    scale: float
    counts: dict[str, ResourceCounts]
    """By resource id."""
    clock: datetime
    """End of the last day that passed, in the front-ends' own wall clock."""
    days: int = 0
    existed: bool = False
    """True when it had been created before and nothing was done."""

    @property
    def rows(self) -> int:
        """Return the rows of all resources at the beginning."""
        return sum(count.rows for count in self.counts.values())

    @property
    def dirty(self) -> int:
        """Return the dirty rows of all resources."""
        return sum(count.dirty for count in self.counts.values())


class DayCounts(Fact):
    """What a day changed in one resource (一日变动)."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    late: int = 0
    """Inserted as well, with an older cursor value; not counted in `inserted`."""


class DayReport(Fact):
    """What a day changed (过一天的结果)."""

    day: int
    at: datetime
    """End of the day in the front-ends' wall clock: no cursor value is later. Of a repeated day
    the end of the last one that passed."""
    counts: dict[str, DayCounts]
    """By resource id."""
    repeated: bool = False
    """True when the day had passed before and nothing was done."""

    @property
    def inserted(self) -> int:
        """Return the inserted rows of all resources, late ones apart."""
        return sum(count.inserted for count in self.counts.values())

    @property
    def updated(self) -> int:
        """Return the updated rows of all resources."""
        return sum(count.updated for count in self.counts.values())

    @property
    def deleted(self) -> int:
        """Return the deleted rows of all resources."""
        return sum(count.deleted for count in self.counts.values())

    @property
    def late(self) -> int:
        """Return the rows that came late, of all resources."""
        return sum(count.late for count in self.counts.values())


def marker_path(folder: Path) -> Path:
    """Return the path of the city's marker; it appears with the databases, at once."""
    return folder / FRONT_ENDS_FOLDER / MARKER


def database_path(folder: Path, front_end: str) -> Path:
    """Return the path of a front-end machine's SQLite file."""
    return folder / FRONT_ENDS_FOLDER / f"{front_end}.db"


def counts_of(register: Register) -> ResourceCounts:
    """Return what a register holds at the beginning."""
    faults = register.dirty.values()
    return ResourceCounts(
        rows=register.count.base,
        dirty=len(faults),
        by_kind=dict(Counter(str(fault.kind) for fault in faults)),
        by_rule=dict(Counter(fault.rule for fault in faults)),
    )
