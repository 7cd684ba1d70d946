"""Working days by the State Council's calendar (工作日), make-up Saturdays and Sundays included.

The State Council publishes each year's holidays late in the year before. A date beyond what is
known is an error that names the missing year: never a guess by the days of the week.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from shutong.errors import CatalogFaulty, Text

CITY_ZONE: Final = ZoneInfo("Asia/Shanghai")
"""Where the city's days begin and end."""
_ONE_DAY: Final = timedelta(days=1)


class YearMissing(CatalogFaulty):
    """The holidays of a year are not known here (缺少年度放假安排)."""

    @property
    def year(self) -> str:
        """The missing year, as it stands in the place."""
        return self.place.rpartition(" ")[2]


def is_working_day(day: date) -> bool:
    """Say whether offices work on a day; YearMissing where its holidays are not known."""
    from chinese_calendar import is_workday

    try:
        return bool(is_workday(day))
    except NotImplementedError:
        raise YearMissing(
            Text(
                f"工作日历没有 {day.year} 年的放假安排",
                f"the calendar of working days does not hold the year {day.year}",
            ),
            place=f"chinesecalendar {day.year}",
            next_step=Text(
                f"国务院办公厅公布 {day.year} 年放假安排后, 更新软件包 chinesecalendar",
                f"update the package chinesecalendar once the holidays of {day.year} are published",
            ),
        ) from None


def deadline(start: date, days: int) -> date:
    """Return the last day of a term of `days` working days that begins on `start` (届满日).

    The day it begins is not counted (民法典第二百零一条). ValueError for a negative term;
    YearMissing where the calendar ends before the term does.
    """
    if days < 0:
        raise ValueError(days)
    day = start
    while days:
        day += _ONE_DAY
        days -= is_working_day(day)
    return day


def working_days_between(start: date, end: date) -> int:
    """Return the working days after `start` up to and with `end` (相隔工作日).

    Negative where `end` lies before `start`. YearMissing for days the calendar does not hold.
    """
    if end < start:
        return -working_days_between(end, start)
    return sum(map(is_working_day, _days_after(start, end)))


def city_day(moment: datetime | None = None) -> date:
    """Return the day in the city at a moment with a zone, or now (本市日期)."""
    return (moment or datetime.now(UTC)).astimezone(CITY_ZONE).date()


def _days_after(start: date, end: date) -> Iterator[date]:
    for number in range((end - start).days):
        yield start + _ONE_DAY * (number + 1)
