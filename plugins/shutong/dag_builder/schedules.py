"""When a resource is collected (归集时间表), by its update cycle."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from shutong.catalog.models import UpdateCycle

if TYPE_CHECKING:
    from airflow.sdk import CronTriggerTimetable

TIME_ZONE: Final = "Asia/Shanghai"
_NIGHT_BEGINS: Final = 1
_NIGHT_MINUTES: Final = 4 * 60

_DAYS: Final[dict[UpdateCycle, str]] = {
    UpdateCycle.DAILY: "* * *",
    UpdateCycle.WEEKLY: "* * 1",
    UpdateCycle.MONTHLY: "1 * *",
    UpdateCycle.QUARTERLY: "1 1,4,7,10 *",
    UpdateCycle.HALF_YEARLY: "1 1,7 *",
    UpdateCycle.YEARLY: "1 1 *",
}


def cron_of(resource_id: str, cycle: UpdateCycle) -> str | None:
    """Return the cron line of a resource in the city's time, None for runs by hand.

    Resources start spread over the small hours, each always at its own minute, so that the
    front-end machines and the exchange are not asked for everything at once.
    """
    if cycle is UpdateCycle.OTHER:
        return None
    spread = zlib.crc32(resource_id.encode()) % _NIGHT_MINUTES
    if cycle is UpdateCycle.REAL_TIME:
        return f"{spread % 5}-59/5 * * * *"
    return f"{spread % 60} {_NIGHT_BEGINS + spread // 60} {_DAYS[cycle]}"


def timetable_of(resource_id: str, cycle: UpdateCycle) -> CronTriggerTimetable | None:
    """Return the Airflow timetable of a resource, None for runs by hand."""
    from airflow.sdk import CronTriggerTimetable

    cron = cron_of(resource_id, cycle)
    return CronTriggerTimetable(cron, timezone=TIME_ZONE) if cron else None
