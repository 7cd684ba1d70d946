"""The sample city (样例城市): made-up people and companies on embedded front-end machines.

Everything is deterministic by seed and scale, belongs together across departments, and is
dirty where `dirt.DIRT` says, so that every count of a run can be foretold.
"""

from __future__ import annotations

from shutong.sample_city.city import City, DayCounts, DayReport, ResourceCounts
from shutong.sample_city.columns import evening
from shutong.sample_city.create import create
from shutong.sample_city.days import pass_day

__all__ = [
    "City",
    "DayCounts",
    "DayReport",
    "ResourceCounts",
    "create",
    "evening",
    "pass_day",
]
