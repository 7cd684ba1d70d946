"""Commands over the suites of expectations (规则集命令)."""

from __future__ import annotations

from typing import Annotated

import typer

from shutong.catalog import did_you_mean, load_catalog
from shutong.cli.speaking import say
from shutong.errors import Text, UnknownName
from shutong.settings import settings

suites = typer.Typer(help="规则集 · suites of expectations", no_args_is_help=True)


@suites.callback()
def of_suites() -> None:
    """规则集 · suites of expectations."""


@suites.command()
def draft(
    datasets: Annotated[
        list[str] | None,
        typer.Argument(help="主题/数据集, 不写则全部 · <theme>/<dataset>, all by default"),
    ] = None,
    profile: Annotated[
        bool | None,
        typer.Option(
            "--profile/--no-profile",
            help="按已入库的数据提出告警规则, 点名数据集时默认 · "
            "propose warnings from the landed rows; by default where a dataset is named",
        ),
    ] = None,
) -> None:
    """按数据标准和已入库数据起草规则集, 手写的规则保留 · draft suites, keep rules of a hand."""
    from shutong.collection.profiling import figures_of
    from shutong.quality import draft_suite_of

    using = settings()
    catalog = load_catalog(using.root)
    named = [name.replace(".", "/", 1) for name in datasets or []]
    for name in named:
        if name not in catalog.datasets:
            raise UnknownName(
                Text(f"没有数据标准 '{name}'", f"there is no data standard '{name}'"),
                next_step=did_you_mean(name, catalog.datasets),
            )
    wanted = bool(named) if profile is None else profile
    changed = 0
    for name in named or sorted(catalog.datasets):
        dataset = catalog.datasets[name].value
        figures = figures_of(using, name, dataset) if wanted else None
        if draft_suite_of(catalog, name, using.expectations_dir, figures):
            changed += 1
            say(Text(f"已起草 {name}", f"drafted {name}"))
        if wanted and figures is None:
            say(
                Text(
                    f"{name} 尚无已入库的数据, 只按标准起草",
                    f"{name} has no landed rows: drafted from the standard alone",
                )
            )
    say(Text(f"更新 {changed} 个规则集", f"{changed} suites changed"))


def register(app: typer.Typer) -> None:
    """Put the commands of this room on the command line, by both of its names."""
    app.add_typer(suites, name="suite")
    app.add_typer(suites, name="suites", hidden=True)
