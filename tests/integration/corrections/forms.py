"""What a department does with a ticket's form: fill cells in with a spreadsheet program."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from tests.integration.collection.town import RESOURCE, Town

from shutong.corrections.exporting import export_ticket
from shutong.corrections.importing import Imported, import_corrected

OFFICER: Final = "officer"
TITLES: Final = {"number": "编号", "name": "姓名", "amount": "金额", "born": "出生日期"}


def handed_out(town: Town, ticket: str) -> Path:
    """Export a ticket into the town's folder."""
    return export_ticket(town.context(), ticket, town.root / "out", OFFICER).path


def taken_in(town: Town, ticket: str, path: Path) -> Imported:
    """Import a corrected spreadsheet."""
    return import_corrected(town.context(), ticket, path, OFFICER)


def filled(path: Path, rows: Mapping[int, Mapping[str, Any]], name: str = "back.xlsx") -> Path:
    """Save a form again with cells filled in, by number of the row from 1 and item."""
    book = load_workbook(path)
    sheet = book.worksheets[0]
    columns = columns_in(sheet)
    for row, cells in rows.items():
        for item, value in cells.items():
            sheet.cell(row + 1, columns[TITLES.get(item, item)]).value = value
    target = path.with_name(name)
    book.save(target)
    return target


def read(path: Path) -> list[dict[str, Any]]:
    """Return a form's rows by title."""
    sheet = load_workbook(path).worksheets[0]
    columns = columns_in(sheet)
    return [
        {title: sheet.cell(row, column).value for title, column in columns.items()}
        for row in range(2, sheet.max_row + 1)
    ]


def columns_in(sheet: Worksheet) -> dict[str, int]:
    """Return the column of each title."""
    return {str(cell.value): cell.column for cell in sheet[1]}


def by_replay(town: Town, resource: str = RESOURCE) -> dict[str, tuple[int, int, int, int]]:
    """Return rows read, landed, unchanged and rejected of each landing."""
    return {
        record.landed.batch_id: (
            record.landed.rows_read,
            record.landed.rows_landed,
            record.landed.rows_unchanged,
            record.landed.rows_rejected,
        )
        for record in town.context().ledger.landings(resource)
    }
