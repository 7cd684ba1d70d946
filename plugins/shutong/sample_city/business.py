"""The registers of companies (企业登记、证照、纳税、投资项目) of the sample city."""

from __future__ import annotations

from typing import Final

import numpy as np

from shutong.sample_city import codes, words
from shutong.sample_city.columns import (
    Columns,
    Days,
    Ints,
    blanked,
    chosen,
    dates,
    money,
    past_moments,
)
from shutong.sample_city.people import TODAY
from shutong.sample_city.places import COUNTIES
from shutong.sample_city.randomness import picks, stream, take, weighted
from shutong.sample_city.world import ENTERPRISE, World

LICENCE: Final = "service-center.licence"
PAYMENT: Final = "taxation.payment"
PROJECT: Final = "development-reform.project"
_LIMITED_TERM, _CLOSED, _LANDLINE, _REVOKED = 0.3, 0.04, 0.5, 0.03
_LATE_FEE, _UNAPPROVED = 0.05, 0.1
_YUAN, _WAN = 100, 1_000_000
"""Cents of one yuan and of ten thousand."""
_OFFICES: Final = {
    "360202": "景德镇市昌江区",
    "360203": "景德镇市珠山区",
    "360222": "浮梁县",
    "360281": "乐平市",
}


def enterprise_columns(world: World) -> Columns:
    """Return the register of enterprises 企业法人登记."""
    companies, people = world.companies, world.people
    size, everyone = len(companies), np.arange(len(companies))
    chance = stream(world.seed, "enterprises")
    regions = companies.regions(everyone)
    approved = np.minimum(
        companies.founded + chance.integers(0, 3000, size).astype("timedelta64[D]"), TODAY
    )
    landline = [f"0798-8{number:06d}" for number in chance.integers(0, 10**6, size).tolist()]
    mobile = take(people.phone, companies.representative)
    has_landline = (chance.random(size) < _LANDLINE).tolist()
    return {
        "PRIPID": list(range(100_001, 100_001 + size)),
        "credit_code": list(companies.code),
        "name": list(companies.name),
        "enterprise_type": weighted(chance, codes.ENTERPRISE_TYPES, size),
        "industry": list(companies.section),
        "legal_representative": take(people.name, companies.representative),
        "legal_representative_id_number": take(people.number, companies.representative),
        "registered_capital": money(chance.integers(3, 5000, size) * _WAN),
        "established_on": dates(companies.founded),
        "approved_on": dates(approved),
        "operating_from": dates(companies.founded),
        "operating_until": blanked(
            dates(companies.founded + np.timedelta64(365 * 30, "D")),
            chance.random(size) > _LIMITED_TERM,
        ),
        "region_code": regions,
        "address": take(world.addresses.full, companies.address),
        "registration_authority": [f"{_OFFICES[region]}市场监督管理局" for region in regions],
        "business_scope": [
            f"{trade}; 法律法规许可的其他经营活动(依法须经批准的项目, 经批准后方可开展)"
            for trade in companies.trade
        ],
        "in_operation": chosen(chance.random(size) < _CLOSED, codes.NO, codes.YES),
        "phone": [a if h else b for h, a, b in zip(has_landline, landline, mobile, strict=True)],
        "updated_at": past_moments(chance, size, approved),
    }


def licence_columns(world: World) -> Columns:
    """Return the electronic licences 电子证照 of companies."""
    companies, size = world.companies, world.counts[LICENCE].total
    chance = stream(world.seed, "licences")
    who = _some_companies(world, chance, size)
    kinds = picks(chance, codes.LICENCES, size)
    issued = _after(world, chance, who)
    years = chance.integers(3, 11, size)
    until = issued + (years * 365).astype("timedelta64[D]")
    numbers = [
        f"{kind.short}3602{day[:4]}{serial:08d}"
        for serial, (kind, day) in enumerate(zip(kinds, dates(issued), strict=True), start=1)
    ]
    return {
        "id": list(range(1, size + 1)),
        "licence_number": numbers,
        "licence_type": [kind.code for kind in kinds],
        "licence_name": [kind.name for kind in kinds],
        "electronic_mark": [
            f"1.2.156.3005.2.{kind.issuer.credit_code}.{number}.001"
            for kind, number in zip(kinds, numbers, strict=True)
        ],
        "holder_name": take(companies.name, who),
        "holder_credit_code": take(companies.code, who),
        "issuer": [kind.issuer.name for kind in kinds],
        "issuer_credit_code": [kind.issuer.credit_code for kind in kinds],
        "issued_on": dates(issued),
        "valid_from": dates(issued),
        "valid_until": blanked(dates(until), np.array([kind.unlimited for kind in kinds])),
        "region_code": companies.regions(who),
        "valid": chosen((until < TODAY) | (chance.random(size) < _REVOKED), codes.NO, codes.YES),
        "updated_at": past_moments(chance, size, issued),
    }


