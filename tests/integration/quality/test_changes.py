"""Rules that hold a batch against the last one: rows, NULLs, codes; the profile that is kept."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa
import pytest
from tests.integration.quality.pandas_side import result_on_pandas
from tests.integration.quality.staging import Bench, people, person, results

from shutong.catalog.models import Sensitivity
from shutong.model import BatchProfile, Bound, LoadMode, RuleState, ValidationReport
from shutong.quality.known_expectations import NEW_CODES, NULL_SHARE_CHANGE, ROW_COUNT_CHANGE

ROWS: Final = "table.row_count_change"
NULLS: Final = "table.null_share_change"
CODES: Final = "table.new_codes"


def state(report: ValidationReport, rule: str) -> tuple[RuleState, str]:
    """Return how a rule ended and what it tells."""
    result = results(report)[rule]
    return result.state, result.detail


def next_batch(bench: Bench, report: ValidationReport, rows: list[dict[str, Any]]) -> Any:
    """Judge the batch after the one of a report."""
    bench.previous = report.profile
    return bench.judge(rows)


def test_the_first_batch_has_nothing_to_be_held_against(bench: Bench) -> None:
    report = bench.judge(people(200))

    assert report.accepted
    assert report.compared_with is None
    for rule in (ROWS, NULLS, CODES):
        assert state(report, rule)[0] is RuleState.UNJUDGED
        assert "not judged: no batch to compare with" in state(report, rule)[1]


def test_the_profile_holds_counts_and_public_codes_and_no_other_value(bench: Bench) -> None:
    rows = [*people(8), person(8, sex="2", phone=None), person(9, sex="金丝雀")]

    profile = bench.judge(rows).profile

    assert profile is not None
    assert (profile.whole, profile.rows) == (True, 10)
    assert profile.nulls == {
        "sex": 0,
        "birth_date": 0,
        "phone": 1,
        "income": 0,
        "updated_at": 0,
    }
    assert profile.codes == {"sex": ("1", "2")}, "what is no code of the table is not kept"


def test_a_full_load_that_shrank_or_grew_beyond_its_share_is_told(bench: Bench) -> None:
    first = bench.judge(people(200))

    assert state(next_batch(bench, first, people(161)), ROWS) == (RuleState.PASSED, "200 → 161")
    shrunk = next_batch(bench, first, people(159))
    assert state(shrunk, ROWS) == (RuleState.FAILED, "200 → 159")
    assert shrunk.accepted, "drafted as a warning"
    assert shrunk.compared_with == first.batch_id
    assert state(next_batch(bench, first, people(241)), ROWS)[0] is RuleState.FAILED


def test_some_rows_of_a_small_table_are_no_change(bench: Bench) -> None:
    first = bench.judge(people(12))

    assert state(next_batch(bench, first, people(2)), ROWS)[0] is RuleState.PASSED
    assert state(next_batch(bench, first, people(1)), ROWS)[0] is RuleState.FAILED


def test_an_emptied_full_load_is_told(bench: Bench) -> None:
    first = bench.judge(people(50))

    emptied = next_batch(bench, first, [])

    assert state(emptied, ROWS) == (RuleState.FAILED, "50 → 0")
    assert emptied.profile is not None
    assert emptied.profile.rows == 0


def test_an_item_that_lost_its_values_is_named_with_both_shares(bench: Bench) -> None:
    first = bench.judge(people(200))
    rows = [person(n, phone=None if n < 30 else "13979800000") for n in range(200)]

    told = next_batch(bench, first, rows)

    assert state(told, NULLS) == (RuleState.FAILED, "phone 0.0% → 15.0%")
    few = [person(n, phone=None if n < 19 else "13979800000") for n in range(200)]
    assert state(next_batch(bench, first, few), NULLS)[0] is RuleState.PASSED


def test_shares_of_a_few_rows_say_little(bench: Bench) -> None:
    first = bench.judge(people(200))

    told = next_batch(bench, first, [person(n, phone=None) for n in range(99)])

    assert state(told, NULLS)[0] is RuleState.UNJUDGED
    assert "few rows (200, 99)" in state(told, NULLS)[1]


def test_a_code_that_was_never_seen_is_named_once_and_known_afterwards(bench: Bench) -> None:
    first = bench.judge(people(5))

    second = next_batch(bench, first, [person(1), person(2, sex="9")])
    assert state(second, CODES) == (RuleState.FAILED, "sex 9")
    third = next_batch(bench, second, people(3))
    assert state(third, CODES)[0] is RuleState.PASSED
    assert third.profile is not None
    assert third.profile.codes == {"sex": ("1", "9")}, "seen two batches ago is seen"
    assert state(next_batch(bench, third, [person(2, sex="9")]), CODES)[0] is RuleState.PASSED


def test_of_a_personal_item_the_new_codes_are_counted_and_not_named(bench: Bench) -> None:
    personal = {"sensitivity": Sensitivity.PERSONAL}
    items = [i.model_copy(update=personal if i.name == "sex" else {}) for i in bench.dataset.items]
    bench.dataset = bench.dataset.model_copy(update={"items": tuple(items)})
    first = bench.judge(people(5))

    told = next_batch(bench, first, [person(2, sex="9")])
    assert state(told, CODES) == (RuleState.FAILED, "sex +1")


def test_an_increment_is_not_counted_against_the_whole(bench: Bench) -> None:
    first = bench.judge(people(200))
    bench.mode, bench.low = LoadMode.MERGE, Bound(kind="integer", text="1")

    increment = next_batch(bench, first, people(3))

    assert ROWS not in results(increment)
    assert increment.profile is not None
    assert not increment.profile.whole
    bench.mode, bench.low = LoadMode.FULL, None
    whole = next_batch(bench, increment, people(200))
    assert state(whole, ROWS)[0] is RuleState.UNJUDGED, "an increment is no measure of the whole"


def test_an_increment_without_rows_leaves_the_measure_as_it_was(bench: Bench) -> None:
    first = bench.judge(people(200))
    bench.mode, bench.low = LoadMode.MERGE, Bound(kind="integer", text="1")

    assert next_batch(bench, first, []).profile == first.profile


def test_a_change_refuses_the_batch_where_the_suite_says_so(bench: Bench) -> None:
    for entry in bench.entries:
        if entry["meta"]["rule"] == ROWS:
            entry["meta"]["severity"] = "reject_batch"
            entry["kwargs"]["max_change"] = 0.5
    first = bench.judge(people(200))

    assert next_batch(bench, first, people(120)).accepted
    refused = next_batch(bench, first, people(90))
    assert not refused.accepted
    assert "200 → 90" in refused.reasons[0]


_BEFORE: Final = BatchProfile(
    batch_id="b", whole=True, rows=200, nulls={"phone": 0}, codes={"sex": ("1",)}
)


@pytest.mark.parametrize("changed", [True, False])
@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        (ROW_COUNT_CHANGE, {}),
        (NULL_SHARE_CHANGE, {"column_list": ["phone"]}),
        (NEW_CODES, {"column_list": ["sex"]}),
    ],
)
def test_pandas_comes_to_the_same_verdict(
    bench: Bench, kind: str, kwargs: dict[str, Any], changed: bool
) -> None:
    rows = people(200)
    if changed:
        rows = [person(n, phone=None, sex="9") for n in range(150)]
    entry = {"type": kind, "kwargs": kwargs, "meta": {"rule": "it", "severity": "warn"}}
    bench.entries, bench.previous = [entry], _BEFORE

    failed = results(bench.judge(rows))["it"].state is RuleState.FAILED
    filled = {**kwargs, "previous": _BEFORE.model_dump(mode="json")}
    if kind == NEW_CODES:
        filled["codes"] = {"sex": list("0129")}
    table = pa.Table.from_pylist(rows, bench.rows_schema)
    assert failed is changed
    assert result_on_pandas(table, entry, filled).success is not changed
