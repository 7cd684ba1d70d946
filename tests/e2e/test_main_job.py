"""`shutong run`: the main job through Airflow, as `make run` does it."""

from __future__ import annotations

import json

from tests.e2e.conftest import Project

FIRST, SECOND = "zhushan.low-income-family", "market-regulation.enterprise"
KEYS = {"resource", "rows_read", "rows_rejected", "rows_landed", "seconds", "version", "report"}


def test_the_main_job_runs_through_airflow_sums_up_and_is_incremental_the_second_time(
    project: Project,
) -> None:
    done = project.shutong("run", FIRST, SECOND)
    assert done.returncode == 0, done.stdout + done.stderr
    facts = json.loads((project.root / "build" / "run.json").read_text(encoding="utf-8"))
    by_resource = {line["resource"]: line for line in facts}
    assert set(by_resource) == {FIRST, SECOND}
    for resource_id, line in by_resource.items():
        made = project.city.counts[resource_id]
        assert set(line) >= KEYS
        assert line["rows_read"] == made.rows
        assert line["rows_rejected"] == made.dirty
        assert line["rows_landed"] == made.rows - made.dirty
        assert (project.root / line["report"]).is_file()
        assert not line["incremental"]
    assert "shutong query" in done.stdout
    assert "make up" in done.stdout

    again = project.shutong("run", SECOND)
    assert again.returncode == 0, again.stdout + again.stderr
    (line,) = json.loads((project.root / "build" / "run.json").read_text(encoding="utf-8"))
    assert line["incremental"]
    assert line["rows_landed"] == 0
    assert "1 incremental" in again.stdout


def test_a_resource_that_fails_is_named_with_its_reason_and_the_others_land(
    project: Project,
) -> None:
    project.database("fe-zhushan").unlink()
    done = project.shutong("run", FIRST, "civil-affairs.adoption")
    assert done.returncode == 1
    facts = json.loads((project.root / "build" / "run.json").read_text(encoding="utf-8"))
    by_resource = {line["resource"]: line for line in facts}
    assert by_resource[FIRST]["fault"]
    assert "fe-zhushan" in by_resource[FIRST]["fault"]
    assert by_resource["civil-affairs.adoption"]["rows_landed"] > 0
