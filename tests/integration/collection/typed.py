"""A project whose only table has the columns that a test asks for (任意字段的资源)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from tests.integration.drift.conftest import PERSON, RESOURCE, write_project
from tests.integration.frontends.conftest import Site

from shutong.catalog import load_catalog
from shutong.collection import CollectionContext, collect, open_context
from shutong.lake import Lake
from shutong.model import LandedBatch
from shutong.quality import draft_suites
from shutong.settings import Settings

_DATASET: Final = "testing/person"
_KEY: Final = {"name": "number", "title": "编号", "type": "I", "required": True}


@dataclass(frozen=True)
class Column:
    """A column of the source, with the information item that it goes to."""

    declared: str
    type: str
    """Type letter of the item."""
    length: int | None = None
    scale: int | None = None
    sensitivity: str = "internal"
    rule: str | None = None

    @property
    def facts(self) -> dict[str, Any]:
        facts = {"type": self.type, "length": self.length, "scale": self.scale}
        facts |= {"sensitivity": self.sensitivity, "rule": self.rule}
        return {name: fact for name, fact in facts.items() if fact is not None}


@dataclass(frozen=True)
class Typed:
    """A project over one table `T_RY` with a key `BH` and columns c0, c1, …."""

    root: Path
    site: Site

    def context(self) -> CollectionContext:
        settings = Settings(root=self.root, lang="both")
        return open_context(PERSON, using=settings, resolver=lambda _: self.site.endpoint)

    def collect(self) -> LandedBatch:
        return collect(PERSON, context=self.context())

    def landed(self) -> list[tuple[Any, ...]]:
        """Return the items' values of the shared table's rows, by number."""
        sql = "select * exclude (number) from testing.person order by number"
        return _items(self.context().lake, sql)

    def quarantined(self) -> list[dict[str, Any]]:
        """Return the quarantine's rows with their reasons, by number."""
        settings = self.context().settings
        lake = Lake(settings.quarantine_dir, settings.quarantine_dir, memory="100MB")
        if _DATASET not in lake.tables():
            return []
        sql = "select * from testing.person order by number::bigint"
        rows: list[dict[str, Any]] = lake.query().run(sql).read_all().to_pylist()
        return rows


def typed(
    root: Path, site: Site, columns: Sequence[Column], rows: Sequence[Sequence[Any]]
) -> Typed:
    """Write the project and fill its table; a row's number is its place, from 0."""
    write_project(root, str(site.kind))
    items = [
        {"name": f"i{i}", "title": f"项{i}", **column.facts} for i, column in enumerate(columns)
    ]
    standard: dict[str, Any] = {
        "title": "任意字段",
        "title_en": "Any columns",
        "summary": "测试用",
        "basis": "无",
        "key": ["number"],
        "items": [_KEY, *items],
    }
    resource: dict[str, Any] = yaml.safe_load(RESOURCE)
    names = {f"i{i}": f"c{i}" for i in range(len(columns))}
    resource["source"] = {
        "front_end": "fe-public-security",
        "table": "T_RY",
        "columns": {"number": "BH", **names},
        "load": "full",
    }
    resource["tolerance"] = {"rejected_share": 1.0, "min_rows": 0}
    _write(root / f"schemas/{_DATASET}.yaml", standard)
    _write(root / "catalog/public-security/resources/person.yaml", resource)
    (root / f"expectations/{_DATASET}.json").unlink()
    draft_suites(load_catalog(root), root / "expectations")
    declared = ", ".join(f"c{i} {column.declared}" for i, column in enumerate(columns))
    site.run("DROP TABLE IF EXISTS `T_RY`", f"CREATE TABLE `T_RY` (`BH` INTEGER, {declared})")
    if rows:
        site.fill("T_RY", [(number, *row) for number, row in enumerate(rows)])
    return Typed(root, site)


def _write(path: Path, content: Mapping[str, Any]) -> None:
    text = yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False)
    path.write_text(text, encoding="utf-8")


def _items(lake: Lake, sql: str) -> list[tuple[Any, ...]]:
    rows = lake.query().run(sql).read_all().to_pylist()
    return [tuple(value for name, value in row.items() if not name.startswith("_")) for row in rows]
