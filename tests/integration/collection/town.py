"""A town of one department with one table, small enough to know every row of it by heart.

Its declarations are real files and its front-end machine is a real database: SQLite for
speed, or MariaDB. The department's clock is the test's own.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import yaml
from tests.integration.mariadb import Account

from shutong.audit import AuditTrail
from shutong.catalog.models import Dataset
from shutong.collection import CollectionContext, open_context
from shutong.fieldtypes import FieldType
from shutong.frontends import Query, Reader
from shutong.frontends.ports import Drawing, SourceClock, SourceColumn
from shutong.lake import Lake
from shutong.model import BatchState, Bound, LandedBatch
from shutong.quality.drafting import draft_suite
from shutong.settings import Settings

RESOURCE: Final = "registry.person"
OTHER: Final = "registry.person-too"
DATASET: Final = "population/person"
OVERLAP: Final = timedelta(minutes=10)
FIRST_DAY: Final = datetime(2026, 3, 2, 9, 0, 0)

_COLUMNS: Final = {"number": "BH", "name": "XM", "amount": "JE", "born": "CSRQ"}
_TABLE: Final = """
CREATE TABLE {table} (
    BH VARCHAR(20) NOT NULL PRIMARY KEY,
    XM VARCHAR(60),
    JE {amount},
    CSRQ DATE,
    GXSJ DATETIME,
    XH BIGINT
)
"""
_OFFICE: Final = {"name": "数据专员", "phone": "0798-8000000"}
_STANDARD: Final = {
    "title": "人员",
    "title_en": "Persons",
    "summary": "测试用人员登记",
    "basis": "无",
    "key": ["number"],
    "items": [
        {"name": "number", "title": "编号", "type": str(FieldType.C), "length": 20}
        | {"required": True},
        {"name": "name", "title": "姓名", "type": str(FieldType.C), "length": 60}
        | {"required": True, "sensitivity": "personal"},
        {"name": "amount", "title": "金额", "type": str(FieldType.Y)},
        {"name": "born", "title": "出生日期", "type": str(FieldType.D)},
    ],
}


@dataclass(frozen=True)
class Person:
    """A row of the department's table."""

    number: str
    name: str | None
    amount: Decimal = Decimal("1.00")
    born: str = "1990-01-01"
    """As the source writes it; 0000-00-00 is a day that no type can hold."""
    changed: datetime | None = FIRST_DAY
    serial: int | None = None

    @property
    def lands(self) -> bool:
        """Say whether the row keeps the rules."""
        return self.name is not None and self.born != "0000-00-00"

    @property
    def content(self) -> tuple[str, str | None, Decimal, date]:
        """Return what stands in the shared table."""
        return (self.number, self.name, self.amount, date.fromisoformat(self.born))

    @property
    def values(self) -> tuple[Any, ...]:
        """Return what stands in the department's table."""
        changed = self.changed.isoformat(sep=" ") if self.changed else None
        return (self.number, self.name, str(self.amount), self.born, changed, self.serial)


@dataclass
class SqliteSite:
    """The department's SQLite file."""

    path: Path
    kind: str = "sqlite"
    amount: str = "VARCHAR(20)"
    mark: str = "?"

    @property
    def connection(self) -> dict[str, Any]:
        return {"conn_type": "sqlite", "host": str(self.path)}

    def run(self, statement: str, *rows: Sequence[Any]) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("PRAGMA journal_mode = WAL")
            if rows:
                connection.executemany(statement, rows)
            else:
                connection.execute(statement)

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(statement).fetchall()


@dataclass
class MariadbSite:
    """The department's database on a MariaDB server, read with an account that only reads."""

    admin: Account
    reader: Account
    kind: str = "mysql"
    amount: str = "DECIMAL(12, 2)"
    mark: str = "%s"

    @property
    def connection(self) -> dict[str, Any]:
        return {
            "conn_type": "mysql",
            "host": self.reader.host,
            "port": self.reader.port,
            "login": self.reader.login,
            "password": self.reader.password,
            "schema": self.reader.database,
        }

    def run(self, statement: str, *rows: Sequence[Any]) -> None:
        with closing(self.admin.connect()) as connection, connection.cursor() as cursor:
            # Front-end machines of old let such days in.
            cursor.execute("SET SESSION sql_mode = 'ALLOW_INVALID_DATES'")
            connection.begin()
            if rows:
                cursor.executemany(statement, rows)
            else:
                cursor.execute(statement)
            connection.commit()

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        with closing(self.admin.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())


