"""The daily DAG of the share requests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.dags.test_dags import ROOT, parse
from tests.unit.sharing import city

from shutong.ledger import Ledger, MoveKind, ShareMove
from shutong.settings import settings


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("SHUTONG_DATA_DIR", str(tmp_path / "build"))
    monkeypatch.setenv("SHUTONG_ROOT", str(tmp_path / "city"))
    settings.cache_clear()
    yield city.build(tmp_path / "city")
    settings.cache_clear()


def test_requests_are_looked_at_every_day_by_a_dag_that_parses_lightly() -> None:
    facts = parse(ROOT / "dags")
    assert facts["errors"] == {}
    assert facts["heavy"] == []
    assert list(facts["dags"]["sharing-clock"]["tasks"]) == ["look"]


def test_a_request_that_needs_somebody_fails_the_task_for_good_and_is_named(root: Path) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    from shutong.dag_builder.sharing import look_at_requests

    city.ask(root)
    assert look_at_requests() == {"alarms": 0}
    city.ask(root, submitted_on="2026-03-02")
    with Ledger(settings().ledger_address).sharing() as book:
        book.enter(ShareMove(city.REQUEST_ID, MoveKind.MOVED, "escalated"))
    with pytest.raises(AirflowFailException, match=city.REQUEST_ID):
        look_at_requests()


def test_a_bad_request_file_fails_neither_this_dag_nor_any_department_s(root: Path) -> None:
    from shutong.dag_builder.sharing import look_at_requests

    (root / "catalog/federation/requests").mkdir(parents=True)
    (root / city.REQUEST_FILE).write_text("resource: [\n", encoding="utf-8")
    assert look_at_requests() == {"alarms": 1}
