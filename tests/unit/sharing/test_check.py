"""`shutong check` over requests, reviews and rulings: each fault at its file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.sharing import city

from shutong.catalog import load_catalog, load_resource
from shutong.catalog.share_cases import cases_of
from shutong.catalog.share_states import State

DAY = "2026-03-02"
LATER = {"on": "2026-03-10", "reasons": ["需要姓名才能比对"]}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return city.build(tmp_path)


def only_fault(root: Path) -> str:
    found = city.faults(root)
    assert len(found) == 1, found
    return found[0]


def test_a_request_that_keeps_to_the_catalog_has_no_fault(root: Path) -> None:
    rows = [
        {"column": "region_code", "operator": "in", "value": ["360202", "360203"]},
        {"column": "members", "operator": ">=", "value": 2},
        {"column": "aid", "operator": "<", "value": "800.50"},
        {"column": "approved_on", "operator": ">", "value": "2020-01-01"},
        {"column": "name", "operator": "not_null"},
    ]
    city.ask(root, submitted_on=DAY, rows=rows, unmasked=["name"])
    city.review(root)
    assert city.faults(root) == []


def test_a_day_needs_no_quotes_in_a_row_scope(root: Path) -> None:
    city.ask(root, rows=[{"column": "approved_on", "operator": ">", "value": "DAY"}])
    path = root / city.REQUEST_FILE
    path.write_text(path.read_text(encoding="utf-8").replace("DAY", "2020-01-01"), "utf-8")
    assert city.faults(root) == []


@pytest.mark.parametrize(
    ("changes", "line", "words"),
    [
        ({"resource": "civil.por"}, 1, "no resource 'civil.por' in the catalog → did you mean"),
        ({"items": ["id_number", "nam"]}, 4, "the resource has no item 'nam' → did you mean"),
        ({"items": ["id_number", "unfed"]}, 4, "the resource has no item 'unfed'"),
        ({"items": ["name", "name"]}, 4, "item 'name' is repeated"),
        ({"unmasked": ["members"]}, 18, "'members' is not among the items asked for"),
        ({"surprise": 1}, 17, "unknown field 'surprise'"),
        (
            {"period": {"from": "2025-03-01", "until": "2025-12-31"}, "submitted_on": DAY},
            12,
            "the period ended before the request was made",
        ),
        ({"period": {"from": "2026-03-01", "until": "2026-02-01"}}, 10, "until is before from"),
        (
            {"delivery": {"mode": "table", "target": "fe-civil", "cycle": "每日"}},
            15,
            "'fe-civil' is no front-end machine of the consumer's own",
        ),
        ({"resubmitted_on": DAY}, 17, "the request is 'draft': it cannot 'submit again'"),
        ({"dispute": LATER}, 17, "the request is 'draft': it cannot 'dispute'"),
    ],
)
def test_a_faulty_request_is_told_at_its_line(
    root: Path, changes: dict[str, Any], line: int, words: str
) -> None:
    city.ask(root, **changes)
    found = only_fault(root)
    assert found.startswith(f"{city.REQUEST_FILE}:{line}: ")
    assert words in found


@pytest.mark.parametrize(
    "row",
    [
        {"column": "region_code", "operator": "=", "value": "360203' or '1'='1"},
        {"column": "region_code", "operator": "=", "value": 360203},
        {"column": "region_code", "operator": "in", "value": "360203"},
        {"column": "region_code", "operator": "=", "value": ["360203"]},
        {"column": "region_code", "operator": "in", "value": []},
        {"column": "region_code", "operator": "="},
        {"column": "region_code", "operator": "is_null", "value": "1"},
        {"column": "members", "operator": ">", "value": "2; drop table x"},
        {"column": "approved_on", "operator": ">", "value": "2026-02-30"},
        {"column": "aid", "operator": ">", "value": "NaN"},
        {"column": "id_number) or (1", "operator": "=", "value": "1"},
        {"column": "region_code", "operator": "like", "value": "36%"},
        {"column": "unfed", "operator": "=", "value": "1"},
        {"column": "region_code", "operator": "=", "value": "1", "sql": "x"},
    ],
)
def test_a_row_scope_that_does_not_fit_its_item_is_refused_without_its_value(
    root: Path, row: dict[str, Any]
) -> None:
    city.ask(root, rows=[row])
    found = only_fault(root)
    assert found.startswith(city.REQUEST_FILE)
    assert "drop table" not in found
    assert "'1'='1" not in found


def test_only_a_consumer_asks_and_never_for_its_own(root: Path) -> None:
    city.write(root, "catalog/bureau/requests/x.yaml", city.REQUEST)
    city.write(root, "catalog/civil/requests/x.yaml", city.REQUEST)
    city.write(root, "catalog/nobody/requests/x.yaml", city.REQUEST)
    told = "\n".join(city.faults(root))
    assert "catalog/bureau/requests/x.yaml:1: 'bureau' is no consumer" in told
    assert "catalog/civil/requests/x.yaml:1: the resource is the department's own" in told
    assert "catalog/nobody/requests/x.yaml:1: no department 'nobody'" in told


def test_asking_twice_for_the_same_names_the_first_request(root: Path) -> None:
    asked = city.ask(root, submitted_on=DAY)
    fewer = {**asked, "items": ["id_number"], "submitted_on": "2026-03-04"}
    city.write(root, "catalog/federation/requests/again.yaml", fewer)
    found = only_fault(root)
    assert found.startswith("catalog/federation/requests/again.yaml:2: overlaps")
    assert city.REQUEST_FILE in found


@pytest.mark.parametrize(
    "changes",
    [
        {"period": {"from": "2028-01-01", "until": "2028-12-31"}},
        {"items": ["members"]},
        {"submitted_on": None},
        {"withdrawn": LATER},
        {"rows": [{"column": "region_code", "operator": "=", "value": "360202"}]},
    ],
)
def test_requests_that_do_not_meet_do_not_overlap(root: Path, changes: dict[str, Any]) -> None:
    rows = [{"column": "region_code", "operator": "=", "value": "360203"}]
    asked = city.ask(root, submitted_on=DAY, rows=rows)
    second = {key: value for key, value in {**asked, **changes}.items() if value is not None}
    city.write(root, "catalog/federation/requests/again.yaml", second)
    assert city.faults(root) == []


def test_a_review_in_another_department_s_folder_counts_for_nothing(root: Path) -> None:
    city.ask(root, submitted_on=DAY)
    city.review(root)
    (root / "catalog/bureau/reviews").mkdir(parents=True)
    (root / city.REVIEW_FILE).rename(root / "catalog/bureau/reviews/federation.aid.yaml")
    found = only_fault(root)
    assert found.startswith("catalog/bureau/reviews/federation.aid.yaml:1: 'bureau' cannot review")
    assert cases_of(load_catalog(root))[city.REQUEST_ID].standing() is State.SUBMITTED


def test_a_ruling_in_the_provider_s_folder_counts_for_nothing(root: Path) -> None:
    city.ask(root, submitted_on=DAY, dispute=LATER)
    city.review(root, "refused")
    city.rule(root, file="catalog/civil/rulings/federation.aid.yaml")
    assert "'civil' cannot rule" in only_fault(root)
    assert cases_of(load_catalog(root))[city.REQUEST_ID].standing() is State.DISPUTED


def test_a_second_review_of_one_request_names_the_first(root: Path) -> None:
    city.ask(root, submitted_on=DAY)
    city.review(root)
    text = (root / city.REVIEW_FILE).read_text(encoding="utf-8")
    (root / "catalog/civil/reviews/other.yaml").write_text(text, encoding="utf-8")
    found = only_fault(root)
    assert found.startswith("catalog/civil/reviews/other.yaml:1: decides on the request of")


def test_a_ruling_needs_a_dispute(root: Path) -> None:
    city.ask(root, submitted_on=DAY)
    city.review(root, "refused")
    city.rule(root)
    found = only_fault(root)
    assert found.startswith(f"{city.RULING_FILE}:2: the request is 'refused': it cannot 'rule")


def test_a_granted_request_cannot_be_disputed(root: Path) -> None:
    city.ask(root, submitted_on=DAY, dispute=LATER)
    city.review(root)
    assert "it cannot 'dispute'" in only_fault(root)


def test_a_request_is_returned_once_only(root: Path) -> None:
    returned = {"on": "2026-03-03", "missing": ["依据文件"]}
    city.ask(root, submitted_on=DAY, resubmitted_on="2026-03-04")
    city.review(root, None, returned=returned)
    assert city.faults(root) == []
    assert cases_of(load_catalog(root))[city.REQUEST_ID].standing() is State.RESUBMITTED
    city.review(root, None, returned=[returned, returned])
    assert "returned" in only_fault(root)


def test_a_returned_request_cannot_be_answered_before_it_comes_again(root: Path) -> None:
    city.ask(root, submitted_on=DAY)
    city.review(root, returned={"on": "2026-03-03", "missing": ["依据文件"]})
    assert "'returned, waits for what is missing': it cannot 'grant'" in only_fault(root)


def test_a_request_edited_after_its_review_is_shown_with_both_files(root: Path) -> None:
    city.ask(root, submitted_on=DAY)
    city.review(root)
    city.ask(root, submitted_on=DAY, items=["id_number", "name", "region_code", "members"])
    found = only_fault(root)
    assert found.startswith(f"{city.REQUEST_FILE}:1: the request is not the one that was decided")
    assert city.REVIEW_FILE in found


@pytest.mark.parametrize(
    ("decision", "entries", "words"),
    [
        ("granted", {"items": ["name"]}, "the decision is granted, and yet a scope is written"),
        ("granted_in_part", {}, "granted in part, but nothing is narrowed"),
        ("granted_in_part", {"items": ["members"]}, "the resource has no item 'members'"),
        (
            "granted_in_part",
            {"items": ["name"], "masks": {"id_number": "whole"}},
            "'id_number' is not among the items granted",
        ),
        ("granted_in_part", {"masks": {"name": "band"}}, "the mask of 'name': Value error"),
        (
            "granted_in_part",
            {"period": {"from": "2026-03-01", "until": "2030-12-31"}},
            "goes beyond the period asked for",
        ),
        ("granted_in_part", {"rows": [{"column": "x", "operator": "="}]}, "no item 'x'"),
        ("refused", {"reasons": None}, "no reasons are given"),
        ("granted", {"decided_on": None}, "decided_on is missing"),
        ("granted", {"request_digest": None}, "request_digest is missing"),
        ("granted", {"decided_on": "2026-03-01"}, "is dated before the step it follows"),
        ("granted", {"request": "federation.ai"}, "no request 'federation.ai' → did you mean"),
        (None, {"items": ["name"]}, "'items' without a decision"),
    ],
)
def test_a_faulty_review_is_told_at_its_line(
    root: Path, decision: str | None, entries: dict[str, Any], words: str
) -> None:
    city.ask(root, submitted_on=DAY)
    city.review(root, decision, **entries)
    found = only_fault(root)
    assert found.startswith(f"{city.REVIEW_FILE}:")
    assert words in found


@pytest.mark.parametrize(("share", "narrowed"), [("不予共享", None), ("有条件共享", "不予共享")])
def test_what_is_not_shared_cannot_be_granted(
    tmp_path: Path, share: str, narrowed: str | None
) -> None:
    root = city.build(tmp_path, share=share, narrowed=narrowed)
    city.ask(root, submitted_on=DAY)
    assert city.faults(root) == []
    city.review(root)
    assert "the catalog shares none of it" in only_fault(root)


def test_a_faulty_request_hides_no_resource_from_collection(root: Path) -> None:
    (root / "catalog/federation/requests").mkdir(parents=True)
    (root / city.REQUEST_FILE).write_text("resource: [\n", encoding="utf-8")
    assert "YAML syntax" in only_fault(root)
    loaded = load_resource(root, city.RESOURCE_ID)
    assert loaded.faults == []
    assert city.RESOURCE_ID in loaded.resources


def test_the_common_superior_rules_after_the_authority_only(root: Path) -> None:
    city.ask(root, submitted_on=DAY, dispute=LATER)
    city.review(root, "refused")
    city.rule(root, "refused")
    city.rule(root, "granted", city.SETTLEMENT_FILE, decided_on="2026-04-20")
    assert "it cannot 'settle: granted'" in only_fault(root)
    appeal = {"on": "2026-03-25", "reasons": ["仍有异议"]}
    city.ask(root, submitted_on=DAY, dispute=LATER, appeal=appeal)
    assert city.faults(root) == []
    assert cases_of(load_catalog(root))[city.REQUEST_ID].standing() is State.SETTLED_GRANTED
