"""The rows rejected are exactly those that fail, with exactly the rules they fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.integration.quality.staging import (
    TODAY,
    Bench,
    citizen_number,
    clean_rows,
    person,
    rejected_rows,
    results,
    rules_by_number,
)

from shutong.quality.importing import load_gx
from shutong.standards.identifiers import Verdict, citizen_number_verdict
from shutong.standards.predicates import is_mobile_phone, is_person_name

CODES_OF_SEX = ("0", "1", "2", "9")

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "number": st.none() | st.integers(0, 12),
            "id_number": st.none()
            | st.sampled_from([citizen_number(1), citizen_number(2)[:17] + "?", ""]),
            "name": st.none() | st.sampled_from(["王明", "王?", "", "阿不都克里木"]),
            "sex": st.none() | st.sampled_from(["1", "2", "7", ""]),
            "birth_date": st.none()
            | st.sampled_from([date(1990, 3, 7), date(1849, 12, 31), date(2026, 11, 24)]),
            "phone": st.none() | st.sampled_from(["13979800000", "1397980000"]),
            "income": st.none() | st.sampled_from([Decimal("-0.01"), Decimal(0)]),
        }
    ),
    min_size=1,
    max_size=25,
)


def expected_rules(row: Mapping[str, Any], repeated: Counter[int | None]) -> list[str]:
    """Say by plain Python which drafted rules a row fails, in the suite's order."""

    def has(item: str) -> bool:
        return row[item] is not None

    failed = {
        "key.unique": has("number") and repeated[row["number"]] > 1,
        "number.required": not has("number"),
        "id_number.required": not has("id_number"),
        "id_number.citizen_number": has("id_number")
        and citizen_number_verdict(row["id_number"], TODAY) is not Verdict.VALID,
        "name.required": not has("name"),
        "name.person_name": has("name") and not is_person_name(row["name"]),
        "name.length": has("name") and not 1 <= len(row["name"]) <= 5,
        "sex.code_table": has("sex") and row["sex"] not in CODES_OF_SEX,
        "birth_date.range": has("birth_date")
        and not date(1850, 1, 1) <= row["birth_date"] <= TODAY,
        "phone.mobile_phone": has("phone") and not is_mobile_phone(row["phone"]),
        "income.range": has("income") and row["income"] < 0,
    }
    return [rule for rule, fails in failed.items() if fails]


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    # A whole validation each: making a counterexample smaller would take minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(ROWS, st.integers(1, 9), st.integers(1, 4))
def test_rejected_are_exactly_the_rows_that_fail_with_their_rules(
    rows: list[dict[str, Any]], per_file: int, per_group: int
) -> None:
    people = [{**person(0), **row} for row in rows]
    repeated = Counter(row["number"] for row in people)
    expected = [(row, expected_rules(row, repeated)) for row in people]
    with TemporaryDirectory() as folder:
        bench = Bench(Path(folder), rows_per_file=per_file, rows_per_group=per_group)
        report = bench.judge(people)
        rejected, clean = rejected_rows(report), clean_rows(report)

    assert [(row["number"], row["_rules"]) for row in rejected] == [
        (None if row["number"] is None else str(row["number"]), rules)
        for row, rules in expected
        if rules
    ]
    assert [row["number"] for row in clean] == [
        row["number"] for row, rules in expected if not rules
    ]
    counts = Counter(rule for _, rules in expected for rule in rules)
    told = {name: result.failed_rows for name, result in results(report).items()}
    assert {name: count for name, count in told.items() if count} == counts
    assert report.rejected_rows == len(rejected)
    assert report.clean_rows + report.rejected_rows == report.rows == len(people)


def test_row_numbers_count_within_a_file_and_not_within_a_group(bench: Bench) -> None:
    bench.rows_per_file, bench.rows_per_group = 7, 3
    rows = [person(number) for number in range(20)]
    for number in (0, 6, 7, 12, 19):
        rows[number] = person(number, sex="7")

    report = bench.judge(rows)

    assert [row["number"] for row in rejected_rows(report)] == ["0", "6", "7", "12", "19"]
    assert [row["number"] for row in clean_rows(report)] == [
        number for number in range(20) if number not in (0, 6, 7, 12, 19)
    ]


def test_many_bad_rows_are_taken_out_as_exactly_as_few(bench: Bench) -> None:
    rows = [person(n, sex="7" if n % 3 else "1") for n in range(600)]

    report = bench.judge(rows)

    assert [row["number"] for row in clean_rows(report)] == list(range(0, 600, 3))
    assert [int(row["number"]) for row in rejected_rows(report)] == [n for n in range(600) if n % 3]


@pytest.mark.parametrize("in_memory", [0, 1000], ids=["grouped by DuckDB", "sorted in memory"])
def test_a_key_whose_hashes_meet_by_chance_is_not_taken_for_repeated(
    in_memory: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_gx()
    import sqlalchemy as sa

    from shutong.quality.engine import DuckDBExecutionEngine

    monkeypatch.setattr("shutong.quality.repeats._SORTED_ROWS", in_memory)
    engine = DuckDBExecutionEngine()
    try:
        # All values of a column share one hash: only comparing the values can tell.
        engine.raw.execute("CREATE MACRO hash(x) AS 1::UBIGINT")
        engine.raw.execute("CREATE TABLE t AS SELECT unnest(['a', 'b', 'c', 'b']) AS k")
        table = engine.repeats.of(sa.table("t"), ["k"])
        assert table is not None
        assert engine.raw.execute(f"SELECT * FROM {table}").fetchall() == [("b", 2)]
        engine.raw.execute("CREATE TABLE u AS SELECT unnest(['a', 'b']) AS k")
        assert engine.repeats.of(sa.table("u"), ["k"]) is None
        engine.raw.execute("CREATE TABLE w AS SELECT 'a' AS k WHERE false")
        assert engine.repeats.of(sa.table("w"), ["k"]) is None
    finally:
        engine.close()


def test_repeated_keys_are_found_alike_in_memory_and_by_grouping(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [person(n % 90) for n in range(100)]
    told = rules_by_number(bench.judge(rows))
    monkeypatch.setattr("shutong.quality.repeats._SORTED_ROWS", 50)

    assert rules_by_number(bench.judge(rows)) == told
    assert sorted(told) == list(range(10))


def test_rows_noted_while_they_were_counted_are_those_that_the_engine_finds(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.rows_per_file, bench.rows_per_group = 40, 7
    rows = [
        person(
            n,
            id_number=None if n % 11 == 0 else citizen_number(n)[: 17 if n % 5 == 0 else 18],
            phone=("1397980000", None, "13979800000")[n % 3],
        )
        for n in range(100)
    ]
    noted = bench.judge(rows)
    told, counts = rules_by_number(noted), results(noted)["phone.mobile_phone"].failed_rows

    monkeypatch.setattr("shutong.quality.beside._NOTED", 3)
    found = bench.judge(rows)

    assert rules_by_number(found) == told
    assert results(found)["phone.mobile_phone"].failed_rows == counts == 34
    assert [n for n in told if "phone.mobile_phone" in told[n]] == list(range(0, 100, 3))
