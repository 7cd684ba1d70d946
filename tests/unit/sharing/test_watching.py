"""The daily look tells what holds, urgent things first, and breaks over no bad file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from tests.unit.sharing import city
from tests.unit.sharing.test_clocks import MONDAY, City

from shutong.sharing.watching import Warned, watch


@pytest.fixture
def town(tmp_path: Path) -> City:
    return City(city.build(tmp_path / "city"), tmp_path / "build")


def look(town: City, day: date) -> tuple[Warned, ...]:
    town.day = day
    return watch(town.root, town.ledger)


def test_an_overdue_answer_is_urgent_every_day_until_it_comes(town: City) -> None:
    city.ask(town.root, submitted_on=MONDAY.isoformat())
    assert look(town, MONDAY) == ()
    for day in (17, 18):
        (told,) = look(town, date(2026, 3, day))
        assert (str(told.alarm), told.urgent) == ("answer.overdue", True)
    city.review(town.root, decided_on="2026-03-18")
    assert look(town, date(2026, 3, 18)) == ()


def test_a_bad_file_is_told_and_the_others_go_on(town: City) -> None:
    city.ask(town.root, submitted_on=MONDAY.isoformat())
    city.write(town.root, "catalog/federation/requests/bad.yaml", {"resource": "x"})
    told = look(town, date(2026, 3, 2))
    assert {str(each.alarm) for each in told} == {"file.faulty"}
    assert {each.request for each in told} == {"federation.bad"}
    assert "answer.overdue" in {str(each.alarm) for each in look(town, date(2026, 3, 17))}


def test_a_removed_file_and_a_frozen_request_are_urgent(town: City) -> None:
    city.ask(town.root, submitted_on=MONDAY.isoformat())
    city.review(town.root, decided_on="2026-03-02")
    look(town, MONDAY)
    (town.root / city.REVIEW_FILE).unlink()
    told = look(town, date(2026, 3, 3))
    assert {str(each.alarm) for each in told if each.urgent} == {"halted", "file.gone"}


def test_a_year_without_a_calendar_is_urgent_not_guessed(town: City) -> None:
    city.ask(town.root, submitted_on="2026-12-30")
    (told,) = look(town, date(2026, 12, 30))
    assert (str(told.alarm), told.detail) == ("calendar.missing", "2027")
