"""Read a form or table that a department filled in (读取回传表格), cell by cell.

What can be told for certain is understood: moved columns, blank rows, days in any common
writing. What cannot is refused with file, sheet and cell; nothing is repaired in silence, and
no cell's content stands in a message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shutong.errors import FormRefused
from shutong.spreadsheets.columns import Column
from shutong.spreadsheets.faults import CellFault, CellReason, refused, refused_cells
from shutong.spreadsheets.grids import Grid, Raw, Spoilt, cell_name
from shutong.spreadsheets.headers import Header, find_header, known_titles, titles_in
from shutong.spreadsheets.identity import SHEET, WORD, Altered, FormIdentity
from shutong.spreadsheets.packages import Kind, Limits, kind_of
from shutong.spreadsheets.values import Read, from_boolean, from_moment, from_number, from_text

if TYPE_CHECKING:
    import pyarrow as pa

SHEET_COLUMN: Final = "_sheet"
ROW_COLUMN: Final = "_row"
_SPOILT: Final = {
    Spoilt.FORMULA: CellReason.FORMULA,
    Spoilt.ERROR: CellReason.ERROR_VALUE,
    Spoilt.TOO_LONG: CellReason.TOO_LONG,
}
_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class FilledForm:
    """What a department sent (回传表格)."""

    file: str
    rows: pa.Table
    """A column of text for each column of the form, in its order, NULL for blank cells; then
    `_sheet` (text) and `_row` (integer), where the row stands. Blank rows are left out. A
    faulty cell is NULL here when it has no value (a formula), and its text otherwise."""
    identity: FormIdentity | None
    faults: tuple[CellFault, ...] = field(default=())
    encoding: str = ""
    """Encoding of a text file; empty for a workbook."""

    def require_sound(self) -> None:
        """Raise FormRefused with the cells that need another look, if there are any."""
        if self.faults:
            raise refused_cells(self.file, self.faults)


def read_form(
    path: Path,
    columns: Sequence[Column],
    *,
    expected: FormIdentity | None = None,
    limits: Limits = _LIMITS,
) -> FilledForm:
    """Return the rows of a workbook (.xlsx) or text file (.csv, .txt).

    With `expected`, only the form of that identity is taken. FormRefused tells why a file
    cannot be read; cells that cannot be taken as they are stand in `faults`, all of them.
    """
    with _opened(path, columns, limits) as (grids, encoding):
        identity = _identity_of(path.name, grids)
        if expected is not None:
            _require(path.name, identity, expected)
        reading = _Reading(path.name, columns, limits)
        for grid in grids:
            if grid.name != SHEET:
                reading.take(grid)
        if not reading.headers:
            raise reading.no_header()
    return FilledForm(path.name, reading.table(), identity, tuple(reading.faults), encoding)


def identify(path: Path, *, limits: Limits = _LIMITS) -> FormIdentity | None:
    """Return what a file was made for, or None when it says nothing; FormRefused as above."""
    with _opened(path, (), limits) as (grids, _):
        return _identity_of(path.name, grids)


@contextmanager
def _opened(
    path: Path, columns: Sequence[Column], limits: Limits
) -> Iterator[tuple[Sequence[Grid], str]]:
    """Give a file's sheets, and the encoding of a text file."""
    if kind_of(path, limits) is Kind.TEXT:
        from shutong.spreadsheets.textfiles import read_text

        known = known_titles(columns)
        text = read_text(path, limits, lambda row: titles_in(row, known))
        yield [text.grid], text.encoding
        return
    from shutong.spreadsheets.sheets import workbook_grids

    with workbook_grids(path, limits) as grids:
        yield grids, ""


def _identity_of(file: str, grids: Iterable[Grid]) -> FormIdentity | None:
    for grid in grids:
        if grid.name not in ("", SHEET):
            continue
        with closing(grid.rows()) as rows:
            cells = [value for _, row in islice(rows, 2) for value in row.values()]
        if cells[:1] != [WORD]:
            continue
        try:
            return FormIdentity.from_json(str(cells[1]) if len(cells) > 1 else "")
        except Altered:
            raise refused(
                file,
                "表单标识已被改动, 无法确认是哪一张表",
                "the form's identity was altered",
                do_zh="请下载原表重新填写",
                do_en="take the form as it was sent and fill it in again",
            ) from None
    return None


