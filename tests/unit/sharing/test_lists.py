"""The lists are made from catalog and ledger, in three forms that hold the same."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from tests.unit.sharing import city
from tests.unit.sharing.test_clocks import MONDAY, City

from shutong.audit import AuditTrail
from shutong.catalog import load_catalog
from shutong.sharing import observe
from shutong.sharing.list_files import write_lists
from shutong.sharing.lists import CityList, city_lists, systems

EVIL = '=HYPERLINK("http://x","<script>alert(1)</script>")'


@pytest.fixture
def town(tmp_path: Path) -> City:
    return City(city.build(tmp_path / "city"), tmp_path / "build")


def lists(town: City, day: date | None = None) -> tuple[CityList, ...]:
    town.look(day)
    catalog = load_catalog(town.root)
    return city_lists(catalog, town.ledger, observe(catalog, town.ledger), town.day)


def cells(listed: CityList) -> list[dict[str, Any]]:
    names = [column.id for column in listed.columns]
    return [dict(zip(names, row, strict=True)) for row in listed.rows]


def granted(town: City, **changes: Any) -> None:
    city.ask(town.root, submitted_on=MONDAY.isoformat(), **changes)
    city.review(town.root)


def test_a_grant_is_a_responsibility_from_its_decision_to_its_end(town: City) -> None:
    rows = [{"column": "region_code", "operator": "in", "value": ["360202", "360203"]}]
    granted(town, period={"from": "2026-05-01", "until": "2026-12-31"}, rows=rows)
    (row,) = cells(lists(town)[0])
    assert (row["provider"], row["consumer"]) == ("civil局", "federation局")
    assert row["decided_by"] == "civil局"
    assert row["items"] == "公民身份号码、姓名、区划"
    assert row["masks"] == "公民身份号码: 公民身份号码保留地址码; 姓名: 姓名保留首字"
    assert row["rows"] == "区划 属于 360202、360203"
    assert (row["mode"], row["valid_from"]) == ("文件", date(2026, 5, 1))
    assert lists(town, date(2026, 12, 31))[0].rows
    assert lists(town, date(2027, 1, 1))[0].rows == ()


def test_a_demand_stands_from_its_submission_with_its_state(town: City) -> None:
    city.ask(town.root)
    assert lists(town)[1].rows == ()
    city.ask(town.root, submitted_on=MONDAY.isoformat())
    (row,) = cells(lists(town)[1])
    assert (row["state"], row["due"]) == ("已提交, 待审核", date(2026, 3, 16))
    assert lists(town)[0].rows == ()
    city.review(town.root, "refused")
    (row,) = cells(lists(town)[1])
    assert (row["state"], row["due"]) == ("不同意共享", None)


def test_the_files_hold_the_same_and_nothing_in_them_runs(town: City, tmp_path: Path) -> None:
    granted(town, scenario=EVIL)
    folder = tmp_path / "lists"
    made = lists(town)
    written = write_lists(made, folder, town.ledger, town.day, "li")
    assert len(written) == 9
    assert {path.stat().st_mode & 0o077 for path in written} == {0}
    sheet = openpyxl.load_workbook(folder / "数据共享责任清单.xlsx").worksheets[0]
    below = list(sheet.iter_rows(min_row=2))[-1]
    assert {cell.data_type for cell in below} <= {"s", "d", "n", "inlineStr"}
    text = (folder / "数据共享责任清单.csv").read_text(encoding="utf-8-sig")
    header, row = csv.reader(text.splitlines())
    assert header == [column.title for column in made[0].columns]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
    page = (folder / "数据共享责任清单.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "http" not in page.replace(EVIL.split('"')[1], "")
    assert "2026-03-01" in page
    event = AuditTrail(town.ledger).events("lists")[-1]
    assert (event.action, event.actor) == ("lists.written", "li")
    assert "数据共享责任清单.xlsx" in event.facts


def test_the_city_s_systems_are_listed_with_their_departments() -> None:
    root = Path(__file__).resolve().parents[3]
    catalog = load_catalog(root)
    listed = cells(systems(catalog))
    assert len(listed) == len(catalog.systems)
    names = {declared.value.name for declared in catalog.departments.values()}
    assert {row["department"] for row in listed} <= names
    assert sum(row["resources"] for row in listed) == len(catalog.resources)
