"""The whole path over the sample city: every row is landed, rejected or refused, exactly."""

from __future__ import annotations

import json
import sqlite3

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.e2e.conftest import ROOT, Project

from shutong.audit import AuditTrail
from shutong.catalog import resource_ids
from shutong.collection import collect, extract, land, plan, reconcile, validate
from shutong.errors import BatchRefused
from shutong.model import BatchState
from shutong.sample_city import pass_day

EVERY = resource_ids(ROOT)


@pytest.mark.parametrize("resource_id", EVERY)
def test_what_is_read_is_landed_or_rejected_as_the_city_was_made(
    project: Project, resource_id: str
) -> None:
    landed = collect(resource_id, context=project.context(resource_id))
    made = project.city.counts[resource_id]
    assert landed.rows_read == made.rows
    assert landed.rows_rejected == made.dirty
    assert landed.rows_landed == made.rows - made.dirty
    assert landed.table_rows == landed.rows_landed


def test_each_rejected_row_is_in_quarantine_with_its_one_rule_and_reason(project: Project) -> None:
    resource_id = "public-security.resident"
    context = project.context(resource_id)
    landed = collect(resource_id, context=context)
    files = sorted((context.settings.quarantine_dir / landed.dataset).rglob("*.parquet"))
    rejected = pa.concat_tables(pq.read_table(file, partitioning=None) for file in files)
    found: dict[str, int] = {}
    for row in rejected.select(["_rules", "_reasons", "_batch"]).to_pylist():
        assert row["_reasons"]
        assert row["_batch"] == landed.batch_id
        for rule in {rule.partition(".")[0] for rule in row["_rules"]}:
            found[rule] = found.get(rule, 0) + 1
    made = project.city.counts[resource_id].by_item
    assert sum(made.values()) == project.city.counts[resource_id].dirty == rejected.num_rows
    keyed = {("id_number" if item == "key" else item): n for item, n in found.items()}
    assert keyed.keys() == made.keys()


def test_four_counties_feed_one_table_without_touching_each_other(project: Project) -> None:
    counties = [r for r in EVERY if r.endswith(".low-income-family")]
    assert len(counties) == 4
    for county in counties:
        collect(county, context=project.context(county))
    before = project.count("population.low_income_family")
    again = collect(counties[0], context=project.context(counties[0]))
    assert again.rows_removed == again.rows_landed
    assert project.count("population.low_income_family") == before == again.table_rows
    rows = project.context_lake_query(
        "select _resource, count(*) as n from population.low_income_family group by 1"
    )
    assert {str(row["_resource"]) for row in rows} == set(counties)


def test_a_second_run_is_incremental_and_lands_only_what_the_day_changed(project: Project) -> None:
    resource_id = "public-security.resident"
    first = collect(resource_id, context=project.context(resource_id))
    day = pass_day(project.root / "build", seed=7)
    context = project.context(resource_id)
    second = collect(resource_id, context=context)
    batch = context.ledger.batch(second.batch_id)
    assert batch is not None
    assert batch.window.incremental
    changed = day.counts[resource_id]
    assert second.rows_read < first.rows_read / 10
    assert second.rows_landed == changed.inserted + changed.updated + changed.late
    assert second.table_rows == first.table_rows + second.rows_landed - changed.updated


def test_a_run_without_a_change_lands_nothing_and_says_so(project: Project) -> None:
    resource_id = "market-regulation.enterprise"
    first = collect(resource_id, context=project.context(resource_id))
    second = collect(resource_id, context=project.context(resource_id))
    assert (second.rows_landed, second.table_rows) == (0, first.table_rows)


def test_appended_rows_arrive_once(project: Project) -> None:
    resource_id = "taxation.payment"
    first = collect(resource_id, context=project.context(resource_id))
    pass_day(project.root / "build", seed=7)
    second = collect(resource_id, context=project.context(resource_id))
    third = collect(resource_id, context=project.context(resource_id))
    assert second.rows_landed >= 1
    assert third.rows_landed == 0
    assert third.table_rows == first.table_rows + second.rows_landed


def test_every_stage_can_be_run_again_and_the_batch_lands_once(project: Project) -> None:
    context = project.context("public-security.resident")
    batch = plan(context).batch_id
    for _ in range(2):
        extract(context, batch)
    for _ in range(2):
        reconcile(context, batch)
    for _ in range(2):
        validate(context, batch)
    first = land(context, batch)
    again = land(context, batch)
    assert not first.repeated
    assert again.repeated
    assert again.version == first.version
    assert project.count("population.resident") == first.rows_landed


