"""The daily look at requests (每日检查): clocks move, and what somebody must know is told."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shutong.catalog.faults import Fault
from shutong.catalog.loading import load_catalog
from shutong.catalog.share_faults import share_faults
from shutong.errors import Text
from shutong.ledger import ShareRecord
from shutong.sharing.alarms import Alarm, faulty_files, gone_files, standing_alarms
from shutong.sharing.observing import observe
from shutong.standards.workdays import city_day

if TYPE_CHECKING:
    from shutong.ledger import Ledger

log = logging.getLogger("shutong.sharing")

_URGENT: Final = frozenset({Alarm.OVERDUE, Alarm.CALENDAR, Alarm.UNAGREED, Alarm.GONE, "halted"})
"""What a person must act on; the rest is told only."""


@dataclass(frozen=True)
class Warned:
    """What is to be told of a request today (预警)."""

    request: str
    alarm: Alarm | str
    """An alarm, or `halted`."""
    words: Text
    detail: str = ""

    @property
    def urgent(self) -> bool:
        """Say whether somebody must act."""
        return self.alarm in _URGENT


def watch(root: Path, ledger: Ledger, *, actor: str | None = None) -> tuple[Warned, ...]:
    """Bring the ledger up to the files and the day; return what holds today, urgent first."""
    catalog = load_catalog(root)
    progress = observe(catalog, ledger, actor=actor)
    today = city_day(ledger.moment())
    found: list[Warned] = []
    for request_id, each in progress.items():
        found += [Warned(request_id, "halted", halt) for halt in each.halts]
        found += [
            Warned(request_id, told.alarm, told.alarm.words, told.detail)
            for told in standing_alarms(each, today)
        ]
    faults = (*catalog.faults, *share_faults(catalog))
    found += _of_files(root, ledger.share_record(), faults)
    found.sort(
        key=lambda warned: (not warned.urgent, warned.request, str(warned.alarm), warned.detail)
    )
    for warned in found:
        level = logging.WARNING if warned.urgent else logging.INFO
        log.log(level, "%s: %s %s", warned.request, warned.words, warned.detail)
    return tuple(found)


def _of_files(root: Path, record: ShareRecord, faults: tuple[Fault, ...]) -> Iterator[Warned]:
    """Yield the files that are gone or faulty now, whether or not that was told before."""
    unheard = ShareRecord(files=record.files)
    for move in (*gone_files(root, unheard), *faulty_files(faults, unheard)):
        alarm = Alarm(move.word)
        yield Warned(move.request, alarm, alarm.words, move.detail)
