"""Hand a ticket's rows out to the department (导出校核表): what is wrong, and how to mend it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from shutong.collection.context import CollectionContext, storing
from shutong.collection.terms import standard_digest
from shutong.corrections.forms import MARK, MEND, REASON, form_columns, form_identity, mark_of
from shutong.corrections.mending import Mending
from shutong.errors import Text, UnknownName
from shutong.ledger import RowState, Ticket, TicketKind, TicketRow
from shutong.spreadsheets import write_xlsx


@dataclass(frozen=True, slots=True)
class Exported:
    """What was handed out (导出结果)."""

    path: Path
    rows: int
    standard_changed: bool
    """Whether the data standard was changed since the ticket was opened."""


def export_ticket(context: CollectionContext, ticket: str, folder: Path, actor: str) -> Exported:
    """Write the ticket's open rows as a workbook into `folder`, for its owner only.

    On record before the file is there: RecordFailed, and no file, where that cannot be.
    UnknownName for a ticket without open rows; StorageFailed for rows lost from quarantine.
    """
    known = context.ledger.tickets.ticket(ticket)
    wanted = [r for r in context.ledger.tickets.rows(ticket) if r.state is RowState.OPEN]
    if known.kind is TicketKind.CONSUMER or not wanted:
        raise _nothing(known)
    table = rejected_rows(context, wanted)
    mending = Mending(context.dataset, context.suite_path, context.codes)
    columns = form_columns(context.resource, context.dataset)
    marks = [mark_of(ticket, row.row) for row in wanted]
    words = [mending.words(rules or ()) for rules in table.column("_rules").to_pylist()]
    given = {MARK: marks, REASON: table.column("_reasons").to_pylist(), MEND: words}
    arrays = [
        pa.array(given[column.id], pa.string()) if column.id in given else table.column(column.id)
        for column in columns
    ]
    form = pa.table(arrays, names=[column.id for column in columns])
    context.ledger.tickets.mark_exported(
        ticket, {"resource": known.resource, "rows": len(wanted)}, actor
    )
    target = folder / f"{known.resource}-{ticket}.xlsx"
    with storing(str(folder)):
        if not folder.is_dir():
            folder.mkdir(parents=True, mode=0o700)
        identity = form_identity(known, context.resource, context.dataset)
        written = write_xlsx(target, columns, [form], identity=identity, sheet="校核")
        target.chmod(0o600)
    changed = known.standard != standard_digest(context.dataset)
    return Exported(target, written.rows, changed)


def rejected_rows(context: CollectionContext, rows: Sequence[TicketRow]) -> pa.Table:
    """Return what the rows hold in quarantine as they were rejected last, in their order."""
    places: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        places[row.last_batch].append(row.last_place)
    tables = context.lake.quarantined(
        context.resource.dataset, context.dataset, context.resource_id, places
    )
    # The tables stand one after the other; each row is the next one of its batch's table.
    nexts: dict[str, Iterator[int]] = {}
    begin = 0
    for batch, table in tables.items():
        nexts[batch] = iter(range(begin, begin + table.num_rows))
        begin += table.num_rows
    whole = pa.concat_tables(tables.values(), promote_options="default")
    return whole.take(pa.array([next(nexts[row.last_batch]) for row in rows], pa.int64()))


def _nothing(ticket: Ticket) -> UnknownName:
    if ticket.kind is TicketKind.CONSUMER:
        return UnknownName(
            Text("需求部门提出的工单没有问题数据表", "a consumer's ticket has no rejected rows"),
            place=ticket.ticket,
            next_step=Text(
                f"用 shutong corrections show {ticket.ticket} --content 查看, 核实后用 close 答复",
                f"read it with shutong corrections show {ticket.ticket} --content, answer by close",
            ),
        )
    return UnknownName(
        Text(
            f"工单没有待更正的行 (状态: {ticket.state.words.zh})",
            f"the ticket has no row to mend ({ticket.state.words.en})",
        ),
        place=ticket.ticket,
        next_step=Text("不需要处理", "nothing to do"),
    )
