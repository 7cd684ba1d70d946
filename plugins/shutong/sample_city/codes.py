"""Codes the sample city uses (代码), each a value of its table under `schemas/codes/`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from shutong.sample_city.authorities import HUMAN_RESOURCES, LAND, MARKET, POLICE, Authority

YES: Final = "1"
NO: Final = "0"

ETHNIC_GROUPS: Final = {
    "01": 96.0,
    "03": 1.0,
    "11": 0.6,
    "06": 0.5,
    "08": 0.4,
    "15": 0.5,
    "22": 1.0,
}
UYGUR: Final = "05"
"""Of the people whose names are written with an interpunct."""
UNMARRIED, MARRIED, WIDOWED, DIVORCED = "10", "20", "30", "40"
EDUCATION: Final = {"20": 12.0, "30": 16.0, "60": 18.0, "70": 34.0, "80": 18.0, "90": 2.0}
PRIMARY: Final = "80"
RELATIONS: Final = {
    "head": "02",
    "spouse": "10",
    "son": "20",
    "daughter": "30",
    "father": "51",
    "mother": "52",
}

ENTERPRISE_TYPES: Final = {"151": 2.0, "159": 13.0, "160": 5.0, "173": 72.0, "174": 8.0}
LAND_USES: Final = {"0601": 30.0, "0701": 30.0, "0505": 15.0, "0604": 10.0, "05": 15.0}
TAX_TYPES: Final = {
    "10101": 45.0,
    "10104": 15.0,
    "10106": 10.0,
    "10109": 15.0,
    "10111": 10.0,
    "30203": 5.0,
}
INSURANCE_TYPES: Final = ("110", "210", "310")
"""Pension, unemployment and medical insurance, as each insured person has them."""
DISABILITY_KINDS: Final = ("1", "2", "3", "4", "5", "6", "7")
DISABILITY_GRADES: Final = {"1": 12.0, "2": 24.0, "3": 30.0, "4": 34.0}
PROJECT_KINDS: Final = {"1": 10.0, "2": 15.0, "3": 75.0}
PROJECT_STAGES: Final = ("10", "20", "30", "40", "50", "60")
AWARDS: Final = ("11", "12")
WARNING, FINE = "21", "22"


@dataclass(frozen=True, slots=True)
class LicenceKind:
    """A kind of licence (证照类型) with the authority that gives it out."""

    code: str
    name: str
    short: str
    """First characters of its numbers."""
    issuer: Authority
    unlimited: bool = False
    """Without an end of validity."""


LICENCES: Final = (
    LicenceKind("11", "食品经营许可证", "JY", MARKET),
    LicenceKind("12", "食品生产许可证", "SC", MARKET),
    LicenceKind("14", "医疗器械经营许可证", "赣景食药监械经营许", MARKET),
    LicenceKind("42", "人力资源服务许可证", "RLFW", HUMAN_RESOURCES),
    LicenceKind("43", "劳务派遣经营许可证", "LWPQ", HUMAN_RESOURCES),
    LicenceKind("31", "建设用地规划许可证", "地字第", LAND, unlimited=True),
    LicenceKind("32", "建设工程规划许可证", "建字第", LAND, unlimited=True),
    LicenceKind("44", "特种行业许可证", "TZHY", POLICE, unlimited=True),
)
