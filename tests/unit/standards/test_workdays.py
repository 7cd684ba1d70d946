"""Working days by the State Council's calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from shutong.standards.workdays import (
    YearMissing,
    city_day,
    deadline,
    is_working_day,
    working_days_between,
)


def test_a_make_up_saturday_is_a_working_day_and_a_holiday_on_a_friday_is_none() -> None:
    assert is_working_day(date(2026, 10, 10))  # Saturday, made up for the National Day
    assert not is_working_day(date(2026, 10, 2))  # Friday
    assert not is_working_day(date(2026, 11, 28))  # plain Saturday


def test_a_term_does_not_count_the_day_it_begins_and_passes_over_holidays() -> None:
    assert deadline(date(2026, 11, 25), 10) == date(2026, 12, 9)
    # National Day 1 to 7 October; Saturday the 10th is worked.
    assert deadline(date(2026, 9, 30), 3) == date(2026, 10, 10)
    assert deadline(date(2026, 9, 30), 0) == date(2026, 9, 30)


def test_a_term_that_begins_on_a_holiday_counts_from_the_first_working_day() -> None:
    assert deadline(date(2026, 10, 3), 1) == date(2026, 10, 8)


def test_working_days_between_are_those_of_the_term() -> None:
    start = date(2026, 9, 30)
    assert working_days_between(start, deadline(start, 7)) == 7
    assert working_days_between(date(2026, 10, 12), start) == -4
    assert working_days_between(start, start) == 0


def test_a_term_beyond_the_published_calendar_names_the_missing_year() -> None:
    with pytest.raises(YearMissing, match="2027"):
        deadline(date(2026, 12, 20), 10)
    with pytest.raises(YearMissing, match="2003"):
        is_working_day(date(2003, 6, 2))


def test_the_city_has_tomorrow_while_greenwich_has_yesterday_evening() -> None:
    assert city_day(datetime(2026, 11, 25, 17, 0, tzinfo=UTC)) == date(2026, 11, 26)
    assert city_day(datetime(2026, 11, 25, 15, 59, tzinfo=UTC)) == date(2026, 11, 25)
