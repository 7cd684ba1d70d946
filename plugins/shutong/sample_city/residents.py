"""The population register (户籍人口) of the sample city."""

from __future__ import annotations

from typing import Final

import numpy as np

from shutong.sample_city import codes, words
from shutong.sample_city.columns import (
    Columns,
    Ints,
    blanked,
    chosen,
    dates,
    past_moments,
)
from shutong.sample_city.people import (
    CHILD,
    ELDER_CHILD,
    FATHER,
    HEAD,
    MALE,
    MOTHER,
    OLD,
    SPOUSE,
    TODAY,
    People,
)
from shutong.sample_city.places import COUNTIES
from shutong.sample_city.randomness import picks, stream, take, weighted
from shutong.sample_city.world import World

_MARRIES: Final = 24
_HAS_PHONE: Final = 14
_SCHOOL: Final = 7
_GROWN: Final = 20
_RENAMED, _MOVED_IN, _SINGLE, _NO_NATIVE_PLACE = 0.03, 0.1, 0.2, 0.05
_POLICE: Final = {
    "360202": "景德镇市公安局昌江分局",
    "360203": "景德镇市公安局珠山分局",
    "360222": "浮梁县公安局",
    "360281": "乐平市公安局",
}


def resident_columns(world: World) -> Columns:
    """Return the population register, a row for each of the city's people."""
    people, size = world.people, len(world.people)
    chance = stream(world.seed, "residents")
    everyone = np.arange(size)
    regions = people.regions(everyone)
    other_names = blanked(people.name[::-1], chance.random(size) > _RENAMED)
    moved = TODAY - chance.integers(1, 6000, size).astype("timedelta64[D]")
    came = (chance.random(size) < _MOVED_IN) & (moved > people.born)
    native = blanked(regions, chance.random(size) < _NO_NATIVE_PLACE)
    return {
        "id_number": list(people.number),
        "name": list(people.name),
        "former_name": other_names,
        "sex": [str(sex) for sex in people.sex.tolist()],
        "ethnic_group": _ethnic_groups(world),
        "birth_date": dates(people.born),
        "native_place_region": native,
        "region_code": regions,
        "household_number": household_numbers(people, everyone),
        "household_relation": relations(people, everyone),
        "household_address": take(world.addresses.full, people.address),
        "police_station": _police_stations(world, regions),
        "marital_status": _marital_statuses(world),
        "education": _educations(world),
        "phone": blanked(people.phone, people.age < _HAS_PHONE),
        "moved_in_on": blanked(dates(moved), ~came),
        "deceased": chosen(people.alive, codes.NO, codes.YES),
        "ZPBH": [f"ZP{position:010d}" for position in range(size)],
        "updated_at": past_moments(chance, size, people.born),
    }


def household_numbers(people: People, positions: Ints) -> list[str]:
    """Return the household numbers 户号 of the people at `positions`."""
    return [f"2{number:09d}" for number in people.household[positions].tolist()]


def relations(people: People, positions: Ints) -> list[str]:
    """Return the kinship to the head 与户主关系 of the people at `positions`."""
    kin = codes.RELATIONS
    by_place = {HEAD: kin["head"], SPOUSE: kin["spouse"]}
    by_place |= {FATHER: kin["father"], MOTHER: kin["mother"]}
    children = {True: kin["son"], False: kin["daughter"]}
    pairs = zip(people.place[positions].tolist(), people.sex[positions].tolist(), strict=True)
    return [
        children[sex == MALE] if place in (ELDER_CHILD, CHILD) else by_place[place]
        for place, sex in pairs
    ]


def _ethnic_groups(world: World) -> list[str]:
    chance = stream(world.seed, "ethnic groups")
    groups = weighted(chance, codes.ETHNIC_GROUPS, len(world.people))
    dotted = set(words.DOTTED_NAMES)
    pairs = zip(groups, world.people.name, strict=True)
    return [codes.UYGUR if name in dotted else group for group, name in pairs]


def _police_stations(world: World, regions: list[str]) -> list[str]:
    towns = take(world.addresses.town, world.people.address)
    short = {town: town.rstrip("镇乡").removesuffix("街道") for c in COUNTIES for town in c.towns}
    return [f"{_POLICE[r]}{short[town]}派出所" for r, town in zip(regions, towns, strict=True)]


def _marital_statuses(world: World) -> list[str]:
    """Return who is married: spouses are, heads where a spouse lives with them, others by age."""
    people = world.people
    chance = stream(world.seed, "marriages")
    sizes = np.bincount(people.household)
    paired = (people.place == SPOUSE) | ((people.place == HEAD) & (sizes[people.household] > 1))
    later = picks(chance, (codes.WIDOWED, codes.DIVORCED), len(people))
    single = chance.random(len(people)) < _SINGLE
    rows = zip(paired.tolist(), people.age.tolist(), single.tolist(), later, strict=True)
    return [
        codes.MARRIED
        if married
        else codes.UNMARRIED
        if age < _MARRIES or (alone and age < OLD)
        else status
        for married, age, alone, status in rows
    ]


def _educations(world: World) -> list[str | None]:
    people = world.people
    levels = weighted(stream(world.seed, "schools"), codes.EDUCATION, len(people))
    grown = zip(levels, people.age.tolist(), strict=True)
    return [
        None if age < _SCHOOL else codes.PRIMARY if age < _GROWN else level for level, age in grown
    ]
