"""Awards and penalties (奖惩信用) of the sample city, as two departments record them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from shutong.sample_city import codes, words
from shutong.sample_city.authorities import HUMAN_RESOURCES, LAND, MARKET, REFORM, TAXATION
from shutong.sample_city.columns import Columns, blanked, dates, past_moments
from shutong.sample_city.people import TODAY
from shutong.sample_city.randomness import picks, stream, take
from shutong.sample_city.world import ENTERPRISE, World

CREDIT: Final = "development-reform.award-penalty"
CASES: Final = "market-regulation.penalty"
_AWARDS: Final = 0.3
_SHOWN: Final = np.timedelta64(3 * 365, "D")
"""公示期: penalties are shown for three years at most."""


def credit_columns(world: World) -> Columns:
    """Return the records of the credit office: of all departments but market regulation."""
    size = world.counts[CREDIT].total
    awarded = stream(world.seed, "awards").random(size) < _AWARDS
    return _records(world, CREDIT, "XY", awarded)


def case_columns(world: World) -> Columns:
    """Return the penalties of market regulation."""
    size = world.counts[CASES].total
    return _records(world, CASES, "SCJG", np.zeros(size, dtype=bool))


def _records(world: World, resource: str, prefix: str, awarded: NDArray[np.bool_]) -> Columns:
    companies, size = world.companies, len(awarded)
    chance = stream(world.seed, "records", resource)
    who = chance.choice(world.settled(ENTERPRISE), size)
    decided = np.sort(TODAY - chance.integers(1, 1500, size).astype("timedelta64[D]"))
    days, awards = dates(decided), awarded.tolist()
    others = (HUMAN_RESOURCES, TAXATION, LAND, REFORM)
    authorities = [MARKET] * size if resource == CASES else picks(chance, others, size)
    matters = {
        True: picks(chance, words.MATTERS["award"], size),
        False: picks(chance, words.MATTERS["penalty"], size),
    }
    cents = (np.exp(chance.normal(9.2, 1.1, size)).astype(np.int64) + 100) * 100
    given = picks(chance, codes.AWARDS, size)
    taken = picks(chance, (codes.WARNING, codes.FINE), size)
    kinds = [g if award else t for award, g, t in zip(awards, given, taken, strict=True)]
    serials = list(range(1, size + 1))
    numbers = [f"{prefix}{day[:4]}{serial:08d}" for day, serial in zip(days, serials, strict=True)]
    amounts = [f"{c // 100}.00" for c in cents.tolist()]
    return {
        "XH": serials,
        "CASEID": serials,
        "record_number": numbers,
        "kind": kinds,
        "credit_code": take(companies.code, who),
        "name": take(companies.name, who),
        "document_number": [
            f"景{'奖' if award else '罚'}决字〔{day[:4]}〕{serial}号"
            for award, day, serial in zip(awards, days, serials, strict=True)
        ],
        "matter": [matters[award][i] for i, award in enumerate(awards)],
        "amount": blanked(amounts, np.array(kinds) != codes.FINE),
        "decided_on": days,
        "public_until": dates(decided + _SHOWN),
        "authority": [authority.name for authority in authorities],
        "authority_credit_code": [authority.credit_code for authority in authorities],
        "region_code": companies.regions(who),
        "recorded_at": past_moments(chance, size, decided),
    }
