"""What is wrong with a spreadsheet that came back (表格问题), by file, sheet and cell.

A cell's content never stands in a message: it may be personal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shutong.errors import FormRefused, Text

_SHOWN: Final = 20


class CellReason(StrEnum):
    """Why a cell cannot be taken as it is (单元格问题)."""

    FORMULA = "formula"
    ERROR_VALUE = "error_value"
    NUMBER_IN_TEXT = "number_in_text"
    DATE_IN_TEXT = "date_in_text"
    SCIENTIFIC = "scientific"
    DIGITS_LOST = "digits_lost"
    REPLACEMENT = "replacement_character"
    TOO_LONG = "too_long"
    INVALID_DATE = "invalid_date"
    TIME_LOST = "time_lost"
    INVALID_NUMBER = "invalid_number"
    INVALID_BOOLEAN = "invalid_boolean"

    @property
    def words(self) -> Text:
        """What is wrong, and what to do about it."""
        return _WORDS[self]


_WORDS: Final = {
    CellReason.FORMULA: Text(
        "单元格是公式, 请改为直接填写的值", "the cell is a formula: type the value itself"
    ),
    CellReason.ERROR_VALUE: Text(
        "单元格是错误值, 请重新填写", "the cell holds an error value: type it again"
    ),
    CellReason.NUMBER_IN_TEXT: Text(
        "文本项被存成了数字, 开头的 0 可能已丢失; 请把单元格设为文本格式后重新填写",
        "a text was stored as a number, leading zeros may be lost: format the cell as text "
        "and type it again",
    ),
    CellReason.DATE_IN_TEXT: Text(
        "该项被存成了日期; 请把单元格设为文本格式后重新填写",
        "the value was turned into a date: format the cell as text and type it again",
    ),
    CellReason.SCIENTIFIC: Text(
        "号码被改成了科学计数法, 后面的位数已丢失; 请把单元格设为文本格式后重新填写",
        "the value was turned into scientific notation and lost digits: format the cell as "
        "text and type it again",
    ),
    CellReason.DIGITS_LOST: Text(
        "数字超过 15 位, 表格软件已改变其末位; 请把单元格设为文本格式后重新填写",
        "a number of more than 15 digits, of which spreadsheet programs change the last: "
        "format the cell as text and type it again",
    ),
    CellReason.REPLACEMENT: Text(
        "文字中有无法识别的字符 (�), 请重新填写",
        "the text has a character that was lost (U+FFFD): type it again",
    ),
    CellReason.TOO_LONG: Text("内容过长", "the content is too long"),
    CellReason.INVALID_DATE: Text(
        "不是有效日期, 请按 2024-01-31 的样式填写", "no valid date: write it like 2024-01-31"
    ),
    CellReason.TIME_LOST: Text(
        "该项只要日期, 请去掉时间", "only a day is wanted here: take the time away"
    ),
    CellReason.INVALID_NUMBER: Text("不是数字, 请重新填写", "not a number: type it again"),
    CellReason.INVALID_BOOLEAN: Text("请填写 是 或 否", "write 是 (yes) or 否 (no)"),
}


@dataclass(frozen=True, slots=True)
class CellFault:
    """A cell that cannot be taken as it is (单元格问题); never its content."""

    sheet: str
    """Sheet of a workbook; empty in text files."""
    cell: str
    """For instance "C17"."""
    row: int
    """Row in the sheet, or of a text file, counted from 1 as a spreadsheet program shows it."""
    item: str
    """Id of the column."""
    title: str
    reason: CellReason

    @property
    def place(self) -> str:
        """Sheet and cell."""
        return f"{self.sheet}!{self.cell}" if self.sheet else self.cell

    @property
    def words(self) -> Text:
        """Place, item, what is wrong and what to do."""
        return Text(
            f"{self.place} {self.title}: {self.reason.words.zh}",
            f"{self.place} {self.item}: {self.reason.words.en}",
        )


def refused(
    place: str,
    zh: str,
    en: str,
    *,
    do_zh: str = "改正后重新上传",
    do_en: str = "correct it and send it again",
) -> FormRefused:
    """Return the error for a file that cannot be read, with its place and the next step."""
    return FormRefused(Text(zh, en), place=place, next_step=Text(do_zh, do_en))


def refused_cells(file: str, faults: Sequence[CellFault]) -> FormRefused:
    """Return the error that tells a department's cells that need another look."""
    shown = [fault.words for fault in faults[:_SHOWN]]
    more = len(faults) - len(shown)
    zh = [f"{len(faults)} 个单元格有问题:", *(text.zh for text in shown)]
    en = [f"{len(faults)} cells cannot be taken:", *(text.en for text in shown)]
    if more:
        zh.append(f"另有 {more} 个")
        en.append(f"and {more} more")
    return refused(file, "\n  ".join(zh), "\n  ".join(en))
