"""A project with one source table, in each kind of database, that tests change under its feet."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.conftest import ROOT
from tests.integration.frontends.conftest import MysqlSite, PostgresqlSite, Site, SqliteSite

import shutong.collection.context as context_module
from shutong.catalog import load_catalog
from shutong.catalog.models import FrontEnd
from shutong.collection import CollectionContext, collect, open_context
from shutong.dag_builder.loaders import write_loaders
from shutong.frontends import Endpoint, Reader, open_reader
from shutong.model import LandedBatch
from shutong.quality import draft_suites
from shutong.settings import Settings

PERSON = "public-security.person"
COLUMNS = {
    "BH": "INTEGER NOT NULL",
    "XM": "VARCHAR(20) NOT NULL",
    "BZ": "VARCHAR(40)",
    "JE": "DECIMAL(8,2)",
    "ZT": "VARCHAR(2)",
    "GXSJ": "DATETIME(0) NOT NULL",
    "QT": "VARCHAR(10)",
}
"""The source table as it is first; the resource does not use QT."""
ROWS = [
    (1, "张三", "甲", "10.50", "1", "2024-01-01 08:00:00", "x"),
    (2, "李四", None, "20.00", "1", "2024-01-02 08:00:00", "y"),
    (3, "王五", "丙", None, "0", "2024-01-03 08:00:00", None),
]
DATASET = """\
# 数据标准 · 测试
title: 人员测试
title_en: Person test
summary: 测试用
basis: 测试
key: [number]
items:
  - {name: number, title: 编号, type: I, required: true}
  # 姓名
  - name: name
    title: 姓名
    type: C
    length: 20  # 字符
    required: true
    sensitivity: personal
  - name: note
    title: 备注
    type: C
    length: 40
  - name: amount
    title: 金额
    type: N
    length: 8
    scale: 2
  - name: updated_at
    title: 更新时间
    type: T
    required: true
"""
RESOURCE = """\
# 政务信息资源 · 测试, 注释须保留
code: "101001001/9001"
name: 人员测试信息
classification: {category: 基础信息资源类, division: 人口基础信息, group: 户籍人口}
provider: public-security
summary: 测试用
format: {format_class: 数据库, type: sqlite}
dataset: testing/person
share:
  type: 无条件共享
  method_class: 共享平台方式
  method: 接口
open: {to_society: false}
update_cycle: 每日
published_on: 2019-04-30
source:
  front_end: fe-public-security
  table: T_RY
  # 信息项与源字段的对应
  columns:
    number: BH
    name: XM      # 姓名
    note: BZ
    amount: JE
    updated_at: GXSJ
  filters:
    - {column: ZT, operator: "<>", value: "9"}
  load: full
  cursor: GXSJ
