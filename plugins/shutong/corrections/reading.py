"""Read a corrected spreadsheet (读取更正表): which rows may be replayed, and why others may not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa

from shutong.collection.context import CollectionContext
from shutong.collection.row_identity import Identity, found_in, identities_of
from shutong.collection.ticketing import TICKET_ROW
from shutong.corrections.exporting import rejected_rows
from shutong.corrections.forms import (
    KIND,
    MARK,
    MEND,
    REASON,
    form_columns,
    form_identity,
    read_mark,
)
from shutong.corrections.mending import Mending
from shutong.errors import FormRefused, Text
from shutong.ledger import RowState, Ticket, TicketRow
from shutong.spreadsheets import (
    ROW_COLUMN,
    SHEET_COLUMN,
    Column,
    FilledForm,
    columns_of,
    common_form,
    identify,
    read_form,
)

_MENDABLE: Final = (RowState.OPEN, RowState.SHEET)


@dataclass(frozen=True, slots=True)
class Hindrance:
    """A row of the spreadsheet that is not replayed, and why (未采纳的行); never its content."""

    place: str
    row: int | None
    """Number in the ticket; None where it cannot be told."""
    words: Text


@dataclass(slots=True)
class Corrected:
    """What a corrected spreadsheet comes to (更正表内容)."""

    submitted: pa.Table
    """Rows to replay: every item as text, and `TICKET_ROW`."""
    again: tuple[int, ...] = ()
    """Of those, rows that an earlier spreadsheet had corrected: the later one counts."""
    untouched: int = 0
    """Rows that came back as they were handed out."""
    absent: int = 0
    """Open rows of the ticket that the spreadsheet does not have."""
    hindered: list[Hindrance] = field(default_factory=list)


def read_corrected(context: CollectionContext, ticket: Ticket, path: Path) -> Corrected:
    """Return what may be replayed of a spreadsheet, and what not.

    FormRefused where the file is not this ticket's form, or cannot be read for certain.
    """
    _guard_identity(context, ticket, path)
    columns = form_columns(context.resource, context.dataset)
    form = read_form(path, columns)
    return _Reading(context, ticket, form).corrected()


def _guard_identity(context: CollectionContext, ticket: Ticket, path: Path) -> None:
    found = identify(path)
    if found is None:
        return  # Saved as CSV it has none; its rows' marks tell the ticket all the same.
    expected = form_identity(ticket, context.resource, context.dataset)
    again = Text(
        f"运行 shutong corrections export {ticket.ticket} 重新导出, 在新表中更正",
        f"export it again (shutong corrections export {ticket.ticket}) and correct that",
    )
    if (found.kind, found.resource, found.batch) != (KIND, ticket.resource, ticket.ticket):
        raise FormRefused(
            Text(
                f"这不是工单 {ticket.ticket} 的表, 而是 {found.resource} {found.batch} 的表",
                f"not the form of {ticket.ticket} but of {found.resource} {found.batch}",
            ),
            place=path.name,
            next_step=Text("核对文件与工单号", "check the file and the ticket's number"),
        )
    if (found.version, found.columns) != (expected.version, expected.columns):
        raise FormRefused(
            Text(
                "导出之后数据标准已修改, 这张表与现行标准不一致, 未采纳任何行",
                "the data standard was changed since this form was made; no row was taken",
            ),
            place=path.name,
            next_step=again,
        )


class _Reading:
    """One spreadsheet held against its ticket (核对过程)."""

    def __init__(self, context: CollectionContext, ticket: Ticket, form: FilledForm) -> None:
        self.context, self.ticket, self.form = context, ticket, form
        self.rows = {row.row: row for row in context.ledger.tickets.rows(ticket.ticket)}
        self.hindered: list[Hindrance] = []
        sheets = form.rows.column(SHEET_COLUMN).to_pylist()
        where = list(zip(sheets, form.rows.column(ROW_COLUMN).to_pylist(), strict=True))
        self.at: dict[tuple[str, int], int] = {place: at for at, place in enumerate(where)}
        self.places = [f"{form.file} {sheet + '!' if sheet else ''}{row}" for sheet, row in where]

    def corrected(self) -> Corrected:
        """Return what may be replayed, and what not."""
        told = self._numbered()
        told = self._without_faulty_cells(told)
        told = [(at, row) for at, row in told if self._may_be_mended(at, row)]
        given = self._items([at for at, _ in told])
        before = rejected_rows(self.context, [row for _, row in told]) if told else given
        changed = self._changed(given, before, told)
        untouched = len(told) - len(changed)
        kept = self._guarded(given, before, told, changed)
        submitted = given.take(pa.array(kept, pa.int64()))
        rows = [told[index][1] for index in kept]
        numbers = pa.array([row.row for row in rows], pa.int64())
        present = {row.row for _, row in told} | {each.row for each in self.hindered}
        absent = [
            r for r in self.rows.values() if r.state is RowState.OPEN and r.row not in present
        ]
        return Corrected(
            submitted=submitted.append_column(TICKET_ROW, numbers),
            again=tuple(row.row for row in rows if row.state is RowState.SHEET),
            untouched=untouched,
            absent=len(absent),
            hindered=self.hindered,
        )

    def _hinder(self, at: int, row: int | None, zh: str, en: str) -> None:
        self.hindered.append(Hindrance(self.places[at], row, Text(zh, en)))

    def _numbered(self) -> list[tuple[int, TicketRow]]:
        """Return the rows that bear a mark of this ticket, each once, by their index."""
        marks = [read_mark(text) for text in self.form.rows.column(MARK).to_pylist()]
        counted = Counter(mark for mark in marks if mark is not None)
        told = []
        for at, mark in enumerate(marks):
            if mark is None:
                self._hinder(
                    at, None, "工单行号缺失或被改动", "the row's mark is missing or altered"
                )
            elif mark[0] != self.ticket.ticket:
                self._hinder(at, None, f"该行属于工单 {mark[0]}", f"the row is one of {mark[0]}")
            elif mark[1] not in self.rows:
                self._hinder(
                    at, None, f"工单没有第 {mark[1]} 行", f"the ticket has no row {mark[1]}"
                )
            elif counted[mark] > 1:
                others = [self.places[i] for i, m in enumerate(marks) if m == mark and i != at]
                self._hinder(
                    at,
                    mark[1],
                    f"同一行在表中更正了两次 (另见 {'、'.join(others)}), 两处都未采纳",
                    f"the row is corrected twice (also at {', '.join(others)}): neither is taken",
                )
            else:
                told.append((at, self.rows[mark[1]]))
        return told

    def _without_faulty_cells(
        self, told: list[tuple[int, TicketRow]]
    ) -> list[tuple[int, TicketRow]]:
        """Leave rows out that have a cell which cannot be taken for certain.

        A cell that came back as it was handed out is none: the rules judge it once more.
        """
        held = rejected_rows(self.context, [row for _, row in told]).to_pylist() if told else []
        before = {at: content for (at, _), content in zip(told, held, strict=True)}
        numbers = {at: row.row for at, row in told}
        faulty: set[int] = set()
        for fault in self.form.faults:
            at = self.at[fault.sheet, fault.row]
            text = self.form.rows.column(fault.item)[at].as_py()
            as_it_was = text is not None and before.get(at, {}).get(fault.item) == text
            if fault.item in (REASON, MEND) or as_it_was or at not in numbers:
                continue
            faulty.add(at)
            place = f"{self.form.file} {fault.place}"
            words = _cell_words(fault.title, fault.item, fault.reason.words)
            self.hindered.append(Hindrance(place, numbers[at], words))
        return [(at, row) for at, row in told if at not in faulty]

    def _may_be_mended(self, at: int, row: TicketRow) -> bool:
        if row.state in _MENDABLE:
            return True
        self._hinder(
            at,
            row.row,
            f"该行{row.state.words.zh}, 以现有数据为准, 未再采纳",
            f"the row is settled ({row.state.words.en}); it stays as it is",
        )
        return False

    def _items(self, indices: Sequence[int]) -> pa.Table:
        """Return the rows at `indices` with every item of the standard as text."""
        dataset, rows = self.context.dataset, self.form.rows
        chosen = rows.take(pa.array(indices, pa.int64()))
        columns = [
            chosen.column(item.name)
            if item.name in chosen.schema.names
            else pa.nulls(chosen.num_rows, pa.string())
            for item in dataset.items
        ]
        return pa.table(columns, names=[item.name for item in dataset.items])

    def _changed(
        self, given: pa.Table, before: pa.Table, told: Sequence[tuple[int, TicketRow]]
    ) -> list[int]:
        """Return which rows are not as they were handed out, whatever form their values had."""
        columns = [c for c in columns_of(self.context.dataset) if c.id in before.schema.names]
        now, then = ([_told(rows, column) for column in columns] for rows in (given, before))
        return [
            index
            for index in range(len(told))
            if any(a[index] != b[index] for a, b in zip(now, then, strict=True))
        ]

    def _guarded(
        self,
        given: pa.Table,
        before: pa.Table,
        told: Sequence[tuple[int, TicketRow]],
        changed: Sequence[int],
    ) -> list[int]:
        """Return the changed rows whose key may be what it is now."""
        if not changed:
            return []
        context, key = self.context, list(self.context.dataset.key)
        mending = Mending(context.dataset, context.suite_path, context.codes)
        now = identities_of(given, context.dataset)
        then = identities_of(before, context.dataset)
        rules = before.column("_rules").to_pylist()
        files = context.lake.files_of(context.resource.dataset, context.resource_id)
        standing = found_in(files, [now[index] for index in changed], context.dataset)
        titles = "、".join(context.dataset.item(name).title for name in key)
        kept = []
        for index in changed:
            at, row = told[index]
            words = self._key_fault(
                row,
                now[index],
                moved=now[index] != then[index],
                allowed=mending.concerns_key(rules[index] or ()),
                by=standing.get(now[index]),
                stands=now[index] in standing,
                titles=titles,
            )
            if words is None:
                kept.append(index)
            else:
                self._hinder(at, row.row, words.zh, words.en)
        return kept

    def _key_fault(
        self,
        row: TicketRow,
        identity: Identity,
        *,
        moved: bool,
        allowed: bool,
        by: str | None,
        stands: bool,
        titles: str,
    ) -> Text | None:
        """Return what speaks against a row's key, if anything."""
        ours = by is not None and by.startswith(f"{self.ticket.ticket}-")
        if identity[0] != "key":
            return Text(
                f"主键({titles})为空或不合类型, 请填写后再导入",
                "the key is blank or does not fit its type: fill it in",
            )
        if moved and not allowed:
            return Text(
                f"主键({titles})被改动, 但问题不在主键: 可能填错了行, 请核对",
                "the key was changed although nothing is wrong with it: the wrong row, perhaps",
            )
        if row.state is RowState.SHEET:
            if ours:
                return None
            return Text(
                f"该行已更正入库, 主键({titles})又有变动: 请在源系统中更正",
                "the row has landed with another key or by another batch: mend it at the source",
            )
        if stands and (moved or ours):
            return Text(
                f"该主键({titles})的行已在共享库中, 不能覆盖: 请核实是否重复",
                "a row with this key stands in the shared database and is not overwritten",
            )
        return None


def _told(rows: pa.Table, column: Column) -> list[str | None]:
    texts = rows.column(column.id).to_pylist()
    return [None if text is None else common_form(text, column) for text in texts]


def _cell_words(title: str, item: str, words: Text) -> Text:
    return Text(f"{title}: {words.zh}", f"{item}: {words.en}")
