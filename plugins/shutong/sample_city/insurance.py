"""Social insurance (社会保险): who is insured where, and what employers may get back."""

from __future__ import annotations

from typing import Final

import numpy as np

from shutong.sample_city import codes
from shutong.sample_city.columns import Columns, Ints, blanked, chosen, dates, money, past_moments
from shutong.sample_city.companies import ADULT
from shutong.sample_city.people import OLD, TODAY
from shutong.sample_city.randomness import stream, take
from shutong.sample_city.world import RESIDENT, World

PARTICIPATION: Final = "human-resources.participation"
EMPLOYER: Final = "human-resources.employer"
_STOPPED, _IN_ARREARS = 0.08, 0.06
_KINDS: Final = len(codes.INSURANCE_TYPES)


def choose_insured(world: World) -> tuple[Ints, Ints]:
    """Return the insured people and the company that employs each of them.

    Employers are the first companies; each has one insured person at least.
    """
    people, settled = world.people, world.settled(RESIDENT)
    chance = stream(world.seed, "insured")
    working = (people.age[settled] >= ADULT) & (people.age[settled] < OLD)
    persons = -(-world.counts[PARTICIPATION].total // _KINDS)
    who = chance.permutation(settled[working])[:persons]
    employers = world.counts[EMPLOYER].base
    large = (chance.random(len(who)) ** 2.5 * employers).astype(np.int64)
    order = np.arange(len(who))
    return who, np.where(order < employers, order, large)


def participation_columns(world: World, who: Ints, employer: Ints) -> Columns:
    """Return the insurance register 参保, a row for each person and kind of insurance."""
    people, companies = world.people, world.companies
    size = world.counts[PARTICIPATION].total
    row = np.arange(size)
    person, company = who[row // _KINDS], employer[row // _KINDS]
    chance = stream(world.seed, "participation")
    base = chance.integers(3_000, 15_000, len(who))[row // _KINDS] * 100
    months = np.minimum(
        chance.integers(1, 300, len(who))[row // _KINDS], (people.age[person] - 20) * 12
    )
    stopped = (chance.random(len(who)) < _STOPPED)[row // _KINDS]
    began = TODAY - (months * 31).astype("timedelta64[D]")
    through = np.where(stopped, np.datetime64("2025-06-01"), np.datetime64("2025-12-01"))
    return {
        "AAC001": (person + 1_000_000).tolist(),
        "id_number": take(people.number, person),
        "insurance_type": [codes.INSURANCE_TYPES[i] for i in (row % _KINDS).tolist()],
        "name": take(people.name, person),
        "employer_credit_code": take(companies.code, company),
        "employer_name": take(companies.name, company),
        "participated_on": dates(began),
        "monthly_base": money(base),
        "months_insured": months.tolist(),
        "paid_through": blanked(dates(through), months <= 1),
        "insured": chosen(stopped, codes.NO, codes.YES),
        "region_code": companies.regions(company),
        "updated_at": past_moments(chance, size, began),
    }


def employer_columns(world: World, who: Ints, employer: Ints) -> Columns:
    """Return what the refund of unemployment insurance 稳岗返还 is decided by."""
    companies, size = world.companies, world.counts[EMPLOYER].total
    order = np.arange(size)
    chance = stream(world.seed, "employers")
    base_people = world.counts[PARTICIPATION].base // _KINDS
    now = np.bincount(employer[:base_people], minlength=size)[:size]
    before = np.maximum(now + chance.integers(-2, 3, size), 1)
    rate = np.maximum(before - now, 0) * 10_000 // before
    owing = chance.random(size) < _IN_ARREARS
    age = (TODAY - companies.founded[order]).astype(np.int64) // 31
    return {
        "credit_code": companies.code[:size],
        "name": companies.name[:size],
        "months_insured": np.minimum(chance.integers(6, 240, size), age).tolist(),
        "insured_last_year": before.tolist(),
        "insured_now": now.tolist(),
        "layoff_rate": money(rate),
        "unemployment_paid_last_year": money(now * chance.integers(30_000, 90_000, size)),
        "arrears": money(owing * chance.integers(10_000, 2_000_000, size)),
        "in_arrears": chosen(owing, codes.YES, codes.NO),
        "calculated_on": ["2025-12-31"] * size,
        "region_code": companies.regions(order),
    }
