"""MySQL front-end machines for tests of lines, encryption, settings and grants."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any, Final

import pyarrow as pa
from tests.integration.frontends.conftest import MysqlSite, front_end, query_of, wanted_of
from tests.integration.proxy import Line, line

from shutong.catalog.models import FrontEnd, FrontEndKind, Tls, WritableAccount
from shutong.frontends import Endpoint, Query, Reader, open_reader

ROWS: Final = 200_000
QUERY: Final = query_of("t", "n", "v")
WANTED: Final = wanted_of(pa.int64(), pa.string())


def machine(
    tls: Tls = Tls.PREFERRED,
    writable: WritableAccount = WritableAccount.REFUSE,
    zone: str = "Asia/Shanghai",
    **limits: int,
) -> FrontEnd:
    """Return a catalog entry for a MySQL front-end machine."""
    made = front_end(FrontEndKind.MYSQL, zone=zone, **limits)
    return made.model_copy(update={"tls": tls, "writable_account": writable})


def fill_large(site: MysqlSite) -> None:
    """Fill table t with some 60 MB: more than lies in the buffers of a line."""
    site.run(
        "CREATE TABLE t (n INTEGER PRIMARY KEY, v VARCHAR(300))",
        f"INSERT INTO t SELECT seq, REPEAT('x', 300) FROM seq_1_to_{ROWS}",
    )


@contextmanager
def wired(site: MysqlSite) -> Iterator[tuple[Line, Endpoint]]:
    """Lay a line to a site; yield it and the endpoint at its near end."""
    with line(site.endpoint.host, site.endpoint.port or 0) as wire:
        yield wire, replace(site.endpoint, port=wire.port)


@contextmanager
def reading(front: FrontEnd, endpoint: Endpoint, **other: Any) -> Iterator[Reader]:
    """Open a reader and close it."""
    with closing(open_reader(front, endpoint, **other)) as reader:
        yield reader


def rows_of(
    front: FrontEnd, endpoint: Endpoint, query: Query = QUERY, wanted: pa.Schema = WANTED
) -> list[dict[str, Any]]:
    """Draw everything; the count is compared with the source's."""
    with reading(front, endpoint) as reader, reader.draw(query, wanted) as drawing:
        rows = [row for batch in drawing for row in batch.to_pylist()]
        assert len(rows) == drawing.source_rows
    return rows


def count_through(front: FrontEnd, endpoint: Endpoint) -> int:
    """Draw the large table; return how many rows came, compared with the source's count."""
    with reading(front, endpoint) as reader, reader.draw(QUERY, WANTED) as drawing:
        rows = sum(batch.num_rows for batch in drawing)
        assert rows == drawing.source_rows
    return rows


def asked(site: MysqlSite, sql: str) -> list[tuple[Any, ...]]:
    """Return what the administrator is answered."""
    with closing(site.database.admin.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def states(site: MysqlSite) -> list[str]:
    """Return what the reading account's connections are doing."""
    return [
        str(row[0])
        for row in asked(
            site,
            "SELECT STATE FROM information_schema.PROCESSLIST "
            f"WHERE USER = '{site.endpoint.login}'",
        )
    ]


def eventually(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something holds, in small steps; fail when it never does."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        os.sched_yield()
        time.sleep(0.01)
