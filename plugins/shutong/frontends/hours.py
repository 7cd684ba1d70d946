"""The hours in which a front-end machine may be read (允许时段)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shutong.catalog.models import FrontEnd
from shutong.errors import OutsideHours, Text


def allowed(hours: Sequence[str], at: datetime) -> bool:
    """Say whether a wall clock lies in one of the hours, such as "20:00-07:00"; none allow all.

    The begin is allowed, the end is not any more.
    """
    minute = at.hour * 60 + at.minute
    return not hours or any(_holds(span, minute) for span in hours)


def not_now(front_end: FrontEnd, place: str, at: datetime) -> OutsideHours:
    """Return the error for a reading that would begin outside the hours."""
    hours = "、".join(front_end.limits.hours)
    return OutsideHours(
        Text(
            f"前置机只允许在 {hours} 读取, 现在是 {at:%H:%M} ({front_end.time_zone})",
            f"the front-end machine may be read at {hours} only, and it is {at:%H:%M} there",
        ),
        place=place,
        next_step=_next_step(front_end),
    )


def over(front_end: FrontEnd, place: str, rows: int) -> OutsideHours:
    """Return the error for a drawing that ran past the end of the hours."""
    hours = "、".join(front_end.limits.hours)
    return OutsideHours(
        Text(
            f"允许读取的时段 {hours} 已结束, 读取中止: 已收到 {rows} 行, 未入库任何数据",
            f"the allowed hours {hours} are over and the drawing was stopped: "
            f"{rows} rows had come, nothing has landed",
        ),
        place=place,
        next_step=_next_step(front_end),
    )


def _next_step(front_end: FrontEnd) -> Text:
    return Text(
        f"在允许时段内重跑; 时段在 front_ends.yaml 中 {front_end.code} 的 limits.hours, "
        "改动前先与部门商定",
        f"run again within the hours; they stand in limits.hours of {front_end.code} in "
        "front_ends.yaml, agreed with the department",
    )


def _holds(span: str, minute: int) -> bool:
    begin, end = (_minute(text) for text in span.split("-"))
    return begin <= minute < end if begin < end else minute >= begin or minute < end


def _minute(text: str) -> int:
    hour, _, minute = text.partition(":")
    return int(hour) * 60 + int(minute)