def test_over_the_tolerance_the_batch_is_refused_whole_and_the_last_state_stays(
    project: Project,
) -> None:
    resource_id = "zhushan.low-income-family"
    good = collect(resource_id, context=project.context(resource_id))
    source = project.context(resource_id).resource.source
    table, column = source.table, source.columns["id_number"]
    with sqlite3.connect(project.database(source.front_end)) as db:
        db.execute(f'UPDATE "{table}" SET "{column}" = \'1\' || substr("{column}", 2)')
    context = project.context(resource_id)
    with pytest.raises(BatchRefused):
        collect(resource_id, context=context)
    assert project.count("population.low_income_family") == good.rows_landed
    newest = context.ledger.batches(resource_id, limit=1)[0]
    assert newest.state is BatchState.REFUSED
    assert newest.reasons


def test_every_arrow_is_on_the_audit_chain_and_the_chain_holds(project: Project) -> None:
    context = project.context("civil-affairs.adoption")
    landed = collect("civil-affairs.adoption", context=context)
    trail = AuditTrail(context.ledger)
    actions = [str(event.action) for event in trail.events(landed.batch_id)]
    steps = ["planned", "staged", "reconciled", "validated", "landed"]
    assert [a for a in actions if a.startswith("batch.")] == [f"batch.{step}" for step in steps]
    assert "rows.quarantined" in actions
    assert trail.verify() is None


def test_the_report_names_rules_and_counts_and_no_persons_value(project: Project) -> None:
    resource_id = "public-security.resident"
    context = project.context(resource_id)
    collect(resource_id, context=context)
    page = (project.settings.reports_dir / resource_id / "latest.html").read_text(encoding="utf-8")
    assert "公民身份号码" in page
    assert "http" not in page.replace("http-equiv", "")
    source = context.resource.source
    wanted = [source.columns[item] for item in ("id_number", "name", "phone")]
    with sqlite3.connect(project.database(source.front_end)) as db:
        values = db.execute(f'SELECT {", ".join(wanted)} FROM "{source.table}"').fetchall()
    for value in (str(v) for row in values for v in row if v and len(str(v)) > 1):
        assert value not in page


def test_no_personal_value_stands_in_facts_logs_ledger_or_the_tables_log(project: Project) -> None:
    resource_id = "public-security.resident"
    context = project.context(resource_id)
    landed = collect(resource_id, context=context)
    source = context.resource.source
    columns = [source.columns[item] for item in ("id_number", "phone")]
    with sqlite3.connect(project.database(source.front_end)) as db:
        rows = db.execute(f'SELECT {", ".join(columns)} FROM "{source.table}"').fetchall()
    values = {str(v).encode() for row in rows for v in row if v and len(str(v)) >= 11}
    build = project.root / "build"
    places = [*context.folder(landed.batch_id).path.glob("*.json"), build / "ledger.db"]
    places += list(build.glob("ledger.db-wal"))
    places += list((build / "lake").rglob("_delta_log/*.json"))
    places += list((build / "quarantine").rglob("_delta_log/*.json"))
    for place in places:
        text = place.read_bytes()
        assert not [value for value in values if value in text], place


def test_the_command_line_walks_the_same_path_step_by_step(project: Project) -> None:
    resource = "civil-affairs.adoption"
    planned = project.shutong("plan", resource)
    assert planned.returncode == 0, planned.stderr
    batch = planned.stdout.strip()
    for stage in ("extract", "reconcile", "validate", "land"):
        done = project.shutong(stage, resource, batch)
        assert done.returncode == 0, done.stderr
    again = project.shutong("land", resource, batch)
    assert "not written twice" in again.stdout
    answer = project.shutong(
        "query", "select count(*) as n from population.adoption", "--output", "json"
    )
    made = project.city.counts[resource]
    assert json.loads(answer.stdout) == {"n": made.rows - made.dirty}
    # What a spreadsheet could run comes out as a text; numbers stay numbers.
    query = "select '=1+1' as f, '张三' as t, -1 as i, null::varchar as n from population.adoption"
    answer = project.shutong("query", f"{query} limit 1", "--output", "csv")
    assert answer.stdout.splitlines()[1] == '"\'=1+1","张三",-1,'
