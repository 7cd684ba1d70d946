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
    records = Ledger(settings().ledger_address).batches(resource)[-limit:]
    rows = [
        (record.batch_id, record.resource, str(record.state), record.changed_at)
        for record in records
    ]
    titles = ("批次 batch", "资源 resource", "状态 state", "时间 at")
    show_table([Text(title, title) for title in titles], rows, numbers=0)


def audit() -> None:
    """核验审计链 · verify the audit chain."""
    from shutong.audit import verify as verify_chain

    result = verify_chain(Ledger(settings().ledger_address))
    if result is not None:
        complaints.print(result.render(settings().lang), style="red", markup=False)
        raise typer.Exit(1)
    say(Text("审计链完整", "the audit chain is whole"))


def verify() -> None:
    """按台账核验共享库文件 · verify the shared database's files by the ledger's digests."""
    from shutong.lake import Lake

    using = settings()
    lake = Lake(using.lake_dir, using.quarantine_dir)
    faults = lake.verify(Ledger(using.ledger_address).landed_files())
    for fault in faults:
        complaints.print(fault.render(using.lang), style="red", markup=False)
    if faults:
        raise typer.Exit(1)
    say(Text("共享库文件与台账一致", "the shared database's files agree with the ledger"))


def register(app: typer.Typer) -> None:
    """Put the commands of this room on the command line."""
    for command in (batches, audit, verify):
        app.command()(command)
