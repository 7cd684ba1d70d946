"""Regions have a history, and the city's table says the same in code and in YAML."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from shutong.catalog.models import CodeTable
from shutong.standards.regions import (
    CITY_REGIONS,
    is_of_city,
    issued_region,
    issued_regions,
    region_name,
    region_valid,
)

NOW = date(2026, 3, 1)
REGION_TABLE = Path(__file__).parents[3] / "schemas" / "codes" / "region.yaml"


@pytest.mark.parametrize("code", ["360200", "360202", "360203", "360222", "360281"])
def test_the_citys_regions_of_today_are_in_force(code: str) -> None:
    assert region_valid(code, NOW)


@pytest.mark.parametrize("code", ["360201", "360211", "360212", "360221", "362332"])
def test_the_citys_retired_codes_are_no_regions_any_more(code: str) -> None:
    assert not region_valid(code, NOW)
    assert is_of_city(code)
    assert issued_region(code)


@pytest.mark.parametrize(
    ("day", "in_force"),
    [
        (date(1982, 7, 1), "362332"),
        (date(1987, 7, 1), "360221"),
        (date(1995, 7, 1), "360281"),
    ],
)
def test_leping_had_three_codes_one_after_the_other(day: date, in_force: str) -> None:
    held = {code for code in ("362332", "360221", "360281") if region_valid(code, day)}
    assert held == {in_force}


def test_in_the_year_of_change_both_codes_hold() -> None:
    assert region_valid("360221", date(1992, 1, 1))
    assert region_valid("360281", date(1992, 12, 31))


def test_fuliang_is_a_county_only_since_1988() -> None:
    assert not region_valid("360222", date(1987, 12, 31))
    assert region_valid("360222", date(1988, 1, 1))


def test_the_nations_regions_are_known_with_their_years() -> None:
    assert region_valid("310115", NOW)
    assert not region_valid("310225", NOW)  # 南汇县, until 2001
    assert region_valid("310225", date(1999, 1, 1))
    assert region_valid("330113", NOW)  # 临平区, since 2021
    assert not region_valid("330113", date(2019, 1, 1))
    assert not region_valid("321119", NOW)


@pytest.mark.parametrize("text", ["", "36", "3602020", "36020a", "360299", "\uff13\uff16" * 3])
def test_what_is_no_code_is_no_region(text: str) -> None:
    assert not region_valid(text, NOW)
    assert region_name(text) is None
    assert not is_of_city(text)
    assert not issued_region(text)


def test_a_region_has_its_newest_name() -> None:
    assert region_name("360281") == "乐平市"
    assert region_name("360111") == "青山湖区"  # 郊区 until 2001


def test_other_cities_are_not_ours() -> None:
    assert not is_of_city("360102")
    assert is_of_city("360202")


def test_the_regions_of_citizen_numbers_are_a_small_share_of_all_codes() -> None:
    assert 50_000 < len(issued_regions()) < 60_000
    assert all(len(code) == 6 and code.isdigit() for code in issued_regions())


def test_the_code_table_of_regions_says_what_the_rules_say() -> None:
    table = CodeTable.model_validate(yaml.safe_load(REGION_TABLE.read_text(encoding="utf-8")))
    declared = {(v.code, v.title, v.since, v.until) for v in table.values}
    assert declared == {(r.code, r.name, r.since, r.until) for r in CITY_REGIONS}
