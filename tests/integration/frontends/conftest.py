"""Front-end machines for the behaviour suite: the same tests run on each."""

from __future__ import annotations

import re
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa
import pytest
from pydantic import SecretStr
from tests.integration.mariadb import MariaDB
from tests.integration.postgresql import PostgreSQL

from shutong.catalog.models import FrontEnd, FrontEndKind, Limits
from shutong.fitting import fit
from shutong.frontends import Endpoint, Query, Reader, open_reader

_NUMERIC: Final = ("DECIMAL", "BIGINT UNSIGNED")
LOOSE_DAY: Final = "a day in any writing"


@dataclass
class Drawn:
    """Everything one drawing gave, after fitting."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    misfits: list[dict[str, Any]] = field(default_factory=list)
    schemas: set[str] = field(default_factory=set)
    source_rows: int = -1
    reader: str = ""


class Site(Protocol):
    """A front-end machine whose tables a test fills."""

    @property
    def kind(self) -> FrontEndKind: ...

    @property
    def endpoint(self) -> Endpoint: ...

    def run(self, *statements: str) -> None: ...

    def fill(self, table: str, rows: Sequence[Sequence[Any]]) -> None: ...

    def declared(self, kind: str) -> str:
        """Return this database's declaration for a column that holds such values exactly."""
        ...

    def called(self, kind: str) -> str:
        """Return this database's own name of a type."""
        ...


@dataclass
class SqliteSite:
    """A SQLite file in a folder of the test's own."""

    path: Path
    kind: FrontEndKind = FrontEndKind.SQLITE

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint("sqlite", host=str(self.path))

    def run(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)

    def fill(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        marks = ", ".join("?" * len(rows[0]))
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.executemany(f"INSERT INTO `{table}` VALUES ({marks})", rows)

    def declared(self, kind: str) -> str:
        if kind == LOOSE_DAY:
            return "DATE"
        # Numeric affinity would turn long numbers into doubles.
        return "VARCHAR(80)" if kind.startswith(_NUMERIC) else kind

    def called(self, kind: str) -> str:
        return kind


@dataclass
class MysqlSite:
    """A MariaDB database of the test's own, read with an account that may only read."""

    database: MariaDB
    kind: FrontEndKind = FrontEndKind.MYSQL

    @property
    def endpoint(self) -> Endpoint:
        return endpoint_of_account(self.database.reader)

    def run(self, *statements: str) -> None:
        self.database.admin.run("SET SESSION sql_mode = 'ALLOW_INVALID_DATES'", *statements)

    def fill(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        marks = ", ".join(["%s"] * len(rows[0]))
        with closing(self.database.admin.connect()) as connection, connection.cursor() as cursor:
            cursor.execute("SET SESSION sql_mode = 'ALLOW_INVALID_DATES'")
            cursor.executemany(f"INSERT INTO `{table}` VALUES ({marks})", rows)

    def declared(self, kind: str) -> str:
        return "DATE" if kind == LOOSE_DAY else kind

    def called(self, kind: str) -> str:
        return kind


@dataclass
class PostgresqlSite:
    """A PostgreSQL database of the test's own, read with an account that may only read."""

    database: PostgreSQL
    kind: FrontEndKind = FrontEndKind.POSTGRESQL

    @property
    def endpoint(self) -> Endpoint:
        return endpoint_of_account(self.database.reader, kind="postgresql")

    def run(self, *statements: str) -> None:
        """Run statements written as MySQL spells them."""
        self.database.admin.run(
            *(re.sub(r"\bDATETIME\b", "TIMESTAMP", s.replace("`", '"')) for s in statements)
        )

    def fill(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        self.database.admin.fill(table, rows)

    def declared(self, kind: str) -> str:
        # A DATE holds days only: departments keep such texts as text.
        return {"BIGINT UNSIGNED": "NUMERIC(20)", LOOSE_DAY: "VARCHAR(20)"}.get(kind, kind)

    def called(self, kind: str) -> str:
        return {"varchar": "character varying", "decimal": "numeric"}.get(kind, kind)


def endpoint_of_account(account: Any, kind: str = "mysql", **other: Any) -> Endpoint:
    """Return the endpoint of a test account."""
    facts: dict[str, Any] = {
        "host": account.host,
        "port": account.port,
        "login": account.login,
        "password": SecretStr(account.password),
        "database": account.database,
    }
    return Endpoint(kind, **{**facts, **other})


def front_end(kind: FrontEndKind, *, zone: str = "Asia/Shanghai", **limits: int) -> FrontEnd:
    """Return a catalog entry for a front-end machine."""
    return FrontEnd(
        code="test-fe",
        name="测试前置机",
        department="police",
        kind=kind,
        connection="test_fe",
        time_zone=zone,
        limits=Limits(**{"connect_timeout_seconds": 5, "read_timeout_seconds": 30, **limits}),
    )


@contextmanager
def opened(site: Site, **limits: Any) -> Iterator[Reader]:
    """Open a site's reader and close it."""
    reader = open_reader(front_end(site.kind, **limits), site.endpoint)
    try:
        yield reader
    finally:
        reader.close()


def query_of(table: str, *columns: str, **other: Any) -> Query:
    """Return a query whose items are called a, b, c, …, in the columns' order."""
    items = [chr(ord("a") + i) for i in range(len(columns))]
    return Query(None, table, tuple(zip(items, columns, strict=True)), **other)


def wanted_of(*types: pa.DataType) -> pa.Schema:
    """Return the wanted schema of items a, b, c, …."""
    return pa.schema([(chr(ord("a") + i), kind) for i, kind in enumerate(types)])


def drawn(site: Site, query: Query, wanted: pa.Schema, **limits: Any) -> Drawn:
    """Draw, fit and close."""
    result = Drawn()
    with opened(site, **limits) as reader, reader.draw(query, wanted) as drawing:
        for batch in drawing:
            result.schemas.add(batch.schema.to_string())
            fitted = fit(batch, wanted)
            result.rows += fitted.rows.to_pylist()
            if fitted.misfits is not None:
                result.misfits += fitted.misfits.to_pylist()
        result.source_rows = drawing.source_rows
        result.reader = drawing.reader
    return result


@pytest.fixture(params=["sqlite", "mysql", "postgresql"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """Make an empty front-end machine of each kind."""
    if request.param == "mysql":
        yield MysqlSite(request.getfixturevalue("mariadb"))
        return
    if request.param == "postgresql":
        yield PostgresqlSite(request.getfixturevalue("postgresql"))
        return
    with tempfile.TemporaryDirectory() as folder:
        made = SqliteSite(Path(folder) / "前置机 %3F.db")
        made.run("PRAGMA journal_mode = WAL")
        yield made


@pytest.fixture
def mysql(mariadb: MariaDB) -> MysqlSite:
    """Make an empty MySQL front-end machine."""
    return MysqlSite(mariadb)


@pytest.fixture
def pg(postgresql: PostgreSQL) -> PostgresqlSite:
    """Make an empty PostgreSQL front-end machine."""
    return PostgresqlSite(postgresql)


@pytest.fixture
def sqlite(tmp_path: Path) -> SqliteSite:
    """Make an empty SQLite front-end machine."""
    made = SqliteSite(tmp_path / "fe.db")
    made.run("PRAGMA journal_mode = WAL")
    return made
