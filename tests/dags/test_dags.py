"""One DAG per resource, from thin loaders, parsed without touching anything heavy."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shutong.catalog import load_catalog, resource_ids
from shutong.dag_builder.clock import DAG_ID
from shutong.dag_builder.loaders import LOADER, loader_faults, write_loaders
from shutong.dag_builder.pools import pools_json
from shutong.dag_builder.sharing import DAG_ID as SHARING_CLOCK
from shutong.model import LoadMode

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ["pandas", "pyarrow", "duckdb", "deltalake", "great_expectations", "pymysql"]

PARSE = """
import json, sys
HEAVY = json.loads(sys.argv[2])
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(dag_folder=sys.argv[1])
facts = {
    "dags": {
        dag_id: {
            "title": dag.dag_display_name,
            "tags": sorted(dag.tags),
            "tasks": {
                t.task_id: {
                    "after": sorted(t.upstream_task_ids),
                    "pool": t.pool,
                    "retries": t.retries,
                    "growing": bool(t.retry_exponential_backoff),
                    "outlets": [o.uri for o in t.outlets],
                    "doc": t.doc_md,
                }
                for t in dag.tasks
            },
        }
        for dag_id, dag in bag.dags.items()
    },
    "errors": bag.import_errors,
    "heavy": [m for m in HEAVY if m in sys.modules],
}
print("FACTS" + json.dumps(facts, default=str))
"""


def parse(dags: Path, **env: str) -> dict[str, Any]:
    """Parse a DAG folder as Airflow does, in a process of its own."""
    import os

    done = subprocess.run(
        [sys.executable, "-c", PARSE, str(dags), json.dumps(HEAVY)],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("FACTS")]
    assert lines, done.stderr[-2000:]
    facts: dict[str, Any] = json.loads(lines[0].removeprefix("FACTS"))
    return facts


@pytest.fixture(scope="module")
def parsed() -> dict[str, Any]:
    return parse(ROOT / "dags")


@pytest.fixture
def city(tmp_path: Path) -> Path:
    for name in ("catalog", "schemas", "dags"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def test_every_resource_has_its_dag_and_none_fails_to_load(parsed: dict[str, Any]) -> None:
    assert sorted(parsed["dags"]) == sorted([*resource_ids(ROOT), DAG_ID, SHARING_CLOCK])
    assert parsed["errors"] == {}


def test_parsing_imports_nothing_heavy(parsed: dict[str, Any]) -> None:
    assert parsed["heavy"] == []


def test_a_dag_shows_its_chinese_title_theme_and_department(parsed: dict[str, Any]) -> None:
    dag = parsed["dags"]["public-security.resident"]
    assert "人口" in dag["title"]
    assert {"人口", "景德镇市公安局", "population/resident"} <= set(dag["tags"])


def test_the_path_is_five_tasks_in_a_row(parsed: dict[str, Any]) -> None:
    for resource_id in resource_ids(ROOT):
        dag = parsed["dags"][resource_id]
        after = {name: task["after"] for name, task in dag["tasks"].items()}
        assert set(after) - {"compare"} == {"plan", "extract", "reconcile", "validate", "land"}
        assert "validate" in after["land"]
        assert "reconcile" in after["validate"]
        assert "extract" in after["reconcile"]
        assert after["extract"] == ["plan"]


def test_keys_are_compared_behind_the_landing_where_a_load_draws_changes_only(
    parsed: dict[str, Any],
) -> None:
    catalog = load_catalog(ROOT)
    for resource_id in resource_ids(ROOT):
        dag = parsed["dags"][resource_id]
        changes_only = catalog.resource(resource_id).source.load is not LoadMode.FULL
        assert ("compare" in dag["tasks"]) is changes_only
        if changes_only:
            compare = dag["tasks"]["compare"]
            assert "land" in compare["after"]
            assert compare["outlets"] == dag["tasks"]["land"]["outlets"]
            assert compare["pool"] == dag["tasks"]["extract"]["pool"]


def test_only_tasks_that_read_the_front_end_take_its_pool(parsed: dict[str, Any]) -> None:
    tasks = parsed["dags"]["public-security.resident"]["tasks"]
    assert tasks["extract"]["pool"] == tasks["plan"]["pool"] == "front_end_fe-public-security"
    assert tasks["land"]["pool"] == "default_pool"
    pools = json.loads(pools_json(ROOT))
    assert "front_end_fe-public-security" in pools


def test_every_pool_that_a_dag_names_is_made(parsed: dict[str, Any]) -> None:
    named = {task["pool"] for dag in parsed["dags"].values() for task in dag["tasks"].values()}
    assert named <= set(json.loads(pools_json(ROOT))) | {"default_pool"}


def test_landing_tells_the_datasets_asset(parsed: dict[str, Any]) -> None:
    tasks = parsed["dags"]["public-security.resident"]["tasks"]
    assert tasks["land"]["outlets"] == ["shutong://lake/population/resident"]
    assert "/shutong/reports/public-security.resident/latest.html" in tasks["validate"]["doc"]


def test_retries_pause_longer_each_time(parsed: dict[str, Any]) -> None:
    task = parsed["dags"]["public-security.resident"]["tasks"]["extract"]
    assert task["growing"]


def test_one_broken_file_leaves_all_other_dags_alive_and_shows_red(city: Path) -> None:
    victim = city / "catalog" / "taxation" / "resources" / "payment.yaml"
    victim.write_text("name: [", encoding="utf-8")
    facts = parse(city / "dags", SHUTONG_ROOT=str(city))
    assert "taxation.payment" not in facts["dags"]
    assert set(facts["dags"]) == {*resource_ids(city), DAG_ID, SHARING_CLOCK} - {"taxation.payment"}
    (file,) = facts["errors"]
    assert file.endswith("catalog_check.py")
    assert "catalog/taxation/resources/payment.yaml:" in facts["errors"][file]


def test_a_task_builds_only_its_own_dag(city: Path) -> None:
    facts = parse(
        city / "dags" / "departments" / "market-regulation.py",
        SHUTONG_ROOT=str(city),
        _AIRFLOW_PARSING_CONTEXT_DAG_ID="market-regulation.penalty",
        _AIRFLOW_PARSING_CONTEXT_TASK_ID="extract",
    )
    assert list(facts["dags"]) == ["market-regulation.penalty"]


def test_a_department_without_its_loader_is_a_fault_until_it_is_written(city: Path) -> None:
    loader = city / "dags" / "departments" / "taxation.py"
    loader.unlink()
    (fault,) = loader_faults(city)
    assert fault.file == "dags/departments/taxation.py"
    assert write_loaders(city) == [loader]
    assert list(loader_faults(city)) == []


def test_the_committed_loaders_are_as_generated() -> None:
    assert list(loader_faults(ROOT)) == []
    for path in (ROOT / "dags" / "departments").glob("*.py"):
        assert path.read_text(encoding="utf-8") == LOADER


def test_every_department_with_resources_is_declared() -> None:
    catalog = load_catalog(ROOT)
    assert {r.partition(".")[0] for r in catalog.resources} <= set(catalog.departments)
