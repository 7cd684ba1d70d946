"""How the command line speaks (命令行输出): Chinese first, English by switch."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from shutong.errors import ShutongError, Text
from shutong.settings import settings

_PLAIN_WIDTH: Final = 160
"""Columns of output that goes to a file or a pipe, where no terminal says its width."""

console = Console(
    soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else _PLAIN_WIDTH
)
complaints = Console(
    stderr=True,
    soft_wrap=True,
    highlight=False,
    width=None if sys.stderr.isatty() else _PLAIN_WIDTH,
)


def say(text: Text) -> None:
    """Print a sentence in the chosen language."""
    console.print(text.render(settings().lang), markup=False)


def explain(error: ShutongError) -> None:
    """Print an error's fact, place and next step to standard error."""
    complaints.print(error.render(settings().lang), style="red", markup=False)


def show_table(titles: Sequence[Text], rows: Sequence[Sequence[object]], *, numbers: int) -> None:
    """Print a table; its last `numbers` columns are numbers, set to the right.

    A value that is None prints as a dash.
    """
    lang = settings().lang
    table = Table(show_lines=False, header_style="bold")
    for i, title in enumerate(titles):
        right = i >= len(titles) - numbers
        table.add_column(title.render(lang), justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console.print(table)


def _cell(value: object) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    return f"{value:,}" if isinstance(value, int) else str(value)
