"""Write a table or a form for departments (导出表格): XLSX in constant memory, or CSV.

In both, numbers and days are cells of their kind where a cell holds them exactly, and texts
otherwise; `shutong.spreadsheets.marking` tells how texts are made harmless. A file appears by
rename, for its owner only.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from shutong.errors import StorageFailed, Text
from shutong.fieldtypes import FieldType
from shutong.spreadsheets.columns import Column, headings
from shutong.spreadsheets.identity import WORD, FormIdentity
from shutong.spreadsheets.values import Cell, cell_of, from_number

if TYPE_CHECKING:
    import pyarrow as pa

MOST_ROWS: Final = 1_048_576
"""Rows of a sheet, its header included."""
LONGEST_CELL: Final = 1_000_000
"""Characters of a cell in a text file."""


class Encoding(StrEnum):
    """Encoding of a text file (字符编码)."""

    UTF8 = "utf-8-sig"
    """UTF-8 with a byte order mark, by which Excel and WPS know it."""
    GB18030 = "gb18030"


@dataclass(frozen=True, slots=True)
class WrittenForm:
    """What was written (导出结果)."""

    files: tuple[Path, ...]
    rows: int


def write_csv(
    target: Path,
    columns: Sequence[Column],
    batches: Iterable[pa.RecordBatch | pa.Table],
    *,
    encoding: Encoding = Encoding.UTF8,
    identity: FormIdentity | None = None,
    rows_per_file: int = MOST_ROWS - 2,
) -> WrittenForm:
    """Write rows as CSV; more rows than a sheet takes go on in `name-2.csv` and so on.

    `batches` have the columns by id, of any types. Spreadsheet programs guess at a CSV's
    types: numbers of 18 digits and leading zeros stay only in XLSX.
    """
    files: list[Path] = []
    total = 0
    rows = cells_of(columns, batches)
    first = next(rows, None)
    while first is not None or not files:
        part = target if not files else target.with_stem(f"{target.stem}-{len(files) + 1}")
        temporary = part.with_name(part.name + ".tmp")
        with opened(temporary, encoding) as stream:
            writer = csv.writer(stream)
            if identity is not None:
                writer.writerow([WORD, identity.to_json()])
            writer.writerow(headings(columns))
            written = 0
            while first is not None:
                writer.writerow(
                    [_plain(cell, column) for cell, column in zip(first, columns, strict=True)]
                )
                written, first = written + 1, next(rows, None)
                if written == rows_per_file:
                    break
        files.append(part)
        total += written
    for part in files:
        part.with_name(part.name + ".tmp").replace(part)
    return WrittenForm(tuple(files), total)


def cells_of(
    columns: Sequence[Column], batches: Iterable[pa.RecordBatch | pa.Table]
) -> Iterator[list[Cell | None]]:
    """Yield each row's cells; None for NULL."""
    for batch in batches:
        texts = [texts_of(batch.column(column.id)) for column in columns]
        for row in zip(*texts, strict=True):
            yield [
                None if text is None else cell_of(text, column)
                for text, column in zip(row, columns, strict=True)
            ]


def texts_of(values: pa.Array | pa.ChunkedArray) -> list[str | None]:
    """Return values as texts in the common form; bytes as 0x and hexadecimal digits."""
    import pyarrow as pa
    import pyarrow.types as pt

    if pt.is_binary(values.type) or pt.is_large_binary(values.type):
        return [None if value is None else f"0x{value.hex()}" for value in values.to_pylist()]
    if pt.is_decimal(values.type):
        return [None if value is None else format(value, "f") for value in values.to_pylist()]
    if pt.is_float64(values.type):
        return [None if value is None else repr(value) for value in values.to_pylist()]
    return list(values.cast(pa.string()).to_pylist())


def opened(path: Path, encoding: str) -> Any:
    """Open a new text file for its owner only; StorageFailed when the folder takes none."""
    try:
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        return path.open("w", encoding=encoding, newline="")
    except OSError:
        raise StorageFailed(
            Text("导出文件无法写入", "the file cannot be written"), place=str(path)
        ) from None


def _plain(cell: Cell | None, column: Column) -> str:
    """Return what a CSV has for a cell."""
    match cell:
        case None:
            return ""
        case str():
            return cell
        case datetime():
            return (
                cell.date().isoformat() if column.type is FieldType.D else cell.isoformat(sep=" ")
            )
        case _:
            return from_number(cell, column)[0]
