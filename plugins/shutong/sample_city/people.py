"""The people of the sample city in their households (人口): every number right, none real."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shutong.sample_city import words
from shutong.sample_city.digits import citizen_numbers
from shutong.sample_city.places import COUNTIES, Addresses
from shutong.sample_city.randomness import picks, stream, take, weighted_positions

Ints = NDArray[np.int64]

TODAY: Final = np.datetime64("2026-01-05")
"""The city's first day: nobody is born after it."""
MALE: Final = 1
FEMALE: Final = 2
_HOUSEHOLD_SIZES: Final = {1: 0.18, 2: 0.26, 3: 0.27, 4: 0.17, 5: 0.08, 6: 0.04}
HEAD, SPOUSE, ELDER_CHILD, CHILD, FATHER, MOTHER = range(6)
"""Places in a household; everyone but the head is named by the kinship to the head."""
OLD: Final = 60
"""Age from which people die in this city, and draw pensions."""
_NEWCOMER_CODES: Final = ("361128", "361130", "362330", "360103", "330106", "420106", "440106")
"""People who married or moved in keep the number of the place that issued it."""
_NEWCOMERS: Final = 0.06
_HEADS_MALE: Final = 0.75
_CHILDREN_MALE: Final = 0.51
_DECEASED: Final = 0.02
_UNDER_FORMER_CODE: Final = 0.7
"""Many an elder got the number with the reform of 1984 and later, under the newer code."""
_ONE_CHARACTER: Final = 0.15
_DOUBLE_SURNAME: Final = 0.005
_RARE_CHARACTER: Final = 0.004
_DOTTED: Final = 0.001
_SEQUENCES: Final = 499
"""Sequence numbers of one sex, region and day."""
_FORMER_REGIONS: Final = {
    "360202": ((1983, "360202"), (1988, "360211")),
    "360203": ((1983, "360201"),),
    "360222": ((1983, "360222"), (1988, "360212")),
    "360281": ((1983, "362332"), (1992, "360221")),
}
"""County codes of earlier years, alive inside citizen numbers: (before this year, code)."""


@dataclass(frozen=True, slots=True)
class People:
    """People column by column (人口): position i is one person in every column."""

    number: list[str]
    """Citizen number (公民身份号码)."""
    name: list[str]
    sex: Ints
    born: NDArray[np.datetime64]
    age: Ints
    household: Ints
    place: Ints
    """Place in the household: HEAD … MOTHER."""
    head: Ints
    """Position of the household's head."""
    address: Ints
    """Position of the household's address."""
    county: Ints
    """Position in COUNTIES."""
    phone: list[str]
    alive: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.number)

    def regions(self, positions: Ints) -> list[str]:
        """Return the county codes of the people at `positions`."""
        return take([county.region for county in COUNTIES], self.county[positions])


def make_people(seed: int, size: int, addresses: Addresses, homes: int) -> People:
    """Return `size` people in households that live at the first `homes` of `addresses`."""
    household, place = _households(seed, size)
    first = np.flatnonzero(place == HEAD)
    head = first[household]
    address = stream(seed, "homes").integers(0, homes, len(first))[household]
    county = addresses.county[address]
    sex = _sexes(seed, household, place)
    age = _ages(seed, household, place)
    born = _birth_days(seed, age)
    chance = stream(seed, "lives")
    alive = (age < OLD) | (chance.random(size) > _DECEASED) | (place == HEAD)
    return People(
        number=citizen_numbers(_bodies(seed, county, born, sex)),
        name=_names(seed, sex, place, head),
        sex=sex,
        born=born,
        age=age,
        household=household,
        place=place,
        head=head,
        address=address,
        county=county,
        phone=phones(chance, size),
        alive=alive,
    )


def phones(chance: np.random.Generator, size: int) -> list[str]:
    """Return mobile numbers (手机号码)."""
    prefixes = picks(chance, ("138", "139", "150", "159", "177", "186", "191"), size)
    rest = chance.integers(0, 10**8, size).tolist()
    return [f"{prefix}{number:08d}" for prefix, number in zip(prefixes, rest, strict=True)]


def _households(seed: int, size: int) -> tuple[Ints, Ints]:
    """Return household and place in it of each person; the last household may be cut."""
    chance = stream(seed, "households")
    sizes = 1 + weighted_positions(chance, list(_HOUSEHOLD_SIZES.values()), size)
    ends = np.cumsum(sizes)
    count = int(np.searchsorted(ends, size)) + 1
    sizes = sizes[:count]
    household = np.repeat(np.arange(count), sizes)[:size]
    place = (np.arange(len(household)) - (ends[:count] - sizes)[household]).astype(np.int64)
    return household, place


