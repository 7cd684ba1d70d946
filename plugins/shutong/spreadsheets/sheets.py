"""Read a workbook's cells (读取工作簿) through openpyxl: values only, one row at a time."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError, iterparse
from zipfile import BadZipFile
from zlib import error as inflate_error

from openpyxl.cell.text import Text as StringItem
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet._reader import WorkSheetParser
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from shutong.spreadsheets.faults import refused
from shutong.spreadsheets.grids import Raw, Row, Spoilt, is_blank
from shutong.spreadsheets.marking import unescaped
from shutong.spreadsheets.packages import Limits, damaged

_STRING: Final = f"{{{SHEET_MAIN_NS}}}si"
_BROKEN: Final = (
    ParseError,
    BadZipFile,
    InvalidFileException,
    inflate_error,
    OSError,
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    OverflowError,
    EOFError,
    NotImplementedError,
    RuntimeError,
)
"""What openpyxl raises for files that are not as they should be."""


class _Reader(ExcelReader):  # type: ignore[misc]
    """openpyxl's reader, with its texts as they stand: its own drops "x005F_" out of them."""

    def read_strings(self) -> None:
        part = self.package.find(SHARED_STRINGS)
        self.shared_strings: list[str] = []
        if part is None:
            return
        with self.archive.open(part.PartName[1:]) as stream:
            for _, node in iterparse(stream):  # noqa: S314 - without a document type, checked
                if node.tag == _STRING:
                    self.shared_strings.append(StringItem.from_tree(node).content)
                    node.clear()


class WorkbookGrid:
    """One sheet of a workbook (工作表)."""

    def __init__(self, file: str, sheet: ReadOnlyWorksheet, limits: Limits) -> None:
        self._file, self._sheet, self._limits = file, sheet, limits
        self.name: str = sheet.title
        self.hidden: bool = sheet.sheet_state != "visible"
        self.year_1904: bool = sheet.parent.epoch == CALENDAR_MAC_1904

    def rows(self) -> Generator[Row, None, None]:
        """Yield the rows that are not blank; FormRefused at the end for merged cells."""
        book: Any = self._sheet.parent
        with _as_refused(self._file), self._sheet._get_source() as source:
            parser = WorkSheetParser(
                source,
                self._sheet._shared_strings,
                epoch=book.epoch,
                date_formats=book._date_formats,
                timedelta_formats=book._timedelta_formats,
            )
            for number, cells in parser.parse():
                row = {cell["column"]: self._value(cell) for cell in cells}
                filled = {
                    column: value
                    for column, value in row.items()
                    if value is not None and not is_blank(value)
                }
                if filled:
                    yield number, filled
        if parser.merged_cells and parser.merged_cells.mergeCell:
            self._refuse_merged(str(parser.merged_cells.mergeCell[0].ref))

    def _refuse_merged(self, ref: str) -> None:
        raise refused(
            f"{self._file} {self.name}!{ref}",
            "单元格被合并",
            "cells are merged",
            do_zh="请取消合并, 在每个单元格填写各自的值",
            do_en="unmerge them, fill in each",
        )

    def _value(self, cell: dict[str, Any]) -> Raw | None:
        value = cell["value"]
        match cell["data_type"]:
            case "f":
                return Spoilt.FORMULA
            case "e":
                return Spoilt.ERROR
        match value:
            case str():
                if len(value) > self._limits.cell_characters:
                    return Spoilt.TOO_LONG
                return unescaped(value)
            case None | bool() | int() | float() | datetime() | date():
                return value
            case time():
                return value.isoformat()
            case _:
                return str(value)


@contextmanager
def workbook_grids(path: Path, limits: Limits) -> Iterator[list[WorkbookGrid]]:
    """Open a workbook and give its sheets; FormRefused when it cannot be read."""
    with _as_refused(path.name):
        reader = _Reader(str(path), read_only=True, data_only=False, keep_links=False)
    with closing(reader.archive):
        with _as_refused(path.name):
            reader.read()
            grids = [
                WorkbookGrid(path.name, sheet, limits)
                for sheet in reader.wb.worksheets
                if isinstance(sheet, ReadOnlyWorksheet)
            ]
        yield grids


@contextmanager
def _as_refused(file: str) -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except _BROKEN:
        raise damaged(file) from None
