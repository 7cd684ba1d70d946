"""The registers of people who get aid (救助与帮扶): low income, poverty, disability, adoption."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shutong.sample_city import codes, words
from shutong.sample_city.columns import (
    Columns,
    Ints,
    blanked,
    chosen,
    dates,
    money,
    past_moments,
)
from shutong.sample_city.people import CHILD, ELDER_CHILD, HEAD, TODAY, People
from shutong.sample_city.places import COUNTIES
from shutong.sample_city.randomness import picks, stream, take, weighted
from shutong.sample_city.residents import relations
from shutong.sample_city.world import RESIDENT, World

POOR: Final = "poverty-relief.poor-person"
DISABLED: Final = "disabled-federation.disabled-person"
ADOPTION: Final = "civil-affairs.adoption"
_RURAL: Final = (0, 2, 3)
"""Counties with registered poor households: 昌江, 浮梁, 乐平."""
_BOTH: Final = 0.6
"""How much sooner a low-income household is on the list of poor households as well."""
_MINOR, _INFANT = 18, 6
_ADOPTED_BY: Final = 13
_NO_PHONE, _STILL_POOR, _NEEDS_REHABILITATION = 0.1, 0.05, 0.4


@dataclass(frozen=True, slots=True)
class Aided:
    """Positions of the people who get aid (救助对象), whole households together."""

    low_income: tuple[Ints, ...]
    """By county, in the order of COUNTIES."""
    poor: Ints

    @property
    def all_low_income(self) -> Ints:
        """Return the low-income people of the whole city."""
        return np.concatenate(self.low_income)


def low_income_resource(county: int) -> str:
    """Return the id of the low-income resource of a county, by its position in COUNTIES."""
    return f"{COUNTIES[county].code}.low-income-family"


def choose_aided(world: World) -> Aided:
    """Choose the households that get aid, among the settled people."""
    people, settled = world.people, len(world.settled(RESIDENT))
    households = int(people.household[settled - 1]) + 1
    turn = stream(world.seed, "aid").random(households)
    low_income = tuple(
        _members(people, people.county[:settled] == county, turn, size)
        for county in range(len(COUNTIES))
        for size in [world.counts[low_income_resource(county)].total]
    )
    listed = np.zeros(households, dtype=bool)
    listed[people.household[np.concatenate(low_income)]] = True
    sooner = stream(world.seed, "poverty").random(households) - _BOTH * listed
    rural = np.isin(people.county[:settled], _RURAL)
    return Aided(low_income, _members(people, rural, sooner, world.counts[POOR].total))


def _members(
    people: People, wanted: NDArray[np.bool_], turn: NDArray[np.float64], size: int
) -> Ints:
    """Return `size` living people of wanted households, in the households' turn."""
    candidates = np.flatnonzero(wanted & people.alive[: len(wanted)])
    order = np.lexsort((candidates, turn[people.household[candidates]]))
    return candidates[order][:size]


def low_income_columns(world: World, who: Ints, county: int) -> Columns:
    """Return the low-income register of a county."""
    people, size = world.people, len(who)
    chance = stream(world.seed, "low income", county)
    household = people.household[who]
    _, family, members = np.unique(household, return_inverse=True, return_counts=True)
    per_head = chance.integers(20_000, 70_000, len(members))
    causes = picks(chance, words.CAUSES, len(members))
    approved = TODAY - chance.integers(40, 2500, len(members)).astype("timedelta64[D]")
    prefix = f"DB{COUNTIES[county].region}"
    towns = take(world.addresses.town, people.address[who])
    return {
        "ROW_NO": list(range(1, size + 1)),
        "family_number": [f"{prefix}{number:08d}" for number in household.tolist()],
        "id_number": take(people.number, who),
        "name": take(people.name, who),
        "relation": relations(people, who),
        "head_id_number": take(people.number, people.head[who]),
        "region_code": people.regions(who),
        "town": towns,
        "address": take(world.addresses.full, people.address[who]),
        "members": members[family].tolist(),
        "urban": [codes.YES if town.endswith("街道") else codes.NO for town in towns],
        "cause": take(causes, family),
        "monthly_aid": money((per_head * members)[family]),
        "approved_on": dates(approved[family]),
        "valid_until": dates(np.full(size, np.datetime64("2026-12-31"))),
        "phone": blanked(take(people.phone, people.head[who]), chance.random(size) < _NO_PHONE),
    }


