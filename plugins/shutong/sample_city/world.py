"""The sample city as facts that belong together (样例城市), before any department wrote them down.

A city is made up whole from its seed and scale, with the newcomers of its later days: the
same numbers come out on every machine, and a day is the next slice of what is there already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shutong.sample_city.companies import Companies, make_companies
from shutong.sample_city.people import People, make_people
from shutong.sample_city.places import Addresses, make_addresses
from shutong.sample_city.sizes import MAX_DAYS, SIZES, Daily

Ints = NDArray[np.int64]

RESIDENT: Final = "public-security.resident"
ENTERPRISE: Final = "market-regulation.enterprise"
ADDRESS: Final = "natural-resources.address"
_SETTLED: Final = {RESIDENT: 0.85, ENTERPRISE: 0.9, ADDRESS: 0.9}
"""Share that other registers refer to; the others may move away, or are written down wrongly."""


@dataclass(frozen=True, slots=True)
class Count:
    """Rows of a resource (行数): at the beginning, and those that later days add."""

    base: int
    daily: Daily

    @property
    def total(self) -> int:
        """Return the rows that are ever written, the last day's included."""
        return self.base + MAX_DAYS * (self.daily.inserted + self.daily.late)


@dataclass(frozen=True, slots=True)
class World:
    """The city (样例城市)."""

    seed: int
    scale: float
    counts: dict[str, Count]
    addresses: Addresses
    people: People
    companies: Companies

    def settled(self, resource: str) -> Ints:
        """Return the positions of the people, companies or addresses others refer to."""
        return np.arange(settled_count(resource, self.counts))


def settled_count(resource: str, counts: dict[str, Count]) -> int:
    """Return how many of the first rows of a resource others refer to; 0 where none do."""
    return int(counts[resource].base * _SETTLED.get(resource, 0))


def make_world(seed: int, scale: float) -> World:
    """Return the city of `seed` at `scale` (1.0 is some 207,000 rows)."""
    counts = {
        resource: Count(size.at(scale), size.daily.scaled(scale))
        for resource, size in SIZES.items()
    }
    homes = settled_count(ADDRESS, counts)
    addresses = make_addresses(seed, counts[ADDRESS].total)
    people = make_people(seed, counts[RESIDENT].total, addresses, homes)
    settled = np.arange(settled_count(RESIDENT, counts))
    companies = make_companies(seed, counts[ENTERPRISE].total, people, settled, addresses, homes)
    return World(seed, scale, counts, addresses, people, companies)
