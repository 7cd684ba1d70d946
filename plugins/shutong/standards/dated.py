"""Rules that depend on the row's own day (按日期判断的规则), whole columns at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from shutong.standards.regions import region_valid
from shutong.standards.workdays import is_working_day

if TYPE_CHECKING:
    import pyarrow as pa

_YEAR: Final = 10_000
"""More than any year: a code's number and a year make one number."""


def regions_in_force(codes: pa.Array, days: pa.Array) -> pa.Array:
    """Say whether each code named a region on its row's day (行政区划代码当日有效性).

    In: texts and days (or moments) of equal length; out: booleans, null where either is missing.
    The tables know years: each code is looked up once a year.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    coded = codes.dictionary_encode()
    years = pc.year(days).fill_null(0).to_numpy().astype(np.int64)
    numbers = coded.indices.fill_null(0).to_numpy().astype(np.int64)
    pairs, places = np.unique(numbers * _YEAR + years, return_inverse=True)
    texts = coded.dictionary.to_pylist()
    told = [
        bool(texts) and texts[pair // _YEAR] is not None and _in_force(texts, pair)
        for pair in pairs.tolist()
    ]
    found = np.asarray(told, dtype=np.bool_)[places.reshape(-1)]
    missing = pc.or_(pc.is_null(codes), pc.is_null(days)).to_numpy(zero_copy_only=False)
    return pa.array(found, mask=missing)


def _in_force(texts: list[str], pair: int) -> bool:
    number, year = divmod(pair, _YEAR)
    # Any day of the year: the tables know no finer.
    return year > 0 and region_valid(texts[number], date(year, 7, 1))


def free_days(years: Iterable[int]) -> list[date]:
    """Return every day of some years on which offices are closed (非工作日).

    YearMissing, which names it, for a year whose holidays are not known.
    """
    return [day for year in sorted(set(years)) for day in _days_of(year, _is_free)]


def _is_free(day: date) -> bool:
    return not is_working_day(day)


def _days_of(year: int, wanted: Callable[[date], bool]) -> list[date]:
    first = date(year, 1, 1).toordinal()
    last = date(year, 12, 31).toordinal()
    return [day for day in map(date.fromordinal, range(first, last + 1)) if wanted(day)]


def years_of(days: Any) -> list[int]:
    """Return the years that a column's days lie in, each once (涉及年份)."""
    import pyarrow.compute as pc

    return [year for year in pc.unique(pc.year(days)).to_pylist() if year is not None]
