"""How many rows each resource of the sample city has (规模), and how many change in a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MAX_DAYS: Final = 60
"""So many days a city can live on: its newcomers are made up with it."""


@dataclass(frozen=True, slots=True)
class Daily:
    """What one day changes at scale 1 (一日变动); 0 stays 0 at any scale, 1 is the least else."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    late: int = 0
    """Rows inserted with a cursor value from before the day (迟到提交)."""

    def scaled(self, scale: float) -> Daily:
        """Return the day's changes at `scale`."""
        return Daily(*(_scaled(n, scale) for n in self._counts()))

    def _counts(self) -> tuple[int, int, int, int]:
        return self.inserted, self.updated, self.deleted, self.late


@dataclass(frozen=True, slots=True)
class Size:
    """Rows of a resource (行数)."""

    rows: int
    """At scale 1."""
    floor: int
    """Fewest rows at any scale, so that one dirty row of each kind stays within tolerance."""
    daily: Daily = Daily()

    def at(self, scale: float) -> int:
        """Return the rows at `scale`."""
        return max(self.floor, round(self.rows * scale))


SIZES: Final[dict[str, Size]] = {
    "public-security.resident": Size(60_000, 4_000, Daily(30, 60, 10, 3)),
    "changjiang.low-income-family": Size(1_000, 400, Daily(0, 4, 1)),
    "zhushan.low-income-family": Size(1_000, 400, Daily(0, 4, 1)),
    "fuliang.low-income-family": Size(1_200, 400, Daily(0, 4, 1)),
    "leping.low-income-family": Size(1_800, 400, Daily(0, 6, 1)),
    "disabled-federation.disabled-person": Size(3_600, 600, Daily(4, 6, 1, 1)),
    "poverty-relief.poor-person": Size(4_000, 500, Daily(0, 10, 3)),
    "civil-affairs.adoption": Size(300, 250, Daily(1)),
    "market-regulation.enterprise": Size(8_000, 1_400, Daily(8, 15, 2, 2)),
    "market-regulation.penalty": Size(1_500, 500, Daily(6)),
    "natural-resources.land-parcel": Size(6_000, 600, Daily(3, 6, 1)),
    "natural-resources.address": Size(24_000, 1_600, Daily(10, 12, 2)),
    "service-center.licence": Size(14_000, 800, Daily(15, 20, 2, 3)),
    "taxation.payment": Size(36_000, 1_600, Daily(80)),
    "development-reform.project": Size(1_500, 600, Daily(3, 8, 1, 1)),
    "development-reform.award-penalty": Size(4_000, 800, Daily(10)),
    "human-resources.participation": Size(36_000, 1_800, Daily(40, 90, 6, 4)),
    "human-resources.employer": Size(3_000, 500, Daily(0, 10, 1)),
}
"""By resource id, in the order in which they are written: some 207,000 rows at scale 1."""


def _scaled(number: int, scale: float) -> int:
    return max(1, round(number * scale)) if number else 0
