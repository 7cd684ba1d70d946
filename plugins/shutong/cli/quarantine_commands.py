"""Look at rejected rows (问题数据命令): counts for everybody, rows on record only."""

from __future__ import annotations

import re
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from shutong.cli.speaking import say, show_table
from shutong.errors import Text
from shutong.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from shutong.catalog.models import Dataset
    from shutong.lake import Lake
    from shutong.settings import Settings

app = typer.Typer(
    help="问题数据隔离区 · rejected rows in quarantine.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_NUMBER: Final = re.compile(r"\d{8,}")
_OWN: Final = ("_row_id", "_batch", "_first_seen", "_state", "_reasons")


@app.command("list")
def list_problems(
    resource: Annotated[str | None, typer.Argument(help="资源 · resource id")] = None,
) -> None:
    """按资源、批次、规则统计问题数据 (不含内容) · count rejected rows, without any value."""
    lines = [line for line in _lake(settings()).problems() if resource in (None, line.resource)]
    titles = (
        ("资源", "resource"),
        ("批次", "batch"),
        ("规则", "rule"),
        ("首次发现 (UTC)", "first seen (UTC)"),
        ("加密", "sealed"),
        ("行数", "rows"),
        ("问题", "problems"),
        ("未办结", "open"),
    )
    rows = [
        (
            line.resource,
            line.batch_id,
            line.rule,
            f"{line.first_seen:%Y-%m-%d %H:%M}",
            line.sealed,
            line.rows,
            line.problems,
            line.open,
        )
        for line in lines
    ]
    show_table([Text(*title) for title in titles], rows, numbers=3)


@app.command()
def show(
    resource: Annotated[str, typer.Argument(help="资源 · resource id", show_default=False)],
    reason: Annotated[
        str, typer.Option(help="查阅事由, 记入审计 · why; goes on record", show_default=False)
    ],
    batch: Annotated[str | None, typer.Option(help="只看该批次 · this batch only")] = None,
    to: Annotated[
        Path | None, typer.Option(help="写入 .xlsx 或 .csv · write to a file instead")
    ] = None,
    limit: Annotated[int, typer.Option(help="最多显示行数 · rows shown at most")] = 100,
) -> None:
    """查阅问题数据 (留痕) · show rejected rows with their items, on record."""
    import pyarrow as pa

    from shutong.audit import Action, AuditTrail
    from shutong.catalog import load_resource
    from shutong.ledger import Ledger

    _guard_reason(reason)
    if to is not None and to.suffix.lower() not in (".xlsx", ".csv"):
        raise typer.BadParameter(".xlsx, .csv", param_hint="--to")
    using = settings()
    catalog = load_resource(using.root, resource)
    declared = catalog.resource(resource)
    dataset = catalog.dataset_of(declared)
    # On record before the first row is read: if it cannot be recorded, nothing is shown.
    AuditTrail(Ledger(using.ledger_address)).record(
        getuser(),
        Action.QUARANTINE_READ,
        resource,
        {"batch": batch or "", "reason": reason.strip(), "to_file": to is not None},
    )
    rows = _lake(using).problem_rows(declared.dataset, dataset, resource, batch_id=batch)
    if to is not None:
        _write(rows, dataset, to)
        return
    table = pa.concat_tables(list(rows))
    names = [*_OWN, *(item.name for item in dataset.items)]
    shown = table.select(names).slice(0, limit).to_pylist()
    cells = [[None if value is None else str(value) for value in row.values()] for row in shown]
    show_table([Text(name, name) for name in names], cells, numbers=0)
    if table.num_rows > limit:
        say(Text(f"只显示前 {limit} 行 (--limit)", f"the first {limit} rows (--limit)"))


def _guard_reason(reason: str) -> None:
    """Refuse a reason that says nothing, or names a person: it stays in the chain for good."""
    if not reason.strip() or _NUMBER.search(reason):
        raise typer.BadParameter(
            "写明事由, 不要写证件号或电话 · say why, without any person's number",
            param_hint="--reason",
        )


def _write(tables: Iterator[pa.Table], dataset: Dataset, to: Path) -> None:
    from shutong.spreadsheets import Column, columns_of, write_csv, write_xlsx

    own = {
        "_row_id": "问题编号",
        "_batch": "批次",
        "_first_seen": "首次发现",
        "_state": "状态",
        "_reasons": "原因",
    }
    columns = (*(Column(name, title) for name, title in own.items()), *columns_of(dataset))
    write = write_xlsx if to.suffix.lower() == ".xlsx" else write_csv
    written = write(to, columns, tables)
    for file in written.files:
        say(Text(f"已写入 {file}", f"written: {file}"))


def _lake(using: Settings) -> Lake:
    from shutong.lake import KeyRing, Lake

    return Lake(
        using.lake_dir,
        using.quarantine_dir,
        memory=using.duckdb_memory,
        threads=using.threads,
        keys=KeyRing(using.quarantine_keys, using.root),
    )