def payment_columns(world: World) -> Columns:
    """Return the tax payments 税款入库, in the order in which they came in."""
    companies, size = world.companies, world.counts[PAYMENT].total
    chance = stream(world.seed, "payments")
    who = _some_companies(world, chance, size)
    months = np.sort(chance.integers(0, 23, size)).astype("timedelta64[M]")
    first: Days = np.asarray(np.datetime64("2024-01", "M") + months)
    month_after: Days = np.asarray(first + np.timedelta64(1, "M")).astype("datetime64[D]")
    days = chance.integers(0, 15, size).astype("timedelta64[D]")
    cents = np.exp(chance.normal(12.5, 1.6, size)).astype(np.int64) + 100
    late = (chance.random(size) < _LATE_FEE) * (cents // 500)
    regions = companies.regions(who)
    return {
        "XH": list(range(1_000_001, 1_000_001 + size)),
        "payment_number": [f"336026{number:012d}" for number in range(1, size + 1)],
        "credit_code": take(companies.code, who),
        "taxpayer_name": take(companies.name, who),
        "tax_type": weighted(chance, codes.TAX_TYPES, size),
        "period_from": dates(first),
        "period_until": dates(month_after - np.timedelta64(1, "D")),
        "amount": money(cents),
        "late_fee": money(late),
        "paid_on": dates(month_after + days),
        "tax_authority": [f"国家税务总局{_OFFICES[region]}税务局" for region in regions],
        "region_code": regions,
        "LRRY_DM": [f"136020{number:05d}" for number in chance.integers(0, 300, size).tolist()],
    }


def project_columns(world: World) -> Columns:
    """Return the investment projects 投资项目."""
    companies, size = world.companies, world.counts[PROJECT].total
    chance = stream(world.seed, "projects")
    who = _some_companies(world, chance, size)
    approved = _after(world, chance, who)
    start = approved + chance.integers(30, 400, size).astype("timedelta64[D]")
    regions, days = companies.regions(who), dates(approved)
    sections = chance.integers(10, 48, size).tolist()
    names = {county.region: county.name for county in COUNTIES}
    kinds = picks(chance, words.PROJECTS, size)
    phases = chance.integers(1, 4, size).tolist()
    serials = list(range(1, size + 1))
    rows = list(zip(days, regions, sections, serials, strict=True))
    numbers = [f"{_OFFICES[r]}发改备字〔{day[:4]}〕{serial}号" for day, r, _, serial in rows]
    return {
        "project_code": [f"{d[:4]}-{r}-{s}-03-{n:06d}" for d, r, s, n in rows],
        "name": [
            f"{names[region]}{kind}项目({phase}期)"
            for region, kind, phase in zip(regions, kinds, phases, strict=True)
        ],
        "owner_name": take(companies.name, who),
        "owner_credit_code": take(companies.code, who),
        "project_kind": weighted(chance, codes.PROJECT_KINDS, size),
        "stage": picks(chance, codes.PROJECT_STAGES, size),
        "industry": take(companies.section, who),
        "region_code": regions,
        "total_investment": money(chance.integers(50, 100_000, size) * _WAN),
        "approval_number": blanked(numbers, chance.random(size) < _UNAPPROVED),
        "approved_on": days,
        "planned_start": dates(start),
        "planned_finish": dates(start + chance.integers(200, 1100, size).astype("timedelta64[D]")),
        "updated_at": past_moments(chance, size, approved),
    }


def _some_companies(world: World, chance: np.random.Generator, size: int) -> Ints:
    """Return positions of companies that stay, with repeats."""
    return chance.choice(world.settled(ENTERPRISE), size).astype(np.int64)


def _after(world: World, chance: np.random.Generator, who: Ints) -> Days:
    """Return a day for each company between its founding and the city's first day."""
    founded = world.companies.founded[who]
    age = (TODAY - founded).astype(np.int64)
    drawn = (chance.random(len(who)) * age).astype(np.int64).astype("timedelta64[D]")
    return np.asarray(founded + drawn, dtype="datetime64[D]")
