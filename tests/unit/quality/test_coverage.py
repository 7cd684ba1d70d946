"""Which items of a standard no rule speaks of."""

from __future__ import annotations

from pathlib import Path

from tests.unit.quality.test_checking import City

from shutong.catalog import load_catalog
from shutong.quality import uncovered_items


def uncovered(city: City) -> list[tuple[str, int, str]]:
    found = uncovered_items(load_catalog(city.root), city.suites)
    return [(fault.file, fault.line, fault.fact.en) for fault in found]


def test_an_item_without_any_rule_is_told_where_it_is_declared(tmp_path: Path) -> None:
    city = City(tmp_path)
    assert uncovered(city) == []
    path = tmp_path / "schemas/population/people.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "  - {name: note, title: 备注, type: M}\n", encoding="utf-8")

    ((file, line, words),) = uncovered(city)

    assert file == "schemas/population/people.yaml"
    assert line == len(text.splitlines()) + 1
    assert words == "no rule speaks of item 'note'"


def test_an_item_in_a_list_of_columns_or_in_a_row_condition_is_spoken_of(tmp_path: Path) -> None:
    city = City(tmp_path)
    path = tmp_path / "schemas/population/people.yaml"
    text = path.read_text(encoding="utf-8")
    more = "".join(f"  - {{name: {name}, title: 备注, type: M}}\n" for name in ("a", "b"))
    path.write_text(text + more, encoding="utf-8")
    city.add("expect_compound_columns_to_be_unique", {"rule": "y"}, column_list=["a", "name"])
    city.add("expect_column_values_to_not_be_null", column="name", row_condition='col("b") == "1"')

    assert uncovered(city) == []
