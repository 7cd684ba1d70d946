"""Bring the ledger up to the catalog's files (对账入台账): first sights, moves, alarms.

The same observation twice enters nothing twice. Everything it enters is one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

from shutong.catalog.share_cases import Case, cases_of
from shutong.catalog.share_faults import share_faults
from shutong.catalog.share_models import digest_of
from shutong.ledger import MoveKind, SeenFile, ShareMove
from shutong.sharing.alarms import alarms_of, faulty_files, gone_files
from shutong.sharing.progress import Progress, marks_of, progress_of
from shutong.standards.workdays import city_day

if TYPE_CHECKING:
    from shutong.catalog.loading import Catalog
    from shutong.ledger import Ledger, ShareRecord


def observe(catalog: Catalog, ledger: Ledger, *, actor: str | None = None) -> dict[str, Progress]:
    """Enter what is new in the files and where each request stands now; return all of them.

    The day is that of the ledger's own clock. RecordFailed when nothing can be entered.
    """
    cases = cases_of(catalog)
    faults = (*catalog.faults, *share_faults(catalog))
    with ledger.sharing(actor=actor) as book:
        today = city_day(datetime.fromisoformat(book.at))
        for seen in _unseen(cases, book.record()):
            book.see(seen)
        record = book.record()
        found = {}
        for request_id, case in cases.items():
            progress = progress_of(case, catalog, record, today, faults)
            for move in _news(progress, record, today):
                book.enter(move)
            found[request_id] = progress
        for move in (*gone_files(catalog.root, record), *faulty_files(faults, record)):
            book.enter(move)
        record = book.record()
    return {
        request_id: progress_of(case, catalog, record, today, faults)
        for request_id, case in cases.items()
    }


def _unseen(cases: dict[str, Case], record: ShareRecord) -> Iterator[SeenFile]:
    known = {(seen.file, seen.digest) for seen in record.files}
    for case in cases.values():
        for declared in case.files:
            file, digest = declared.source.file, digest_of(declared.value)
            if (file, digest) not in known:
                yield SeenFile(case.id, file, digest, declared.value.substance, marks_of(declared))


def _news(progress: Progress, record: ShareRecord, today: date) -> Iterator[ShareMove]:
    case = progress.case
    if progress.faults:
        return  # Files with faults say nothing that could be relied on.
    if progress.halts:
        told = {move.word for move in _since_move(record, case.id)}
        for halt in progress.halts:
            if halt.zh not in told:
                yield ShareMove(case.id, MoveKind.HALTED, halt.zh)
        return
    if record.last_state(case.id) != progress.state:
        yield ShareMove(case.id, MoveKind.MOVED, str(progress.state))
    yield from alarms_of(progress, record, today)


def _since_move(record: ShareRecord, request_id: str) -> Iterator[ShareMove]:
    """Yield the halts entered since the request last moved."""
    for move in reversed(record.moves):
        if move.request == request_id and move.kind is MoveKind.MOVED:
            return
        if move.request == request_id and move.kind is MoveKind.HALTED:
            yield move
