"""Rules between the items of a row are drafted from the standard."""

from __future__ import annotations

from tests.unit.quality.test_drafting import item, rules_of


def test_an_item_that_agrees_with_a_number_is_held_against_it_and_warns() -> None:
    rules = rules_of(
        item("id_number", length=18, rule="citizen_number"),
        item("born", "D", agrees_with="id_number"),
        item("sex", length=1, code_table="sex", agrees_with="id_number"),
    )

    born, sex = rules["born.of_number"], rules["sex.of_number"]
    assert born["type"] == "expect_column_values_to_be_birth_date_of_number"
    assert sex["type"] == "expect_column_values_to_be_sex_of_number"
    assert born["kwargs"] == {"column": "born", "number_column": "id_number"}
    assert {born["meta"]["severity"], sex["meta"]["severity"]} == {"warn"}
    assert born["meta"]["words"] == "«born»应与«id_number»一致"


def test_a_day_is_not_before_another_where_both_are_there() -> None:
    rule = rules_of(item("begun", "D"), item("ended", "D", not_before="begun"))["ended.order"]

    assert rule["type"] == "expect_column_pair_values_a_to_be_greater_than_b"
    assert rule["kwargs"] == {
        "column_A": "ended",
        "column_B": "begun",
        "or_equal": True,
        "ignore_row_if": "either_value_is_missing",
    }
    assert rule["meta"]["severity"] == "reject_row"


def test_two_people_of_a_row_are_not_one() -> None:
    rules = rules_of(item("giver", length=18), item("taker", length=18, differs_from="giver"))

    assert rules["taker.another"]["kwargs"]["column_list"] == ["giver", "taker"]


def test_a_region_is_held_against_the_row_s_day_besides_its_own_rule() -> None:
    rules = rules_of(
        item("begun", "D"),
        item("region", length=6, rule="region_code", in_force_on="begun"),
    )

    assert rules["region.in_force"]["kwargs"] == {"column": "region", "date_column": "begun"}
    assert "region.region_code" in rules


def test_working_days_and_amounts_have_their_own_expectations() -> None:
    rules = rules_of(
        item("handled", "D", rule="working_day"),
        item("paid", "B", rule="amount", scale=6, unit="万元"),
    )

    assert rules["handled.working_day"]["type"] == "expect_column_values_to_be_working_day"
    assert rules["paid.amount"]["kwargs"] == {"column": "paid", "scale": 6}
    assert "paid.finite" in rules
