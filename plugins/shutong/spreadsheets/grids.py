"""Rows of cells as a file has them (单元格行), before anybody knows what they mean."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Protocol


class Spoilt(Enum):
    """A cell that has no value of its own (无值单元格)."""

    FORMULA = "formula"
    ERROR = "error"
    TOO_LONG = "too long"


Raw = str | int | float | bool | date | datetime | Spoilt
Row = tuple[int, Mapping[int, Raw]]
"""Number of a row, from 1, and its cells that are not blank by column, from 1."""


class Grid(Protocol):
    """A sheet, or a text file (表)."""

    @property
    def name(self) -> str:
        """Name of the sheet; empty for a text file."""

    @property
    def hidden(self) -> bool:
        """Whether people do not see it."""

    @property
    def year_1904(self) -> bool:
        """Whether its days are counted from 1904."""

    def rows(self) -> Generator[Row, None, None]:
        """Yield the rows that are not blank, in order; FormRefused for what cannot be read."""


@dataclass(frozen=True, slots=True)
class TextGrid:
    """The records of a text file (文本表)."""

    records: tuple[Row, ...]
    name: str = ""
    hidden: bool = False
    year_1904: bool = False

    def rows(self) -> Generator[Row, None, None]:
        """Yield the records that are not blank."""
        yield from self.records


def cell_name(column: int, row: int, sheet: str = "") -> str:
    """Return a cell's name, such as "C17" or "数据!C17"; columns and rows count from 1."""
    letters = ""
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{sheet}!{letters}{row}" if sheet else f"{letters}{row}"


def is_blank(value: Raw | None) -> bool:
    """Say whether a cell has nothing in it, or white space only."""
    return value is None or (isinstance(value, str) and not value.strip())
