"""Rules that the rows propose: rounded, warning, and never over a person's rule or value."""

from __future__ import annotations

import json
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest
from tests.unit.quality.test_drafting import dataset, item

from shutong.errors import CatalogFaulty
from shutong.model import Severity
from shutong.quality.drafting import write_draft
from shutong.quality.profiling import profile_query, profile_rules, rounded, untouched
from shutong.quality.suites import rule_of

PEOPLE: Final = dataset(
    item("name", length=20, sensitivity="personal"),
    item("income", "Y", sensitivity="personal"),
    item("born", "D", sensitivity="sensitive"),
    item("amount", "N", length=8, scale=2),
    item("weight", "B"),
    item("since", "D"),
    item("note", length=40),
    item("sex", length=1, code_table="sex"),
)
_NAME: Final = "population/people"


def figures(rows: int = 200) -> dict[str, Any]:
    """Return what a table of so many made-up people answers."""
    connection = duckdb.connect()
    connection.execute(
        f"""CREATE TABLE people AS SELECT
            n::VARCHAR AS key, 'name' || n AS name, n * 1.5 AS income,
            DATE '1990-05-06' + n::INTEGER AS born, (n * 3.27 + 1.5)::DECIMAL(8, 2) AS amount,
            CASE WHEN n = 7 THEN 'nan'::DOUBLE WHEN n = 8 THEN 'inf'::DOUBLE ELSE n END AS weight,
            DATE '2001-05-06' + n::INTEGER AS since,
            CASE WHEN n % 4 = 0 THEN NULL ELSE repeat('x', 3 + (n % 5)::INTEGER) END AS note,
            '1' AS sex
        FROM range({rows}) t(n)"""
    )
    found: Any = connection.execute(profile_query(PEOPLE, "people"))
    return dict(zip([each[0] for each in found.description], found.fetchone(), strict=True))


def proposed(rows: int = 200) -> dict[str, dict[str, Any]]:
    return {rule["meta"]["rule"]: rule for rule in profile_rules(PEOPLE, figures(rows))}


def test_ranges_and_lengths_are_proposed_as_warnings_rounded_outward() -> None:
    rules = proposed()

    assert rules["amount.profile_range"]["kwargs"] == {
        "column": "amount",
        "min_value": 1.5,
        "max_value": 660,
    }
    assert rules["since.profile_range"]["kwargs"]["min_value"] == "2001-01-01"
    assert rules["note.profile_length"]["kwargs"] == {
        "column": "note",
        "min_value": 3,
        "max_value": 7,
    }
    assert rules["note.profile_filled"]["kwargs"]["min_value"] == 0.7
    assert {rule["meta"]["severity"] for rule in rules.values()} == {"warn"}
    assert {rule["meta"]["origin"] for rule in rules.values()} == {"profile"}


def test_what_is_no_number_is_no_end_of_a_range() -> None:
    assert proposed()["weight.profile_range"]["kwargs"]["max_value"] == 200


def test_of_a_personal_item_only_the_share_of_rows_that_hold_something_is_read() -> None:
    query = profile_query(PEOPLE, "people")

    for name in ("name", "income", "born"):
        assert f'"{name}:held"' in query
        assert f'"{name}:min"' not in query
        told = [rule for rule in proposed() if rule.startswith(f"{name}.")]
        assert told == [f"{name}.profile_filled"]


def test_keys_codes_and_named_rules_have_no_range() -> None:
    assert not [rule for rule in proposed() if rule.startswith(("key.", "sex.profile_range"))]


def test_few_rows_propose_nothing() -> None:
    assert proposed(99) == {}
    assert proposed(100)


def test_every_proposed_rule_can_be_read_as_one() -> None:
    for entry in proposed().values():
        rule = rule_of(entry, Path("suite.json"), 1)
        assert rule.severity is Severity.WARN
        assert untouched(entry)


@pytest.mark.parametrize(
    ("value", "down", "up"),
    [
        (Decimal("654.23"), 650, 660),
        (Decimal("-654.23"), -660, -650),
        (0, 0, 0),
        (7, 7, 7),
        (0.01234, 0.012, 0.013),
        (99.5, 99, 100),
    ],
)
def test_numbers_are_rounded_to_two_digits(value: Any, down: float, up: float) -> None:
    assert rounded(value, ROUND_FLOOR) == down
    assert rounded(value, ROUND_CEILING) == up


def test_drafting_again_renews_what_was_proposed_and_keeps_what_a_person_wrote(
    tmp_path: Path,
) -> None:
    path = tmp_path / f"{_NAME}.json"
    write_draft(tmp_path, _NAME, PEOPLE, {}, figures())
    data = json.loads(path.read_text(encoding="utf-8"))
    entries = {entry["meta"]["rule"]: entry for entry in data["expectations"]}
    entries["since.profile_range"]["kwargs"]["min_value"] = "1999-01-01"
    by_hand = [
        {
            "type": "expect_column_values_to_be_between",
            "kwargs": {"column": "amount", "max_value": 5},
            "meta": {"rule": "amount.mine", "origin": "hand", "severity": "warn"},
        },
        {"type": "expect_column_values_to_be_null", "kwargs": {"column": "note"}},
    ]
    data["expectations"] += by_hand
    path.write_text(json.dumps(data), encoding="utf-8")

    write_draft(tmp_path, _NAME, PEOPLE, {}, figures(300))

    after = json.loads(path.read_text(encoding="utf-8"))["expectations"]
    known = {entry.get("meta", {}).get("rule"): entry for entry in after}
    assert known["since.profile_range"]["kwargs"]["min_value"] == "1999-01-01", (
        "changed by a person"
    )
    assert "amount.profile_range" not in known, "a person's own range stands there"
    assert all(entry in after for entry in by_hand)
    assert known["weight.profile_range"]["kwargs"]["max_value"] == 300
    assert len(after) == len(known), "nothing stands twice"


def test_drafting_from_the_standard_alone_leaves_what_was_proposed(tmp_path: Path) -> None:
    write_draft(tmp_path, _NAME, PEOPLE, {}, figures())

    assert not write_draft(tmp_path, _NAME, PEOPLE, {})


def test_a_suite_that_cannot_be_read_is_not_drafted_over(tmp_path: Path) -> None:
    path = tmp_path / f"{_NAME}.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"expectations": [\n}', encoding="utf-8")

    with pytest.raises(CatalogFaulty) as caught:
        write_draft(tmp_path, _NAME, PEOPLE, {})
    assert caught.value.place == f"{path}:2"
    assert path.read_text(encoding="utf-8") == '{"expectations": [\n}'
