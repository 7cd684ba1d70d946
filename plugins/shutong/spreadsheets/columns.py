"""Columns of a spreadsheet (表格列): what the writer and the reader must know of an item."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shutong.fieldtypes import FieldType

if TYPE_CHECKING:
    from shutong.catalog.models import Dataset

TEXTS = (FieldType.C, FieldType.M, FieldType.G)
"""Types whose cells are texts, whatever they look like."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a form or of an exported table (列)."""

    id: str
    """Technical name: an item's name, or one that begins with "_" for the form's own."""
    title: str
    """Title for people (列标题)."""
    type: FieldType = FieldType.C
    scale: int | None = None
    """Digits behind the point, for amounts and numbers."""
    width: int = 16
    """Width in characters of half width."""
    locked: bool = False
    """Whether the department may not change it, in a form."""

    @property
    def decimals(self) -> int:
        """Digits behind the point of an amount or number; 0 for other types."""
        match self.type:
            case FieldType.N:
                return self.scale or 0
            case FieldType.Y:
                return 2 if self.scale is None else self.scale
            case _:
                return 0


def columns_of(dataset: Dataset, items: Iterable[str] | None = None) -> tuple[Column, ...]:
    """Return the columns of a dataset's items, all of them or those named, in their order.

    KeyError for an item that the dataset has not.
    """
    names = [item.name for item in dataset.items] if items is None else list(items)
    chosen = [dataset.item(name) for name in names]
    return tuple(
        Column(
            id=item.name,
            title=item.title,
            type=item.type,
            scale=item.scale,
            width=max(_shown_width(item.title) + 4, min(item.length or 16, 40)),
        )
        for item in chosen
    )


def headings(columns: Sequence[Column]) -> tuple[str, ...]:
    """Return what stands above each column: its title, with its id where titles repeat."""
    titles = [column.title for column in columns]
    return tuple(
        f"{column.title} ({column.id})" if titles.count(column.title) > 1 else column.title
        for column in columns
    )


def _shown_width(title: str) -> int:
    """Return the width of a title in half-width characters: Chinese ones take two."""
    return sum(1 if ord(letter) < 0x2E80 else 2 for letter in title)  # noqa: PLR2004
