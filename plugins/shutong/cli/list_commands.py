"""The city's lists and the daily look at requests (清单命令)."""

from __future__ import annotations

import json
from getpass import getuser
from pathlib import Path
from typing import Annotated

import typer

from shutong.cli.request_commands import AsJson, everything, ledger
from shutong.cli.speaking import say, show_table
from shutong.errors import Text
from shutong.settings import settings


def lists(
    to: Annotated[
        Path, typer.Option(help="写到的文件夹 · folder to write into", show_default=False)
    ],
) -> None:
    """生成责任清单、需求清单和系统清单 (XLSX、CSV、网页) · write the city's lists."""
    from shutong.catalog import load_catalog
    from shutong.sharing.list_files import write_lists
    from shutong.sharing.lists import city_lists

    today, progress = everything()
    book = ledger()
    made = city_lists(load_catalog(settings().root), book, progress, today)
    for path in write_lists(made, to, book, today, getuser()):
        say(Text(f"已写入 {path}", f"written: {path}"))
    for listed in made:
        number = len(listed.rows)
        say(Text(f"{listed.title}: {number} 条", f"{listed.title_en}: {number} rows"))


def alarms(as_json: AsJson = False) -> None:
    """检查申请的时限和异常, 与每日流程相同 · look at every request's terms and what is amiss."""
    from shutong.sharing.watching import watch

    found = watch(settings().root, ledger(), actor=getuser())
    if as_json:
        facts = [
            {"request": each.request, "alarm": str(each.alarm), "detail": each.detail}
            for each in found
        ]
        typer.echo(json.dumps(facts, ensure_ascii=False))
    else:
        lang = settings().lang
        rows = [(each.request, each.words.render(lang), each.detail) for each in found]
        titles = (("申请", "request"), ("事项", "alarm"), ("说明", "detail"))
        show_table([Text(*title) for title in titles], rows, numbers=0)
    if any(each.urgent for each in found):
        raise typer.Exit(1)


def register(app: typer.Typer, requests: typer.Typer) -> None:
    """Put the commands of this room on the command line."""
    app.command()(lists)
    requests.command()(alarms)
