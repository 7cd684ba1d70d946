"""The sample city's rows: clean ones keep every rule, dirty ones break exactly one."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from shutong.catalog.models import Dataset, Resource
from shutong.sample_city import City
from shutong.sample_city.dirt import DIRT
from shutong.sample_city.tables import TABLES
from shutong.standards.identifiers import birth_date_of, sex_of

from .conftest import Ask
from .rules_by_hand import Row, broken_rules, repeated_keys


def rows_of(folder: Path, resource: Resource) -> list[Row]:
    """Return the rows of a resource, by item."""
    source = resource.source
    columns = ", ".join(f'"{column}"' for column in source.columns.values())
    path = folder / "front_ends" / f"{source.front_end}.db"
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute(f'SELECT {columns} FROM "{source.table}"').fetchall()
    return [dict(zip(source.columns, row, strict=True)) for row in rows]


@pytest.mark.parametrize("resource_id", sorted(TABLES))
def test_every_dirty_row_breaks_one_rule_and_every_other_row_breaks_none(
    resource_id: str,
    city: City,
    city_folder: Path,
    resources: dict[str, Resource],
    datasets: dict[str, Dataset],
    codes: dict[str, set[str]],
) -> None:
    resource, expected = resources[resource_id], city.counts[resource_id]
    dataset = datasets[resource.dataset]
    rows = rows_of(city_folder, resource)
    repeated = repeated_keys(rows, dataset)
    found: Counter[str] = Counter()
    for row in rows:
        broken = list(broken_rules(row, dataset, codes))
        if tuple(row[key] for key in dataset.key) in repeated:
            broken.append(f"{dataset.key[0]}.unique")
        assert len(broken) <= 1, broken
        found.update(broken)
    assert found == expected.by_rule
    assert len(rows) == expected.rows
    assert sum(found.values()) == expected.dirty


@pytest.mark.parametrize("scale", [1.0, 0.01])
def test_dirty_rows_stay_below_each_resources_tolerance(
    scale: float, resources: dict[str, Resource]
) -> None:
    from shutong.sample_city.sizes import SIZES

    for resource_id, resource in resources.items():
        dirty = sum(fault.at(scale) for fault in DIRT[resource_id])
        rows = SIZES[resource_id].at(scale)
        assert 0 < dirty / rows < resource.tolerance.rejected_share * 0.9, resource_id
        if resource.source.load == "full":
            assert rows - dirty > resource.tolerance.min_rows, resource_id


def test_at_least_ten_kinds_of_fault_are_in_the_city(city: City) -> None:
    kinds = {kind for counts in city.counts.values() for kind in counts.by_kind}
    assert len(kinds) >= 10
    resident = city.counts["public-security.resident"]
    assert sum(resident.by_kind.values()) == sum(resident.by_item.values()) == resident.dirty


def test_the_whole_city_has_some_two_hundred_thousand_rows() -> None:
    from shutong.sample_city.sizes import SIZES

    assert 190_000 < sum(size.at(1.0) for size in SIZES.values()) < 220_000


def test_sex_and_birth_date_of_residents_agree_with_their_numbers(ask: Ask) -> None:
    rows = ask("SELECT SFZH, XB, CSRQ FROM public_security.T_RK_JBXX", "public-security")
    sound = [
        (number, sex, born)
        for number, sex, born in rows
        if len(number) == 18 and sex in "12" and born not in ("0000-00-00", "2024-02-30")
    ]
    assert len(sound) > 0.98 * len(rows)
    for number, sex, born in sound:
        assert sex_of(number) == sex
        assert str(birth_date_of(number)) == born


def test_names_with_rare_characters_and_interpuncts_are_in_the_city(ask: Ask) -> None:
    names = {n for (n,) in ask("SELECT XM FROM public_security.T_RK_JBXX", "public-security") if n}
    assert any(ord(char) > 0xFFFF for name in names for char in name)
    assert any("·" in name for name in names)


def test_retired_county_codes_are_alive_inside_citizen_numbers(ask: Ask) -> None:
    sql = "SELECT DISTINCT substr(SFZH, 1, 6) FROM public_security.T_RK_JBXX"
    found = {region for (region,) in ask(sql, "public-security")}
    assert {"362332", "360221", "360212", "360201"} <= found


def test_money_is_stored_as_exact_text_with_two_digits_behind_the_point(ask: Ask) -> None:
    rows = ask("SELECT SJJE, typeof(SJJE) FROM taxation.SB_ZSXX", "taxation")
    assert {kind for _, kind in rows} == {"text"}
    assert any(amount.endswith("0") for amount, _ in rows)
    sound = [amount for amount, _ in rows if not amount.endswith("元")]
    assert all(amount[-3] == "." for amount in sound)


def test_a_column_declared_decimal_would_have_lost_the_trailing_zero() -> None:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE t (a DECIMAL(12,2), b VARCHAR2(16))")
        database.execute("INSERT INTO t VALUES ('123.40', '123.40')")
        assert database.execute("SELECT typeof(a), a, b FROM t").fetchone() == (
            "real",
            123.4,
            "123.40",
        )


def test_several_rows_share_the_largest_cursor_value(
    ask: Ask, resources: dict[str, Resource]
) -> None:
    for resource in resources.values():
        source = resource.source
        if source.load != "merge":
            continue
        front_end = source.front_end.removeprefix("fe-")
        sql = (
            f"SELECT {source.cursor}, count(*) FROM {front_end.replace('-', '_')}.{source.table} "
            "GROUP BY 1 ORDER BY 1 DESC LIMIT 1"
        )
        assert ask(sql, front_end) == [("2026-01-05 18:00:00", 3)], source.table
