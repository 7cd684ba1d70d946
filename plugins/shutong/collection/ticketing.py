"""What a landing means for the resource's correction tickets (工单变动).

Rejected rows that nobody has seen before open a ticket; rows of open tickets that are right at
the source now, or gone there, are settled. Rows are known again by their key. The outcome goes
into the ledger with the landing itself, so that no rejected row is left without a ticket.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyarrow.parquet as pq

from shutong.catalog.models import Dataset
from shutong.collection.context import CollectionContext
from shutong.collection.problem_states import EndedProblem
from shutong.collection.row_identity import Content, Identity, contents_of, found_in, identities_of
from shutong.collection.terms import standard_digest, term
from shutong.ledger import (
    OpenedRow,
    Opening,
    RowMoved,
    RowSettled,
    RowState,
    TicketChanges,
    TicketKind,
    TicketRow,
)
from shutong.model import LoadMode, StagedBatch, ValidationReport
from shutong.standards.workdays import city_day

CORRECTED: Final = "corrected.parquet"
"""File of a batch of corrections: the rows as submitted, with `TICKET_ROW`."""
ALL_KEYS: Final = "keys.parquet"
"""File of a batch that holds all keys of the source, where one was drawn."""
LEFT_KEYS: Final = "left.parquet"
"""File of a batch that holds keys which the source's log names and the source has no more."""
TICKET_ROW: Final = "_number"
_CHANGED: Final = "changed"
"""How a rejected row ended that came again with other content."""


@dataclass(frozen=True, slots=True)
class _Live:
    """A ticket's row that this batch may change, with what the source gave last."""

    row: TicketRow
    identity: Identity
    content: Content


@dataclass(frozen=True, slots=True)
class _Rejected:
    place: int
    identity: Identity
    content: Content


@dataclass(slots=True)
class _Found:
    """What is found so far."""

    opened: list[OpenedRow] = field(default_factory=list)
    settled: list[RowSettled] = field(default_factory=list)
    moved: list[RowMoved] = field(default_factory=list)
    overtaken: int = 0
    ended: list[EndedProblem] = field(default_factory=list)

    def settle(self, row: TicketRow, state: RowState) -> None:
        """Note that a row is settled."""
        self.settled.append(RowSettled(ticket=row.ticket, row=row.row, state=state))
        if state is not RowState.SUPERSEDED:  # It lies in quarantine anew, just as wrong.
            self.ended += problems_of(row, str(state))

    def move(self, row: TicketRow, place: int, *, by_sheet: bool) -> None:
        """Note that a row is still wrong, elsewhere."""
        self.moved.append(RowMoved(ticket=row.ticket, row=row.row, place=place, by_sheet=by_sheet))
        if not by_sheet:
            self.ended += problems_of(row, _CHANGED)
        elif (row.last_batch, row.last_place) != (row.origin_batch, row.origin_place):
            self.ended.append(EndedProblem(row.last_batch, row.last_place, _CHANGED))


@dataclass(frozen=True, slots=True)
class TicketEffect:
    """What a landing means for tickets and for what lies in quarantine (工单影响)."""

    changes: TicketChanges | None = None
    ended: tuple[EndedProblem, ...] = ()


def problems_of(row: TicketRow, how: str) -> list[EndedProblem]:
    """Return where a ticket's row lies in quarantine: as the source gave it, and as a sheet did."""
    places = {(row.origin_batch, row.origin_place), (row.last_batch, row.last_place)}
    return [EndedProblem(batch, place, how) for batch, place in sorted(places)]


def ticket_effect(
    context: CollectionContext, staged: StagedBatch, report: ValidationReport
) -> TicketEffect:
    """Return what the batch's landing means for tickets and their rows in quarantine.

    Called while the batch's files are still there.
    """
    if staged.window.correction is not None:
        return _of_correction(context, staged, report)
    held = context.ledger.tickets.live_rows(context.resource_id)
    if not held and report.rejected_file is None:
        return TicketEffect()
    live = _live(context, held)
    rejected = _rejected(report, context.dataset)
    found = _Found()
    files = [file.path for file in report.clean_files]
    right = found_in(files, [each.identity for each in live], context.dataset)
    waiting: dict[Identity, list[_Live]] = defaultdict(list)
    for each in live:
        if each.identity in right:
            found.settle(each.row, RowState.SOURCE)
            found.overtaken += each.row.state is RowState.SHEET
        else:
            waiting[each.identity].append(each)
    again = _grouped(rejected)
    for identity, rows in again.items():
        _meet(found, rows, waiting.get(identity, []), whole=_sees_wrong_rows_anew(staged))
    for each in _gone(context, staged, waiting, again):
        found.settle(each.row, RowState.GONE)
    return TicketEffect(_changes(context, report, found), tuple(found.ended))