def poor_columns(world: World, aided: Aided) -> Columns:
    """Return the register of poor households 建档立卡."""
    people, who = world.people, aided.poor
    chance = stream(world.seed, "poor")
    household = people.household[who]
    _, family = np.unique(household, return_inverse=True)
    families = int(family.max()) + 1
    registered = np.datetime64("2014-06-30") + chance.integers(0, 900, families).astype(
        "timedelta64[D]"
    )
    lifted = np.datetime64("2016-12-31") + chance.integers(0, 1400, families).astype(
        "timedelta64[D]"
    )
    still = (chance.random(families) < _STILL_POOR)[family]
    low = np.isin(household, people.household[aided.all_low_income])
    return {
        "household_number": [f"3602{number:010d}" for number in household.tolist()],
        "id_number": take(people.number, who),
        "name": take(people.name, who),
        "relation": relations(people, who),
        "region_code": people.regions(who),
        "town": take(world.addresses.town, people.address[who]),
        "village": take(world.addresses.community, people.address[who]),
        "registered_on": dates(registered[family]),
        "lifted_on": blanked(dates(lifted[family]), still),
        "cause": take(picks(chance, words.CAUSES, families), family),
        "yearly_income": money(chance.integers(350_000, 1_800_000, families)[family]),
        "low_income_family": chosen(low, codes.YES, codes.NO),
        "phone": blanked(take(people.phone, people.head[who]), chance.random(len(who)) < _NO_PHONE),
        "BFZRR": ["驻村工作队"] * len(who),
    }


def disabled_columns(world: World, aided: Aided) -> Columns:
    """Return the register of disabled persons: small children and the poor more often."""
    people = world.people
    chance = stream(world.seed, "disabled")
    settled = world.settled(RESIDENT)
    weight = people.alive[settled].astype(float)
    weight[people.age[settled] <= _INFANT] *= 2
    weight[np.isin(settled, np.concatenate([aided.all_low_income, aided.poor]))] *= 4
    size = world.counts[DISABLED].total
    who = chance.choice(settled, size, replace=False, p=weight / weight.sum())
    kinds = picks(chance, codes.DISABILITY_KINDS, size)
    grades = weighted(chance, codes.DISABILITY_GRADES, size)
    numbers = take(people.number, who)
    issued = TODAY - chance.integers(1, 3000, size).astype("timedelta64[D]")
    issued = np.maximum(issued, people.born[who])
    minor = people.age[who] < _MINOR
    guarded = minor & (people.place[who] != HEAD)
    return {
        "id_number": numbers,
        "certificate_number": ["".join(p) for p in zip(numbers, kinds, grades, strict=True)],
        "name": take(people.name, who),
        "sex": [str(sex) for sex in people.sex[who].tolist()],
        "birth_date": dates(people.born[who]),
        "disability_kind": kinds,
        "disability_grade": grades,
        "region_code": people.regions(who),
        "address": take(world.addresses.full, people.address[who]),
        "guardian_name": blanked(take(people.name, people.head[who]), ~guarded),
        "guardian_phone": blanked(take(people.phone, people.head[who]), ~guarded),
        "rehabilitation_needed": chosen(
            minor | (chance.random(size) < _NEEDS_REHABILITATION), codes.YES, codes.NO
        ),
        "issued_on": dates(issued),
        "valid_until": dates(issued + np.timedelta64(3652, "D")),
        "updated_at": past_moments(chance, size, issued),
    }


def adoption_columns(world: World) -> Columns:
    """Return the register of adoptions: a child of a household, taken by its head."""
    people, settled = world.people, world.settled(RESIDENT)
    chance = stream(world.seed, "adoptions")
    child = np.isin(people.place[settled], (ELDER_CHILD, CHILD))
    children = chance.permutation(settled[child & (people.age[settled] <= _ADOPTED_BY)])
    who = children[: world.counts[ADOPTION].total]
    registered = people.born[who] + chance.integers(0, 400, len(who)).astype("timedelta64[D]")
    registered = np.minimum(registered, TODAY)
    regions = people.regions(who)
    names = {county.region: county.name for county in COUNTIES}
    return {
        "registration_number": [
            f"{region}({day[:4]})收字第{number:05d}号"
            for number, (region, day) in enumerate(
                zip(regions, dates(registered), strict=True), start=1
            )
        ],
        "adopter_name": take(people.name, people.head[who]),
        "adopter_id_number": take(people.number, people.head[who]),
        "adoptee_name": take(people.name, who),
        "adoptee_id_number": take(people.number, who),
        "registered_on": dates(registered),
        "authority": [f"{names[region]}民政局" for region in regions],
        "region_code": regions,
    }