tolerance: {rejected_share: 0.9}
"""


@dataclass
class Seen:
    """What readers were asked."""

    asked: list[str] = field(default_factory=list)


class Watched:
    """A reader that notes what it is asked."""

    def __init__(self, reader: Reader, seen: Seen) -> None:
        self._reader = reader
        self._seen = seen

    def __getattr__(self, name: str) -> Any:
        if name in {"describe", "clock", "draw", "explain"}:
            self._seen.asked.append(name)
        return getattr(self._reader, name)


@dataclass
class Project:
    """A project over one front-end machine."""

    root: Path
    site: Site
    columns: dict[str, str] = field(default_factory=lambda: dict(COLUMNS))

    @property
    def settings(self) -> Settings:
        return Settings(root=self.root, lang="both")

    def context(self, resource: str = PERSON) -> CollectionContext:
        return open_context(resource, using=self.settings, resolver=lambda _: self.site.endpoint)

    def collect(self, resource: str = PERSON) -> LandedBatch:
        return collect(resource, context=self.context(resource))

    def file(self, resource: str = PERSON) -> Path:
        return self.root / f"catalog/public-security/resources/{resource.partition('.')[2]}.yaml"

    def edit(self, old: str, new: str, resource: str = PERSON) -> None:
        path = self.file(resource)
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def evolve(self) -> None:
        self.edit("  load: full\n", "  load: full\n  drift: evolve\n")

    def change(self, columns: dict[str, str], **origin: str) -> None:
        """Make the table anew with other columns; `origin` names the column of then."""
        new = ", ".join(f"`{name}` {kind}" for name, kind in columns.items())
        kept = {name: origin.get(name, name) for name in columns}
        kept = {name: old for name, old in kept.items() if old in self.columns}
        into = ", ".join(f"`{name}`" for name in kept)
        out = ", ".join(f"`{name}`" for name in kept.values())
        self.site.run(
            "ALTER TABLE `T_RY` RENAME TO `T_OLD`",
            f"CREATE TABLE `T_RY` ({new})",
            f"INSERT INTO `T_RY` ({into}) SELECT {out} FROM `T_OLD`",
            "DROP TABLE `T_OLD`",
        )
        self.columns = columns

    def called(self, words: str) -> str:
        """Return words with the types as this database calls them."""
        names = {
            "varchar": "character varying",
            "decimal": "numeric",
        }
        if self.site.kind == "postgresql":
            for ours, theirs in names.items():
                words = words.replace(ours, theirs)
        return words

    def altered(self, **kinds: str | None) -> dict[str, str]:
        """Return the columns with other declarations; None leaves one out."""
        merged = {**self.columns, **kinds}
        return {name: kind for name, kind in merged.items() if kind is not None}

    def renamed(self, old: str, new: str) -> dict[str, str]:
        """Return the columns with one of them renamed, in its place."""
        return {new if name == old else name: kind for name, kind in self.columns.items()}

    def add(self, row: Sequence[Any]) -> None:
        """Insert a row, by the columns in their order."""
        self.site.fill("T_RY", [row])

    def landed(self) -> list[dict[str, Any]]:
        """Return every row of the shared table with the file it lies in."""
        rows: list[dict[str, Any]] = (
            self.context()
            .lake.query()
            .run("select * from testing.person order by number")
            .read_all()
            .to_pylist()
        )
        return rows

    def state(self) -> tuple[object, ...]:
        """Return everything that a refused run must leave alone."""
        context = self.context()
        staging = self.root / "build" / "staging"
        return (
            self.landed(),
            sorted(context.lake.current_files("testing/person")),
            context.ledger.watermark(PERSON),
            len(context.ledger.batches(PERSON)),
            sorted(path for path in staging.rglob("*")),
        )

    def shutong(
        self, *words: str, lang: str = "en", connected: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line as a person does."""
        facts = self.site.endpoint
        connection = {
            "conn_type": facts.kind,
            "host": facts.host,
            "port": facts.port,
            "login": facts.login,
            "password": facts.password.get_secret_value(),
            "schema": facts.database,
        }
        path = self.settings.connections_path
        path.parent.mkdir(parents=True, exist_ok=True)
        known = {"fe_public_security": connection} if connected else {}
        path.write_text(json.dumps(known), encoding="utf-8")
        return subprocess.run(
            [sys.executable, "-m", "shutong.cli", *words],
            env={"SHUTONG_ROOT": str(self.root), "SHUTONG_LANG": lang, "PYTHONPATH": _path()},
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
        )


def _path() -> str:
    return str(ROOT / "plugins")


def write_project(root: Path, kind: str) -> None:
    """Write the declarations of a small project."""
    (root / "catalog/public-security/resources").mkdir(parents=True)
    (root / "schemas/testing").mkdir(parents=True)
    for name in ("departments", "systems", "front_ends"):
        shutil.copy(ROOT / f"catalog/{name}.yaml", root / f"catalog/{name}.yaml")
    shutil.copytree(ROOT / "schemas/codes", root / "schemas/codes")
    fronts = root / "catalog/front_ends.yaml"
    text = fronts.read_text(encoding="utf-8").replace("kind: sqlite", f"kind: {kind}")
    fronts.write_text(text, encoding="utf-8")
    (root / "schemas/testing/person.yaml").write_text(DATASET, encoding="utf-8")
    path = root / "catalog/public-security/resources/person.yaml"
    path.write_text(RESOURCE, encoding="utf-8")
    draft_suites(load_catalog(root), root / "expectations")
    write_loaders(root)


def made(root: Path, site: Site) -> Project:
    """Make a project whose table nobody has collected yet."""
    write_project(root, str(site.kind))
    declared = ", ".join(f"`{name}` {kind}" for name, kind in COLUMNS.items())
    site.run(f"CREATE TABLE `T_RY` ({declared})")
    site.fill("T_RY", ROWS)
    return Project(root, site)


@pytest.fixture
def plain(tmp_path: Path) -> Project:
    """Make a project over SQLite, for what does not depend on the database."""
    site = SqliteSite(tmp_path / "fe.db")
    site.run("PRAGMA journal_mode = WAL")
    return made(tmp_path / "project", site)


@pytest.fixture(params=["sqlite", "mysql", "postgresql"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """Make a project over each kind of front-end machine."""
    if request.param == "sqlite":
        plain: Project = request.getfixturevalue("plain")
        return plain
    if request.param == "postgresql":
        site = PostgresqlSite(request.getfixturevalue("postgresql"))
        return made(tmp_path / "project", site)
    return made(tmp_path / "project", MysqlSite(request.getfixturevalue("mariadb")))


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    """Watch what every reader is asked."""
    noted = Seen()

    def watched(front_end: FrontEnd, endpoint: Endpoint, **other: Any) -> Any:
        return Watched(open_reader(front_end, endpoint, **other), noted)

    monkeypatch.setattr(context_module, "open_reader", watched)
    return noted
