"""How a resource is drawn, and what changed at its source (取数说明与结构变更命令)."""

from __future__ import annotations

import shutil
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shutong.catalog.models import Comparison, Limits, RowFilter
from shutong.cli.speaking import complaints, console, say, show_table
from shutong.errors import ShutongError, SourceDrifted, Text
from shutong.frontends.encryption import expected_line
from shutong.model import Bound, LoadMode
from shutong.settings import settings

if TYPE_CHECKING:
    from shutong.collection import CollectionContext
    from shutong.collection.drifting import Drift
    from shutong.model import Window

ResourceId = Annotated[
    str, typer.Argument(help="资源, 如 public-security.resident · resource id", show_default=False)
]


def explain(resource: ResourceId) -> None:
    """说明每个信息项从哪里来、怎么取 · tell how each item is drawn, without reading a row."""
    from shutong import collection
    from shutong.collection.explaining import explain as explained

    context = collection.open_context(resource)
    told = explained(context)
    lang = settings().lang
    rows: list[tuple[object, ...]] = []
    for item in told.items:
        way = item.way
        if way is None:
            unfed = Text("未归集", "not collected").render(lang)
            rows.append((item.item, item.title, item.standard, None, None, unfed, None))
            continue
        carried = way.way.render(lang) if way.way else Text("拒绝", "refused").render(lang)
        rows.append(
            (
                *(item.item, item.title, item.standard, way.column, way.declared),
                *(carried, ("✗ " if way.refused else "") + way.misfits.render(lang)),
            )
        )
    titles = (
        ("信息项", "item"),
        ("名称", "title"),
        ("标准类型 (* 必填)", "standard type (* required)"),
        ("源字段", "source column"),
        ("源类型", "declared"),
        ("传输方式", "carried"),
        ("不符的值", "values that do not fit"),
    )
    show_table([Text(*title) for title in titles], rows, numbers=0)
    _say_source(context)
    _say_window(told.window, told.hindrance, resumed=told.resumed)
    if any(item.way is not None and item.way.refused for item in told.items):
        say(
            Text(
                "标 ✗ 的信息项不能归集: 改目录或请部门调整",
                "items marked ✗ cannot be collected: change the catalog, or ask the department",
            )
        )


def _say_source(context: CollectionContext) -> None:
    source, front_end = context.resource.source, context.front_end
    limits = front_end.limits
    table = f"{source.db_schema}.{source.table}" if source.db_schema else source.table
    key = ", ".join(context.dataset.key)
    filters = "; ".join(_filter(row) for row in source.filters)
    say(
        Text(
            f"源表 {table} · 前置机 {front_end.name} ({front_end.code}) · 读取器 {front_end.kind}",
            f"table {table} · front-end {front_end.code} · reader {front_end.kind}",
        )
    )
    cursor = " / ".join(source.cursor_columns)
    say(
        Text(
            f"归集方式 {source.load} · 游标 {cursor or '无'} · 主键 {key} · "
            f"过滤 {filters or '无'} · 结构变更 {source.drift}",
            f"load {source.load} · cursor {cursor or 'none'} · key {key} · "
            f"filters {filters or 'none'} · drift {source.drift}",
        )
    )
    say(_limits(limits))
    line = expected_line(front_end)
    account = front_end.writable_account
    say(
        Text(
            f"线路: {line.zh} · 可写账号: {account}",
            f"line: {line.en} · writable account: {account}",
        )
    )
    if source.load is not LoadMode.FULL:
        _say_comparison(source.comparison)


def _limits(limits: Limits) -> Text:
    hours = ", ".join(limits.hours)
    pace = limits.rows_per_second
    return Text(
        f"限额: {limits.connections} 个连接, 连接超时 {limits.connect_timeout_seconds} 秒, "
        f"读取超时 {limits.read_timeout_seconds} 秒, 一次取数最长 "
        f"{limits.statement_timeout_seconds} 秒, 每秒 {pace or '不限'} 行, "
        f"时段 {hours or '不限'}",
        f"limits: {limits.connections} connections, {limits.connect_timeout_seconds} s to "
        f"connect, {limits.read_timeout_seconds} s of silence, "
        f"{limits.statement_timeout_seconds} s for a drawing, {pace or 'any number of'} rows a "
        f"second, hours {hours or 'any'}",
    )


def _say_comparison(comparison: Comparison) -> None:
    days = comparison.every_days
    share, rows = f"{comparison.vanished_share:.2%}", comparison.vanished_rows
    say(
        Text(
            f"主键比对: {f'每 {days} 天' if days else '不比对, 源表删除的行不会离开'}, "
            f"一次最多移出 {share} 或 {rows} 行",
            f"comparison of keys: {f'every {days} days' if days else 'never: deleted rows stay'}, "
            f"at most {share} or {rows} rows leave at once",
        )
    )


def _filter(row: RowFilter) -> str:
    """Name a filter without its value, which may be a person's."""
    return f"{row.column} {row.operator}" + ("" if row.value is None else " …")