def _sexes(seed: int, household: Ints, place: Ints) -> Ints:
    chance = stream(seed, "sexes")
    head_is_male = (chance.random(int(household[-1]) + 1) < _HEADS_MALE)[household]
    male = chance.random(len(place)) < _CHILDREN_MALE
    for where, value in ((HEAD, head_is_male), (SPOUSE, ~head_is_male)):
        male = np.where(place == where, value, male)
    male = (male | (place == FATHER)) & (place != MOTHER)
    return np.where(male, MALE, FEMALE).astype(np.int64)


def _ages(seed: int, household: Ints, place: Ints) -> Ints:
    """Return ages in years that fit together inside each household."""
    chance = stream(seed, "ages")
    heads = chance.integers(26, 75, int(household[-1]) + 1)[household]
    size = len(place)
    spouse = np.maximum(heads + chance.integers(-4, 5, size), 23)
    child = np.maximum(heads - chance.integers(22, 38, size), chance.integers(0, 6, size))
    parent = np.minimum(heads + chance.integers(21, 29, size), 99)
    ages = np.choose(place, [heads, spouse, child, child, parent, parent])
    return ages.astype(np.int64)


def _birth_days(seed: int, age: Ints) -> NDArray[np.datetime64]:
    chance = stream(seed, "birthdays")
    days = age * 365.25 + chance.integers(1, 365, len(age))
    born = TODAY - days.astype(np.int64).astype("timedelta64[D]")
    return np.asarray(born, dtype="datetime64[D]")


def _bodies(seed: int, county: Ints, born: NDArray[np.datetime64], sex: Ints) -> Ints:
    """Return 17-digit bodies, no two alike: region, day of birth, sequence by sex."""
    months = born.astype("datetime64[M]")
    years = born.astype("datetime64[Y]").astype(np.int64) + 1970
    month = months.astype(np.int64) % 12 + 1
    day = (born - months).astype(np.int64) + 1
    front = _number_regions(seed, county, years) * 10**8 + years * 10**4 + month * 100 + day
    group = front * 2 + sex % 2
    order = np.argsort(group, kind="stable")
    _, first, sizes = np.unique(group[order], return_index=True, return_counts=True)
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - np.repeat(first, sizes)
    sequence = (rank * 7 + group % _SEQUENCES) % _SEQUENCES * 2 + sex % 2
    return np.asarray(front * 1000 + sequence, dtype=np.int64)


def _number_regions(seed: int, county: Ints, years: Ints) -> Ints:
    """Return the region codes inside citizen numbers: of the birth year, today's, elsewhere's."""
    chance = stream(seed, "numbers")
    region = np.array([int(c.region) for c in COUNTIES])[county]
    for position, place in enumerate(COUNTIES):
        after = -1
        for until, code in _FORMER_REGIONS[place.region]:
            then = (county == position) & (years >= after) & (years < until)
            kept = then & (chance.random(len(region)) < _UNDER_FORMER_CODE)
            region = np.where(kept, int(code), region)
            after = until
    elsewhere = np.array(picks(chance, _NEWCOMER_CODES, len(region)), dtype=np.int64)
    region = np.where(chance.random(len(region)) < _NEWCOMERS, elsewhere, region)
    return np.asarray(region, dtype=np.int64)


def _names(seed: int, sex: Ints, place: Ints, head: Ints) -> list[str]:
    chance = stream(seed, "names")
    size = len(sex)
    family = _family_names(chance, place, head)
    letters = len(words.MALE_GIVEN) * len(words.FEMALE_GIVEN)
    first = chance.integers(0, letters, size).tolist()
    second = chance.integers(0, letters, size).tolist()
    single = (chance.random(size) < _ONE_CHARACTER).tolist()
    given = [words.MALE_GIVEN if s == MALE else words.FEMALE_GIVEN for s in sex.tolist()]
    parts = zip(family, given, first, second, single, strict=True)
    names = [f + g[a % len(g)] + ("" if s else g[b % len(g)]) for f, g, a, b, s in parts]
    for i in np.flatnonzero(chance.random(size) < _RARE_CHARACTER).tolist():
        names[i] = family[i] + words.RARE_GIVEN[i % len(words.RARE_GIVEN)]
    for i in np.flatnonzero(chance.random(size) < _DOTTED).tolist():
        names[i] = words.DOTTED_NAMES[i % len(words.DOTTED_NAMES)]
    return names


def _family_names(chance: np.random.Generator, place: Ints, head: Ints) -> list[str]:
    """Return surnames: children and the father bear the head's."""
    surname = picks(chance, words.SURNAMES, len(place))
    for i in np.flatnonzero(chance.random(len(place)) < _DOUBLE_SURNAME).tolist():
        surname[i] = words.DOUBLE_SURNAMES[i % len(words.DOUBLE_SURNAMES)]
    of_head = np.isin(place, (ELDER_CHILD, CHILD, FATHER))
    return take(surname, np.where(of_head, head, np.arange(len(place))))
