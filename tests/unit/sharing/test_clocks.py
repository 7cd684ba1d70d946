"""Terms run from the ledger's first sight of a file, in working days; grants follow them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.unit.sharing import city

from shutong.audit import AuditTrail
from shutong.catalog import load_catalog
from shutong.catalog.share_states import State
from shutong.grants import Grant
from shutong.ledger import Ledger, MoveKind
from shutong.sharing import Progress, grants, observe

MONDAY = date(2026, 3, 2)
REASONS = ["需要姓名才能比对"]


class City:
    """The small city with a ledger whose clock the test sets."""

    def __init__(self, root: Path, build: Path) -> None:
        self.root, self.day = root, MONDAY
        self.ledger = Ledger(f"sqlite:///{build / 'ledger.db'}", now=self.now)

    def now(self) -> datetime:
        return datetime(self.day.year, self.day.month, self.day.day, 2, tzinfo=UTC)

    def look(self, day: date | None = None) -> Progress:
        self.day = day or self.day
        return observe(load_catalog(self.root), self.ledger)[city.REQUEST_ID]

    def grants(self, day: date | None = None) -> tuple[Grant, ...]:
        return grants(load_catalog(self.root), self.ledger, day or self.day)

    def entered(self, kind: MoveKind) -> list[str]:
        return [move.word for move in self.ledger.share_record().moves if move.kind is kind]


@pytest.fixture
def town(tmp_path: Path) -> City:
    return City(city.build(tmp_path / "city"), tmp_path / "build")


def of(tmp_path: Path, share: str, narrowed: str | None = None) -> City:
    return City(city.build(tmp_path / "city", share=share, narrowed=narrowed), tmp_path / "build")


def test_what_is_observed_twice_is_entered_once(town: City) -> None:
    city.ask(town.root, submitted_on=MONDAY.isoformat())
    town.look()
    before = town.ledger.share_record()
    town.look(MONDAY + timedelta(days=1))
    assert town.ledger.share_record() == before
    assert [m.word for m in before.moves] == ["submitted"]
    assert AuditTrail(town.ledger).verify() is None
    actions = [event.action for event in AuditTrail(town.ledger).events(city.REQUEST_ID)]
    assert actions == ["share_file.seen", "request.moved"]


def test_comments_and_layout_are_no_new_content(town: City) -> None:
    city.ask(town.root)
    town.look()
    path = town.root / city.REQUEST_FILE
    path.write_text("# 备注\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    town.look()
    assert len(town.ledger.share_record().files) == 1


def test_a_conditional_answer_is_due_in_ten_working_days_from_first_sight(town: City) -> None:
    city.ask(town.root, submitted_on="2026-02-10")
    due = town.look().due
    assert due is not None
    assert (due.begins, due.ends) == (MONDAY, date(2026, 3, 16))
    assert not town.look(date(2026, 3, 16)).overdue
    late = town.look(date(2026, 3, 17))
    assert late.state is State.ESCALATED
    assert "answer.overdue" in town.entered(MoveKind.ALARMED)
    assert town.entered(MoveKind.MOVED) == ["submitted", "escalated"]


def test_the_holder_of_a_term_is_reminded_once_before_it_ends(town: City) -> None:
    city.ask(town.root, submitted_on=MONDAY.isoformat())
    town.look()
    for day in (11, 12, 13, 14, 15, 16):
        town.look(date(2026, 3, day))
    assert town.entered(MoveKind.ALARMED) == ["answer.due_soon"]


def test_a_date_written_back_shows(town: City) -> None:
    city.ask(town.root, submitted_on="2026-02-10")
    (moment,) = town.look().timeline
    assert moment.back_dated
    assert "file.back_dated" in town.entered(MoveKind.ALARMED)


def test_an_edit_after_submission_shows_and_begins_the_term_anew(town: City) -> None:
    city.ask(town.root, submitted_on=MONDAY.isoformat())
    town.look()
    city.ask(town.root, submitted_on=MONDAY.isoformat(), items=["id_number"])
    seen = town.look(date(2026, 3, 5))
    assert seen.edited == (city.REQUEST_FILE,)
    assert seen.due is not None
    assert seen.due.begins == date(2026, 3, 5)


def test_the_authority_may_extend_once_while_the_term_runs(town: City) -> None:
    city.ask(town.root, submitted_on=MONDAY.isoformat())
    town.look()
    said = {"on": "2026-03-12", "reasons": ["数据量大"]}
    city.review(town.root, None, extension=said)
    due = town.look(date(2026, 3, 12)).due
    assert due is not None
    assert due.ends == date(2026, 3, 16)
    city.rule(town.root, None, extension=said)
    due = town.look(date(2026, 3, 13)).due
    assert due is not None
    assert due.extended
    assert due.ends == date(2026, 3, 30)
    assert not town.look(date(2026, 3, 30)).overdue
    assert town.look(date(2026, 3, 31)).overdue


def test_a_consent_after_the_term_extends_nothing(town: City) -> None:
    city.ask(town.root, submitted_on=MONDAY.isoformat())
    said = {"on": "2026-03-12", "reasons": ["数据量大"]}
    city.review(town.root, None, extension=said)
    town.look()
    city.rule(town.root, None, extension=said)
    assert town.look(date(2026, 3, 17)).overdue


def test_the_term_stands_still_while_a_request_is_returned(town: City) -> None:
    city.ask(town.root, submitted_on=MONDAY.isoformat())
    town.look()
    returned = {"on": "2026-03-03", "missing": ["依据文件", "使用期限的理由"]}
    city.review(town.root, None, returned=returned)
    waiting = town.look(date(2026, 3, 3))
    assert (waiting.state, waiting.due) == (State.RETURNED, None)
    assert not town.look(date(2026, 4, 20)).overdue
    city.ask(town.root, submitted_on=MONDAY.isoformat(), resubmitted_on="2026-04-20")
    again = town.look(date(2026, 4, 20))
    assert again.state is State.RESUBMITTED
    assert again.due is not None
    assert again.due.begins == date(2026, 4, 20)


def test_a_term_beyond_the_calendar_is_never_guessed(town: City) -> None:
    city.ask(town.root, submitted_on="2026-12-25")
    seen = town.look(date(2026, 12, 25))
    assert seen.due is not None
    assert seen.due.ends is None
    assert "calendar.missing" in town.entered(MoveKind.ALARMED)
    assert not town.look(date(2027, 6, 1)).overdue


def test_an_unconditional_resource_is_granted_unless_its_provider_objects(tmp_path: Path) -> None:
    town = of(tmp_path, "无条件共享")
    city.ask(town.root, submitted_on=MONDAY.isoformat())
    assert town.look().state is State.SUBMITTED
    assert town.look(date(2026, 3, 3)).state is State.SUBMITTED
    assert town.grants(date(2026, 3, 4)) == ()
    assert town.look(date(2026, 3, 4)).state is State.GRANTED
    (grant,) = town.grants()
    assert grant.decided_by == "catalog"
    assert grant.decision_digest is None


def test_an_objection_in_time_stands_and_a_late_one_freezes_the_request(tmp_path: Path) -> None:
    town = of(tmp_path, "无条件共享")
    city.ask(town.root, submitted_on=MONDAY.isoformat())
    town.look()
    city.review(town.root, "refused", decided_on="2026-03-03")
    assert town.look(date(2026, 3, 3)).state is State.REFUSED
    (town.root / city.REVIEW_FILE).unlink()
    assert town.look(date(2026, 3, 9)).halts
    assert town.grants() == ()


def test_a_late_objection_to_an_unconditional_grant_freezes_it(tmp_path: Path) -> None:
    town = of(tmp_path, "无条件共享")
    city.ask(town.root, submitted_on=MONDAY.isoformat())
    town.look()
    town.look(date(2026, 3, 4))
    city.review(town.root, "refused", decided_on="2026-03-03")
    assert town.look(date(2026, 3, 5)).halts
    assert town.entered(MoveKind.HALTED)
    assert town.grants() == ()


@pytest.mark.parametrize(("share", "narrowed"), [("不予共享", None), ("无条件共享", "不予共享")])
def test_what_is_not_shared_is_refused_at_once_with_its_legal_basis(
    tmp_path: Path, share: str, narrowed: str | None
) -> None:
    town = of(tmp_path, share, narrowed)
    city.ask(town.root, submitted_on=MONDAY.isoformat())
    seen = town.look()
    assert seen.state is State.REFUSED
    assert seen.case.legal_bases()
    assert town.grants() == ()


def test_one_conditional_item_makes_the_request_conditional(tmp_path: Path) -> None:
    town = of(tmp_path, "无条件共享", "有条件共享")
    city.ask(town.root, submitted_on=MONDAY.isoformat())
    town.look()
    assert town.look(date(2026, 3, 4)).state is State.SUBMITTED
    assert town.look(date(2026, 3, 17)).state is State.ESCALATED


def test_a_provider_may_still_answer_late_and_it_shows(town: City) -> None:
    city.ask(town.root, submitted_on=MONDAY.isoformat())
    town.look()
    town.look(date(2026, 3, 17))
    city.review(town.root, decided_on="2026-03-16")
    seen = town.look(date(2026, 3, 18))
    assert seen.state is State.GRANTED
    assert [moment.late for moment in seen.timeline] == [False, True]


def test_the_authority_rules_on_an_overdue_answer(town: City) -> None:
    city.ask(town.root, submitted_on=MONDAY.isoformat())
    town.look()
    city.rule(town.root, on_overdue=True)
    assert town.look(date(2026, 3, 5)).halts
    assert town.grants() == ()
    (town.root / city.RULING_FILE).unlink()
    town.look(date(2026, 3, 17))
    city.rule(town.root, on_overdue=True)
    assert town.look(date(2026, 3, 20)).state is State.RULED_GRANTED
    (grant,) = town.grants()
    assert grant.decided_by == "bureau"
