"""Departments act through commands: what may be is written, what may not is said and kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.unit.sharing import city
from tests.unit.sharing.test_clocks import MONDAY, City
from typer.testing import CliRunner

from shutong.audit import AuditTrail
from shutong.catalog import load_catalog
from shutong.catalog.share_models import Decision
from shutong.catalog.share_states import GIVING, State, leads_to
from shutong.cli.app import app
from shutong.errors import CatalogFaulty, ShutongError, UnknownName
from shutong.settings import settings as using
from shutong.sharing.acting import Desk, NotEntitled

FACTS = {key: value for key, value in city.REQUEST.items() if key != "period"} | {
    "period": {"from": MONDAY, "until": "2027-12-31"}
}


@pytest.fixture
def town(tmp_path: Path) -> City:
    return City(city.build(tmp_path / "city"), tmp_path / "build")


def desk(town: City, department: str) -> Desk:
    return Desk(town.root, town.ledger, department, "li")


def files(town: City) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in (town.root / "catalog").rglob("*.yaml")}


def test_a_request_goes_from_draft_to_ruling_by_commands(town: City) -> None:
    consumer, provider, authority = (desk(town, name) for name in ("federation", "civil", "bureau"))
    assert consumer.draft("aid", FACTS).state is State.DRAFT
    assert consumer.submit(city.REQUEST_ID).state is State.SUBMITTED
    assert provider.give_back(city.REQUEST_ID, ["依据"]).state is State.RETURNED
    assert consumer.submit(city.REQUEST_ID).state is State.RESUBMITTED
    in_part: dict[str, Any] = {"items": ["id_number"], "reasons": ["姓名与用途无关"]}
    answered = provider.answer(city.REQUEST_ID, Decision.GRANTED_IN_PART, in_part)
    assert answered.state is State.GRANTED_IN_PART
    assert consumer.dispute(city.REQUEST_ID, ["需要姓名"]).state is State.DISPUTED
    assert authority.rule(city.REQUEST_ID, Decision.GRANTED, {}).state is State.RULED_GRANTED
    assert city.faults(town.root) == []
    (grant,) = town.grants()
    assert grant.items == ("id_number", "name", "region_code")
    assert provider.revoke(city.REQUEST_ID, ["系统停用"]).state is State.REVOKED
    assert town.grants() == ()


def test_what_a_person_wrote_in_a_file_keeps_its_bytes(town: City) -> None:
    city.ask(town.root)
    path = town.root / city.REQUEST_FILE
    text = "# 手写的备注\r\n" + path.read_text(encoding="utf-8").replace("\n", "\r\n")
    path.write_bytes(text.encode())
    desk(town, "federation").submit(city.REQUEST_ID)
    assert path.read_bytes() == text.encode() + b"submitted_on: 2026-03-02\r\n"


@pytest.mark.parametrize("stranger", ["civil", "bureau", "office", "nobody"])
def test_only_the_consumer_submits(town: City, stranger: str) -> None:
    city.ask(town.root)
    before = files(town)
    with pytest.raises(NotEntitled, match="it is for federation"):
        desk(town, stranger).submit(city.REQUEST_ID)
    assert files(town) == before


@pytest.mark.parametrize("stranger", ["federation", "bureau", "office", "nobody"])
def test_only_the_provider_reviews_and_an_attempt_is_on_record(town: City, stranger: str) -> None:
    city.ask(town.root, submitted_on=MONDAY.isoformat())
    before = files(town)
    with pytest.raises(NotEntitled):
        desk(town, stranger).answer(city.REQUEST_ID, Decision.GRANTED, {})
    assert files(town) == before
    event = AuditTrail(town.ledger).events(city.REQUEST_ID)[-1]
    assert (event.action, event.actor) == ("request.step_refused", "li")
    assert json.loads(event.facts)["department"] == stranger


@pytest.mark.parametrize("stranger", ["federation", "civil", "office", "nobody"])
def test_only_the_authority_rules_first(town: City, stranger: str) -> None:
    said = {"on": "2026-03-10", "reasons": ["需要姓名"]}
    city.ask(town.root, submitted_on=MONDAY.isoformat(), dispute=said)
    city.review(town.root, "refused")
    with pytest.raises(NotEntitled):
        desk(town, stranger).rule(city.REQUEST_ID, Decision.GRANTED, {})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"resource": "civil.por"}, "no resource 'civil.por'"),
        ({"items": ["nam"]}, "no item 'nam'"),
        ({"period": {"from": "2026-03-01", "until": "2026-02-01"}}, "until is before from"),
        ({"rows": [{"column": "members", "operator": ">", "value": "1 or 1=1"}]}, "not written"),
        ({"delivery": {"mode": "sftp", "target": "x", "cycle": "每日"}}, "not allowed"),
    ],
)
def test_a_faulty_draft_is_not_written(town: City, changes: dict[str, Any], words: str) -> None:
    before = files(town)
    with pytest.raises(CatalogFaulty, match=words) as caught:
        desk(town, "federation").draft("aid", FACTS | changes)
    assert caught.value.place.startswith(f"{city.REQUEST_FILE}:")
    assert files(town) == before


@pytest.mark.parametrize("name", ["../../x", "a/b", "A", "", "a\0b", "%2e%2e"])
def test_a_request_s_name_never_leaves_its_folder(town: City, name: str) -> None:
    before = files(town)
    with pytest.raises(CatalogFaulty):
        desk(town, "federation").draft(name, FACTS)
    assert files(town) == before


def test_a_linked_folder_is_not_written_through(town: City, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (town.root / "catalog/federation").mkdir()
    (town.root / "catalog/federation/requests").symlink_to(outside)
    with pytest.raises(CatalogFaulty):
        desk(town, "federation").draft("aid", FACTS)
    assert list(outside.iterdir()) == []


def test_a_period_that_is_over_cannot_be_submitted(town: City) -> None:
    city.ask(town.root, period={"from": "2025-01-01", "until": "2025-12-31"})
    before = files(town)
    with pytest.raises(CatalogFaulty, match="the period ended before"):
        desk(town, "federation").submit(city.REQUEST_ID)
    assert files(town) == before


def test_a_second_request_for_the_same_is_not_submitted(town: City) -> None:
    city.ask(town.root, submitted_on=MONDAY.isoformat())
    consumer = desk(town, "federation")
    consumer.draft("again", FACTS)
    with pytest.raises(CatalogFaulty, match="overlaps"):
        consumer.submit("federation.again")


def test_a_misspelt_request_is_named_with_the_closest(town: City) -> None:
    city.ask(town.root)
    with pytest.raises(UnknownName, match=r"did you mean 'federation\.aid'"):
        desk(town, "federation").submit("federation.add")


def test_a_longer_term_is_asked_for_before_it_is_consented_to(town: City) -> None:
    city.ask(town.root, submitted_on=MONDAY.isoformat())
    with pytest.raises(CatalogFaulty, match="did not ask for longer"):
        desk(town, "bureau").allow_longer(city.REQUEST_ID, ["同意"])
    desk(town, "civil").ask_longer(city.REQUEST_ID, ["数据量大"])
    progress = desk(town, "bureau").allow_longer(city.REQUEST_ID, ["同意"])
    assert progress.due is not None
    assert progress.due.extended
    with pytest.raises(CatalogFaulty, match="repeats"):
        desk(town, "civil").ask_longer(city.REQUEST_ID, ["再延"])


ENTITLED: Final = {
    "federation": ("submit", "withdraw", "dispute", "appeal"),
    "civil": ("give_back", "ask_longer", "revoke", "grant", "part", "refuse"),
    "bureau": ("allow_longer", "rule_grant", "rule_part", "rule_refuse"),
    "office": (),
    "nobody": (),
}
RIGHT: Final = {step: who for who, steps in ENTITLED.items() for step in steps}
STEPS: Final = list(RIGHT)


class Everybody(RuleBasedStateMachine):
    """Any department tries anything in any order; days pass."""

    @initialize()
    def build(self) -> None:
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        folder = Path(self.folder.name)
        self.town = City(city.build(folder / "city"), folder / "build")
        city.ask(self.town.root)
        self.state = State.DRAFT

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()

    @rule(stranger=st.none() | st.sampled_from(list(ENTITLED)), step=st.sampled_from(STEPS))
    def somebody_tries(self, stranger: str | None, step: str) -> None:
        case = city.REQUEST_ID
        acting = desk(self.town, stranger or RIGHT[step])
        before = files(self.town)
        part: dict[str, Any] = {"items": ["id_number"], "reasons": ["无关"]}
        entries = {"grant": {}, "part": part, "refuse": {"reasons": ["无关"]}}
        decisions = {
            "grant": Decision.GRANTED,
            "part": Decision.GRANTED_IN_PART,
            "refuse": Decision.REFUSED,
        }
        kind = step.removeprefix("rule_")
        try:
            if step == "submit":
                acting.submit(case)
            elif kind in decisions:
                act = acting.rule if step.startswith("rule_") else acting.answer
                act(case, decisions[kind], entries[kind])
            else:
                getattr(acting, step)(case, ["理由"])
        except ShutongError:
            assert files(self.town) == before
        self.look()

    @rule(days=st.integers(1, 9))
    def days_pass(self, days: int) -> None:
        from datetime import timedelta

        self.town.day += timedelta(days=days)
        self.look()

    def look(self) -> None:
        progress = self.town.look()
        assert not progress.halts
        assert leads_to(self.state, progress.state)
        self.state = progress.state

    @invariant()
    def what_was_written_has_no_fault_and_only_a_decision_grants(self) -> None:
        if not hasattr(self, "town"):
            return
        assert city.faults(self.town.root) == []
        assert bool(self.town.grants()) == (self.state in GIVING)
        assert self.state is State.DRAFT or load_catalog(self.town.root).requests


TestEverybody = Everybody.TestCase
TestEverybody.settings = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.fixture
def command(town: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("SHUTONG_ROOT", str(town.root))
    monkeypatch.setenv("SHUTONG_DATA_DIR", str(tmp_path / "build"))
    using.cache_clear()
    yield lambda *words: CliRunner().invoke(app, list(words))
    using.cache_clear()


def test_the_command_line_drafts_submits_shows_and_lists(command: Any) -> None:
    words = "request new civil.poor --item id_number --item name --basis 条例 --scenario 审核"
    words += " --use 核对 --from 2026-01-01 --until 2099-12-31 --mode file --target aid"
    made = command(*words.split(), "--row", "region_code in 360202,360203", "--as", "federation")
    assert made.exit_code == 0, made.output
    assert "shutong request submit federation.poor" in made.output
    assert command("request", "submit", "federation.poor", "--as", "federation").exit_code == 0
    shown = command("request", "show", "federation.poor")
    assert "federation 申请 civil 的 低保家庭信息" in shown.output
    assert "已提交" in shown.output
    listed = json.loads(command("request", "list", "--json").stdout)
    assert [each["state"] for each in listed] == ["submitted"]
    told = json.loads(command("request", "show", "federation.poor", "--json").stdout)
    assert told["timeline"][0]["step"] == "submit"
    answered = command(
        *["review", "grant", "federation.poor", "--item", "id_number", "--mask", "id_number=whole"],
        *["--until", "2098-12-31", "--reason", "最小必要", "--as", "civil"],
    )
    assert answered.exit_code == 0, answered.output
    assert "部分同意" in answered.output
    wrong = command("rule", "grant", "federation.poor", "--as", "bureau")
    assert isinstance(wrong.exception, CatalogFaulty)