Site = SqliteSite | MariadbSite


@dataclass
class Town:
    """The town's project folder with its front-end machine."""

    root: Path
    site: Site
    now: datetime | None = None
    """The department's clock; None for the machine's own."""
    quarantine_keys: Path | None = None
    """File of the keys that seal rejected rows, where they are sealed."""
    rows_per_piece: int = 2_000_000

    # ------------------------------------------------------------ at the department

    def put(self, *people: Person, table: str = "RY") -> None:
        """Insert rows, or renew them by number."""
        marks = ", ".join([self.site.mark] * 6)
        self.site.run(
            f"REPLACE INTO {table} (BH, XM, JE, CSRQ, GXSJ, XH) VALUES ({marks})",
            *(person.values for person in people),
        )

    def drop(self, *numbers: str) -> None:
        """Delete rows."""
        self.site.run(f"DELETE FROM RY WHERE BH = {self.site.mark}", *((n,) for n in numbers))

    # ------------------------------------------------------------ at the exchange

    @property
    def settings(self) -> Settings:
        return Settings(
            root=self.root,
            data_dir=self.root / "build",
            lang="en",
            rows_per_file=20_000,
            rows_per_piece=self.rows_per_piece,
            quarantine_keys=self.quarantine_keys,
        )

    def context(self, resource: str = RESOURCE) -> CollectionContext:
        """Return the collection's own context, with the department's clock where one is set."""
        context = open_context(resource, using=self.settings)
        if self.now is None:
            return context
        facts = {name: getattr(context, name) for name in CollectionContext.__dataclass_fields__}
        return _Clocked(**facts, now=self.now)

    @property
    def lake(self) -> Lake:
        return Lake(self.settings.lake_dir, self.settings.quarantine_dir, memory="100MB")

    @property
    def quarantine(self) -> Lake:
        """Return the quarantine's tables, to be read like the shared ones."""
        return Lake(self.settings.quarantine_dir, self.settings.quarantine_dir, memory="100MB")

    def landed(self, resource: str = RESOURCE) -> list[tuple[Any, ...]]:
        """Return the shared table's rows of a resource, by number; repeated ones repeat."""
        if DATASET not in self.lake.tables():
            return []
        sql = (
            "SELECT number, name, amount, born FROM population.person "
            f"WHERE _resource = '{resource}' ORDER BY number"
        )
        return _tuples(self.lake.query().run(sql).read_all())

    def quarantined(self, batch_id: str) -> list[str]:
        """Return the numbers of a batch's rows in quarantine, in order."""
        if DATASET not in self.quarantine.tables():
            return []
        sql = f"SELECT number FROM population.person WHERE _batch = '{batch_id}' ORDER BY 1"
        return [number for (number,) in _tuples(self.quarantine.query().run(sql).read_all())]

    def check_books(self) -> None:
        """Hold ledger, log, table, quarantine and audit chain against each other."""
        ledger, lake = self.context().ledger, self.lake
        landings = [record.landed for record in ledger.landings(dataset=DATASET)]
        assert lake.compare(ledger.last_of_each_dataset()) == ()
        assert AuditTrail(ledger).verify() is None
        told = [
            (version.batch_id, version.resource)
            for version in (lake.versions(DATASET) if landings else ())
            if version.batch_id is not None
        ]
        assert sorted(told) == sorted((each.batch_id, each.resource) for each in landings)
        for landed in landings:
            self.check_landing(landed)
        if landings:
            files = [recorded.file for recorded in ledger.landed_files(DATASET)]
            assert lake.verify(DATASET, files) == ()
            assert lake.rows(DATASET) == max(landings, key=lambda each: each.version).table_rows

    def check_landing(self, landed: LandedBatch) -> None:
        """See that each row read is landed, unchanged or in quarantine, and told once."""
        ledger = self.context().ledger
        assert landed.rows_landed + landed.rows_unchanged + landed.rows_rejected == landed.rows_read
        assert len(self.quarantined(landed.batch_id)) == landed.rows_rejected
        assert ledger.state(landed.batch_id) is BatchState.LANDED
        actions = [str(e.action) for e in AuditTrail(ledger).events(landed.batch_id)]
        assert actions.count("batch.landed") == 1
        assert [a for a in actions if a.startswith("batch.")][-1] == "batch.landed"

    def check_swept(self) -> None:
        """Sweep, then see that the folders hold the log's files and nothing else."""
        self.lake.sweep(timedelta(0))
        for lake in (self.lake, self.quarantine):
            known = {
                path
                for dataset in lake.tables()
                for version in lake.versions(dataset)
                for path in lake.current_files(dataset, version.version)
            }
            found = set(lake.root.rglob("_resource=*/*"))
            assert found == known, f"left over: {[p.name for p in found - known]}"
            assert not list(lake.root.rglob("*#*"))
            assert not [p for p in (lake.root / ".spill").rglob("*") if p.is_file()]


