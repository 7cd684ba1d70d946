"""Forms and files that the tests of the spreadsheets use (表格样例)."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from openpyxl import Workbook, load_workbook

from shutong.fieldtypes import FieldType
from shutong.spreadsheets import Column, FormIdentity

COLUMNS = (
    Column("row_id", "问题编号", locked=True),
    Column("id_number", "公民身份号码"),
    Column("name", "姓名"),
    Column("born", "出生日期", FieldType.D),
    Column("changed", "变更时间", FieldType.T),
    Column("amount", "发放金额", FieldType.Y, 2),
    Column("area", "面积", FieldType.N, 3),
    Column("people", "人数", FieldType.I),
    Column("alive", "是否健在", FieldType.L),
    Column("ratio", "系数", FieldType.B),
    Column("note", "备注", FieldType.M),
)
IDENTITY = FormIdentity(
    "correction", "civil_affairs/low_income", "20240131T000000-abc", "gd-7",
    tuple(column.id for column in COLUMNS),
)  # fmt: skip
TITLES = [column.title for column in COLUMNS]


def table_of(*rows: Sequence[str | None]) -> pa.Table:
    """Return rows of text in the order of COLUMNS; what is left out is NULL."""
    padded = [[*row, *[None] * (len(COLUMNS) - len(row))] for row in rows]
    return pa.Table.from_arrays(
        [pa.array([row[i] for row in padded], pa.string()) for i in range(len(COLUMNS))],
        [column.id for column in COLUMNS],
    )


def book(path: Path, *rows: Sequence[Any], titles: Sequence[Any] = TITLES) -> Path:
    """Save a workbook as a person makes one; cells are given as openpyxl takes them."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = "数据"
    sheet.append(list(titles))
    for row in rows:
        sheet.append(list(row))
    made.save(path)
    return path


def changed(path: Path, cell: str, value: Any, number_format: str | None = None) -> Path:
    """Save a written form again with one cell changed, as a department's program does."""
    made = load_workbook(path)
    sheet = made.worksheets[0]
    sheet[cell].value = value
    if number_format:
        sheet[cell].number_format = number_format
    made.save(path)
    return path


def only(table: pa.Table, column: str, row: int = 0) -> Any:
    """Return one value."""
    return table.column(column)[row].as_py()


def as_shared(path: Path, sheet: str) -> None:
    """Keep a workbook's texts in the shared table, as Excel and WPS do when they save."""
    texts = re.findall(r"<is>(.*?)</is>", sheet, re.DOTALL)
    numbers = iter(range(len(texts)))
    shared = re.sub(
        r't="inlineStr"><is>.*?</is>',
        lambda _: f't="s"><v>{next(numbers)}</v>',
        sheet,
        flags=re.DOTALL,
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    table = f'{head}<sst xmlns="{space}">' + "".join(f"<si>{t}</si>" for t in texts) + "</sst>"
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
    types = parts["[Content_Types].xml"].decode()
    parts["[Content_Types].xml"] = types.replace("</Types>", override).encode()
    parts["xl/worksheets/sheet1.xml"] = shared.encode()
    parts["xl/sharedStrings.xml"] = table.encode()
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