def _require(file: str, found: FormIdentity | None, expected: FormIdentity) -> None:
    if found == expected:
        return
    if found is None:
        zh, en = "文件没有表单标识", "the file does not say which form it is"
    else:
        zh = f"这是另一张表: {found.resource} 批次 {found.batch} 版本 {found.version}"
        en = f"it is another form: {found.resource}, batch {found.batch}, version {found.version}"
    want = f"{expected.resource} {expected.batch} {expected.version}"
    raise refused(
        file,
        zh,
        en,
        do_zh=f"请在为 {want} 下发的原表中填写后上传",
        do_en=f"fill in the form that was sent for {want}",
    )


class _Reading:
    """Rows and faults, gathered sheet by sheet (读取过程)."""

    def __init__(self, file: str, columns: Sequence[Column], limits: Limits) -> None:
        self.file, self.columns, self.limits = file, columns, limits
        self.headers: list[Header] = []
        self.faults: list[CellFault] = []
        self._texts: list[list[str | None]] = [[] for _ in columns]
        self._sheets: list[str] = []
        self._rows: list[int] = []

    def take(self, grid: Grid) -> None:
        """Add a sheet's rows; FormRefused for content that has no place in the form."""
        with closing(grid.rows()) as rows:
            header, seen = find_header(self.file, grid.name, rows, self.columns)
            if header is not None and not header.missing:
                self.headers.append(header)
                for number, cells in rows:
                    self._take_row(grid, header, number, cells)
                return
            for _ in rows:
                pass  # to its end, where merged cells are told
            if (not grid.hidden and seen) or header is not None:
                self._refuse_sheet(grid, header)

    def _refuse_sheet(self, grid: Grid, header: Header | None) -> None:
        if header is not None:
            raise header.incomplete(self.file, self.columns)
        if grid.name:
            raise refused(
                f"{self.file} {grid.name}",
                "该工作表没有本表的列标题",
                "the sheet has no titles of this form",
                do_zh="请删除该工作表, 或补上第一行的列标题",
                do_en="delete the sheet, or put the titles back",
            )

    def no_header(self) -> FormRefused:
        """Return the error for a file without the form's titles."""
        titles = "、".join(column.title for column in self.columns)
        return refused(
            self.file,
            f"找不到列标题: {titles}",
            "the titles are missing: " + ", ".join(column.id for column in self.columns),
            do_zh="请保留原表的列标题行",
            do_en="keep the form's row of titles",
        )

    def _take_row(self, grid: Grid, header: Header, number: int, cells: Mapping[int, Raw]) -> None:
        stray = next((column for column in cells if column not in header.places), None)
        if stray is not None:
            raise refused(
                f"{self.file} {cell_name(stray, number, grid.name)}",
                "该列没有列标题, 却有内容",
                "there is content in a column without a title",
                do_zh="请删除该单元格, 或补上列标题",
                do_en="delete the cell, or put the title back",
            )
        if len(self._rows) >= self.limits.rows:
            raise refused(
                self.file,
                f"超过 {self.limits.rows} 行",
                f"more than {self.limits.rows} rows",
                do_zh="请分成几个文件上传",
                do_en="send it in parts",
            )
        read: dict[int, str | None] = {}
        for place, cell in cells.items():
            index = header.places[place]
            column = self.columns[index]
            text, reason = self._read(cell, column, year_1904=grid.year_1904)
            read[index] = text
            if reason is not None:
                self.faults.append(
                    CellFault(
                        grid.name, cell_name(place, number), number, column.id, column.title, reason
                    )
                )
        for index, texts in enumerate(self._texts):
            texts.append(read.get(index))
        self._sheets.append(grid.name)
        self._rows.append(number)

    def _read(
        self, cell: Raw, column: Column, *, year_1904: bool
    ) -> Read | tuple[None, CellReason]:
        match cell:
            case Spoilt():
                return None, _SPOILT[cell]
            case bool():
                return from_boolean(cell, column)
            case int() | float():
                return from_number(cell, column, year_1904=year_1904)
            case datetime() | date():
                return from_moment(cell, column)
            case str():
                if len(cell) > self.limits.cell_characters:
                    return None, CellReason.TOO_LONG
                return from_text(cell, column)

    def table(self) -> pa.Table:
        """Return the rows."""
        import pyarrow as pa

        arrays = [pa.array(texts, pa.string()) for texts in self._texts]
        places = [pa.array(self._sheets, pa.string()), pa.array(self._rows, pa.int64())]
        names = [*(column.id for column in self.columns), SHEET_COLUMN, ROW_COLUMN]
        return pa.Table.from_arrays([*arrays, *places], names)