@dataclass(frozen=True)
class _Clocked(CollectionContext):
    """A context whose front-end machine tells the test's time."""

    now: datetime = field(default=FIRST_DAY)

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        with super().reader() as reader:
            yield _ClockedReader(reader, self.now)


@dataclass
class _ClockedReader:
    """A reader that tells the test's time; all else comes from the machine."""

    machine: Reader
    now: datetime

    def describe(self, schema: str | None, table: str) -> tuple[SourceColumn, ...]:
        return self.machine.describe(schema, table)

    def clock(self, query: Query) -> SourceClock:
        return SourceClock(self.now, self.machine.clock(query).cursor_max)

    def draw(self, query: Query, wanted: pa.Schema) -> Drawing:
        return self.machine.draw(query, wanted)

    def cuts(self, query: Query, column: str, rows: int) -> tuple[Bound, ...]:
        return self.machine.cuts(query, column, rows)

    def close(self) -> None:
        self.machine.close()


def _tuples(table: pa.Table) -> list[tuple[Any, ...]]:
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


# ---------------------------------------------------------------- building


def build(root: Path, site: Site, *, now: datetime | None = None, **source: Any) -> Town:
    """Write the town's declarations and make its tables; `source` alters how both are drawn."""
    _write(root / "catalog/departments.yaml", {"departments": [_department()]})
    _write(root / "catalog/systems.yaml", {"systems": []})
    _write(root / "catalog/front_ends.yaml", {"front_ends": [_front_end(site.kind)]})
    for resource, table in ((RESOURCE, "RY"), (OTHER, "RY2")):
        place = root / f"catalog/registry/resources/{resource.partition('.')[2]}.yaml"
        _write(place, _resource(table, resource, source))
        site.run(f"DROP TABLE IF EXISTS {table}")
        site.run(_TABLE.format(table=table, amount=site.amount))
    _write(root / f"schemas/{DATASET}.yaml", _STANDARD)
    _write(root / f"expectations/{DATASET}.json", _suite())
    _write(root / "build/connections.json", {"registry_fe": site.connection})
    return Town(root, site, now)


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".json":
        text = json.dumps(content, ensure_ascii=False)
    else:
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    path.write_text(text, encoding="utf-8")


def _suite() -> dict[str, Any]:
    """Return the standard's own rules, less the one against an empty table."""
    suite = draft_suite(DATASET, Dataset.model_validate(_STANDARD), {})
    rules = [each for each in suite["expectations"] if each["meta"]["rule"] != "table.row_count"]
    return suite | {"expectations": rules}


def _department() -> dict[str, Any]:
    return {
        "code": "registry",
        "name": "登记局",
        "name_en": "Registry",
        "credit_code": "11360200YB36020126",
        "kind": "municipal",
        "region": "360200",
        "roles": ["provider"],
        "steward": _OFFICE,
    }


def _front_end(kind: str) -> dict[str, Any]:
    return {
        "code": "fe-registry",
        "name": "登记局前置机",
        "department": "registry",
        "kind": kind,
        "connection": "registry_fe",
        "limits": {"connect_timeout_seconds": 10, "read_timeout_seconds": 60},
    }


def _resource(table: str, name: str, source: dict[str, Any]) -> dict[str, Any]:
    drawn = {"load": "merge", "cursor": "GXSJ"} | source
    return {
        "code": f"30701811001/{1001 if table == 'RY' else 1002}",
        "name": f"人员登记信息{table}",
        "classification": {"category": "部门信息资源类", "division": "地方部门", "group": "江西省"},
        "provider": "registry",
        "summary": f"测试用人员登记 {name}",
        "format": {"format_class": "数据库", "type": "mysql"},
        "dataset": DATASET,
        "share": {"type": "无条件共享", "method_class": "共享平台方式", "method": "数据库"},
        "open": {"to_society": False},
        "update_cycle": "每日",
        "published_on": date(2026, 1, 1),
        "source": {"front_end": "fe-registry", "table": table, "columns": dict(_COLUMNS)} | drawn,
        "tolerance": {"rejected_share": 1.0, "min_rows": 0},
    }
