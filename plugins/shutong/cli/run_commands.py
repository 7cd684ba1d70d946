"""The main job through Airflow (主流程命令)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from shutong.catalog import load_catalog, resource_ids
from shutong.cli.speaking import complaints, console, say, show_table
from shutong.errors import Text
from shutong.ledger import Ledger
from shutong.reporting import RunLine, latest_report, line_of, write_run
from shutong.reporting.summary import shown
from shutong.settings import Settings, settings

Names = Annotated[
    list[str] | None,
    typer.Argument(help="只运行这些资源 · these resources only; default all", show_default=False),
]


def run(resources: Names = None) -> None:
    """经 Airflow 归集目录中的全部资源并汇总 · run every resource's DAG, then sum up."""
    from shutong.dag_builder import local

    using = settings()
    ids = resources or resource_ids(using.root)
    catalog = load_catalog(using.root)
    for resource_id in resources or []:
        catalog.resource(resource_id)
    logs = using.build_dir / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    log_path = logs / "airflow-run.log"
    begun = time.monotonic()
    lines: list[RunLine] = []
    with log_path.open("wb") as log, _progress() as progress:
        task = progress.add_task(_word("准备 Airflow", "preparing Airflow"), total=len(ids))
        local.prepare(using, log)
        ledger = Ledger(using.ledger_address)
        before = {resource_id: _latest(ledger, resource_id) for resource_id in ids}
        for event in local.run_dags(using, ids, log):
            if event["event"] == "started":
                progress.update(task, description=event["resource"])
            else:
                lines.append(_line(using, ledger, event, before[event["resource"]]))
                progress.advance(task)
    write_run(lines, using.build_dir / "run.json")
    _sum_up(using, lines, time.monotonic() - begun, log_path)
    if len(lines) < len(ids) or any(line.fault for line in lines):
        raise typer.Exit(1)


def up() -> None:
    """启动本机 Airflow 的调度与页面 · run Airflow's scheduler and pages on this machine."""
    from shutong.dag_builder import local

    using = settings()
    logs = using.build_dir / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / "airflow-setup.log").open("wb") as log:
        local.prepare(using, log)
    home = using.build_dir / "airflow"
    page = f"http://localhost:{using.port}"
    place = shown(home / "simple_auth_manager_passwords.json.generated", using.root)
    say(
        Text(
            f"打开 {page} , 用户 admin, 口令见 {place}; Ctrl-C 停止",
            f"open {page} , user admin, password in {place}; Ctrl-C stops it",
        )
    )
    raise typer.Exit(local.serve(using))


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=complaints,
        transient=True,
    )


def _word(zh: str, en: str) -> str:
    return Text(zh, en).render(settings().lang)


def _latest(ledger: Ledger, resource_id: str) -> str | None:
    record = ledger.last_landing(resource_id)
    return record.landed.batch_id if record else None


def _line(using: Settings, ledger: Ledger, event: dict[str, Any], before: str | None) -> RunLine:
    """Return what the ledger says of the resource after its DAG has ended."""
    resource_id, seconds = event["resource"], float(event["seconds"])
    record = ledger.last_landing(resource_id)
    landed = record.landed if record else None
    report = latest_report(resource_id, using.reports_dir)
    if event["state"] == "success" and landed is not None and landed.batch_id != before:
        batch = ledger.batch(landed.batch_id)
        return line_of(
            landed,
            seconds=seconds,
            incremental=batch is not None and batch.window.incremental,
            report=report,
            root=using.root,
        )
    return RunLine(
        resource=resource_id,
        rows_read=0,
        rows_rejected=0,
        rows_landed=0,
        seconds=round(seconds, 2),
        version=landed.version if landed else None,
        report=shown(report, using.root) if report else None,
        fault=_fault(ledger, event),
    )


def _fault(ledger: Ledger, event: dict[str, Any]) -> str:
    """Return why nothing landed: the error's own words, the refusal's reasons, or the state."""
    if event.get("fault"):
        return str(event["fault"])
    batches = ledger.batches(event["resource"], limit=1)
    return "；".join(batches[0].reasons) if batches and batches[0].reasons else str(event["state"])


def _sum_up(using: Settings, lines: list[RunLine], seconds: float, log: Path) -> None:
    titles = (
        ("资源", "resource"),
        ("方式", "load"),
        ("读取", "read"),
        ("问题", "rejected"),
        ("入库", "landed"),
        ("未变", "unchanged"),
        ("秒", "seconds"),
        ("版本", "version"),
    )
    rows = [
        (
            line.resource,
            _word("失败", "failed")
            if line.fault
            else _word("增量", "incremental")
            if line.incremental
            else _word("全量", "full"),
            line.rows_read,
            line.rows_rejected,
            line.rows_landed,
            line.rows_unchanged,
            f"{line.seconds:.1f}",
            line.version,
        )
        for line in lines
    ]
    show_table([Text(*title) for title in titles], rows, numbers=6)
    incremental = sum(line.incremental for line in lines)
    read = sum(line.rows_read for line in lines)
    landed = sum(line.rows_landed for line in lines)
    rejected = sum(line.rows_rejected for line in lines)
    say(
        Text(
            f"共 {len(lines)} 个资源 (增量 {incremental} 个): 读取 {read:,} 行, "
            f"问题 {rejected:,} 行, 入库 {landed:,} 行, 用时 {seconds:.0f} 秒",
            f"{len(lines)} resources ({incremental} incremental): {read:,} rows read, "
            f"{rejected:,} rejected, {landed:,} landed, {seconds:.0f} seconds",
        )
    )
    for line in lines:
        if line.fault:
            complaints.print(f"{line.resource}: {line.fault}", style="red", markup=False)
    reports = shown(using.reports_dir, using.root)
    say(
        Text(
            f"校验报告总览: {reports}/index.html",
            f"validation reports: {reports}/index.html",
        )
    )
    place = shown(using.build_dir / "run.json", using.root)
    say(
        Text(
            f"同样的数字: {place}; Airflow 日志: {shown(log, using.root)}",
            f"the same figures: {place}; Airflow's log: {shown(log, using.root)}",
        )
    )
    say(Text("接下来 · look further:", "look further:"))
    for command in (
        'shutong query "select region_code, count(*) from population.resident group by 1"',
        "shutong sample pass-day && make run",
        "make up",
    ):
        console.print(f"  {command}", markup=False)


def register(app: typer.Typer) -> None:
    """Put the commands of this room on the command line."""
    app.command()(run)
    app.command()(up)
