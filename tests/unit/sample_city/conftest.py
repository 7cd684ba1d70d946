"""A small sample city, created once, and ways to look into it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from shutong.catalog.models import CodeTable, Dataset, Resource
from shutong.sample_city import City, create

ROOT = Path(__file__).parents[3]
SEED = 2019
SCALE = 0.01

Rows = list[tuple[Any, ...]]
Ask = Callable[..., Rows]


@pytest.fixture(scope="session")
def city_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small city that no test changes."""
    folder = tmp_path_factory.mktemp("city")
    create(folder, seed=SEED, scale=SCALE)
    return folder


@pytest.fixture(scope="session")
def city(city_folder: Path) -> City:
    """Return what the small city is known by."""
    return City.read(city_folder / "front_ends" / "city.json")


@pytest.fixture(scope="session")
def ask(city_folder: Path) -> Ask:
    """Return a way to ask SQL over front-end machines, each attached under its own name."""
    return asker(city_folder)


def asker(folder: Path) -> Ask:
    def answer(sql: str, *front_ends: str) -> Rows:
        with closing(sqlite3.connect(":memory:")) as database:
            for front_end in front_ends:
                path = folder / "front_ends" / f"fe-{front_end}.db"
                assert path.is_file()
                database.execute(f"ATTACH ? AS {front_end.replace('-', '_')}", (str(path),))
            return database.execute(sql).fetchall()

    return answer


@pytest.fixture(scope="session")
def resources() -> dict[str, Resource]:
    """Return the catalog's resources, read apart from the project's own loader."""
    return {
        f"{path.parents[1].name}.{path.stem}": Resource.model_validate(plain(path))
        for path in sorted((ROOT / "catalog").glob("*/resources/*.yaml"))
    }


@pytest.fixture(scope="session")
def datasets() -> dict[str, Dataset]:
    """Return the data standards by name."""
    return {
        f"{path.parent.name}/{path.stem}": Dataset.model_validate(plain(path))
        for path in sorted((ROOT / "schemas").glob("*/*.yaml"))
        if path.parent.name != "codes"
    }


@pytest.fixture(scope="session")
def codes() -> dict[str, set[str]]:
    """Return the codes of each code table."""
    tables = {
        path.stem: CodeTable.model_validate(plain(path))
        for path in sorted((ROOT / "schemas" / "codes").glob("*.yaml"))
    }
    return {name: {value.code for value in table.values} for name, table in tables.items()}


def plain(path: Path) -> Any:
    """Return a YAML file's content."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))
