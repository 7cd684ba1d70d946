"""Datasets held against each other and batches against the last, on the sample city's tables."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest
from tests.e2e.conftest import Project

from shutong.catalog import load_catalog
from shutong.collection import collect
from shutong.collection.relating import landed_datasets
from shutong.collection.verdicts import Outcome
from shutong.collection.verifying import verify_report
from shutong.errors import BatchRefused
from shutong.model import RuleResult, RuleState, ValidationReport
from shutong.quality import draft_suites
from shutong.sample_city import pass_day

PARCEL, ENTERPRISE = "natural-resources.land-parcel", "market-regulation.enterprise"
POOR, ADDRESS = "poverty-relief.poor-person", "natural-resources.address"
COUNTIES = [f"{c}.low-income-family" for c in ("changjiang", "fuliang", "leping", "zhushan")]
ENTERPRISES = "legal_person/enterprise"


def collected(project: Project, resource_id: str) -> ValidationReport:
    """Collect a resource and return its validation report."""
    context = project.context(resource_id)
    landed = collect(resource_id, context=context)
    return ValidationReport.read(context.folder(landed.batch_id).report)


def change(project: Project, statement: str) -> None:
    """Change the tables of the department of natural resources."""
    with closing(sqlite3.connect(project.database("fe-natural-resources"))) as db, db:
        assert db.execute(statement).rowcount > 0


def result(report: ValidationReport, rule: str) -> RuleResult:
    return next(each for each in report.rules if each.rule == rule)


def strangers(project: Project, version: int) -> int:
    """Return how many landed parcels name a holder that no enterprise is, at a version."""
    sql = (
        "SELECT count(*) AS n FROM natural_resources.land_parcel "
        "WHERE right_holder_credit_code NOT IN (SELECT credit_code FROM legal_person.enterprise)"
    )
    lake = project.context(PARCEL).lake
    rows = lake.query({ENTERPRISES: version}).run(sql).read_all().to_pylist()
    return int(rows[0]["n"])


def test_a_reference_is_judged_once_the_other_dataset_has_landed_at_a_version_that_is_told(
    project: Project,
) -> None:
    first = collected(project, PARCEL)
    assert result(first, "right_holder_credit_code.exists").state is RuleState.UNJUDGED
    assert (first.references[0].dataset, first.references[0].version) == (ENTERPRISES, None)

    collected(project, ENTERPRISE)
    second = collected(project, PARCEL)

    (reference,) = second.references
    assert reference.dataset == ENTERPRISES
    assert reference.version is not None
    judged = result(second, "right_holder_credit_code.exists")
    # Rejected parcels are judged too: theirs are the credit codes with a wrong check digit.
    wrong = result(second, "right_holder_credit_code.credit_code").failed_rows
    assert judged.failed_rows == strangers(project, reference.version) + wrong
    assert judged.failed_rows < second.rows / 2
    assert second.accepted


def test_a_report_is_recomputed_against_the_versions_and_the_batch_it_was_held_against(
    project: Project,
) -> None:
    collected(project, ENTERPRISE)
    collected(project, PARCEL)
    pass_day(project.root / "build")
    report = collected(project, PARCEL)
    collected(project, ENTERPRISE)

    found = verify_report(report.batch_id, using=project.context(PARCEL).settings)

    assert found.outcome is Outcome.EQUAL, [c for c in found.checks if c.outcome != Outcome.EQUAL]
    told = {check.rule: check.outcome for check in found.checks}
    assert told["right_holder_credit_code.exists"] is Outcome.EQUAL
    changes = {r.rule for r in report.rules if r.rule.startswith("table.") and r.severity == "warn"}
    assert changes
    assert all(result(report, rule).state is not RuleState.UNJUDGED for rule in changes)
    assert {told[rule] for rule in changes} == {Outcome.EQUAL}


def test_an_auditor_comes_to_the_same_verdict_at_the_version_that_is_told(
    project: Project,
) -> None:
    collected(project, ENTERPRISE)
    report = collected(project, PARCEL)
    version = report.references[0].version
    assert version is not None
    before = strangers(project, version)

    pass_day(project.root / "build")
    collected(project, ENTERPRISE)

    context = project.context(PARCEL)
    assert context.lake.version(ENTERPRISES) != version
    assert strangers(project, version) == before
    assert landed_datasets(context)[ENTERPRISES].version == context.lake.version(ENTERPRISES)


def test_a_dataset_of_four_counties_is_judged_by_when_all_of_them_have_landed(
    project: Project,
) -> None:
    project.edit(
        "schemas/population/poverty_relief.yaml",
        "refers_to: {dataset: population/resident, item: id_number}",
        "refers_to: {dataset: population/low_income_family, item: id_number}",
    )
    draft_suites(load_catalog(project.root), project.root / "expectations")
    for county in COUNTIES[:3]:
        collected(project, county)
    early = collected(project, POOR)
    assert result(early, "id_number.exists").state is RuleState.UNJUDGED
    assert early.references[0].waiting == (COUNTIES[3],)

    collected(project, COUNTIES[3])
    report = collected(project, POOR)
    judged = result(report, "id_number.exists")
    assert judged.state is RuleState.FAILED
    found = project.context_lake_query(
        "SELECT count(*) FILTER (_resource <> 'leping.low-income-family') AS others, "
        "count(*) AS n FROM population.poverty_relief p "
        "JOIN population.low_income_family f USING (id_number)".replace("_resource", "f._resource")
    )[0]
    assert 0 < int(str(found["others"])) < int(str(found["n"])), "more counties than one are met"
    landed = report.clean_rows - int(str(found["n"]))
    assert landed <= judged.failed_rows <= landed + report.rejected_rows


def test_a_rule_may_make_the_batch_wait_until_the_other_dataset_has_landed(
    project: Project,
) -> None:
    project.edit(
        "schemas/natural_resources/land_parcel.yaml",
        "item: credit_code}",
        "item: credit_code, unlanded: reject_batch}",
    )
    draft_suites(load_catalog(project.root), project.root / "expectations")
    with pytest.raises(BatchRefused, match="尚未入库"):
        collected(project, PARCEL)
    collected(project, ENTERPRISE)
    assert collected(project, PARCEL).accepted


def test_a_name_that_is_another_one_at_the_source_of_the_fact_is_counted_and_lands(
    project: Project,
) -> None:
    collected(project, ENTERPRISE)
    before = result(collected(project, PARCEL), "right_holder.same_fact").failed_rows
    change(
        project,
        "UPDATE TD_ZDJBXX SET QLR = '改名有限公司' WHERE rowid = (SELECT min(t.rowid) "
        "FROM TD_ZDJBXX t WHERE t.QLR NOT LIKE '改名%')",
    )
    report = collected(project, PARCEL)
    judged = result(report, "right_holder.same_fact")
    assert judged.failed_rows == before + 1
    assert "改名" not in report.model_dump_json()
    assert report.accepted


def test_a_full_load_is_held_against_the_batch_before_it(project: Project) -> None:
    first = collected(project, ADDRESS)
    assert result(first, "table.row_count_change").state is RuleState.UNJUDGED
    change(project, "DELETE FROM DZ_BZDZ WHERE rowid % 2 = 0")

    second = collected(project, ADDRESS)

    assert second.compared_with == first.batch_id
    changed = result(second, "table.row_count_change")
    assert changed.state is RuleState.FAILED
    assert changed.detail == f"{first.profile.rows} → {second.profile.rows}"  # type: ignore[union-attr]
    assert second.accepted
    page = project.root / "build" / "reports" / ADDRESS / "latest.html"
    assert first.batch_id in page.read_text(encoding="utf-8")


def test_the_main_job_counts_the_same_rejected_rows_whatever_lands_first(project: Project) -> None:
    done = project.shutong("run", PARCEL, ENTERPRISE)
    assert done.returncode == 0, done.stdout + done.stderr
    facts = json.loads((project.root / "build" / "run.json").read_text(encoding="utf-8"))
    for line in facts:
        assert line["rows_rejected"] == project.city.counts[line["resource"]].dirty
