"""An Oracle user of a test's own on a server that somebody names (Oracle 前置机).

`SHUTONG_TEST_ORACLE_URL`, such as oracle://system:password@host:1521/FREEPDB1, names a server
with an account that may create users. `make test-oracle` starts one in Docker.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import oracledb
import pyarrow as pa
import pytest
from pydantic import SecretStr

from shutong.catalog.models import Charset, FrontEnd, FrontEndKind, Limits
from shutong.fitting import fit
from shutong.frontends import Endpoint, Query, Reader, endpoint_of, open_reader
from shutong.frontends.oracle_driver import connect_arguments

URL_VARIABLE: Final = "SHUTONG_TEST_ORACLE_URL"
_SPELLED: Final = (
    (r"\bDATETIME\b", "DATE"),
    (r"\bVARCHAR\((\d+)\)", r"VARCHAR2(\1 CHAR)"),
    (r"\bBIGINT\b", "NUMBER(19)"),
)
"""What the tests of other machines write in MySQL's words."""


@dataclass(frozen=True)
class OracleSite:
    """A user that owns tables, and one that may only read them."""

    owner: Endpoint
    reader: Endpoint
    kind: str = "oracle"
    amount: str = "NUMBER(12, 2)"
    mark: str = ":1"

    @property
    def schema(self) -> str:
        """The owner's name, which is its schema's."""
        return self.owner.login

    @property
    def connection(self) -> dict[str, Any]:
        """The reading account as an Airflow connection."""
        return {
            "conn_type": "oracle",
            "host": self.reader.host,
            "port": self.reader.port,
            "login": self.reader.login,
            "password": self.reader.password.get_secret_value(),
            "extra": {"service_name": self.reader.database},
        }

    def run(self, statement: str, *rows: Sequence[Any]) -> None:
        """Run a statement, once for each row; a table it makes may be read by the reader."""
        if statement.startswith("DROP TABLE IF EXISTS"):
            return  # The user is new, and servers before 23 do not know the words.
        for pattern, spelling in _SPELLED:
            statement = re.sub(pattern, spelling, statement)
        with closing(connected(self.owner)) as connection, connection.cursor() as cursor:
            if rows:
                cursor.executemany(statement, [list(row) for row in rows])
            else:
                cursor.execute(statement)
            if made := re.match(r"\s*CREATE (?:TABLE|VIEW) (\S+)", statement):
                cursor.execute(f"GRANT SELECT ON {made[1]} TO {self.reader.login}")
            connection.commit()

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        with closing(connected(self.owner)) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def query_of(self, table: str, *columns: str, **other: Any) -> Query:
        """Return a query whose items are called a, b, c, …, in the columns' order."""
        items = [chr(ord("a") + i) for i in range(len(columns))]
        return Query(self.schema, table, tuple(zip(items, columns, strict=True)), **other)

    @contextmanager
    def opened(
        self, charset: Charset | None = None, zone: str = "Asia/Shanghai"
    ) -> Iterator[Reader]:
        front_end = FrontEnd(
            code="test-fe",
            name="测试前置机",
            department="police",
            kind=FrontEndKind.ORACLE,
            connection="test_fe",
            charset=charset,
            time_zone=zone,
            limits=Limits(connect_timeout_seconds=10, read_timeout_seconds=60),
        )
        reader = open_reader(front_end, self.reader)
        try:
            yield reader
        finally:
            reader.close()

    def drawn(
        self, query: Query, *kinds: pa.DataType, charset: Charset | None = None
    ) -> tuple[list[tuple[Any, ...]], list[str]]:
        """Return the rows that fit, and the reasons of those that do not."""
        wanted = pa.schema(zip([item for item, _ in query.columns], kinds, strict=True))
        rows: list[tuple[Any, ...]] = []
        reasons: list[str] = []
        with self.opened(charset) as reader, reader.draw(query, wanted) as drawing:
            for batch in drawing:
                fitted = fit(batch, wanted)
                rows += [tuple(row.values()) for row in fitted.rows.to_pylist()]
                if fitted.misfits is not None:
                    reasons += fitted.misfits.column("_reasons").to_pylist()
            assert drawing.source_rows == len(rows) + len(reasons)
        return rows, reasons


def connected(endpoint: Endpoint) -> oracledb.Connection:
    return oracledb.connect(**connect_arguments(endpoint, 10))


@contextmanager
def oracle_site() -> Iterator[OracleSite]:
    """Make two users and drop them at the end; skip aloud without a server."""
    url = os.environ.get(URL_VARIABLE)
    if not url:
        pytest.skip(f"{URL_VARIABLE} names no server (make test-oracle): Oracle 未测试")
    admin = endpoint_of("oracle", url)
    mark = secrets.token_hex(6).upper()
    owner, reader = (
        replace(admin, login=f"{kind}_{mark}", password=SecretStr(f"P{secrets.token_hex(8)}"))
        for kind in ("T", "R")
    )
    with closing(connected(admin)) as connection, connection.cursor() as cursor:
        made: list[str] = []
        try:
            for each, rights in (
                (owner, "CREATE SESSION, CREATE TABLE, CREATE VIEW"),
                (reader, "CREATE SESSION"),
            ):
                word = each.password.get_secret_value()
                cursor.execute(f'CREATE USER {each.login} IDENTIFIED BY "{word}"')
                made.append(each.login)
                cursor.execute(f"ALTER USER {each.login} QUOTA UNLIMITED ON USERS")
                cursor.execute(f"GRANT {rights} TO {each.login}")
            yield OracleSite(owner, reader)
        finally:
            for login in made:
                cursor.execute(f"DROP USER {login} CASCADE")
