"""Rules that hold rows against another dataset: equal on DuckDB and pandas, told when unjudged."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.quality.pandas_side import failing_on_pandas
from tests.integration.quality.staging import (
    Bench,
    citizen_number,
    person,
    rejected_rows,
    results,
)

from shutong.errors import StorageFailed
from shutong.model import ReferencedVersion, RuleState
from shutong.quality import LandedDataset
from shutong.quality.known_expectations import EQUAL_FACT, EXIST_IN_DATASET

OTHER: Final = "population/resident"
_NUMBER: Final = citizen_number(1)
_OLD: Final = _NUMBER[:6] + _NUMBER[8:17]


def landed(folder: Path, *parts: dict[str, Any], version: int = 3) -> dict[str, LandedDataset]:
    """Return the other dataset, a file for each part."""
    folder.mkdir(exist_ok=True)
    files = []
    for number, part in enumerate(parts):
        files.append(folder / f"other [{number}].parquet")
        pq.write_table(pa.table(part), files[-1])
    return {OTHER: LandedDataset(OTHER, version, tuple(files))}


def exists(
    column: str = "id_number", kind: str = "citizen_number", severity: str = "reject_row"
) -> dict[str, Any]:
    """Return a rule that a value stands in the other dataset."""
    said = {"column": column, "dataset": OTHER, "item": column, "compared_as": kind}
    meta = {"rule": "exists", "severity": severity, "words": "应存在"}
    return {"type": EXIST_IN_DATASET, "kwargs": said, "meta": meta}


def equal(
    column: str = "name", kind: str = "text", severity: str = "reject_row", **more: str
) -> dict[str, Any]:
    """Return a rule that a fact is the other dataset's, by citizen number."""
    by = {"here": "id_number", "there": "id_number", "compared_as": "citizen_number"}
    said = {"column": column, "dataset": OTHER, "item": column, "compared_as": kind, "by": [by]}
    meta = {"rule": "same", "severity": severity, "words": "应一致", **more}
    return {"type": EQUAL_FACT, "kwargs": said, "meta": meta}


def failing(bench: Bench, entry: dict[str, Any], rows: list[dict[str, Any]]) -> list[int]:
    """Return the numbers of the rows that a rule rejects, the same on DuckDB and pandas."""
    bench.entries = [entry]
    report = bench.judge(rows)
    (result,) = [each for each in report.rules if each.rule == entry["meta"]["rule"]]
    assert result.state in (RuleState.PASSED, RuleState.FAILED), result.detail
    found = sorted(int(row["number"]) for row in rejected_rows(report))
    assert result.failed_rows == len(found)
    files = [str(path) for path in bench.landed[OTHER].files]
    there = {**entry["kwargs"], "files": files}
    on_pandas = failing_on_pandas(pa.Table.from_pylist(rows, bench.rows_schema), entry, there)
    assert [rows[row]["number"] for row in on_pandas] == found
    return found


def test_a_value_that_no_provider_of_the_other_dataset_has_is_found(
    bench: Bench, tmp_path: Path
) -> None:
    numbers = [citizen_number(n) for n in range(4)]
    bench.landed = landed(
        tmp_path / "lake", {"id_number": numbers[:2]}, {"id_number": [numbers[2], None]}
    )

    rows = [person(n, id_number=number) for n, number in enumerate(numbers)]
    assert failing(bench, exists(), rows) == [3]


def test_numbers_of_15_digits_and_small_letters_and_blanks_at_the_ends_match(
    bench: Bench, tmp_path: Path
) -> None:
    check_x = next(n for n in map(citizen_number, range(10, 1000)) if n.endswith("X"))
    bench.landed = landed(
        tmp_path / "lake", {"id_number": [_OLD, f" {check_x}\u3000", citizen_number(3)]}
    )

    said = [_NUMBER, _OLD, check_x.lower(), f"{check_x}\t", citizen_number(3) + "0", _OLD[:14]]
    rows = [person(n, id_number=number) for n, number in enumerate(said)]
    assert failing(bench, exists(), rows) == [4, 5]


