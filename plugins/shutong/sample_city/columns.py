"""Columns as a front-end machine stores them (源表取值): text that is exact, or whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Value = str | int | None
Columns = dict[str, list[Any]]
"""Columns by key of the source table, all of the same length."""
Ints = NDArray[np.int64]
Days = NDArray[np.datetime64]

# Front-ends keep wall clocks without a zone, and so do these.
FIRST_EVENING: Final = datetime(2026, 1, 5, 18, 0, 0)  # noqa: DTZ001
"""When the city is handed over: no row was changed after it, and some rows just then."""
_SINCE: Final = datetime(2016, 1, 1, 8, 0, 0)  # noqa: DTZ001


def evening(day: int) -> datetime:
    """Return the end of a day in the city's own calendar; day 0 is the hand-over."""
    return FIRST_EVENING + timedelta(days=day)


def clock_text(moment: datetime) -> str:
    """Return a date-time as the front-ends store it."""
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def dates(days: Days) -> list[str]:
    """Return days as YYYY-MM-DD."""
    texts: list[str] = days.astype("datetime64[D]").astype(str).tolist()
    return texts


def money(cents: Ints) -> list[str]:
    """Return amounts in yuan with two digits behind the point."""
    return [f"{amount // 100}.{amount % 100:02d}" for amount in cents.tolist()]


def past_moments(chance: np.random.Generator, size: int, after: Days | None = None) -> list[str]:
    """Return date-times before the hand-over and, where given, not before the days of `after`."""
    end = np.datetime64(FIRST_EVENING, "s")
    begin = np.full(size, np.datetime64(_SINCE, "s"))
    if after is not None:
        begin = np.minimum(np.maximum(begin, after.astype("datetime64[s]")), end - 3600)
    seconds = (end - begin).astype(np.int64)
    moments = begin + (chance.random(size) * seconds).astype(np.int64).astype("timedelta64[s]")
    return [text.replace("T", " ") for text in np.datetime_as_string(moments, unit="s").tolist()]


def blanked(values: Sequence[Value], blank: NDArray[np.bool_]) -> list[Value]:
    """Return the values with NULL where `blank`."""
    pairs = zip(values, blank.tolist(), strict=True)
    return [None if empty else value for value, empty in pairs]


def chosen(yes: NDArray[np.bool_], if_yes: str, if_no: str) -> list[str]:
    """Return one of two texts for each row."""
    return [if_yes if value else if_no for value in yes.tolist()]
