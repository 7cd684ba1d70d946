"""A grant is exactly what was decided, and nothing where anything is amiss."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.unit.sharing import city
from tests.unit.sharing.test_clocks import MONDAY, City

from shutong.catalog import load_catalog
from shutong.catalog.models import Operator, RowFilter
from shutong.catalog.share_models import DeliveryMode
from shutong.catalog.share_states import State
from shutong.ledger import MoveKind
from shutong.sharing import grants

SUBMITTED = MONDAY.isoformat()
LATER = {"on": "2026-03-10", "reasons": ["需要姓名才能比对"]}


@pytest.fixture
def town(tmp_path: Path) -> City:
    return City(city.build(tmp_path / "city"), tmp_path / "build")


def test_a_full_grant_is_what_was_asked_for_masked_as_the_standard_says(town: City) -> None:
    rows = [{"column": "region_code", "operator": "=", "value": "360203"}]
    city.ask(town.root, submitted_on=SUBMITTED, rows=rows, unmasked=["name"])
    city.review(town.root)
    town.look(date(2026, 3, 5))
    (grant,) = town.grants()
    assert grant.id == city.REQUEST_ID
    assert (grant.consumer, grant.provider, grant.decided_by) == ("federation", "civil", "civil")
    assert grant.resource == city.RESOURCE_ID
    assert grant.data.dataset == "population/poor"
    assert grant.items == ("id_number", "name", "region_code")
    assert grant.masks == {"id_number": "citizen_number", "name": "none", "region_code": "none"}
    assert grant.rows == (RowFilter(column="region_code", operator=Operator.EQUAL, value="360203"),)
    assert (grant.valid_from, grant.valid_until) == (date(2026, 3, 1), date(2027, 12, 31))
    assert grant.purpose == city.REQUEST["use"]
    assert (grant.mode, grant.target) == (DeliveryMode.FILE, "aid")
    assert grant.decided_at == "2026-03-05T02:00:00.000000+00:00"
    assert type(grant).model_validate_json(grant.model_dump_json()) == grant


def test_a_grant_in_part_is_narrower_in_every_way_it_says(town: City) -> None:
    asked = [{"column": "region_code", "operator": "in", "value": ["360202", "360203"]}]
    granted = [{"column": "approved_on", "operator": ">=", "value": "2025-01-01"}]
    city.ask(town.root, submitted_on=SUBMITTED, rows=asked, unmasked=["id_number"])
    city.review(
        town.root,
        "granted_in_part",
        items=["id_number", "name"],
        masks={"name": "whole"},
        rows=granted,
        period={"from": "2026-04-01", "until": "2026-06-30"},
    )
    town.look(date(2026, 3, 5))
    assert town.grants() == ()
    (grant,) = town.grants(date(2026, 6, 30))
    assert grant.items == ("id_number", "name")
    assert grant.masks == {"id_number": "none", "name": "whole"}
    assert [row.column for row in grant.rows] == ["region_code", "approved_on"]
    assert town.grants(date(2026, 7, 1)) == ()


def draft(town: City) -> None:
    city.ask(town.root)


def undecided(town: City) -> None:
    (town.root / city.REVIEW_FILE).unlink()


def refused(town: City) -> None:
    city.review(town.root, "refused")


def returned(town: City) -> None:
    city.review(town.root, None, returned={"on": "2026-03-03", "missing": ["依据"]})


def withdrawn(town: City) -> None:
    city.ask(town.root, submitted_on=SUBMITTED, withdrawn=LATER)


def revoked(town: City) -> None:
    city.review(town.root, revoked=LATER)


def edited(town: City) -> None:
    items = [*city.REQUEST["items"], "members"]
    city.ask(town.root, submitted_on=SUBMITTED, items=items)


def faulty_review(town: City) -> None:
    city.review(town.root, surprise=1)


def unreadable(town: City) -> None:
    (town.root / city.REQUEST_FILE).write_text("resource: [\n", encoding="utf-8")


def no_resource(town: City) -> None:
    (town.root / "catalog/civil/resources/poor.yaml").unlink()


def no_standard(town: City) -> None:
    (town.root / "schemas/population/poor.yaml").unlink()


def moved_to_a_stranger(town: City) -> None:
    folder = town.root / "catalog/federation/reviews"
    folder.mkdir()
    (town.root / city.REVIEW_FILE).rename(folder / "federation.aid.yaml")


AMISS: list[Callable[[City], None]] = [
    *(draft, undecided, refused, returned, withdrawn, revoked, edited),
    *(faulty_review, unreadable, no_resource, no_standard, moved_to_a_stranger),
]


@pytest.mark.parametrize("afterwards", [True, False])
@pytest.mark.parametrize("amiss", AMISS)
def test_where_anything_is_amiss_nothing_is_granted(
    town: City, amiss: Callable[[City], None], afterwards: bool
) -> None:
    city.ask(town.root, submitted_on=SUBMITTED)
    city.review(town.root)
    if afterwards:
        town.look()
        assert len(town.grants()) == 1
    amiss(town)
    town.day = date(2026, 3, 12)
    catalog = load_catalog(town.root)
    assert grants(catalog, town.ledger, town.day) == ()
    try:
        town.look()
    except KeyError:
        assert city.REQUEST_ID not in catalog.requests
    assert town.grants() == ()


def test_what_the_ledger_has_not_seen_is_not_granted(town: City) -> None:
    city.ask(town.root, submitted_on=SUBMITTED)
    city.review(town.root)
    assert town.grants() == ()
    town.look()
    assert len(town.grants()) == 1


def test_a_content_the_ledger_has_not_seen_is_not_granted_whatever_its_state(town: City) -> None:
    city.ask(town.root, submitted_on=SUBMITTED)
    city.review(town.root)
    town.look()
    city.review(town.root, extension={"on": "2026-03-04", "reasons": ["数据量大"]})
    assert town.grants() == ()
    town.look()
    assert len(town.grants()) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"decision": "granted"},
        {"items": ["id_number", "name"]},
        {"masks": {"id_number": "none"}},
        {"decision": "refused", "items": None},
    ],
)
def test_a_decision_is_not_edited_after_it_was_made(town: City, change: dict[str, Any]) -> None:
    city.ask(town.root, submitted_on=SUBMITTED)
    city.review(town.root, "granted_in_part", items=["id_number"])
    town.look()
    assert len(town.grants()) == 1
    told: dict[str, Any] = {"items": ["id_number"], **change}
    decision = told.pop("decision", "granted_in_part")
    if decision == "granted":
        told["items"] = None
    city.review(town.root, decision, **told)
    assert town.look(date(2026, 3, 6)).halts
    assert town.grants() == ()
    town.look(date(2026, 3, 7))
    halted = town.entered(MoveKind.HALTED)
    assert len(halted) == len(set(halted))
    city.review(town.root, "granted_in_part", items=["id_number"])
    assert not town.look(date(2026, 3, 9)).halts
    assert len(town.grants()) == 1


def test_a_withdrawal_cannot_be_taken_back(town: City) -> None:
    city.ask(town.root, submitted_on=SUBMITTED)
    city.review(town.root)
    withdrawn(town)
    assert town.look().state is State.WITHDRAWN
    city.ask(town.root, submitted_on=SUBMITTED)
    assert town.look().halts
    assert town.grants() == ()


def test_a_dispute_that_is_ruled_gives_what_the_ruling_says(town: City) -> None:
    city.ask(town.root, submitted_on=SUBMITTED, dispute=LATER)
    city.review(town.root, "granted_in_part", items=["id_number"])
    city.rule(town.root, "granted_in_part", items=["id_number", "name"], masks={"name": "none"})
    town.look(date(2026, 3, 20))
    (grant,) = town.grants()
    assert grant.decided_by == "bureau"
    assert grant.items == ("id_number", "name")
    city.ask(town.root, submitted_on=SUBMITTED, dispute=LATER, appeal={**LATER, "on": "2026-03-25"})
    assert town.look(date(2026, 3, 25)).state is State.APPEALED
    assert town.grants() == ()
    city.rule(town.root, "refused", city.SETTLEMENT_FILE, decided_on="2026-04-10")
    assert town.look(date(2026, 4, 10)).state is State.SETTLED_REFUSED
    assert town.grants() == ()


def test_a_revocation_ends_at_once_and_the_missing_consent_shows(town: City) -> None:
    city.ask(town.root, submitted_on=SUBMITTED)
    city.review(town.root)
    town.look()
    revoked(town)
    assert town.look(date(2026, 3, 10)).state is State.REVOKED
    assert "revocation.unagreed" in town.entered(MoveKind.ALARMED)


def test_a_file_that_was_removed_is_told_once(town: City) -> None:
    city.ask(town.root, submitted_on=SUBMITTED)
    city.review(town.root)
    town.look()
    undecided(town)
    town.look()
    town.look()
    assert town.entered(MoveKind.ALARMED).count("file.gone") == 1
