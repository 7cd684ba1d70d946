"""A project of its own for each test: the city's declarations and a small sample city."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from shutong.collection import CollectionContext, open_context
from shutong.sample_city import City, create
from shutong.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
SEED = 7
SCALE = 0.01


@dataclass
class Project:
    """A copy of the city's declarations with data of its own."""

    root: Path
    city: City

    @property
    def settings(self) -> Settings:
        return Settings(root=self.root, data_dir=self.root / "build", lang="en")

    def context(self, resource_id: str) -> CollectionContext:
        return open_context(resource_id, using=self.settings)

    def database(self, front_end: str) -> Path:
        return self.root / "build" / "front_ends" / f"{front_end}.db"

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def environment(self, **more: str) -> dict[str, str]:
        own = {
            "SHUTONG_ROOT": str(self.root),
            "SHUTONG_DATA_DIR": str(self.root / "build"),
            "SHUTONG_LANG": "en",
        }
        return {**os.environ, **own, **more}

    def shutong(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run the command line as a person does."""
        return subprocess.run(
            [sys.executable, "-m", "shutong.cli", *words],
            env=self.environment(**more),
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
        )

    def count(self, dataset: str) -> int:
        answer = self.context_lake_query(f"select count(*) as n from {dataset}")
        return int(answer[0]["n"])

    def context_lake_query(self, sql: str) -> list[dict[str, object]]:
        lake = self.context("public-security.resident").lake
        rows: list[dict[str, object]] = lake.query().run(sql).read_all().to_pylist()
        return rows

    def connect(self, connection: str, facts: dict[str, object]) -> None:
        """Point a connection somewhere else."""
        path = self.settings.connections_path
        known = json.loads(path.read_text(encoding="utf-8"))
        known[connection] = facts
        path.write_text(json.dumps(known), encoding="utf-8")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("city")
    copy_declarations(root, ("catalog", "schemas", "expectations", "dags"))
    (root / "plugins").symlink_to(ROOT / "plugins")
    city = create(root / "build", seed=SEED, scale=SCALE)
    return Project(root, city)


def copy_declarations(root: Path, names: Sequence[str]) -> None:
    for name in names:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))


@pytest.fixture
def project(template: Project, tmp_path: Path) -> Project:
    root = tmp_path / "project"
    shutil.copytree(template.root, root, symlinks=True)
    connections = root / "build" / "connections.json"
    text = connections.read_text(encoding="utf-8")
    connections.write_text(text.replace(str(template.root), str(root)), encoding="utf-8")
    return Project(root, template.city)
