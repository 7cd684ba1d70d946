"""The sample city (样例城市命令)."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import Progress

from shutong.cli.speaking import complaints, say
from shutong.errors import Text
from shutong.settings import settings

app = typer.Typer(
    help="样例城市: 合成的部门、居民与企业 · a synthetic city to try everything on.",
    no_args_is_help=True,
)
Seed = Annotated[int, typer.Option(help="随机种子 · seed")]


@app.command()
def create(
    seed: Seed = 2019,
    scale: Annotated[
        float, typer.Option(help="规模, 1 约 20 万行 · 1 is about 200,000 rows")
    ] = 1.0,
) -> None:
    """创建样例城市的前置机数据库 · create the front-end databases of the sample city."""
    from shutong.sample_city import create as create_city

    with Progress(console=complaints, transient=True) as progress:
        task = progress.add_task(
            Text("样例城市", "sample city").render(settings().lang), total=None
        )

        def tell(words: str, done: int, total: int) -> None:
            progress.update(task, description=words, completed=done, total=total)

        city = create_city(settings().build_dir, seed=seed, scale=scale, progress=tell)
    if city.existed:
        say(
            Text(
                f"样例城市已在: {city.rows:,} 行, {len(city.counts)} 个资源",
                f"the sample city stands: {city.rows:,} rows, {len(city.counts)} resources",
            )
        )
        return
    say(
        Text(
            f"样例城市建成: {city.rows:,} 行, {len(city.counts)} 个资源",
            f"sample city created: {city.rows:,} rows, {len(city.counts)} resources",
        )
    )


@app.command()
def pass_day(seed: Seed = 2019) -> None:
    """过一天: 新增、变更、删除、迟到提交 · a day passes at the front-ends."""
    from shutong.sample_city import pass_day as let_a_day_pass

    day = let_a_day_pass(settings().build_dir, seed=seed)
    say(
        Text(
            f"第 {day.day} 天: 新增 {day.inserted:,}, 变更 {day.updated:,}, 删除 {day.deleted:,}, "
            f"迟到 {day.late:,}",
            f"day {day.day}: {day.inserted:,} inserted, {day.updated:,} updated, "
            f"{day.deleted:,} deleted, {day.late:,} late",
        )
    )
