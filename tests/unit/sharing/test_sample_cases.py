"""The sample city's two cases: aid for disabled children, and the refund to employers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from shutong.catalog import check_catalog, load_catalog
from shutong.catalog.models import ShareType
from shutong.catalog.share_states import State
from shutong.grants import Grant
from shutong.ledger import Ledger
from shutong.masking.kinds import Mask
from shutong.sharing import grants, observe
from shutong.sharing.progress import Progress

ROOT = Path(__file__).resolve().parents[3]
JUNE = date(2026, 6, 1)
STATES = {
    "disabled-federation.adoption": State.REFUSED,
    "disabled-federation.low-income-changjiang": State.GRANTED,
    "disabled-federation.low-income-fuliang": State.GRANTED_IN_PART,
    "disabled-federation.low-income-leping": State.RULED_IN_PART,
    "disabled-federation.low-income-zhushan": State.GRANTED,
    "disabled-federation.poor-person": State.GRANTED_IN_PART,
    "human-resources.award-penalty": State.GRANTED,
    "human-resources.tax-payment": State.GRANTED_IN_PART,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sample")


def ledger(folder: Path, day: date) -> Ledger:
    moment = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    return Ledger(f"sqlite:///{folder / 'ledger.db'}", now=lambda: moment)


@pytest.fixture(scope="module")
def seen(folder: Path) -> dict[str, Progress]:
    """Look on two days: an unconditional resource is granted once its day has passed."""
    catalog = load_catalog(ROOT)
    observe(catalog, ledger(folder, date(2026, 5, 28)))
    return observe(catalog, ledger(folder, JUNE))


@pytest.fixture(scope="module")
def given(folder: Path, seen: dict[str, Progress]) -> dict[str, Grant]:
    assert seen
    return {each.id: each for each in grants(load_catalog(ROOT), ledger(folder, JUNE), JUNE)}


def test_the_catalog_with_its_cases_has_no_fault() -> None:
    assert check_catalog(ROOT)[1] == ()


def test_every_case_stands_where_the_files_say(seen: dict[str, Progress]) -> None:
    assert {request_id: each.state for request_id, each in seen.items()} == STATES
    assert not any(each.halts or each.edited for each in seen.values())


def test_exactly_what_was_granted_is_given(given: dict[str, Grant]) -> None:
    assert set(given) == {name for name, state in STATES.items() if state.gives}


def test_the_dispute_gave_the_match_without_the_amount(given: dict[str, Grant]) -> None:
    grant = given["disabled-federation.low-income-leping"]
    assert grant.decided_by == "information-bureau"
    assert grant.items == ("id_number", "name", "region_code", "valid_until")
    assert grant.masks["id_number"] is Mask.NONE


def test_a_name_that_is_only_compared_does_not_leave(given: dict[str, Grant]) -> None:
    assert given["disabled-federation.low-income-fuliang"].masks["name"] is Mask.WHOLE


def test_the_returned_request_came_again_and_was_narrowed(
    seen: dict[str, Progress], given: dict[str, Grant]
) -> None:
    steps = [str(moment.step) for moment in seen["human-resources.tax-payment"].timeline]
    assert steps == ["submit", "return", "resubmit", "grant_in_part"]
    grant = given["human-resources.tax-payment"]
    assert "taxpayer_name" not in grant.items
    assert (grant.valid_from, grant.valid_until) == (date(2026, 5, 1), date(2028, 12, 31))


def test_adoption_records_are_refused_by_their_law_at_once(seen: dict[str, Progress]) -> None:
    case = seen["disabled-federation.adoption"].case
    assert case.share_type is ShareType.NOT_SHARED
    assert "民法典" in case.legal_bases()[0]
