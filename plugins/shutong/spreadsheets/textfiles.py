"""Read a text file's records (读取文本文件): CSV or TXT in whatever encoding Excel and WPS save.

An encoding is believed when its byte order mark stands, or when the titles can be read in it.
Where two encodings give two different texts and the titles cannot tell, the file is refused.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from shutong.spreadsheets.faults import refused
from shutong.spreadsheets.grids import Raw, Row, TextGrid, is_blank
from shutong.spreadsheets.packages import Limits

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEPARATORS: Final = (",", "\t", ";", "|")
_LOOK: Final = 25
"""Rows in which the titles are looked for."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text file's records, and the encoding they were read in (文本文件)."""

    grid: TextGrid
    encoding: str


def read_text(path: Path, limits: Limits, titles: Callable[[Mapping[int, Raw]], int]) -> TextFile:
    """Return the records of a text file.

    `titles` says how many of the expected titles a row has. FormRefused for a wrong or
    ambiguous encoding, for broken quotes and for a cell over the limit.
    """
    raw = path.read_bytes()
    texts = dict(_decoded(raw))
    if not texts:
        raise _wrong_encoding(path.name)
    best: list[tuple[int, str, str]] = []
    for encoding, text in texts.items():
        for separator in _SEPARATORS:
            found = max(_counted(text, separator, titles), default=0)
            best.append((found, encoding, separator))
    most = max(found for found, _, _ in best)
    _, encoding, separator = next(choice for choice in best if choice[0] == most)
    rivals = {texts[name] for found, name, _ in best if found == most}
    if len(rivals) > 1 and (most == 0 or not _is_chinese(texts[encoding])):
        raise _wrong_encoding(path.name)
    rows = tuple(_records(path.name, texts[encoding], separator, limits))
    return TextFile(TextGrid(rows), encoding)


def _decoded(raw: bytes) -> Iterator[tuple[str, str]]:
    """Yield each encoding that the bytes may be in, and their text; the likeliest first."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            candidates: tuple[str, ...] = (encoding,)
            break
    else:
        # Text of two bytes a character has NUL beside each ASCII letter, which no other has.
        wide = b"\0" in raw[:4096]
        candidates = (
            ("utf-16-le", "utf-16-be", "utf-8", "gb18030") if wide else ("utf-8", "gb18030")
        )
    for encoding in candidates:
        try:
            yield encoding, raw.decode(encoding)
        except UnicodeDecodeError:
            continue


def _is_chinese(text: str) -> bool:
    """Say whether every letter beyond ASCII is of a Chinese text, as no chance makes it."""
    return all(
        letter < "\x80" or ("\u2e80" <= letter <= "\uffef" and not "\ue000" <= letter <= "\uf8ff")
        for letter in text
    )


def _counted(
    text: str, separator: str, titles: Callable[[Mapping[int, Raw]], int]
) -> Iterator[int]:
    records = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for record in islice(records, _LOOK):
            yield titles(dict(enumerate(record, 1)))
    except csv.Error:
        return


def _records(file: str, text: str, separator: str, limits: Limits) -> Iterator[Row]:
    # The module's limit is one for the process; ours is told below.
    csv.field_size_limit(max(csv.field_size_limit(), limits.cell_characters))
    records = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 0
    try:
        for number, record in enumerate(records, 1):
            filled: dict[int, Raw] = {
                column: cell for column, cell in enumerate(record, 1) if not is_blank(cell)
            }
            if filled:
                yield number, filled
    except csv.Error:
        raise refused(
            f"{file} 第 {number + 1} 行 / row {number + 1}",
            "引号不成对, 或单元格过长",
            "quotes are not in pairs, or a cell is too long",
            do_zh="改正该行, 或在 Excel、WPS 中另存为 .xlsx 后上传",
            do_en="correct the row, or save it as .xlsx in Excel or WPS",
        ) from None


def _wrong_encoding(file: str) -> Exception:
    return refused(
        file,
        "文字编码无法确认 (既不能确定是 UTF-8, 也不能确定是 GB18030)",
        "the encoding cannot be told for certain (UTF-8, UTF-16 or GB18030)",
        do_zh='请在 Excel 或 WPS 中另存为 .xlsx, 或另存为 "CSV UTF-8" 后上传',
        do_en='save it as .xlsx, or as "CSV UTF-8", and send that',
    )
