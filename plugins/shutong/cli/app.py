"""The commands by name (命令)."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from shutong.cli import (
    audit_commands,
    catalog_commands,
    corrections_commands,
    decision_commands,
    drift_commands,
    list_commands,
    path_commands,
    quarantine_commands,
    query_commands,
    report_commands,
    request_commands,
    run_commands,
    sample_commands,
    suite_commands,
)

app = typer.Typer(
    name="shutong",
    help="数通 Shutong: 政务数据共享交换 · the data-sharing exchange of a city government.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)


@app.callback()
def choose(
    lang: Annotated[
        str | None, typer.Option(help="输出语言 · language of the output: zh, en, both")
    ] = None,
) -> None:
    """数通: 政务数据共享交换 · Shutong: the data-sharing exchange of a city government."""
    if lang is not None:
        if lang not in {"zh", "en", "both"}:
            raise typer.BadParameter("zh, en, both", param_hint="--lang")
        os.environ["SHUTONG_LANG"] = lang


catalog_commands.register(app)
suite_commands.register(app)
drift_commands.register(app)
path_commands.register(app)
run_commands.register(app)
query_commands.register(app)
audit_commands.register(app)
app.add_typer(quarantine_commands.app, name="quarantine")
request_commands.register(app)
decision_commands.register(app)
list_commands.register(app, request_commands.request)
app.add_typer(report_commands.app, name="report")
app.add_typer(sample_commands.app, name="sample")
app.add_typer(corrections_commands.app, name="corrections")
