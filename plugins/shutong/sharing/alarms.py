"""What somebody must be told of a request (提醒与预警), each once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Final

from shutong.catalog.faults import Fault
from shutong.errors import Text
from shutong.ledger import MoveKind, ShareMove, ShareRecord
from shutong.sharing.progress import Progress

SHARE_FOLDERS: Final = ("requests", "reviews", "rulings")
_DEPTH: Final = 4
SOON: Final = 2
"""Working days before a term's end from which its holder is reminded."""


class Alarm(StrEnum):
    """Why somebody is told (提醒事项); the value stands in the ledger and never changes."""

    DUE_SOON = "answer.due_soon"
    OVERDUE = "answer.overdue"
    CALENDAR = "calendar.missing"
    BACK_DATED = "file.back_dated"
    EDITED = "file.edited"
    UNAGREED = "revocation.unagreed"
    GONE = "file.gone"
    FAULTY = "file.faulty"

    @property
    def words(self) -> Text:
        """Return the alarm in words for people."""
        return ALARM_WORDS[self]


ALARM_WORDS: Final[dict[Alarm, Text]] = {
    Alarm.DUE_SOON: Text("答复将到期", "an answer is due soon"),
    Alarm.OVERDUE: Text("逾期未答复, 转主管部门", "not answered in time: before the authority"),
    Alarm.CALENDAR: Text("缺少年度放假安排, 时限无法计算", "the calendar ends before the term"),
    Alarm.BACK_DATED: Text("所写日期早于首次出现", "dated before it was first seen"),
    Alarm.EDITED: Text("提交后内容有改动", "changed after it was submitted"),
    Alarm.UNAGREED: Text(
        "终止共享未经主管部门同意", "revoked without the consent of the authority"
    ),
    Alarm.GONE: Text("文件已被删除", "a file was removed"),
    Alarm.FAULTY: Text("文件有误, 不生效", "a file is faulty and counts for nothing"),
}


@dataclass(frozen=True)
class Told:
    """An alarm with what it is about (提醒)."""

    alarm: Alarm
    detail: str = ""


def standing_alarms(progress: Progress, today: date) -> Iterator[Told]:
    """Yield the alarms that hold for a request on a day."""
    due = progress.due
    if due is not None and due.ends is None:
        yield Told(Alarm.CALENDAR, str(due.begins.year + 1))
    elif progress.overdue:
        yield Told(Alarm.OVERDUE, due.ends.isoformat() if due and due.ends else "")
    elif due is not None and due.ends is not None:
        left = due.left(today)
        if left is not None and left <= SOON:
            yield Told(Alarm.DUE_SOON, due.ends.isoformat())
    for moment in progress.timeline:
        if moment.back_dated and moment.declared is not None:
            yield Told(Alarm.BACK_DATED, f"{moment.file} {moment.step} {moment.declared}")
    for file in progress.edited:
        yield Told(Alarm.EDITED, f"{file} {progress.case.request.value.substance[:12]}")
    yield from _unagreed(progress)


def _unagreed(progress: Progress) -> Iterator[Told]:
    """Yield an alarm where a provider ended the sharing alone: it ends at once all the same."""
    review, ruling = progress.case.review, progress.case.ruling
    if review is None or review.value.revoked is None:
        return
    if ruling is None or ruling.value.revoked is None:
        yield Told(Alarm.UNAGREED, review.source.file)


def alarms_of(progress: Progress, record: ShareRecord, today: date) -> Iterator[ShareMove]:
    """Yield the alarms of a request that were not told before."""
    told = {
        (move.word, move.detail)
        for move in record.moves
        if move.request == progress.case.id and move.kind is MoveKind.ALARMED
    }
    for each in standing_alarms(progress, today):
        if (str(each.alarm), each.detail) not in told:
            yield ShareMove(progress.case.id, MoveKind.ALARMED, str(each.alarm), each.detail)


def faulty_files(faults: Iterable[Fault], record: ShareRecord) -> Iterator[ShareMove]:
    """Yield an alarm for each fault of a request, review or ruling, told once."""
    told = {m.detail for m in record.moves if m.word == Alarm.FAULTY}
    for fault in faults:
        parts = fault.file.split("/")
        detail = f"{fault.file}: {fault.fact.en}"
        if len(parts) == _DEPTH and parts[2] in SHARE_FOLDERS and detail not in told:
            told.add(detail)
            name = f"{parts[1]}.{parts[3].removesuffix('.yaml')}"
            yield ShareMove(name, MoveKind.ALARMED, str(Alarm.FAULTY), detail)


def gone_files(root: Path, record: ShareRecord) -> Iterator[ShareMove]:
    """Yield an alarm for each file that was seen once and is there no more, told once."""
    told = {m.detail for m in record.moves if m.word == Alarm.GONE}
    for file, request in {seen.file: seen.request for seen in record.files}.items():
        if file not in told and not (root / file).is_file():
            yield ShareMove(request, MoveKind.ALARMED, str(Alarm.GONE), file)
