"""Shutong's own path, timed (本项目): plan, extract, reconcile, validate, land.

A project folder of its own declares one resource over the bench table, with the standard of
its 15 items and the same thirty expectations as the peers, and the identifier rule on top.
Imports and a collection of a thousand rows come before the clock starts.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import yaml
from tests.bench.source import (
    COLUMNS,
    SUITE,
    WARM_ROWS,
    Source,
    cpu_seconds,
    peak_mb,
    source_of_environment,
    tell,
)

from shutong.catalog.models import Dataset
from shutong.settings import Settings

CODES: Final = Path(__file__).parents[2] / "schemas" / "codes"
"""The city's own code tables, as a real standard names them."""
DATASET: Final = "population/bench_resident"
RESOURCE: Final = "bench.resident"
WARM: Final = "bench.warm"
IDENTIFIER_RULE: Final = {
    "type": "expect_column_values_to_be_citizen_number",
    "kwargs": {"column": "id_number"},
    "meta": {
        "rule": "id_number.citizen_number",
        "severity": "reject_row",
        "words": "公民身份号码符合 GB 11643-1999",
        "words_en": "citizen number by GB 11643-1999",
    },
}
"""The rule that the peers lack: region, birth date and check digit."""

_ITEMS: Final[dict[str, dict[str, Any]]] = {
    "person_id": {"type": "I"},
    "id_number": {"type": "C", "length": 18, "sensitivity": "sensitive", "rule": "citizen_number"},
    "name": {"type": "C", "length": 60, "sensitivity": "personal"},
    "sex": {"type": "C", "length": 1, "code_table": "sex"},
    "ethnic": {"type": "C", "length": 2, "code_table": "ethnic_group"},
    "birth_date": {"type": "D", "sensitivity": "personal"},
    "region_code": {"type": "C", "length": 6, "code_table": "region"},
    "address": {"type": "C", "length": 200, "sensitivity": "personal"},
    "phone": {"type": "C", "length": 20, "sensitivity": "personal", "rule": "mobile_phone"},
    "marital": {"type": "C", "length": 2, "code_table": "marital_status"},
    "education": {"type": "C", "length": 2, "code_table": "education"},
    "household_no": {"type": "C", "length": 20},
    "is_head": {"type": "I"},
    "income": {"type": "Y", "length": 12, "scale": 2},
    "updated_at": {"type": "T"},
}


_STANDARD: Final[dict[str, Any]] = {
    "title": "基准",
    "title_en": "Bench",
    "summary": "基准",
    "basis": "基准",
    "key": ["person_id"],
    "items": [{"name": name, "title": name, **_ITEMS[name]} for name in COLUMNS],
}


def bench_dataset() -> Dataset:
    """Return the data standard of the bench table."""
    return Dataset.model_validate(_STANDARD)


def make_project(root: Path, source: Source) -> None:
    """Write a project folder with one department, front-end, dataset, suite and two resources."""
    department = {
        "code": "bench",
        "name": "基准",
        "name_en": "Bench",
        "credit_code": "11360200YB36020126",
        "kind": "municipal",
        "region": "360200",
        "roles": ["provider"],
        "steward": {"name": "基准", "phone": "0798-8000000"},
    }
    front_end = {
        "code": "fe-bench",
        "name": "基准前置机",
        "department": "bench",
        "kind": "mysql",
        "connection": "fe_bench",
    }
    suite = json.loads(SUITE.read_text(encoding="utf-8"))
    suite["expectations"].append(IDENTIFIER_RULE)
    files: dict[str, Any] = {
        "catalog/departments.yaml": {"departments": [department]},
        "catalog/systems.yaml": {"systems": []},
        "catalog/front_ends.yaml": {"front_ends": [front_end]},
        "catalog/bench/resources/resident.yaml": _resource(source, []),
        "catalog/bench/resources/warm.yaml": _resource(
            source, [{"column": "person_id", "operator": "<=", "value": WARM_ROWS}]
        ),
        f"schemas/{DATASET}.yaml": _STANDARD,
    }
    for name, facts in files.items():
        _write(root / name, yaml.safe_dump(facts, allow_unicode=True))
    shutil.copytree(CODES, root / "schemas/codes")
    _write(root / f"expectations/{DATASET}.json", json.dumps(suite, ensure_ascii=False))
    connection = {
        "conn_type": "mysql",
        "host": source.host,
        "port": source.port,
        "login": source.user,
        "password": source.password,
        "schema": source.database,
    }
    _write(root / "connections.json", json.dumps({"fe_bench": connection}))


def _resource(source: Source, filters: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "code": "101001001/1001",
        "name": "基准",
        "classification": {"category": "基础信息资源类", "division": "人口", "group": "人口"},
        "provider": "bench",
        "summary": "基准",
        "format": {"format_class": "数据库", "type": "mysql"},
        "dataset": DATASET,
        "share": {"type": "无条件共享", "method_class": "共享平台方式", "method": "数据库"},
        "open": {"to_society": False},
        "update_cycle": "每日",
        "published_on": "2026-01-01",
        "source": {
            "front_end": "fe-bench",
            "table": source.table,
            "columns": {name: name for name in COLUMNS},
            "filters": filters,
            "load": "full",
        },
    }


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main() -> None:
    """Warm up, time one collection, print {seconds, peak_mb, …} as JSON."""
    from shutong.collection import collect

    home = Path(tempfile.mkdtemp(prefix="ours-", dir=os.environ.get("BENCH_SCRATCH")))
    try:
        make_project(home, source_of_environment())
        warm, timed = (
            Settings(root=home, data_dir=home / name, connections_file=home / "connections.json")
            for name in ("warm", "timed")
        )
        collect(WARM, using=warm)
        began: dict[str, float] = {}

        def note(stage: str) -> None:
            began[stage] = time.perf_counter()

        spent, started = cpu_seconds(), time.perf_counter()
        landed = collect(RESOURCE, using=timed, progress=note)
        ended, spent = time.perf_counter(), cpu_seconds() - spent
        if landed.rows_rejected:
            raise RuntimeError(f"the bench table must satisfy the suite: {landed.rows_rejected}")
        edges = [*began.values(), ended]
        stages = {n: edges[i + 1] - edges[i] for i, n in enumerate(began)}
        seconds = ended - started
        tell(seconds=seconds, **stages, cpu=spent, rows=landed.rows_landed, peak_mb=peak_mb())
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
