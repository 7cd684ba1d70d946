"""What changes about a row when a day passes (一日变更): always to another value."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from shutong.sample_city import codes


def _flipped(value: Any) -> str:
    return codes.NO if value == codes.YES else codes.YES


def _more(yuan: str) -> Callable[[Any], str]:
    return lambda value: str(Decimal(value) + Decimal(yuan))


def _renumbered(value: Any) -> str:
    """Return another phone number."""
    number = value or "13900000000"
    return number[:-1] + str((int(number[-1]) + 1) % 10)


def _next_stage(value: Any) -> str:
    stages = codes.PROJECT_STAGES
    return stages[(stages.index(value) + 1) % len(stages)]


CHANGES: Final[dict[str, tuple[str, Callable[[Any], str]]]] = {
    "public-security.resident": ("phone", _renumbered),
    "changjiang.low-income-family": ("monthly_aid", _more("50.00")),
    "zhushan.low-income-family": ("monthly_aid", _more("50.00")),
    "fuliang.low-income-family": ("monthly_aid", _more("50.00")),
    "leping.low-income-family": ("monthly_aid", _more("50.00")),
    "disabled-federation.disabled-person": ("rehabilitation_needed", _flipped),
    "poverty-relief.poor-person": ("yearly_income", _more("500.00")),
    "market-regulation.enterprise": ("registered_capital", _more("1000000.00")),
    "natural-resources.land-parcel": ("mortgaged", _flipped),
    "natural-resources.address": ("in_use", _flipped),
    "service-center.licence": ("valid", _flipped),
    "development-reform.project": ("stage", _next_stage),
    "human-resources.participation": ("monthly_base", _more("300.00")),
    "human-resources.employer": ("unemployment_paid_last_year", _more("1000.00")),
}
"""By resource id: the item that changes, and what becomes of its value."""
