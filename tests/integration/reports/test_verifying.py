"""A report can be recomputed, and whatever was altered since is found."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from tests.integration.collection.town import DATASET, FIRST_DAY, RESOURCE, Person, Town
from tests.integration.reports.conftest import MERGE, person, town_of

from shutong.audit import AuditTrail
from shutong.collection import collect
from shutong.collection.verdicts import Check, Outcome, Verification
from shutong.collection.verifying import verify_report
from shutong.errors import BatchRefused, UnknownName
from shutong.model import LandedBatch

CHANGES: Final = {"table.null_share_change", "table.new_codes"}
"""Rules over all rows of a batch, the unchanged ones included."""


def landed_by(town: Town) -> LandedBatch:
    return collect(RESOURCE, context=town.context())


def verified(town: Town, batch_id: str) -> Verification:
    return verify_report(batch_id, using=town.settings)


def differing(found: Verification, outcome: Outcome = Outcome.DIFFERS) -> list[Check]:
    return [check for check in found.checks if check.outcome is outcome]


def facts_file(town: Town, batch_id: str) -> Path:
    return town.settings.reports_dir / RESOURCE / f"{batch_id}.json"


def test_a_report_recomputed_is_equal_in_every_rule(town: Town) -> None:
    landed = landed_by(town)
    found = verified(town, landed.batch_id)
    assert differing(found) == differing(found, Outcome.UNKNOWN) == []
    rules = {check.rule: (check.told, check.found) for check in found.checks if check.rule}
    assert rules["name.required"] == ("1", "1")
    assert rules["born.type"] == ("1", "1")
    assert len(rules) == len(json.loads(facts_file(town, landed.batch_id).read_text())["rules"])


def test_a_report_names_the_ticket_of_its_rejected_rows(town: Town) -> None:
    landed = landed_by(town)
    (ticket,) = town.context().ledger.tickets.all()
    assert json.loads(facts_file(town, landed.batch_id).read_text())["ticket"] == ticket.ticket
    page = town.settings.reports_dir / RESOURCE / f"{landed.batch_id}.html"
    assert ticket.ticket in page.read_text(encoding="utf-8")


def test_an_earlier_batch_is_recomputed_after_later_ones(town: Town) -> None:
    first = landed_by(town)
    assert town.now is not None
    town.now += timedelta(days=1)
    town.put(*(person(number, amount=number) for number in range(30)))
    landed_by(town)
    assert verified(town, first.batch_id).outcome is Outcome.EQUAL


def test_of_a_merge_the_batch_s_own_rows_are_recomputed(tmp_path: Path) -> None:
    town = town_of(tmp_path, **MERGE)
    town.put(*(person(number) for number in range(50)))
    landed_by(town)
    assert town.now is not None
    later = FIRST_DAY + timedelta(days=1)
    town.put(*(person(number, amount=7, changed=later) for number in range(40, 60)))
    town.put(Person("N-无名", None, changed=later))
    town.now += timedelta(days=1)
    landed = landed_by(town)
    assert (landed.rows_landed, landed.rows_rejected) == (20, 1)
    found = verified(town, landed.batch_id)
    assert differing(found) == []
    # The overlap brought rows again that stand unchanged: counts over all rows cannot be had.
    assert {check.rule for check in differing(found, Outcome.UNKNOWN)} <= CHANGES


def test_unchanged_rows_of_a_merge_leave_rejecting_rules_comparable(tmp_path: Path) -> None:
    town = town_of(tmp_path, **MERGE)
    assert town.now is not None
    # Inside the overlap: the next window draws them again.
    edge = town.now - timedelta(minutes=5)
    town.put(*(person(number, changed=edge) for number in range(5)))
    landed_by(town)
    town.put(Person("N-无名", None, changed=edge), person(9, changed=edge))
    town.now += timedelta(minutes=5)
    landed = landed_by(town)
    assert landed.rows_unchanged
    found = verified(town, landed.batch_id)
    assert differing(found) == []
    assert {check.rule for check in differing(found, Outcome.UNKNOWN)} <= CHANGES


def test_an_altered_count_in_the_report_is_found(town: Town) -> None:
    landed = landed_by(town)
    path = facts_file(town, landed.batch_id)
    facts = json.loads(path.read_text(encoding="utf-8"))
    (rule,) = [each for each in facts["rules"] if each["rule"] == "name.required"]
    rule["failed_rows"] = 0
    path.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    found = differing(verified(town, landed.batch_id))
    assert [check.rule for check in found if check.rule] == ["name.required"]
    assert len(found) == 3, "the chain's digest, the page and the rule"


def test_an_altered_page_is_found(town: Town) -> None:
    landed = landed_by(town)
    page = facts_file(town, landed.batch_id).with_suffix(".html")
    page.write_text(page.read_text(encoding="utf-8").replace("40", "41"), encoding="utf-8")
    (found,) = differing(verified(town, landed.batch_id))
    assert found.name.en == "the report's page"


def test_a_changed_suite_in_the_tree_is_said_and_the_kept_one_is_used(town: Town) -> None:
    landed = landed_by(town)
    path = town.settings.expectations_dir / f"{DATASET}.json"
    suite = json.loads(path.read_text(encoding="utf-8"))
    suite["expectations"] = suite["expectations"][:1]
    path.write_text(json.dumps(suite), encoding="utf-8")
    found = verified(town, landed.batch_id)
    assert found.outcome is Outcome.EQUAL
    (noted,) = differing(found, Outcome.NOTED)
    assert noted.name.en == "the suite in the tree"


def test_an_altered_kept_suite_is_found_and_no_rule_passes_by_it(town: Town) -> None:
    landed = landed_by(town)
    digest = json.loads(facts_file(town, landed.batch_id).read_text())["suite_digest"]
    path = town.settings.reports_dir / ".evidence" / f"{digest}.json"
    path.write_text(path.read_text(encoding="utf-8").replace("reject_row", "warn"))
    tree = town.settings.expectations_dir / f"{DATASET}.json"
    tree.write_text('{"name": "other", "expectations": []}')
    found = verified(town, landed.batch_id)
    assert found.outcome is Outcome.DIFFERS
    assert not [check for check in found.checks if check.rule]


def test_an_altered_data_file_is_found(town: Town) -> None:
    landed = landed_by(town)
    path = town.settings.lake_dir / DATASET / landed.files[0].path
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)
    (found,) = differing(verified(town, landed.batch_id))
    assert found.name.en == "digests of the data files"
    assert found.note is not None
    assert path.name in found.note.en


def test_a_vacuumed_version_cannot_be_recomputed_and_says_what_it_needs(town: Town) -> None:
    landed = landed_by(town)
    (town.settings.lake_dir / DATASET / landed.files[0].path).unlink()
    found = verified(town, landed.batch_id)
    assert found.outcome is Outcome.UNKNOWN
    (check,) = differing(found, Outcome.UNKNOWN)
    assert check.note is not None
    assert landed.files[0].path in check.note.zh


def test_rejected_rows_that_are_gone_leave_only_their_rules_open(town: Town) -> None:
    landed = landed_by(town)
    for path in (town.settings.quarantine_dir / DATASET).rglob("*.parquet"):
        path.unlink()
    found = verified(town, landed.batch_id)
    assert found.outcome is Outcome.UNKNOWN
    open_rules = {check.rule for check in differing(found, Outcome.UNKNOWN) if check.rule}
    assert open_rules == {"name.required", "born.type"}


def test_a_refused_batch_says_that_its_rows_were_not_kept(town: Town) -> None:
    path = town.root / "catalog/registry/resources/person.yaml"
    text = path.read_text(encoding="utf-8")
    assert "rejected_share: 1.0" in text
    path.write_text(text.replace("rejected_share: 1.0", "rejected_share: 0.0"), encoding="utf-8")
    with pytest.raises(BatchRefused):
        landed_by(town)
    (batch,) = town.context().ledger.batches(RESOURCE, limit=1)
    found = verified(town, batch.batch_id)
    assert found.outcome is Outcome.UNKNOWN
    assert differing(found) == []


def test_a_rule_that_cannot_be_carried_out_here_is_open_and_not_equal(town: Town) -> None:
    landed = landed_by(town)
    path = facts_file(town, landed.batch_id)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"state": "passed"', '"state": "not_comparable"', 1))
    found = verified(town, landed.batch_id)
    assert len([check for check in differing(found, Outcome.UNKNOWN) if check.rule]) == 1


def test_a_batch_without_a_report_is_told_by_name(town: Town) -> None:
    with pytest.raises(UnknownName):
        verified(town, "20260101T000000-000000000000")
    landed = landed_by(town)
    shutil.rmtree(town.settings.reports_dir)
    with pytest.raises(UnknownName, match="restore"):
        verified(town, landed.batch_id)


def test_recomputing_is_on_record(town: Town) -> None:
    landed = landed_by(town)
    verified(town, landed.batch_id)
    trail = AuditTrail(town.context().ledger)
    actions = [str(event.action) for event in trail.events(landed.batch_id)]
    assert actions[-1] == "report.verified"
    assert actions.count("report.written") == 2, "judged, then landed"
    assert trail.verify() is None


def test_landing_again_writes_no_report_again(town: Town) -> None:
    landed = landed_by(town)
    from shutong.collection import land

    trail = AuditTrail(town.context().ledger)
    before, page = len(trail.events()), facts_file(town, landed.batch_id).read_text()
    land(town.context(), landed.batch_id)
    assert len(trail.events()) == before
    assert facts_file(town, landed.batch_id).read_text() == page
