"""The stages of the path as commands (归集命令): each can be run again without harm."""

from __future__ import annotations

from typing import Annotated

import typer

from shutong.cli.speaking import say
from shutong.errors import Text
from shutong.model import LandedBatch

ResourceId = Annotated[
    str, typer.Argument(help="资源, 如 public-security.resident · resource id", show_default=False)
]
BatchId = Annotated[
    str,
    typer.Argument(help="批次 (由 plan 给出) · batch id, as plan prints it", show_default=False),
]

Anew = Annotated[
    bool,
    typer.Option("--anew", help="整表重新归集, 不接上次的窗口 · draw the whole table again"),
]


def plan(resource: ResourceId) -> None:
    """规划归集窗口, 输出批次号 · plan a window, print the batch id."""
    from shutong import collection

    window = collection.plan(collection.open_context(resource))
    typer.echo(window.batch_id)


def extract(resource: ResourceId, batch: BatchId) -> None:
    """抽取到暂存区 · draw the window into staged Parquet."""
    from shutong import collection

    staged = collection.extract(collection.open_context(resource), batch)
    say(
        Text(
            f"已抽取 {staged.rows} 行 (源库统计 {staged.source_rows}), {staged.reader}",
            f"{staged.rows} rows drawn (source counted {staged.source_rows}), {staged.reader}",
        )
    )


def reconcile(resource: ResourceId, batch: BatchId) -> None:
    """与源库行数对账 · hold the staged rows against the source's count."""
    from shutong import collection

    result = collection.reconcile(collection.open_context(resource), batch)
    say(Text(f"对账平: {result.source_rows} 行", f"reconciled: {result.source_rows} rows"))


def validate(resource: ResourceId, batch: BatchId) -> None:
    """校验并生成报告 · validate, write the report."""
    from shutong import collection

    report = collection.validate(collection.open_context(resource), batch)
    say(
        Text(
            f"校验通过: {report.rows} 行, 问题 {report.rejected_rows} 行",
            f"accepted: {report.rows} rows, {report.rejected_rows} rejected",
        )
    )


def land(resource: ResourceId, batch: BatchId) -> None:
    """入共享库 · land in the shared database."""
    from shutong import collection

    _say_landed(collection.land(collection.open_context(resource), batch))


def collect(resource: ResourceId, anew: Anew = False) -> None:
    """归集一个资源: 五步连做 · collect one resource: all five stages."""
    from rich.status import Status

    from shutong import collection
    from shutong.cli.speaking import complaints

    with Status(resource, console=complaints) as status:
        landed = collection.collect(
            resource,
            progress=lambda stage: status.update(f"{resource}: {stage}"),
            anew=anew,
        )
    _say_landed(landed)


def compare(resource: ResourceId) -> None:
    """比对主键: 源表已删的行离开, 漏读的行补入 · compare keys with the source."""
    from rich.status import Status

    from shutong import collection
    from shutong.cli.speaking import complaints

    with Status(resource, console=complaints) as status:
        landed, found = collection.compare(
            resource, progress=lambda stage: status.update(f"{resource}: {stage}")
        )
    if found is not None:
        say(
            Text(
                f"源表 {found.source_keys} 行, 库中 {found.table_rows} 行: "
                f"源表已删 {found.gone} 行, 库中缺 {found.missing} 行, "
                f"无游标值 {found.unplaced} 行 (增量读不到, 已读取)",
                f"source {found.source_keys} rows, table {found.table_rows}: {found.gone} gone at "
                f"the source, {found.missing} missing in the table, {found.unplaced} without a "
                "cursor value (no window draws them; drawn now)",
            )
        )
    _say_landed(landed)


def _say_landed(landed: LandedBatch) -> None:
    if landed.repeated:
        say(
            Text(
                f"批次 {landed.batch_id} 此前已入库 (版本 {landed.version}), 未重复写入",
                f"batch {landed.batch_id} had landed (version {landed.version}); not written twice",
            )
        )
        return
    say(
        Text(
            f"入库 {landed.rows_landed} 行 (读取 {landed.rows_read}, 问题 {landed.rows_rejected}, "
            f"未变 {landed.rows_unchanged}, 移出 {landed.rows_removed}), "
            f"{landed.dataset} 版本 {landed.version}",
            f"{landed.rows_landed} rows landed (read {landed.rows_read}, rejected "
            f"{landed.rows_rejected}, unchanged {landed.rows_unchanged}, "
            f"removed {landed.rows_removed}), "
            f"{landed.dataset} version {landed.version}",
        )
    )


def register(app: typer.Typer) -> None:
    """Put the commands of this room on the command line."""
    for command in (plan, extract, reconcile, validate, land, collect, compare):
        app.command()(command)
