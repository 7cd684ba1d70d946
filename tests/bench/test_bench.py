"""The benchmark's own parts (性能基准): the table, the suite and the figures."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import yaml
from tests.bench import ours, rules
from tests.bench.run import summary, take_turns
from tests.bench.source import COLUMNS, SUITE, Source
from tests.bench.table import CHUNK, chunks, residents

from shutong.catalog import check_catalog
from shutong.standards.identifiers import Verdict, citizen_number_verdict

SOURCE = Source("127.0.0.1", 3306, "reader", "word", "bench", "residents")


def test_the_same_rows_come_out_every_time() -> None:
    assert residents(0, 100).equals(residents(0, 100))
    assert residents(0, 100).column_names == list(COLUMNS)


def test_another_part_of_the_table_has_other_rows() -> None:
    assert residents(0, 10)["id_number"] != residents(CHUNK, 10)["id_number"]
    assert [table.num_rows for table in chunks(CHUNK + 7)] == [CHUNK, 7]


def test_every_citizen_number_of_the_table_is_valid() -> None:
    numbers = residents(0, 500)["id_number"].to_pylist()
    found = {citizen_number_verdict(number, date(2026, 1, 1)) for number in numbers}
    assert found == {Verdict.VALID}


def test_all_runners_validate_the_same_thirty_expectations() -> None:
    expectations = json.loads(SUITE.read_text(encoding="utf-8"))["expectations"]
    assert len(expectations) == 30
    assert len({e["meta"]["rule"] for e in expectations}) == 30
    assert {e["kwargs"].get("column") for e in expectations} - {None} == set(COLUMNS)


def test_our_own_runner_validates_the_identifier_rule_on_top(tmp_path: Path) -> None:
    ours.make_project(tmp_path, SOURCE)
    path = tmp_path / f"expectations/{ours.DATASET}.json"
    expectations = json.loads(path.read_text(encoding="utf-8"))["expectations"]
    assert expectations[:30] == json.loads(SUITE.read_text(encoding="utf-8"))["expectations"]
    assert [e["type"] for e in expectations[30:]] == ["expect_column_values_to_be_citizen_number"]


def test_our_own_project_is_a_catalog_that_can_be_run(tmp_path: Path) -> None:
    ours.make_project(tmp_path, SOURCE)
    catalog, _ = check_catalog(tmp_path)
    assert set(catalog.resources) == {ours.RESOURCE, ours.WARM}
    dataset = yaml.safe_load((tmp_path / f"schemas/{ours.DATASET}.yaml").read_text())
    assert [item["name"] for item in dataset["items"]] == list(COLUMNS)


def test_the_figures_are_ratios_of_medians() -> None:
    def runs(*seconds: float) -> list[dict[str, float]]:
        return [{"seconds": s, "peak_mb": 100 * s} for s in seconds]

    small = {
        "dump": runs(2, 9, 1),
        "ours": runs(4, 5, 3),
        "dlt": runs(12, 90, 1),
        "pandas": runs(40, 41, 39),
    }
    large = {"dump": runs(10, 10, 10), "ours": runs(20, 30, 10)}
    assert summary(small, large) == {
        "pipeline_vs_dump": 2.0,
        "speedup_vs_dlt_gx": 3.0,
        "speedup_vs_pandas_gx": 10.0,
        "peak_mb_2m": 400.0,
        "peak_mb_10m": 2000.0,
        "pipeline_vs_dump_10m": 2.0,
    }


def test_an_increment_is_told_as_a_share_of_the_whole_load() -> None:
    facts = {"seconds": 20.0, "load_extract": 10.0, "together": 1.0, "spread": 5.0}
    facts |= {"comparison": 4.0, "peak_mb": 500.0}
    assert summary({}, {"increments": [facts]}) == {
        "increment_together_share": 0.05,
        "increment_spread_share": 0.25,
        "comparison_vs_reading": 0.4,
        "increment_peak_mb": 500.0,
    }


def test_readers_are_held_against_our_own_drawing() -> None:
    small = {
        "dump": [{"seconds": 1.0}],
        "ours": [{"seconds": 3.0, "extract": 2.0, "peak_mb": 1.0}],
        "connectorx": [{"seconds": 4.0}],
    }
    assert summary(small, {})["reading_vs_connectorx"] == 0.5


def test_the_runners_take_turns() -> None:
    order: list[str] = []

    def runner(name: str) -> dict[str, float]:
        order.append(name)
        return {"seconds": 1.0, "rows": 5}

    take_turns({"a": lambda: runner("a"), "b": lambda: runner("b")}, rounds=2, rows=5)
    assert order == ["a", "b", "a", "b"]


def test_a_runner_that_carried_too_few_rows_stops_the_benchmark() -> None:
    with pytest.raises(RuntimeError, match="4 of 5 rows"):
        take_turns({"a": lambda: {"seconds": 1.0, "rows": 4}}, rounds=1, rows=5)


def test_validation_alone_is_told_per_million_rows_and_against_pandas() -> None:
    def runs(rows: int, *seconds: float) -> list[dict[str, float]]:
        return [{"rows": rows, "seconds": s, "whole": 2 * s, "peak_mb": s} for s in seconds]

    found = {
        "ours": runs(10_000_000, 8, 9, 30),
        "plain": runs(10_000_000, 5, 5, 5),
        "pandas": runs(1_000_000, 4.5, 4, 5),
    }
    assert rules.figures(found) == {
        "rules_seconds_per_million": 0.9,
        "rules_split_seconds_per_million": 1.8,
        "rules_plain_seconds_per_million": 0.5,
        "rules_speedup_vs_pandas_gx": 5.0,
        "rules_peak_mb": 30,
    }


def test_the_soiled_rows_are_found_alike_by_the_engine_and_on_pandas(tmp_path: Path) -> None:
    files = rules.write_files(tmp_path / "rows", 2_000, soil=True)

    ours_found = rules.judge(files, tmp_path / "judged", identifiers=True)
    pandas_found = rules.judge_on_pandas(files)

    assert ours_found["rejected"] == pandas_found["rejected"] == 20
    assert ours_found["whole"] >= ours_found["seconds"] > 0


def test_the_plain_rules_reject_none_of_the_clean_rows(tmp_path: Path) -> None:
    files = rules.write_files(tmp_path / "rows", 1_000, soil=False)

    assert rules.judge(files, tmp_path / "judged", identifiers=False)["rejected"] == 0
