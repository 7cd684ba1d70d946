"""Evidence (审计命令): batches, the audit chain, the landed files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from shutong.cli.speaking import complaints, say, show_table
from shutong.errors import NotReconciled, Text
from shutong.ledger import Ledger
from shutong.model import LandedBatch
from shutong.settings import settings

if TYPE_CHECKING:
    from shutong.lake import Lake


def batches(
    resource: Annotated[str | None, typer.Argument(help="资源 · resource id")] = None,
    limit: Annotated[int, typer.Option(help="最多几条 · at most")] = 20,
) -> None:
    """列出最近的批次 · list the latest batches."""
    ledger = Ledger(settings().ledger_address)
    rows = [
        (
            record.batch_id,
            record.resource,
            str(record.state),
            f"{record.changed_at:%Y-%m-%d %H:%M:%S}",
            *_account_of(ledger.landing(record.batch_id)),
        )
        for record in ledger.batches(resource, limit=limit)
    ]
    titles = (
        Text("批次", "batch"),
        Text("资源", "resource"),
        Text("状态", "state"),
        Text("时间 (UTC)", "at (UTC)"),
        Text("读取", "read"),
        Text("入库", "landed"),
        Text("未变", "unchanged"),
        Text("隔离", "quarantined"),
        Text("差额", "difference"),
    )
    show_table(titles, rows, numbers=5)


def _account_of(landed: LandedBatch | None) -> tuple[int | None, ...]:
    """Return where a batch's rows are, and the difference, which is 0."""
    if landed is None:
        return (None,) * 5
    return (
        landed.rows_read,
        landed.rows_landed,
        landed.rows_unchanged,
        landed.rows_rejected if landed.rows_quarantined is None else landed.rows_quarantined,
        landed.unaccounted,
    )


def audit() -> None:
    """核验审计链 · verify the audit chain."""
    from shutong.audit import AuditTrail

    trail = AuditTrail(Ledger(settings().ledger_address))
    bad = trail.verify()
    if bad is not None:
        complaints.print(str(bad), style="red", markup=False)
        raise typer.Exit(1)
    head = trail.head()
    say(
        Text(
            f"审计链完整: {head.seq} 条, 链尾 {head.hash}",
            f"the audit chain is whole: {head.seq} records, head {head.hash}",
        )
    )


def verify() -> None:
    """按台账核验共享库的文件与账目 · verify files and rows of the shared database by the ledger."""
    from shutong.lake import DamageKind, Lake

    using = settings()
    lake = Lake(using.lake_dir, using.quarantine_dir)
    ledger = Ledger(using.ledger_address)
    words = {
        DamageKind.MISSING: Text("文件缺失", "is missing"),
        DamageKind.ALTERED: Text("内容被改动", "was altered"),
        DamageKind.UNRECORDED: Text("台账无此文件", "is not in the ledger"),
    }
    lake.compare(ledger.last_of_each_dataset())
    damages = [
        damage
        for dataset in lake.tables()
        for damage in lake.verify(
            dataset, (recorded.file for recorded in ledger.landed_files(dataset))
        )
    ]
    for damage in damages:
        fact = words[damage.kind].render(using.lang)
        complaints.print(f"{damage.dataset}/{damage.path}: {fact}", style="red", markup=False)
    if damages:
        raise typer.Exit(1)
    say(Text("共享库文件与台账一致", "the shared database's files agree with the ledger"))
    checked = _verify_accounts(lake, ledger)
    say(
        Text(
            f"{checked} 个批次账目相符: 读取 = 入库 + 未变 + 隔离",
            f"{checked} batches add up: read = landed + unchanged + quarantined",
        )
    )


def _verify_accounts(lake: Lake, ledger: Ledger) -> int:
    """Hold each landing against the tables; NotReconciled names the first that differs."""
    landings = [record.landed for record in ledger.landings()]
    accounts = {dataset: lake.accounts(dataset) for dataset in {each.dataset for each in landings}}
    for landed in landings:
        account = accounts[landed.dataset].get(landed.batch_id)
        entered = _account_of(landed)
        found = (
            (account.read, account.landed, account.unchanged, account.quarantined)
            if account is not None
            else None
        )
        if account is None or account.difference or found != entered[:4]:
            raise NotReconciled(
                Text(
                    f"批次账目不平 (读取, 入库, 未变, 隔离): 台账 {entered[:4]}, 库中 {found}",
                    "rows do not add up (read, landed, unchanged, quarantined): "
                    f"ledger {entered[:4]}, tables {found}",
                ),
                place=f"{landed.resource} {landed.batch_id}",
                next_step=Text(
                    "停止归集, 从备份恢复共享库与隔离区后再核验",
                    "stop collecting; restore tables and quarantine from a backup, verify again",
                ),
            )
    return len(landings)


def register(app: typer.Typer) -> None:
    """Put the commands of this room on the command line."""
    for command in (batches, audit, verify):
        app.command()(command)
