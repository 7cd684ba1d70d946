"""Land parcels and addresses (宗地与地址) of the sample city."""

from __future__ import annotations

from typing import Final

import numpy as np

from shutong.sample_city import codes
from shutong.sample_city.columns import Columns, blanked, chosen, dates, money
from shutong.sample_city.people import TODAY
from shutong.sample_city.randomness import picks, stream, take, weighted
from shutong.sample_city.world import ADDRESS, ENTERPRISE, World

PARCEL: Final = "natural-resources.land-parcel"
_ALLOCATED, _MORTGAGED, _OUT_OF_USE = 0.2, 0.25, 0.03
_TERMS: Final = (40, 50, 70)
"""Years of the right to use land by purpose."""


def parcel_columns(world: World) -> Columns:
    """Return the parcels 宗地, each held by a company."""
    addresses, companies = world.addresses, world.companies
    size = world.counts[PARCEL].total
    chance = stream(world.seed, "parcels")
    where = chance.permutation(world.settled(ADDRESS))
    where = np.resize(where, size)
    holder = chance.choice(world.settled(ENTERPRISE), size)
    regions = addresses.regions(where)
    parts = chance.integers(1, 20, (size, 2)).tolist()
    allocated = chance.random(size) < _ALLOCATED
    registered = TODAY - chance.integers(30, 6000, size).astype("timedelta64[D]")
    years = np.array(picks(chance, _TERMS, size))
    numbers = [
        f"赣({day[:4]})景德镇市不动产权第{serial:07d}号"
        for serial, day in enumerate(dates(registered), start=1)
    ]
    return {
        "parcel_code": [
            f"{region}{a:03d}{b:03d}GB{serial:05d}"
            for serial, (region, (a, b)) in enumerate(zip(regions, parts, strict=True), start=1)
        ],
        "location": take(addresses.full, where),
        "region_code": regions,
        "land_use": weighted(chance, codes.LAND_USES, size),
        "area": money(chance.integers(20_000, 9_000_000, size)),
        "right_holder": take(companies.name, holder),
        "right_holder_credit_code": take(companies.code, holder),
        "right_kind": chosen(allocated, "划拨", "出让"),
        "certificate_number": numbers,
        "registered_on": dates(registered),
        "use_until": blanked(dates(registered + (years * 365).astype("timedelta64[D]")), allocated),
        "mortgaged": chosen(chance.random(size) < _MORTGAGED, codes.YES, codes.NO),
        "longitude": take(addresses.longitude, where),
        "latitude": take(addresses.latitude, where),
    }


def address_columns(world: World) -> Columns:
    """Return the standard addresses 标准地址."""
    addresses = world.addresses
    size = len(addresses)
    chance = stream(world.seed, "signs")
    return {
        "address_code": list(addresses.code),
        "full_address": list(addresses.full),
        "region_code": addresses.regions(np.arange(size)),
        "town": list(addresses.town),
        "community": list(addresses.community),
        "road": list(addresses.road),
        "house_number": list(addresses.house_number),
        "longitude": list(addresses.longitude),
        "latitude": list(addresses.latitude),
        "set_up_on": dates(TODAY - chance.integers(30, 4000, size).astype("timedelta64[D]")),
        "in_use": chosen(chance.random(size) < _OUT_OF_USE, codes.NO, codes.YES),
    }
