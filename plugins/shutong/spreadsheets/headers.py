"""Find a form's row of titles (识别列标题): columns may have moved, none may lack or be twice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from shutong.errors import FormRefused
from shutong.spreadsheets.columns import Column, headings
from shutong.spreadsheets.faults import refused
from shutong.spreadsheets.grids import Raw, Row, cell_name
from shutong.spreadsheets.identity import WORD

_LOOK: Final = 20
"""Rows in which the titles are looked for: some put a line of their own above."""
_SPACE: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Header:
    """Where the columns stand in a sheet (列位置)."""

    sheet: str
    row: int
    places: Mapping[int, int]
    """Index of the form's column for each column of the sheet, from 1."""
    missing: tuple[int, ...]
    """Indices of the form's columns that the sheet lacks."""

    def incomplete(self, file: str, columns: Sequence[Column]) -> FormRefused:
        """Return the error that names the columns that are missing."""
        lacking = [columns[index] for index in self.missing]
        return refused(
            f"{file} {cell_name(1, self.row, self.sheet)}",
            "缺少列: " + "、".join(column.title for column in lacking),
            "columns are missing: " + ", ".join(column.id for column in lacking),
            do_zh="请补上缺少的列, 或下载原表重新填写",
            do_en="put them back, or fill in the form as it was sent",
        )


def known_titles(columns: Sequence[Column]) -> dict[str, int]:
    """Return the index of each column by its id, its heading, and its title where it is one."""
    known: dict[str, int] = {}
    shown = headings(columns)
    for index, column in enumerate(columns):
        known[_folded(column.id)] = index
        known[_folded(shown[index])] = index
    return known


def titles_in(row: Mapping[int, Raw], known: Mapping[str, int]) -> int:
    """Return how many of the form's columns a row has titles of; a form's identity counts."""
    found = {known[title] for cell in row.values() if (title := _folded(cell)) in known}
    return len(found) + (WORD in row.values())


def find_header(
    file: str, sheet: str, rows: Iterator[Row], columns: Sequence[Column]
) -> tuple[Header | None, bool]:
    """Return the row of titles and whether the sheet has anything at all.

    `rows` is read up to the titles. A row with some of the titles is returned with what is
    `missing`; None when no row has any. FormRefused for a title that stands twice, or one
    that the form has not.
    """
    known = known_titles(columns)
    seen = False
    best: Header | None = None
    for number, cells in islice(rows, _LOOK):
        seen = True
        places: dict[int, int] = {}
        for place, cell in cells.items():
            index = known.get(_folded(cell))
            if index is not None:
                _refuse_twice(file, sheet, number, place, index, places)
                places[place] = index
        missing = tuple(i for i in range(len(columns)) if i not in places.values())
        header = Header(sheet, number, places, missing)
        if not missing:
            _refuse_unknown(file, header, cells)
            return header, seen
        if places and (best is None or len(missing) < len(best.missing)):
            best = header
    return best, seen


def _folded(cell: Raw) -> str:
    """Return a title without white space, which people add to make lines break."""
    return _SPACE.sub("", cell).lower() if isinstance(cell, str) else ""


def _refuse_twice(
    file: str, sheet: str, row: int, place: int, index: int, places: Mapping[int, int]
) -> None:
    twice = next((other for other, taken in places.items() if taken == index), None)
    if twice is None:
        return
    both = f"{cell_name(twice, row, sheet)}, {cell_name(place, row)}"
    raise refused(
        f"{file} {both}",
        "两列的标题相同",
        "two columns have one title",
        do_zh="请只保留其中一列",
        do_en="keep one of them only",
    )


def _refuse_unknown(file: str, header: Header, cells: Mapping[int, Raw]) -> None:
    unknown = next((place for place in cells if place not in header.places), None)
    if unknown is not None:
        raise refused(
            f"{file} {cell_name(unknown, header.row, header.sheet)}",
            "该列不属于本表",
            "the column does not belong to this form",
            do_zh="请删除该列",
            do_en="delete the column",
        )