def _meet(found: _Found, rejected: Sequence[_Rejected], live: list[_Live], *, whole: bool) -> None:
    """Tell what becomes of rejected rows with one identity, and of the tickets' rows with it."""
    still = [each for each in live if each.row.state is RowState.OPEN]
    mended = [each for each in live if each.row.state is RowState.SHEET]
    left = []
    for each in rejected:
        same = next((one for one in still if one.content == each.content), None)
        if same is None:
            left.append(each)
        else:
            still.remove(same)
            live.remove(same)
    for each in left:
        if still:
            changed = still.pop(0)
            live.remove(changed)
            found.move(changed.row, each.place, by_sheet=False)
            continue
        before = next((one for one in mended if whole or one.content == each.content), None)
        if before is not None:
            mended.remove(before)
            live.remove(before)
            if not whole:
                continue  # The table keeps the corrected row; the source has not been mended.
            found.settle(before.row, RowState.SUPERSEDED)
        note = before.row.ticket if before is not None else ""
        found.opened.append(OpenedRow(place=each.place, note=note))


def _sees_wrong_rows_anew(staged: StagedBatch) -> bool:
    """Say whether a row that only a spreadsheet corrected left the table with this batch.

    A full load replaces everything; a comparison rejects again only what the table lacks.
    """
    return staged.window.mode is LoadMode.FULL or staged.window.comparison


def _gone(
    context: CollectionContext,
    staged: StagedBatch,
    waiting: dict[Identity, list[_Live]],
    again: dict[Identity, list[_Rejected]],
) -> Iterator[_Live]:
    """Yield rows that the source has no more, where the batch can tell."""
    left = {identity: rows for identity, rows in waiting.items() if rows}
    if staged.window.mode is LoadMode.FULL:
        for rows in left.values():
            yield from rows
        return
    keyed = [identity for identity in left if identity[0] == "key" and identity not in again]
    folder = context.folder(staged.batch_id).path
    every, deleted = folder / ALL_KEYS, folder / LEFT_KEYS
    # A comparison has all keys of the source, a log those that were touched and are no more.
    there = found_in([every], keyed, context.dataset) if every.is_file() else dict.fromkeys(keyed)
    away = found_in([deleted], keyed, context.dataset) if deleted.is_file() else {}
    for identity in keyed:
        if identity not in there or identity in away:
            yield from left[identity]


def _of_correction(
    context: CollectionContext, staged: StagedBatch, report: ValidationReport
) -> TicketEffect:
    """Return what a batch of corrected rows settles, and which of them come back."""
    submitted = pq.ParquetFile(context.folder(staged.batch_id).path / CORRECTED).read()
    ticket = str(submitted.schema.metadata[b"ticket"].decode())
    held = {row.row: row for row in context.ledger.tickets.rows(ticket)}
    rows: dict[Identity, list[TicketRow]] = defaultdict(list)
    numbers = submitted.column(TICKET_ROW).to_pylist()
    identities = identities_of(submitted, context.dataset)
    for number, identity in zip(numbers, identities, strict=True):
        rows[identity].append(held[number])
    found = _Found()
    for each in _rejected(report, context.dataset):
        row = rows[each.identity].pop(0)
        if row.state is RowState.OPEN:
            found.move(row, each.place, by_sheet=True)
    for left in rows.values():
        for row in left:
            found.settle(row, RowState.SHEET)
    changes = TicketChanges(settled=tuple(found.settled), moved=tuple(found.moved))
    return TicketEffect(changes, tuple(found.ended))


def _live(context: CollectionContext, held: Sequence[TicketRow]) -> list[_Live]:
    by_batch: dict[str, list[TicketRow]] = defaultdict(list)
    for row in held:
        by_batch[row.origin_batch].append(row)
    places = {batch: [row.origin_place for row in rows] for batch, rows in by_batch.items()}
    tables = context.lake.quarantined(
        context.resource.dataset, context.dataset, context.resource_id, places
    )
    live = []
    for batch, rows in by_batch.items():
        table = tables[batch]
        told = zip(
            rows,
            identities_of(table, context.dataset),
            contents_of(table, context.dataset),
            strict=True,
        )
        live += [_Live(*each) for each in told]
    return live


def _rejected(report: ValidationReport, dataset: Dataset) -> list[_Rejected]:
    if report.rejected_file is None:
        return []
    items = [item.name for item in dataset.items]
    table = pq.ParquetFile(report.rejected_file).read(columns=items)
    told = zip(identities_of(table, dataset), contents_of(table, dataset), strict=True)
    return [_Rejected(place, *each) for place, each in enumerate(told)]


def _grouped(rejected: Sequence[_Rejected]) -> dict[Identity, list[_Rejected]]:
    groups: dict[Identity, list[_Rejected]] = defaultdict(list)
    for each in rejected:
        groups[each.identity].append(each)
    return groups


def _changes(
    context: CollectionContext, report: ValidationReport, found: _Found
) -> TicketChanges | None:
    if not (found.opened or found.settled or found.moved):
        return None
    opening = None
    if found.opened:
        due_on, fault = term(context.catalog, city_day())
        opening = Opening(
            kind=TicketKind.REJECTED,
            resource=report.resource,
            dataset=report.dataset,
            batch_id=report.batch_id,
            rows=tuple(sorted(found.opened, key=lambda each: each.place)),
            due_on=due_on,
            due_fault=fault,
            standard=standard_digest(context.dataset),
        )
    return TicketChanges(
        opening=opening,
        settled=tuple(found.settled),
        moved=tuple(found.moved),
        overtaken=found.overtaken,
    )
