"""Look into the shared database (查询命令)."""

from __future__ import annotations

from enum import StrEnum
from getpass import getuser
from typing import TYPE_CHECKING, Annotated

import typer

from shutong.cli.speaking import show_table
from shutong.errors import Text
from shutong.settings import settings

if TYPE_CHECKING:
    import pyarrow as pa


class Output(StrEnum):
    """Form of the answer (输出格式)."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def query(
    sql: Annotated[
        str,
        typer.Argument(help="select 语句 · a select over <theme>.<dataset>", show_default=False),
    ],
    as_of: Annotated[
        list[str] | None,
        typer.Option(
            help="历史状态, 如 population/resident=3 或 =批次号 · a table as of a version or batch"
        ),
    ] = None,
    output: Annotated[Output, typer.Option(help="输出格式 · form of the answer")] = Output.TABLE,
    limit: Annotated[int, typer.Option(help="表格最多行数 · rows a table shows at most")] = 100,
) -> None:
    """查询共享库 (只读, 留痕) · query the shared database (read only, on record)."""
    from shutong.audit import Action, AuditTrail
    from shutong.lake import Lake
    from shutong.ledger import Ledger

    using = settings()
    states = _states(as_of or [])
    lake = Lake(
        using.lake_dir, using.quarantine_dir, memory=using.duckdb_memory, threads=using.threads
    )
    # On record before the first row is read: if it cannot be recorded, nothing is shown.
    AuditTrail(Ledger(using.ledger_address)).record(
        getuser(),
        Action.TABLE_QUERIED,
        "lake",
        {"sql_sm3": _digest(sql), "as_of": " ".join(as_of or [])},
    )
    answer = lake.query(states).run(sql)
    match output:
        case Output.CSV:
            _print_csv(answer)
        case Output.JSON:
            _print_json(answer)
        case Output.TABLE:
            _print_table(answer, limit)


def _states(as_of: list[str]) -> dict[str, int | str]:
    """Return the versions or batches that `dataset=state` words ask for."""
    states: dict[str, int | str] = {}
    for words in as_of:
        dataset, equals, state = words.partition("=")
        if not equals or not state:
            raise typer.BadParameter(f"{words}: <theme>/<dataset>=<version>", param_hint="--as-of")
        states[dataset.replace(".", "/")] = int(state) if state.isdecimal() else state
    return states


def _digest(sql: str) -> str:
    import hashlib

    return hashlib.new("sm3", sql.encode()).hexdigest()


def _print_csv(answer: pa.RecordBatchReader) -> None:
    """Print rows as CSV; a text that a spreadsheet could run gets the mark of all our tables."""
    import sys

    import pyarrow.csv as pc

    with pc.CSVWriter(sys.stdout.buffer, answer.schema) as writer:
        for batch in answer:
            writer.write_batch(_harmless(batch))


def _harmless(batch: pa.RecordBatch) -> pa.RecordBatch:
    import pyarrow as pa

    from shutong.spreadsheets.marking import marked

    for place, field in enumerate(batch.schema):
        if pa.types.is_string(field.type):
            texts = batch.column(place).to_pylist()
            safe = [None if text is None else marked(text) for text in texts]
            batch = batch.set_column(place, field, pa.array(safe, field.type))
    return batch


def _print_json(answer: pa.RecordBatchReader) -> None:
    import json

    for batch in answer:
        for row in batch.to_pylist():
            typer.echo(json.dumps(row, ensure_ascii=False, default=str))


def _print_table(answer: pa.RecordBatchReader, limit: int) -> None:
    rows: list[tuple[object, ...]] = []
    for batch in answer:
        rows.extend(tuple(row.values()) for row in batch.slice(0, limit + 1).to_pylist())
        if len(rows) > limit:
            break
    titles = [Text(name, name) for name in answer.schema.names]
    show_table(titles, [tuple(map(_plain, row)) for row in rows[:limit]], numbers=0)
    if len(rows) > limit:
        from shutong.cli.speaking import say

        say(Text(f"只显示前 {limit} 行 (--limit)", f"the first {limit} rows (--limit)"))


def _plain(value: object) -> object:
    return value if value is None else str(value)


def register(app: typer.Typer) -> None:
    """Put the commands of this room on the command line."""
    app.command()(query)