def test_a_centenarian_s_old_number_is_one_of_the_century_before(
    bench: Bench, tmp_path: Path
) -> None:
    old = "360202" + "990307" + "997"
    bench.landed = landed(
        tmp_path / "lake",
        {"id_number": [citizen_number(997, born="18990307"), "360202990307996"]},
    )

    rows = [person(0, id_number=old), person(1, id_number=citizen_number(996, born="19990307"))]
    assert failing(bench, exists(), rows) == [1]


def test_a_null_refers_to_nobody_and_is_not_judged(bench: Bench, tmp_path: Path) -> None:
    bench.landed = landed(tmp_path / "lake", {"phone": ["13900000000"]})

    rows = [person(0, phone=None), person(1, phone="13900000000"), person(2, phone="139")]
    assert failing(bench, exists("phone", "text"), rows) == [2]


def test_numbers_meet_by_value_whatever_their_scale(bench: Bench, tmp_path: Path) -> None:
    there = pa.array([Decimal("1200.5000"), Decimal("7.0000")], pa.decimal128(20, 4))
    bench.landed = landed(tmp_path / "lake", {"income": there})

    rows = [person(0), person(1, income=Decimal("7.00")), person(2, income=Decimal("7.01"))]
    assert failing(bench, exists("income", "value"), rows) == [2]


def test_a_fact_that_differs_is_found_and_a_row_without_counterpart_is_not_judged(
    bench: Bench, tmp_path: Path
) -> None:
    numbers = [citizen_number(n) for n in range(5)]
    bench.landed = landed(
        tmp_path / "lake",
        {
            "id_number": [*numbers[:4], numbers[3]],
            "name": ["王小明", "李四", None, "王晓明", "王小明 "],
        },
    )

    rows = [person(n, id_number=number) for n, number in enumerate(numbers)]
    # 0 is equal, 1 differs, 2 is not said there, 3 is said twice and once so, 4 is nobody there.
    assert failing(bench, equal(), rows) == [1]


def test_days_are_facts_too(bench: Bench, tmp_path: Path) -> None:
    days = pa.array([date(1990, 3, 7), date(1990, 3, 8)], pa.date32())
    numbers = [citizen_number(1), citizen_number(2)]
    bench.landed = landed(tmp_path / "lake", {"id_number": numbers, "birth_date": days})

    rows = [person(1), person(2)]
    assert failing(bench, equal("birth_date", "value"), rows) == [2]


_TEXTS = st.sampled_from(["张三", "李四 ", "李四", " ", "", "x", "X"])


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    here=st.lists(st.tuples(st.integers(0, 3), st.none() | _TEXTS), min_size=1, max_size=12),
    there=st.lists(st.tuples(st.integers(0, 2), st.none() | _TEXTS), max_size=6),
    kind=st.sampled_from(["text", "code"]),
)
def test_any_rows_get_the_same_verdict_on_duckdb_and_pandas(
    here: list[tuple[int, str | None]],
    there: list[tuple[int, str | None]],
    kind: str,
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path)
    part = {
        "id_number": pa.array([citizen_number(n) for n, _ in there], pa.string()),
        "phone": pa.array([text for _, text in there], pa.string()),
    }
    bench.landed = landed(tmp_path / "lake", part)
    rows = [
        person(at, id_number=citizen_number(n), phone=text) for at, (n, text) in enumerate(here)
    ]

    failing(bench, equal("phone", kind), rows)
    failing(bench, exists("phone", kind), rows)


def test_a_dataset_that_has_not_landed_judges_nobody_and_the_report_says_so(bench: Bench) -> None:
    bench.entries = [exists(), equal(severity="warn")]
    bench.landed = {OTHER: LandedDataset(OTHER)}

    report = bench.judge([person(1)])

    assert report.accepted
    assert report.rejected_rows == 0
    assert report.references == (ReferencedVersion(dataset=OTHER, version=None),)
    for rule in ("exists", "same"):
        result = results(report)[rule]
        assert result.state is RuleState.UNJUDGED
        assert "the referenced dataset population/resident has not landed" in result.detail


