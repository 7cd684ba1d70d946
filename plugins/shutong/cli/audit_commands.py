"""Evidence (审计命令): batches, the audit chain, the landed files."""

from __future__ import annotations

from typing import Annotated

import typer

from shutong.cli.speaking import complaints, say, show_table
from shutong.errors import Text
from shutong.ledger import Ledger
from shutong.settings import settings


def batches(
    resource: Annotated[str | None, typer.Argument(help="资源 · resource id")] = None,
    limit: Annotated[int, typer.Option(help="最多几条 · at most")] = 20,
) -> None:
    """列出最近的批次 · list the latest batches."""
    records = Ledger(settings().ledger_address).batches(resource, limit=limit)
    rows = [
        (
            record.batch_id,
            record.resource,
            str(record.state),
            f"{record.changed_at:%Y-%m-%d %H:%M:%S}",
        )
        for record in records
    ]
    titles = ("批次 batch", "资源 resource", "状态 state", "时间 at (UTC)")
    show_table([Text(title, title) for title in titles], rows, numbers=0)


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
    """按台账核验共享库文件 · verify the shared database's files by the ledger's digests."""
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


def register(app: typer.Typer) -> None:
    """Put the commands of this room on the command line."""
    for command in (batches, audit, verify):
        app.command()(command)
