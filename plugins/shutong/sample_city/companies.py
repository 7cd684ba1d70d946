"""The companies of the sample city (企业法人): each with a legal representative who lives here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shutong.sample_city import words
from shutong.sample_city.digits import CREDIT_ALPHABET, credit_code
from shutong.sample_city.people import OLD, TODAY, People
from shutong.sample_city.places import COUNTIES, Addresses
from shutong.sample_city.randomness import picks, stream, take

Ints = NDArray[np.int64]

ADULT: Final = 22
_STEP: Final = 104_729
"""A prime: multiples of it walk once through every code and every name before they repeat."""
_SUFFIXES: Final = ("有限公司", "有限责任公司", "股份有限公司")


@dataclass(frozen=True, slots=True)
class Companies:
    """Companies column by column (企业): position i is one company in every column."""

    code: list[str]
    """Unified social credit code (统一社会信用代码)."""
    name: list[str]
    trade: list[str]
    section: list[str]
    """Section of GB/T 4754-2017."""
    representative: Ints
    """Position of the legal representative among the people."""
    address: Ints
    county: Ints
    founded: NDArray[np.datetime64]

    def __len__(self) -> int:
        return len(self.code)

    def regions(self, positions: Ints) -> list[str]:
        """Return the county codes of the companies at `positions`."""
        return take([county.region for county in COUNTIES], self.county[positions])


def make_companies(
    seed: int, size: int, people: People, settled: Ints, addresses: Addresses, homes: int
) -> Companies:
    """Return `size` companies at the first `homes` of `addresses`.

    Their legal representatives are adults among the `settled` people.
    """
    chance = stream(seed, "companies")
    adults = settled[(people.age[settled] >= ADULT) & (people.age[settled] < OLD)]
    address = chance.integers(0, homes, size)
    county = addresses.county[address]
    trades = picks(chance, tuple(words.TRADES), size)
    days = chance.integers(200, 9000, size).astype("timedelta64[D]")
    return Companies(
        code=_codes(seed, county),
        name=_company_names(seed, trades),
        trade=trades,
        section=[words.TRADES[trade] for trade in trades],
        representative=adults[chance.integers(0, len(adults), size)],
        address=address,
        county=county,
        founded=np.asarray(TODAY - days, dtype="datetime64[D]"),
    )


def _codes(seed: int, county: Ints) -> list[str]:
    start = int(stream(seed, "codes").integers(0, len(CREDIT_ALPHABET) ** 6))
    regions = take([c.region for c in COUNTIES], county)
    return [
        credit_code("91", region, "MA" + _six((start + i * _STEP) % len(CREDIT_ALPHABET) ** 6))
        for i, region in enumerate(regions)
    ]


def _six(number: int) -> str:
    """Return a number below 31^6 in six characters of the credit code's alphabet."""
    text = ""
    for _ in range(6):
        number, digit = divmod(number, len(CREDIT_ALPHABET))
        text = CREDIT_ALPHABET[digit] + text
    return text


def _company_names(seed: int, trades: list[str]) -> list[str]:
    """Return names, no two alike: brands are walked through without repeat."""
    first, last = words.BRAND_FIRST, words.BRAND_LAST
    brands = len(first) * len(last) * len(first)
    start = int(stream(seed, "brands").integers(0, brands))
    names = []
    for i, trade in enumerate(trades):
        round_, number = divmod(i, brands)
        rest, a = divmod((start + number * _STEP) % brands, len(first))
        c, b = divmod(rest, len(last))
        brand = first[a] + first[c] + last[b] + ("" if round_ == 0 else f"{round_ + 1}")
        names.append(f"景德镇市{brand}{trade}{_SUFFIXES[i % len(_SUFFIXES)]}")
    return names
