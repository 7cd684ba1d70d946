"""What ends a reading from PostgreSQL, and what keeps it small: lines, limits and cursors."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from tests.integration.frontends.conftest import (
    PostgresqlSite,
    front_end,
    opened,
    query_of,
    wanted_of,
)
from tests.integration.frontends.line import line

from shutong.catalog.models import FrontEndKind
from shutong.errors import SourceUnreachable
from shutong.frontends import Reader, open_reader

ROWS = 100_000
QUERY, WANTED = query_of("t", "n", "v"), wanted_of(pa.int64(), pa.string())


@pytest.fixture
def large(pg: PostgresqlSite) -> PostgresqlSite:
    """Fill a table of some 30 MB."""
    pg.run(
        "CREATE TABLE t (n INTEGER PRIMARY KEY, v VARCHAR(300))",
        f"INSERT INTO t SELECT n, repeat('x', 300) FROM generate_series(1, {ROWS}) n",
    )
    return pg


def sessions(site: PostgresqlSite) -> list[tuple[Any, ...]]:
    """Return process, state and statement of each session of the reader's login."""
    return site.database.admin.ask(
        "SELECT pid, state, query FROM pg_stat_activity WHERE usename = %s",
        site.database.reader.login,
    )


def through(port: int, site: PostgresqlSite, **limits: int) -> Reader:
    return open_reader(
        front_end(FrontEndKind.POSTGRESQL, **limits), replace(site.endpoint, port=port)
    )


def test_a_session_that_is_ended_in_the_middle_is_an_error(large: PostgresqlSite) -> None:
    rows = 0
    with (
        opened(large) as reader,
        pytest.raises(SourceUnreachable, match="中途断开"),
        reader.draw(QUERY, WANTED) as drawing,
    ):
        for batch in drawing:
            rows += batch.num_rows
            large.run(*(f"SELECT pg_terminate_backend({pid})" for pid, *_ in sessions(large)))

    assert 0 < rows < ROWS


def test_a_locked_table_is_an_error_within_the_read_timeout(pg: PostgresqlSite) -> None:
    pg.run("CREATE TABLE t (n INTEGER, v VARCHAR(9))", "INSERT INTO t VALUES (1, 'a')")
    with closing(pg.database.admin.connect()) as owner:
        owner.autocommit = False
        owner.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        with (
            opened(pg, read_timeout_seconds=2) as reader,
            pytest.raises(SourceUnreachable, match="2 秒内没有数据"),
            reader.draw(QUERY, WANTED) as drawing,
        ):
            list(drawing)
        owner.rollback()

    with opened(pg) as reader, reader.draw(QUERY, WANTED) as drawing:
        assert sum(batch.num_rows for batch in drawing) == 1


def test_a_statement_beyond_the_read_timeout_is_an_error(pg: PostgresqlSite) -> None:
    pg.run(
        "CREATE VIEW t AS SELECT 1 AS n, 'a' AS v FROM (SELECT pg_sleep(60)) AS slow",
    )
    with (
        opened(pg, read_timeout_seconds=1) as reader,
        pytest.raises(SourceUnreachable, match="1 秒内没有数据"),
        reader.draw(QUERY, WANTED) as drawing,
    ):
        list(drawing)

    assert not [query for _, state, query in sessions(pg) if state == "active"]


def test_an_error_in_a_late_row_is_an_error_and_not_a_short_table(pg: PostgresqlSite) -> None:
    pg.run(
        "CREATE VIEW t AS SELECT n, (1 / (60000 - n))::text AS v FROM generate_series(1, 90000) n"
    )
    with (
        opened(pg) as reader,
        pytest.raises(SourceUnreachable, match="报错 PostgreSQL 22012") as caught,
        reader.draw(QUERY, WANTED) as drawing,
    ):
        for batch in drawing:
            assert batch.num_rows

    assert "60000" not in str(caught.value)


def test_a_cut_line_is_an_error_and_not_a_short_table(large: PostgresqlSite) -> None:
    rows = 0
    with line(large.endpoint.host, large.endpoint.port or 0) as wire:
        wire.cut_after = 10_000_000
        with (
            closing(through(wire.port, large)) as reader,
            pytest.raises(SourceUnreachable, match="中途断开"),
            reader.draw(QUERY, WANTED) as drawing,
        ):
            for batch in drawing:
                rows += batch.num_rows

    assert 0 < rows < ROWS


def test_a_silent_line_is_an_error_within_the_read_timeout(large: PostgresqlSite) -> None:
    with line(large.endpoint.host, large.endpoint.port or 0) as wire:
        wire.quiet_after = 10_000_000
        with closing(through(wire.port, large, read_timeout_seconds=1)) as reader:
            rows = 0
            with (
                pytest.raises(SourceUnreachable, match="1 秒内没有数据"),
                reader.draw(QUERY, WANTED) as drawing,
            ):
                for batch in drawing:
                    rows += batch.num_rows
            assert 0 < rows < ROWS


def test_a_server_that_accepts_and_says_nothing_is_an_error(pg: PostgresqlSite) -> None:
    with line(pg.endpoint.host, pg.endpoint.port or 0) as wire:
        wire.quiet_after = 0
        with pytest.raises(SourceUnreachable, match="连接不上"):
            through(wire.port, pg, connect_timeout_seconds=2)


def test_rows_come_in_parts_so_that_a_large_table_is_never_held_whole(
    large: PostgresqlSite,
) -> None:
    with (
        line(large.endpoint.host, large.endpoint.port or 0) as wire,
        closing(through(wire.port, large)) as reader,
        reader.draw(QUERY, WANTED) as drawing,
    ):
        batches = iter(drawing)
        rows = next(batches).num_rows
        (session,) = sessions(large)
        early = wire.received
        rows += sum(batch.num_rows for batch in batches)

    assert session[1] == "idle in transaction"  # nothing is on its way that nobody asked for
    assert session[2].startswith("FETCH FORWARD")
    assert early < 10_000_000 < wire.received
    assert rows == ROWS


def test_leaving_early_leaves_no_session_behind(large: PostgresqlSite) -> None:
    with opened(large) as reader, reader.draw(QUERY, WANTED) as drawing:
        next(iter(drawing))

    deadline = time.monotonic() + 5
    while sessions(large) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert sessions(large) == []


def test_count_and_rows_come_from_one_snapshot(pg: PostgresqlSite) -> None:
    pg.run(
        "CREATE TABLE t (n INTEGER, v VARCHAR(9))",
        "INSERT INTO t VALUES (1, 'a')",
    )
    with opened(pg) as reader, reader.draw(QUERY, WANTED) as drawing:
        rows = drawing._drawing._rows  # type: ignore[attr-defined]  # there is no seam between the two
        fetch = rows._dialect.fetch

        def later(*arguments: Any) -> Any:
            pg.run("INSERT INTO t VALUES (2, 'late')")
            return fetch(*arguments)

        rows._dialect.fetch = later
        drawn = sum(batch.num_rows for batch in drawing)

    assert drawn == drawing.source_rows == 1
