"""Spreadsheets for departments, out and back again (电子表格): XLSX and CSV.

Officials get tables to look at and forms to fill in. What is written comes back cell by cell
as it was; what a person or a spreadsheet program spoilt is told by file, sheet and cell.
"""

from __future__ import annotations

from shutong.spreadsheets.columns import Column, columns_of, headings
from shutong.spreadsheets.faults import CellFault, CellReason
from shutong.spreadsheets.identity import FormIdentity
from shutong.spreadsheets.packages import Limits
from shutong.spreadsheets.reading import (
    ROW_COLUMN,
    SHEET_COLUMN,
    FilledForm,
    identify,
    read_form,
)
from shutong.spreadsheets.values import common_form
from shutong.spreadsheets.workbooks import write_xlsx
from shutong.spreadsheets.writing import Encoding, WrittenForm, write_csv

__all__ = [
    "ROW_COLUMN",
    "SHEET_COLUMN",
    "CellFault",
    "CellReason",
    "Column",
    "Encoding",
    "FilledForm",
    "FormIdentity",
    "Limits",
    "WrittenForm",
    "columns_of",
    "common_form",
    "headings",
    "identify",
    "read_form",
    "write_csv",
    "write_xlsx",
]
