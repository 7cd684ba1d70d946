"""The thin DAG files, one per department (流程加载文件).

A loader per department keeps Airflow's parsing short and one department's trouble its own.
The files hold no logic and are written by `shutong loaders`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from shutong.catalog import Fault, resource_ids
from shutong.errors import Text

LOADER: Final = '''\
"""Airflow DAGs of one department: the one this file is named for."""

from shutong.dag_builder import dags_of

globals().update(dags_of(__file__))
'''


def loader_paths(root: Path) -> list[Path]:
    """Return the loader files that the catalog's departments need."""
    departments = {resource_id.partition(".")[0] for resource_id in resource_ids(root)}
    return [root / "dags" / "departments" / f"{name}.py" for name in sorted(departments)]


def write_loaders(root: Path) -> list[Path]:
    """Write the loader files that are missing or differ; return them."""
    written = [path for path in loader_paths(root) if not _stands(path)]
    for path in written:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(LOADER, encoding="utf-8")
    return written


def loader_faults(root: Path) -> Iterator[Fault]:
    """Yield a fault for each department whose resources Airflow would never see."""
    for path in loader_paths(root):
        if not _stands(path):
            name = path.relative_to(root).as_posix()
            yield Fault(
                name,
                1,
                Text(
                    "缺少流程加载文件, 其资源不会调度", "missing: its resources are never scheduled"
                ),
                Text("运行 shutong loaders", "run shutong loaders"),
            )


def _stands(path: Path) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == LOADER