def test_a_rule_may_make_the_batch_wait_for_the_other_dataset(bench: Bench, tmp_path: Path) -> None:
    bench.entries = [equal(severity="warn", unlanded="reject_batch")]
    bench.landed = {}

    report = bench.judge([person(1)])
    assert not report.accepted
    assert "尚未入库" in report.reasons[0]

    bench.landed = landed(tmp_path / "lake", {"id_number": [_NUMBER], "name": ["王小明"]})
    assert bench.judge([person(1)]).accepted


def test_a_provider_that_is_still_to_come_may_have_whom_the_others_lack(
    bench: Bench, tmp_path: Path
) -> None:
    bench.entries = [exists(), equal()]
    (other,) = landed(tmp_path / "lake", {"id_number": [_NUMBER], "name": ["别人"]}).values()
    waiting = LandedDataset(OTHER, other.version, other.files, ("leping.resident",))
    bench.landed = {OTHER: waiting}

    report = bench.judge([person(1), person(2)])

    assert results(report)["exists"].state is RuleState.UNJUDGED
    assert "leping.resident" in results(report)["exists"].detail
    assert [int(row["number"]) for row in rejected_rows(report)] == [1], "a fact is one already"
    assert report.references[0].waiting == ("leping.resident",)


def test_a_dataset_that_has_landed_and_holds_nobody_holds_nobody(
    bench: Bench, tmp_path: Path
) -> None:
    bench.landed = {OTHER: LandedDataset(OTHER, 5)}

    assert failing(bench, exists(), [person(1)]) == [1]
    assert failing(bench, equal(), [person(1)]) == []


def test_a_rejected_row_gets_the_reason_and_no_value_of_the_other_dataset(
    bench: Bench, tmp_path: Path
) -> None:
    bench.entries = [equal()]
    bench.landed = landed(tmp_path / "lake", {"id_number": [_NUMBER], "name": ["金丝雀"]})

    report = bench.judge([person(1)])

    (row,) = rejected_rows(report)
    assert (row["_rules"], row["_reasons"]) == (["same"], "应一致")
    assert "金丝雀" not in str(row) + report.model_dump_json()
    assert _NUMBER not in report.model_dump_json()


def test_rules_that_warn_leave_the_rows_and_count_them(bench: Bench, tmp_path: Path) -> None:
    bench.entries = [exists(severity="warn")]
    bench.landed = landed(tmp_path / "lake", {"id_number": [_NUMBER]})

    report = bench.judge([person(1), person(2), person(3)])

    assert (report.accepted, report.rejected_rows) == (True, 0)
    assert results(report)["exists"].state is RuleState.FAILED
    assert results(report)["exists"].failed_rows == 2


def test_only_the_columns_that_are_compared_are_read(bench: Bench, tmp_path: Path) -> None:
    bench.entries = [exists()]
    bench.landed = landed(tmp_path / "lake", {"id_number": [_NUMBER], "name": ["金丝雀"]})
    query = {"unexpected_rows_query": "SELECT name FROM _other_0"}
    bench.entries.append({"type": "unexpected_rows_expectation", "kwargs": query})

    report = bench.judge([person(1)])

    assert results(report)["exists"].state is RuleState.PASSED
    assert results(report)["table.unexpected_rows_expectation"].state is RuleState.ERRORED


def test_a_referenced_file_that_is_lost_is_told_and_nothing_lands(
    bench: Bench, tmp_path: Path
) -> None:
    bench.entries = [exists(severity="warn")]
    bench.landed = landed(tmp_path / "lake", {"id_number": [_NUMBER]}, {"id_number": ["1"]})
    bench.landed[OTHER].files[1].unlink()

    with pytest.raises(StorageFailed, match="population/resident"):
        bench.judge([person(1)])
