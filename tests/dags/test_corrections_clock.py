"""The daily DAG of the correction tickets' clock."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from tests.dags.test_dags import ROOT, parse

from shutong.ledger import Ledger, Opening, TicketKind
from shutong.settings import settings


def test_the_clock_is_looked_at_every_day_by_a_dag_that_parses_lightly() -> None:
    facts = parse(ROOT / "dags")
    assert facts["errors"] == {}
    assert facts["heavy"] == []
    assert list(facts["dags"]["corrections-clock"]["tasks"]) == ["look"]


@pytest.mark.parametrize("due_on", [date(2026, 3, 2), None])
def test_an_overdue_ticket_fails_the_task_for_good_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, due_on: date | None
) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    from shutong.dag_builder.clock import look_at_clock

    monkeypatch.setenv("SHUTONG_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SHUTONG_ROOT", str(tmp_path))
    settings.cache_clear()
    try:
        book = Ledger(settings().ledger_address).tickets
        assert look_at_clock() == {"open": 0}
        opening = Opening(
            kind=TicketKind.CONSUMER,
            resource="civil-affairs.low-income",
            dataset="population/low_income",
            due_on=due_on,
            due_fault="" if due_on else "calendar:2027",
        )
        ticket = book.open(opening).ticket
        with pytest.raises(AirflowFailException, match=ticket):
            look_at_clock()
    finally:
        settings.cache_clear()
