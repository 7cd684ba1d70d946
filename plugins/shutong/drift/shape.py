"""A source table's description as a fact that can be kept and compared (源表结构)."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Final, Self

from shutong.catalog.models import Dataset, Source
from shutong.fieldtypes import FieldType
from shutong.model import Fact

_MEASURED: Final = ("decimal", "numeric", "number", "dec")
_LENGTHLESS: Final = ("blob", "text", "clob", "json", "enum", "set")
"""Types whose length the database makes by itself."""


class ColumnShape(Fact):
    """One column of a source table (源表字段)."""

    name: str
    type_name: str
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    unsigned: bool = False
    nullable: bool = True

    @classmethod
    def of(cls, column: object) -> Self:
        """Return the shape of a column that a reader described."""
        return cls(**{name: getattr(column, name) for name in cls.model_fields})

    @property
    def declared(self) -> str:
        """The declaration as people write it: "varchar(50)", "decimal(12,2)", "int unsigned"."""
        return f"{self.type_name}{self._measure}{' unsigned' if self.unsigned else ''}"

    @property
    def _measure(self) -> str:
        kind = self.type_name
        if self.length and not any(word in kind for word in _LENGTHLESS):
            return f"({self.length})"
        if kind in _MEASURED and self.precision is not None:
            return f"({self.precision},{self.scale})" if self.scale else f"({self.precision})"
        if kind.startswith(("datetime", "timestamp", "time")) and self.precision:
            return f"({self.precision})"
        return ""


class Role(StrEnum):
    """What a resource uses a column for (字段用途)."""

    ITEM = "item"
    CURSOR = "cursor"
    FILTER = "filter"


class Use(Fact):
    """One use that a resource makes of a column (字段用途), as the catalog declares it."""

    role: Role
    column: str
    item: str | None = None
    title: str | None = None
    type: FieldType | None = None
    length: int | None = None
    scale: int | None = None
    required: bool = False


class SourceShape(Fact):
    """A source table as it was when looked at, and what the resource used of it (结构基线)."""

    front_end: str
    db_schema: str | None
    table: str
    columns: tuple[ColumnShape, ...]
    uses: tuple[Use, ...]

    @property
    def digest(self) -> str:
        """SM3 over columns and their order, lower-case hexadecimal."""
        text = "\n".join(column.model_dump_json() for column in self.columns)
        return hashlib.new("sm3", text.encode()).hexdigest()

    def same_place(self, other: SourceShape) -> bool:
        """Say whether both speak of the same table."""
        ours = (self.front_end, self.db_schema, self.table)
        return ours == (other.front_end, other.db_schema, other.table)

    def spelled(self, name: str) -> str | None:
        """Return a column's name as the table spells it; None when it has no such column.

        By the exact name, or else by the only one that differs in capitals, as the readers do.
        """
        names = [column.name for column in self.columns]
        if name in names:
            return name
        alike = [there for there in names if there.casefold() == name.casefold()]
        return alike[0] if len(alike) == 1 else None

    @property
    def missing(self) -> tuple[Use, ...]:
        """The uses of columns that the table does not have."""
        return tuple(use for use in self.uses if self.spelled(use.column) is None)


def uses_of(source: Source, dataset: Dataset) -> tuple[Use, ...]:
    """Return every use that a resource makes of its table's columns, items first."""
    items = [
        Use(
            role=Role.ITEM,
            column=source.columns[item.name],
            item=item.name,
            title=item.title,
            type=item.type,
            length=item.length,
            scale=item.scale,
            required=item.required,
        )
        for item in dataset.items
        if item.name in source.columns
    ]
    filters = dict.fromkeys(row.column for row in source.filters)
    cursor = [Use(role=Role.CURSOR, column=name) for name in source.cursor_columns]
    return (*items, *cursor, *(Use(role=Role.FILTER, column=name) for name in filters))
