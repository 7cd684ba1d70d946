"""The source tables on the front-end machines (前置机源表), as departments declare them.

Money, areas and degrees stand in VARCHAR columns as exact text: SQLite gives a column
declared DECIMAL numeric affinity and would turn '123.40' into the binary 123.4. Dates are
'YYYY-MM-DD', date-times 'YYYY-MM-DD HH:MM:SS', so that they sort as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

NOT_SHARED: Final = "-"
"""In place of an item: a column of the department's own, which nobody else gets."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a source table (源表字段)."""

    key: str
    """The information item; for columns that are not shared the column's own name."""
    name: str
    declared: str
    """Type as declared at the source."""
    shared: bool


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A source table (源表) of one resource."""

    front_end: str
    name: str
    columns: tuple[Column, ...]
    cursor: str | None = None
    """Key of the column that grows with each change or row."""
    identity: tuple[str, ...] = ()
    """Keys of the columns that tell one row from another."""

    def column(self, key: str) -> str:
        """Return the source's name of the column with `key`; KeyError when there is none."""
        for column in self.columns:
            if column.key == key:
                return column.name
        raise KeyError(key)

    def statements(self) -> tuple[str, ...]:
        """Return the statements that make the table and its indexes."""
        columns = ", ".join(f"{quoted(c.name)} {c.declared}" for c in self.columns)
        indexed = [self.identity] + ([(self.cursor,)] if self.cursor else [])
        indexes = [
            f"CREATE INDEX {quoted(f'IX{i}_{self.name}')} ON {quoted(self.name)} "
            f"({', '.join(quoted(self.column(key)) for key in keys)})"
            for i, keys in enumerate(indexed)
        ]
        return (f"CREATE TABLE {quoted(self.name)} ({columns})", *indexes)


def quoted(name: str) -> str:
    """Return an identifier quoted for SQLite."""
    return '"' + name.replace('"', '""') + '"'


def source_table(
    front_end: str, name: str, identity: str, columns: str, cursor: str | None = None
) -> SourceTable:
    """Return a table from lines of `item column type`; an item of `-` is not shared."""
    parsed = []
    for line in columns.split("\n"):
        if line.strip():
            item, column, declared = line.split()
            shared = item != NOT_SHARED
            parsed.append(Column(item if shared else column, column, declared, shared))
    return SourceTable(front_end, name, tuple(parsed), cursor, tuple(identity.split()))
