"""A catalog of 1,000 resources: how long it takes to check, and a task to find its own DAG.

The resources are the city's own with other codes and names, spread over its departments.
Run alone: `python -m tests.bench.catalog_scale`.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import yaml

from shutong.catalog import check_catalog
from shutong.dag_builder.loaders import write_loaders

ROOT: Final = Path(__file__).resolve().parents[2]
RESOURCES: Final = 1_000
ROUNDS: Final = 5

_PARSE: Final = """
import sys, time
from airflow.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator
begun = time.perf_counter()
path = sys.argv[1]
names = {"__file__": path, "__name__": "loader"}
exec(compile(open(path).read(), path, "exec"), names)
assert len([d for d in names.values() if isinstance(d, DAG)]) == 1
print(time.perf_counter() - begun)
"""


def generate(root: Path, number: int = RESOURCES) -> None:
    """Write a project with `number` resources below `root`."""
    for name in ("catalog", "schemas"):
        shutil.copytree(ROOT / name, root / name)
    originals = sorted((root / "catalog").glob("*/resources/*.yaml"))
    for i in range(number - len(originals)):
        path = originals[i % len(originals)]
        facts = yaml.safe_load(path.read_text(encoding="utf-8"))
        facts["code"] = f"{facts['code'].partition('/')[0]}/{900_000 + i}"
        facts["name"] = f"{facts['name']}{i}"
        twin = path.with_name(f"{path.stem}-{i}.yaml")
        twin.write_text(yaml.safe_dump(facts, allow_unicode=True, sort_keys=False), "utf-8")
    write_loaders(root)


def measure() -> dict[str, float]:
    """Return seconds, medians: to check the whole catalog, and to build one DAG of it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        generate(root)
        checks = []
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            catalog, faults = check_catalog(root)
            checks.append(time.perf_counter() - begun)
        if len(catalog.resources) != RESOURCES or faults:
            raise SystemExit(f"{len(catalog.resources)} resources, {len(faults)} faults")
        parses = [_parse(root) for _ in range(ROUNDS)]
    return {
        "catalog_1000_check_seconds": round(statistics.median(checks), 3),
        "parse_own_dag_of_1000_seconds": round(statistics.median(parses), 3),
    }


def _parse(root: Path) -> float:
    """Return the seconds that a task's parse of its own DAG takes beyond Airflow's imports."""
    env = {
        **os.environ,
        "SHUTONG_ROOT": str(root),
        "AIRFLOW_HOME": str(root / "airflow"),
        "_AIRFLOW_PARSING_CONTEXT_DAG_ID": "public-security.resident",
        "_AIRFLOW_PARSING_CONTEXT_TASK_ID": "extract",
    }
    loader = root / "dags" / "departments" / "public-security.py"
    words = [sys.executable, "-W", "ignore", "-c", _PARSE, str(loader)]
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
