"""Write a workbook (导出工作簿): XLSX row by row, titles in view, its identity hidden."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.worksheet import Worksheet

from shutong.errors import FormRefused, StorageFailed, Text
from shutong.fieldtypes import FieldType
from shutong.spreadsheets.columns import Column, headings
from shutong.spreadsheets.identity import SHEET, WORD, FormIdentity
from shutong.spreadsheets.marking import escaped
from shutong.spreadsheets.values import Cell
from shutong.spreadsheets.writing import MOST_ROWS, WrittenForm, cells_of

if TYPE_CHECKING:
    import pyarrow as pa

LONGEST_XLSX_CELL: Final = 32_767
"""UTF-16 units that a cell of a workbook holds."""
_ALLOWED: Final = (
    "format_columns", "format_rows", "format_cells", "insert_rows", "delete_rows", "sort",
    "autofilter", "select_locked_cells", "select_unlocked_cells",
)  # fmt: skip


class _Sheet(Worksheet):  # type: ignore[misc]
    """A sheet whose escapes can be undone: xlsxwriter's own miss those that overlap."""

    @staticmethod
    def _escape_control_characters(data: str) -> str:
        return escaped(data)


def write_xlsx(
    target: Path,
    columns: Sequence[Column],
    batches: Iterable[pa.RecordBatch | pa.Table],
    *,
    identity: FormIdentity | None = None,
    sheet: str = "数据",
    rows_per_sheet: int = MOST_ROWS - 1,
) -> WrittenForm:
    """Write rows as a workbook; more rows than a sheet takes go on in further sheets.

    With an `identity` it is a form: titles and the columns that are `locked` cannot be typed
    over by accident, and a hidden sheet tells what the form is when it comes back.
    FormRefused names the row of a text that no cell can hold.
    """
    temporary = target.with_name(target.name + ".tmp")
    try:
        temporary.unlink(missing_ok=True)
        temporary.touch(mode=0o600)
        book = Workbook(
            str(temporary),
            {"constant_memory": True, "strings_to_urls": False, "tmpdir": str(target.parent)},
        )
        try:
            rows = _write_sheets(book, columns, batches, identity, sheet, rows_per_sheet)
        finally:
            book.close()
        temporary.replace(target)
    except (OSError, XlsxWriterException) as exc:
        temporary.unlink(missing_ok=True)
        raise StorageFailed(
            Text("导出文件无法写入", "the file cannot be written"), place=str(target)
        ) from exc
    except FormRefused:
        temporary.unlink(missing_ok=True)
        raise
    return WrittenForm((target,), rows)


def _write_sheets(
    book: Any,
    columns: Sequence[Column],
    batches: Iterable[pa.RecordBatch | pa.Table],
    identity: FormIdentity | None,
    name: str,
    rows_per_sheet: int,
) -> int:
    formats = _Formats(book, columns)
    rows = cells_of(columns, batches)
    total, number = 0, 0
    first = next(rows, None)
    while first is not None or not number:
        number += 1
        sheet = book.add_worksheet(name if number == 1 else f"{name}-{number}", _Sheet)
        formats.prepare(sheet, is_form=identity is not None)
        batch = islice(chain([first], rows), rows_per_sheet) if first is not None else ()
        for row, cells in enumerate(batch, 1):
            formats.write(sheet, row, cells)
            total += 1
        first = next(rows, None)
    if identity is not None:
        hidden = book.add_worksheet(SHEET, _Sheet)
        hidden.write_string(0, 0, WORD)
        hidden.write_string(1, 0, identity.to_json())
        hidden.protect()
        hidden.very_hidden()
    return total


class _Formats:
    """How a workbook's cells look, by column (单元格格式)."""

    def __init__(self, book: Any, columns: Sequence[Column]) -> None:
        self.columns = columns
        self.title = book.add_format(
            {"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True, "num_format": "@"}
        )
        self.text = [book.add_format({"num_format": "@", "locked": c.locked}) for c in columns]
        self.own = [
            book.add_format({"num_format": _shown_as(c), "locked": c.locked}) for c in columns
        ]

    def prepare(self, sheet: Any, *, is_form: bool) -> None:
        """Write the titles, and make the columns wide enough."""
        for number, column in enumerate(self.columns):
            sheet.set_column(number, number, max(column.width, 8), self.own[number])
        for number, heading in enumerate(headings(self.columns)):
            sheet.write_string(0, number, heading, self.title)
        sheet.freeze_panes(1, 0)
        if is_form:
            sheet.protect("", dict.fromkeys(_ALLOWED, True))

    def write(self, sheet: Any, row: int, cells: Sequence[Cell | None]) -> None:
        """Write one row; FormRefused where a text is too long for a cell."""
        for number, cell in enumerate(cells):
            match cell:
                case None:
                    continue
                case str():
                    if len(escaped(cell).encode("utf-16-le")) // 2 > LONGEST_XLSX_CELL:
                        raise _too_long(row, self.columns[number])
                    sheet.write_string(row, number, cell, self.text[number])
                case datetime():
                    sheet.write_datetime(row, number, cell, self.own[number])
                case _:
                    sheet.write_number(row, number, cell, self.own[number])


def _shown_as(column: Column) -> str:
    match column.type:
        case FieldType.D:
            return "yyyy-mm-dd"
        case FieldType.T:
            return "yyyy-mm-dd hh:mm:ss"
        case FieldType.N | FieldType.Y:
            return "0." + "0" * column.decimals if column.decimals else "0"
        case FieldType.I:
            return "0"
        case FieldType.B | FieldType.F:
            return "General"
        case _:
            return "@"


def _too_long(row: int, column: Column) -> FormRefused:
    return FormRefused(
        Text(
            f"第 {row} 行的 {column.title} 超过 {LONGEST_XLSX_CELL} 个字符, 单元格放不下",
            f"{column.id} of row {row} has over {LONGEST_XLSX_CELL} characters: no cell holds it",
        ),
        place=column.id,
        next_step=Text("请改用 CSV 格式导出", "export it as CSV"),
    )
