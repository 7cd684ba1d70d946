"""Reading suites from the tree, without Great Expectations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shutong.errors import CatalogFaulty
from shutong.model import Severity
from shutong.quality.json_places import json_places
from shutong.quality.suites import digest_of, items_of, parse_suite, read_suite

SUITE = Path("expectations/population/people.json")


def suite(*entries: dict[str, Any]) -> str:
    return json.dumps({"name": "population.people", "expectations": entries}, indent=1)


def entry(kind: str, meta: dict[str, Any] | None = None, **kwargs: Any) -> dict[str, Any]:
    return {"type": kind, "kwargs": kwargs, "meta": meta or {}}


def test_a_rule_is_read_with_its_words_severity_and_line() -> None:
    meta = {"rule": "name.required", "severity": "warn", "words": "姓名必填", "words_en": "name"}
    text = suite(entry("expect_column_values_to_not_be_null", meta, column="name"))

    (rule,) = parse_suite(text, SUITE).rules

    assert (rule.rule, rule.severity) == ("name.required", Severity.WARN)
    assert (rule.words, rule.words_en, rule.items) == ("姓名必填", "name", ("name",))
    assert text.splitlines()[rule.line - 1].strip() == "{"
    assert '"expect_column_values_to_not_be_null"' in text.splitlines()[rule.line]


def test_rules_on_rows_reject_rows_and_others_the_batch_unless_said() -> None:
    text = suite(
        entry("expect_column_values_to_not_be_null", column="name"),
        entry("expect_column_pair_values_to_be_equal", column_A="a", column_B="b"),
        entry("expect_compound_columns_to_be_unique", column_list=["a", "b"]),
        entry("expect_table_row_count_to_be_between", min_value=1),
        entry("expect_column_values_to_be_of_type", column="name", type_="VARCHAR"),
    )

    rules = parse_suite(text, SUITE).rules

    assert [rule.severity.value for rule in rules] == [*["reject_row"] * 3, *["reject_batch"] * 2]


def test_a_rule_without_an_id_is_named_by_its_items_and_type() -> None:
    text = suite(
        entry("expect_column_values_to_match_regex", column="a", regex="x"),
        entry("expect_column_values_to_match_regex", column="a", regex="y"),
        entry("expect_table_row_count_to_equal", value=1),
    )

    names = [rule.rule for rule in parse_suite(text, SUITE).rules]

    assert names == ["a.match_regex", "a.match_regex.2", "table.table_row_count_to_equal"]


def test_items_are_told_each_once_in_their_order() -> None:
    assert items_of({"column_A": "b", "column_B": "a"}) == ("b", "a")
    assert items_of({"column_list": ["a", "b", "a"]}) == ("a", "b")
    assert items_of({"column": "x", "number_column": "id"}) == ("x", "id")
    assert items_of({"min_value": 1}) == ()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('{"expectations": [\n}', 2, "JSON 有误"),
        ("[]", 1, "没有 expectations 列表"),
        ('{"expectations": {}}', 1, "没有 expectations 列表"),
        ('{"name": "x",\n"expectations": [\n{"kwargs": {}}]}', 3, "缺少 type"),
        ('{"expectations": [\n{"type": "x", "kwargs": []}]}', 2, "kwargs 和 meta"),
        (
            suite(entry("expect_column_values_to_be_null", {"severity": "fatal"}, column="a")),
            4,
            "未知的等级 'fatal'",
        ),
        (
            suite(entry("expect_table_row_count_to_equal", {"severity": "reject_row"}, value=1)),
            4,
            "判断整批, 不能只退行",
        ),
    ],
)
def test_a_suite_that_cannot_be_carried_out_names_file_and_line(
    text: str, line: int, words: str
) -> None:
    with pytest.raises(CatalogFaulty, match=words) as caught:
        parse_suite(text, SUITE)

    assert caught.value.place == f"{SUITE}:{line}"


def test_a_suite_that_is_not_there_is_a_fault_of_the_catalog(tmp_path: Path) -> None:
    with pytest.raises(CatalogFaulty):
        read_suite(tmp_path / "none.json")


def test_the_digest_is_sm3_of_the_content_and_not_of_its_layout() -> None:
    # GB/T 32905-2016, annex A.1: SM3 of "abc"; here of the canonical JSON of a known value.
    first = digest_of({"b": 1, "a": ["中"]})

    assert first == digest_of({"a": ["中"], "b": 1})
    assert first != digest_of({"a": ["文"], "b": 1})
    assert len(first) == 64
    assert first == first.lower()


def test_the_lines_of_entries_are_found_in_any_layout() -> None:
    text = '{ "x" : [1, {"expectations": [2]}],\n\n "expectations"\n: [ {"a":\n"]}"} ,\n\n{}\n]\n}'

    assert json_places(text, "expectations") == [4, 7]
    assert json_places('{"expectations": [1],\n"expectations": [\n2]}', "expectations") == [3]
    assert json_places("{}", "expectations") == []
    assert json_places('{"expectations": []}', "expectations") == []
