"""The verdict over a batch, on real files with the real engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.integration.quality.staging import (
    Bench,
    citizen_number,
    clean_rows,
    drafted,
    people,
    person,
    rejected_rows,
    results,
    rule,
    rules_by_number,
)

from shutong.catalog.models import Tolerance
from shutong.errors import CatalogFaulty, StorageFailed
from shutong.model import Bound, LoadMode, RuleState
from shutong.quality.splitting import Failing


def test_a_batch_without_faults_is_accepted_and_its_files_stay_untouched(bench: Bench) -> None:
    bench.rows_per_file = 4
    staged = bench.stage(people(10))
    before = [file.path.read_bytes() for file in staged.files]

    report = bench.judge_staged(staged)

    assert report.accepted
    assert report.reasons == ()
    assert (report.rows, report.rejected_rows, report.clean_rows) == (10, 0, 10)
    assert report.clean_files == staged.files
    assert report.rejected_file is None
    assert [file.path.read_bytes() for file in staged.files] == before
    assert {result.state for result in report.rules} == {RuleState.PASSED}


def test_each_bad_row_is_rejected_with_every_rule_it_fails(bench: Bench) -> None:
    rows = people(12)
    rows[1] = person(1, id_number=citizen_number(1)[:17] + "?")
    rows[4] = person(4, name=None)
    rows[5] = person(5, name="李\ufffd", sex="7")
    rows[9] = person(9, phone="123", income=-1, name="很长很长的名字")

    report = bench.judge(rows)

    assert rules_by_number(report) == {
        1: ["id_number.citizen_number"],
        4: ["name.required"],
        5: ["name.person_name", "sex.code_table"],
        9: ["name.length", "phone.mobile_phone", "income.range"],
    }
    assert [row["number"] for row in clean_rows(report)] == [0, 2, 3, 6, 7, 8, 10, 11]
    assert results(report)["phone.mobile_phone"].failed_rows == 1


def test_a_rejected_row_keeps_its_values_as_text_and_says_why_in_chinese(bench: Bench) -> None:
    report = bench.judge([person(0), person(1, sex="7")])

    (row,) = rejected_rows(report)
    assert row["number"] == "1"
    assert row["birth_date"] == "1990-03-07"
    assert row["income"] == "1200.50"
    assert row["_reasons"] == "«sex»应为性别中的代码"
    assert row["_provider"] == "public-security"
    assert row["_resource"] == report.resource
    assert row["_batch"] == report.batch_id
    assert row["_seen_at"] == report.validated_at.replace(tzinfo=None)


def test_only_files_with_a_bad_row_are_written_anew_and_as_they_were(bench: Bench) -> None:
    bench.rows_per_file, bench.rows_per_group = 6, 2
    rows = people(18)
    rows[8] = person(8, sex="7")
    staged = bench.stage(rows)

    report = bench.judge_staged(staged)

    first, second, third = report.clean_files
    assert (first, third) == (staged.files[0], staged.files[2])
    assert second.path == bench.folder / "clean" / "part-00001.parquet"
    assert second.rows == 5
    assert second.bytes == second.path.stat().st_size
    old, new = (pq.ParquetFile(path) for path in (staged.files[1].path, second.path))
    assert new.schema_arrow.equals(old.schema_arrow, check_metadata=True)
    assert [new.metadata.row_group(n).num_rows for n in range(3)] == [2, 1, 2]
    for number in range(old.metadata.num_columns):
        was, now = (f.metadata.row_group(0).column(number) for f in (old, new))
        assert (now.compression, now.is_stats_set) == (was.compression, was.is_stats_set)
        assert now.encodings == was.encodings


def test_a_file_whose_rows_are_all_bad_leaves_nothing_to_land(bench: Bench) -> None:
    bench.rows_per_file = 2
    rows = [person(0, sex="7"), person(1, sex="7"), person(2)]

    report = bench.judge(rows)

    assert [file.path.name for file in report.clean_files] == ["part-00001.parquet"]
    assert report.rejected_rows == 2


def test_both_rows_of_a_repeated_key_are_rejected(bench: Bench) -> None:
    bench.rows_per_file = 2
    rows = [person(1), person(2), person(3), person(1, name="李四"), person(5)]

    report = bench.judge(rows)

    assert [row["_rules"] for row in rejected_rows(report)] == [["key.unique"], ["key.unique"]]
    assert results(report)["key.unique"].failed_rows == 2


def test_the_key_is_guarded_even_where_the_suite_forgets_it(bench: Bench) -> None:
    bench.entries = []
    rows = [person(1), person(1), person(3), {**person(4), "number": None}]

    report = bench.judge(rows)

    assert [row["_rules"] for row in rejected_rows(report)] == [
        ["key.unique"],
        ["key.unique"],
        ["key.required"],
    ]
    assert [row["number"] for row in clean_rows(report)] == [3]


def test_a_key_of_two_items_is_unique_as_a_pair(bench: Bench) -> None:
    bench.dataset = bench.dataset.model_copy(update={"key": ("number", "sex")})
    bench.entries = []
    rows = [person(1), person(1, sex="2"), person(2), person(2)]

    report = bench.judge(rows)

    assert list(rules_by_number(report)) == [2]
    assert results(report)["key.unique"].items == ("number", "sex")
    assert results(report)["key.unique"].failed_rows == 2


def test_a_key_of_two_items_stands_beside_every_other_rule(bench: Bench) -> None:
    # DuckDB works on nothing while a result is half read, as counting pairs leaves it.
    bench.dataset = bench.dataset.model_copy(update={"key": ("number", "sex")})
    bench.entries = drafted(bench.dataset)
    rows = [person(1), person(1, sex="2"), person(2), person(2), person(3, id_number="1")]

    report = bench.judge(rows)

    assert report.accepted, report.reasons
    assert rules_by_number(report) == {2: ["key.unique"], 3: ["id_number.citizen_number"]}


@pytest.mark.parametrize(("share", "accepted"), [(0.2, True), (0.19, False)])
def test_a_batch_is_refused_when_more_rows_are_bad_than_tolerated(
    bench: Bench, share: float, accepted: bool
) -> None:
    bench.tolerance = Tolerance(rejected_share=share)
    rows = [*people(8), person(8, sex="7"), person(9, phone="1")]

    report = bench.judge(rows)

    assert report.accepted is accepted
    assert report.rejected_rows == 2
    if not accepted:
        assert report.reasons[0].startswith("10 行中有 2 行被拒(20.00%), 超过容忍度 19.00%")
        assert report.clean_files == ()
        assert len(rejected_rows(report)) == 2


@pytest.mark.parametrize(("allowed", "accepted"), [(2, True), (1, False)])
def test_a_few_bad_rows_do_not_keep_back_an_increment_of_few_rows(
    bench: Bench, allowed: int, accepted: bool
) -> None:
    bench.tolerance = Tolerance(rejected_share=0.01, rejected_rows=allowed)
    bench.mode, bench.low = LoadMode.MERGE, Bound(kind="integer", text="1")

    report = bench.judge([person(1, sex="7"), person(2, sex="7"), person(3)])

    assert report.accepted is accepted
    assert report.rejected_rows == 2


def test_a_share_is_compared_as_it_is_written(bench: Bench) -> None:
    # 0.29 of 100 rows are 28.999999999999996 in binary floats.
    bench.tolerance = Tolerance(rejected_share=0.29)

    assert bench.judge([person(n, sex="7" if n < 29 else "1") for n in range(100)]).accepted


def test_a_rule_whose_rows_cannot_be_found_again_has_erred(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutong.quality.judging.locate_failing", lambda *_: {"sex.code_table": 1})
    monkeypatch.setattr(
        "shutong.quality.judging.failing_rows",
        lambda *_: Failing(np.array([], dtype=np.int64), pa.array([])),
    )

    report = bench.judge([person(1, sex="7"), person(2, sex="7"), person(3)])

    assert results(report)["sex.code_table"].state is RuleState.ERRORED
    assert results(report)["sex.code_table"].detail == "RowsNotFound"
    assert not report.accepted


def test_a_full_load_below_its_fewest_rows_is_refused(bench: Bench) -> None:
    bench.tolerance = Tolerance(rejected_share=1, min_rows=3)

    report = bench.judge([person(1), person(2), person(3, sex="7")])

    assert not report.accepted
    assert "可入库 2 行, 少于最少行数 3" in report.reasons[0]


def test_an_increment_may_be_as_small_as_it_likes(bench: Bench) -> None:
    bench.tolerance = Tolerance(min_rows=1000)
    bench.mode, bench.low = LoadMode.MERGE, Bound(kind="integer", text="1")

    assert bench.judge(people(1)).accepted


def test_an_empty_increment_is_accepted_and_every_rule_passes(bench: Bench) -> None:
    bench.mode, bench.low = LoadMode.MERGE, Bound(kind="integer", text="1")

    report = bench.judge([])

    assert report.accepted
    assert (report.rows, report.clean_files, report.rejected_file) == (0, (), None)
    assert {result.state for result in report.rules} == {RuleState.PASSED}
    assert "table.row_count" not in results(report), "it speaks of whole tables"


def test_an_empty_full_load_is_refused_where_rows_are_demanded(bench: Bench) -> None:
    bench.tolerance = Tolerance(min_rows=1)

    assert not bench.judge([]).accepted


def test_a_table_rule_that_fails_refuses_the_batch_by_its_name(bench: Bench) -> None:
    bench.entries = [
        rule("expect_table_row_count_to_be_between", "table.size", min_value=1, max_value=2)
    ]

    report = bench.judge(people(3))

    assert not report.accepted
    assert report.reasons == (
        "规则 table.size 未通过(3): 规则 table.size / rule table.size failed (3)",
    )
    assert report.rejected_rows == 0


def test_a_row_rule_may_refuse_the_whole_batch(bench: Bench) -> None:
    name = "expect_column_values_to_not_be_null"
    bench.entries = [rule(name, "name.needed", "reject_batch", column="name")]

    report = bench.judge([person(1), person(2, name=None)])

    assert not report.accepted
    assert report.rejected_rows == 0


def test_a_warning_neither_rejects_nor_refuses(bench: Bench) -> None:
    name = "expect_column_values_to_not_be_null"
    bench.entries = [rule(name, "phone.wished", "warn", column="phone")]

    report = bench.judge([person(1), person(2, phone=None)])

    assert report.accepted
    assert report.rejected_rows == 0
    assert results(report)["phone.wished"].state is RuleState.FAILED
    assert results(report)["phone.wished"].failed_rows == 1


def test_a_rule_that_mostly_holds_rejects_no_row(bench: Bench) -> None:
    name = "expect_column_values_to_not_be_null"
    bench.entries = [rule(name, "phone.mostly", column="phone", mostly=0.5)]

    report = bench.judge([person(1), person(2), person(3, phone=None)])

    assert results(report)["phone.mostly"].state is RuleState.PASSED
    assert results(report)["phone.mostly"].failed_rows == 1
    assert report.rejected_rows == 0


@pytest.mark.parametrize(
    ("faulty", "kind"),
    [
        (rule("expect_column_values_to_be_between", "x.bad", column="name", min_value=1), ""),
        (rule("expect_column_values_to_not_be_null", "x.bad", column="nobody"), ""),
        (rule("expect_column_values_to_be_what", "x.bad", column="name"), "ExpectationNotFound"),
        (rule("expect_column_values_to_match_regex", "x.bad", column="name", regex="("), ""),
        (rule("expect_column_values_to_be_in_set", "x.bad", column="name"), "ValidationError"),
        (
            rule(
                "expect_column_values_to_be_in_set",
                "x.bad",
                column="name",
                value_set={"$PARAMETER": "codes_nobody"},
            ),
            "UnknownParameter",
        ),
        (rule("unexpected_rows_expectation", "x.bad", unexpected_rows_query="SELECT"), ""),
    ],
)
def test_a_rule_that_cannot_be_carried_out_refuses_the_batch_and_is_never_passed(
    bench: Bench, faulty: dict[str, object], kind: str
) -> None:
    bench.entries = [faulty, rule("expect_column_values_to_not_be_null", "ok", column="number")]

    report = bench.judge(people(3))

    assert results(report)["x.bad"].state is RuleState.ERRORED
    assert results(report)["x.bad"].detail.startswith(kind)
    assert results(report)["x.bad"].detail.isidentifier()
    assert results(report)["ok"].state is RuleState.PASSED
    assert not report.accepted
    assert "规则 x.bad 无法执行" in report.reasons[0]


def test_misfits_of_the_extraction_are_rejected_with_the_type_as_their_rule(bench: Bench) -> None:
    misfit = {"number": "7", "birth_date": "2024-02-30", "_reasons": "birth_date: invalid_date"}

    report = bench.judge(people(3), misfits=[misfit])

    assert (report.rows, report.rejected_rows, report.clean_rows) == (4, 1, 3)
    (row,) = rejected_rows(report)
    assert (row["_rules"], row["birth_date"]) == (["birth_date.type"], "2024-02-30")
    assert row["_reasons"] == "«birth_date»不是存在的日期或时间"
    assert results(report)["birth_date.type"].failed_rows == 1
    assert results(report)["birth_date.type"].detail == "invalid_date 1"


def test_a_batch_of_misfits_alone_has_no_clean_file(bench: Bench) -> None:
    misfit = {"number": "7", "_reasons": "income: too_large; birth_date: invalid_date"}

    report = bench.judge([], misfits=[misfit])

    assert (report.rows, report.rejected_rows, report.clean_files) == (1, 1, ())
    assert rejected_rows(report)[0]["_rules"] == ["income.type", "birth_date.type"]


def test_of_a_refused_batch_only_some_rejected_rows_are_kept(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutong.quality.validation._KEPT_WHEN_REFUSED", 3)
    bench.tolerance = Tolerance(rejected_share=0)
    bench.rows_per_file, bench.rows_per_group = 4, 2

    report = bench.judge([person(number, sex="7") for number in range(9)])

    assert report.rejected_rows == 9
    assert [row["number"] for row in rejected_rows(report)] == ["0", "1", "2"]


def test_judging_again_says_and_writes_the_same(bench: Bench) -> None:
    staged = bench.stage([person(1), person(2, sex="7"), person(3)])

    first, second = bench.judge_staged(staged), bench.judge_staged(staged)

    told = {"validated_at"}
    assert first.model_dump(exclude=told) == second.model_dump(exclude=told)
    assert len(rejected_rows(second)) == 1


def test_a_report_knows_its_suite_by_an_sm3_digest(bench: Bench) -> None:
    report = bench.judge(people(1))
    assert report.suite == "population.people"
    assert len(report.suite_digest) == 64

    bench.entries = bench.entries[:-1]
    assert bench.judge(people(1)).suite_digest != report.suite_digest


def test_nothing_but_the_results_stays_in_the_batch_s_folder(bench: Bench) -> None:
    bench.judge([person(1), person(2, sex="7")])

    assert {path.name for path in bench.folder.iterdir()} == {
        "data",
        "clean",
        "rejected.parquet",
        "suite.json",
    }
    assert (bench.folder / "rejected.parquet").stat().st_mode & 0o777 == 0o600
    assert (bench.folder / "clean").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["data [1]", "a*b?", "it's", "数据", "-- x; DROP"])
def test_a_folder_may_be_called_anything(bench: Bench, name: str) -> None:
    bench.folder = bench.folder / name

    report = bench.judge([person(1), person(2, sex="7")])

    assert rules_by_number(report) == {2: ["sex.code_table"]}


def test_a_suite_that_cannot_be_read_is_named_with_its_line(bench: Bench) -> None:
    bench.entries = [rule("expect_column_values_to_not_be_null", "x", "fatal", column="name")]

    with pytest.raises(CatalogFaulty, match="未知的等级 'fatal'") as caught:
        bench.judge(people(1))
    assert caught.value.place.endswith("suite.json:1")


def test_a_staged_file_that_is_gone_is_a_failure_of_storage(bench: Bench) -> None:
    staged = bench.stage(people(2))
    staged.files[0].path.unlink()

    with pytest.raises(StorageFailed):
        bench.judge_staged(staged)


def test_a_staged_file_that_is_damaged_inside_refuses_the_batch(bench: Bench) -> None:
    staged = bench.stage([person(n, name=f"王{n}") for n in range(1000)])
    data = bytearray(staged.files[0].path.read_bytes())
    data[4:2000] = bytes(1996)
    staged.files[0].path.write_bytes(data)

    report = bench.judge_staged(staged)

    assert not report.accepted
    assert RuleState.ERRORED in {result.state for result in report.rules}


def test_a_suite_s_sql_reaches_no_file_but_the_batch_s(bench: Bench, tmp_path: Path) -> None:
    secret = tmp_path.parent / "secret.csv"
    secret.write_text("a\n1\n", encoding="utf-8")
    query = f"SELECT * FROM read_csv('{secret}')"
    bench.entries = [rule("unexpected_rows_expectation", "spy", unexpected_rows_query=query)]

    report = bench.judge(people(1))

    assert results(report)["spy"].detail == "PermissionException"
