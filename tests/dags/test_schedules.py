"""Update cycles become times of the night, each resource at its own minute."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shutong.catalog.models import UpdateCycle
from shutong.dag_builder.schedules import cron_of


@pytest.mark.parametrize(
    ("cycle", "days"),
    [
        (UpdateCycle.DAILY, "* * *"),
        (UpdateCycle.WEEKLY, "* * 1"),
        (UpdateCycle.MONTHLY, "1 * *"),
        (UpdateCycle.QUARTERLY, "1 1,4,7,10 *"),
        (UpdateCycle.HALF_YEARLY, "1 1,7 *"),
        (UpdateCycle.YEARLY, "1 1 *"),
    ],
)
def test_each_cycle_has_its_days(cycle: UpdateCycle, days: str) -> None:
    cron = cron_of("public-security.resident", cycle)
    assert cron is not None
    assert cron.split(" ", 2)[2] == days


def test_other_cycles_wait_for_a_person() -> None:
    assert cron_of("a.b", UpdateCycle.OTHER) is None


def test_real_time_means_every_five_minutes() -> None:
    cron = cron_of("a.b", UpdateCycle.REAL_TIME)
    assert cron is not None
    assert cron.endswith("-59/5 * * * *")


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz.-", min_size=3, max_size=30))
def test_every_resource_starts_between_one_and_five_at_a_minute_of_its_own(name: str) -> None:
    cron = cron_of(name, UpdateCycle.DAILY)
    assert cron is not None
    minute, hour = cron.split(" ")[:2]
    assert 0 <= int(minute) < 60
    assert 1 <= int(hour) < 5
    assert cron == cron_of(name, UpdateCycle.DAILY)