def _say_window(window: Window | None, hindrance: Text | None, *, resumed: bool) -> None:
    if window is None:
        reason = hindrance or Text("", "")
        say(
            Text(f"下一窗口: 无法规划, {reason.zh}", f"next window: cannot be planned, {reason.en}")
        )
        return
    low, high = _end(window.low), _end(window.high)
    again = Text(" (已校验的批次, 接着入库)", " (a validated batch, to land next)")
    tail = again if resumed else Text("", "")
    followed = window.high is not None and window.high.kind == "log"
    whole = window.low is None and (followed or window.high is None)
    say(
        Text(
            "下一窗口: " + ("全部" if whole else f"[{low}, {high})") + tail.zh,
            "next window: " + ("everything" if whole else f"[{low}, {high})") + tail.en,
        )
    )


def _end(bound: Bound | None) -> str:
    """Return one end of a window; of a place in the log, its file and offset."""
    if bound is None:
        return "…"
    return bound.text.partition(" ")[0] if bound.kind == "log" else bound.text


def drift(
    resource: Annotated[
        str | None,
        typer.Argument(help="资源, 不写则全部 · resource id; default all", show_default=False),
    ] = None,
    propose: Annotated[
        bool, typer.Option("--propose", help="写出目录修改建议 · write the catalog change")
    ] = False,
    accept: Annotated[
        bool,
        typer.Option("--accept", help="确认现状为新基线, 留痕 · take it as the new baseline"),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="建议写到的文件夹 · folder of the proposal; default build/drift"),
    ] = None,
) -> None:
    """查看源表结构变更 · show what changed at the source tables since the last plan."""
    from shutong.catalog import resource_ids

    if accept and (resource is None or propose):
        raise typer.BadParameter(
            "--accept 须指定一个资源, 且不与 --propose 同用 · needs one resource, no --propose"
        )
    if accept and resource is not None:
        _accept(resource)
        return
    ids = [resource] if resource is not None else resource_ids(settings().root)
    waiting = [each for each in ids if _shown(each, propose=propose, out=out, one=len(ids) == 1)]
    if resource is None:
        say(
            Text(
                f"{len(ids)} 个资源, {len(waiting)} 个待处理",
                f"{len(ids)} resources, {len(waiting)} wait for a person",
            )
        )
    if waiting and not propose:
        raise typer.Exit(SourceDrifted.exit_code)


def _shown(resource: str, *, propose: bool, out: Path | None, one: bool) -> bool:
    """Tell one resource's drift, propose where asked; say whether it waits for a person."""
    from shutong import collection
    from shutong.collection.drifting import look

    try:
        context = collection.open_context(resource)
        with context.reader() as reader:
            found = look(context, reader)
    except ShutongError as exc:
        if one:
            raise
        complaints.print(f"{resource}: {exc.render(settings().lang)}", style="red", markup=False)
        return False
    _tell(found)
    if propose and (found.findings or found.missing):
        _propose(context, found, out)
    return bool(found.blocking or found.missing)


def _tell(found: Drift) -> None:
    name = found.resource
    if found.baseline is None:
        say(Text(f"{name}: 尚无基线", f"{name}: no baseline yet"))
    elif not found.findings and not found.missing:
        say(Text(f"{name}: 无变更", f"{name}: no change"))
    for finding in found.findings:
        words, reason = finding.change.words, finding.reason
        waits = finding in found.blocking
        mark = Text("待处理", "waits") if waits else Text("可跟随", "goes on")
        say(
            Text(
                f"{name}: [{mark.zh}] {words.zh}: {reason.zh}",
                f"{name}: [{mark.en}] {words.en}: {reason.en}",
            )
        )
    told = {finding.change.column for finding in found.findings}
    for column in dict.fromkeys(use.column for use in found.missing if use.column not in told):
        say(
            Text(
                f"{name}: 目录所写字段 {column} 不在源表中",
                f"{name}: the catalog names column {column}, which is not there",
            )
        )


def _propose(context: CollectionContext, found: Drift, out: Path | None) -> None:
    from shutong.collection.proposals import DIFF, write_proposal
    from shutong.collection.proposing import propose

    proposal = propose(context, found)
    folder = (out or settings().build_dir / "drift") / found.resource
    if out is None:
        shutil.rmtree(folder, ignore_errors=True)  # What an earlier drift left would mislead.
    write_proposal(proposal, folder)
    for note in proposal.notes:
        say(Text(f"  - {note.zh}", f"  - {note.en}"))
    if proposal.diff:
        console.print(proposal.diff, markup=False, end="")
    number = len(proposal.files)
    say(
        Text(
            f"建议修改 {number} 个文件, 见 {folder} (差异 {DIFF}); 放到位后运行 shutong check",
            f"{number} files proposed in {folder} (diff in {DIFF}); put them in place, then run "
            "shutong check",
        )
    )


def _accept(resource: str) -> None:
    from shutong import collection
    from shutong.collection.drifting import accept_drift, look

    context = collection.open_context(resource)
    with context.reader() as reader:
        found = look(context, reader)
    _tell(found)
    if found.baseline is not None and not found.findings and not found.missing:
        return
    accept_drift(context, found, getuser())
    number = len(found.present.columns)
    say(
        Text(
            f"已确认: {resource} 的源表现状 ({number} 个字段) 为新基线, 已留痕",
            f"accepted: the table of {resource} as it is ({number} columns), on record",
        )
    )


def register(app: typer.Typer) -> None:
    """Put the commands of this room on the command line."""
    app.command()(explain)
    app.command()(drift)
