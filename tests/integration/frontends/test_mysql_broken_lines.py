"""Whatever happens to the line of a MySQL drawing is an error, and the next try converges."""

from __future__ import annotations

import socket
from contextlib import closing
from dataclasses import replace

import pytest
from pydantic import SecretStr
from tests.integration.frontends.conftest import MysqlSite
from tests.integration.frontends.mysql_machines import (
    QUERY,
    ROWS,
    WANTED,
    count_through,
    eventually,
    fill_large,
    machine,
    reading,
    rows_of,
    states,
    wired,
)
from tests.integration.proxy import Ending

from shutong.catalog.models import FrontEnd, Tls
from shutong.errors import SourceUnreachable
from shutong.frontends import open_reader
from shutong.frontends.waiting import Timing


@pytest.fixture(params=[Tls.PREFERRED, Tls.PLAINTEXT])
def front(request: pytest.FixtureRequest) -> FrontEnd:
    """Make a front-end machine whose line is encrypted, and one whose line is not."""
    return machine(request.param)


@pytest.fixture
def large(mysql: MysqlSite) -> MysqlSite:
    """Make a front-end machine with a table of some 60 MB."""
    fill_large(mysql)
    return mysql


def quick(front: FrontEnd, **limits: int) -> FrontEnd:
    """Return the front-end machine with other limits."""
    return front.model_copy(update={"limits": front.limits.model_copy(update=limits)})


# ------------------------------------------------------------------- while connecting


def test_a_line_that_is_reset_at_once_is_tried_again(mysql: MysqlSite, front: FrontEnd) -> None:
    mysql.run("CREATE TABLE t (n INTEGER, v VARCHAR(20))", "INSERT INTO t VALUES (1, 'a')")
    waited: list[float] = []
    with wired(mysql) as (wire, endpoint):
        wire.refusals = 2
        timing = Timing(wait=waited.append)
        with reading(front, endpoint, timing=timing) as reader:
            assert len(reader.describe(None, "t")) == 2
    assert wire.connections == 3
    assert len(waited) == 2
    assert waited == sorted(waited)


def test_a_line_that_is_always_reset_is_an_error_after_a_few_tries(
    mysql: MysqlSite, front: FrontEnd
) -> None:
    with wired(mysql) as (wire, endpoint):
        wire.refusals = 100
        with pytest.raises(SourceUnreachable, match="连接不上"):
            open_reader(front, endpoint, timing=Timing(wait=lambda _: None))
    assert wire.connections == 3


def test_a_closed_port_is_tried_again_a_few_times(front: FrontEnd, mysql: MysqlSite) -> None:
    waited: list[float] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as gone:
        port = gone.getsockname()[1]
    with wired(mysql) as (_, endpoint), pytest.raises(SourceUnreachable, match="拒绝连接"):
        open_reader(front, replace(endpoint, port=port), timing=Timing(wait=waited.append))
    assert len(waited) == 2


def test_a_refused_login_is_never_tried_again(mysql: MysqlSite, front: FrontEnd) -> None:
    waited: list[float] = []
    with wired(mysql) as (wire, endpoint):
        wrong = replace(endpoint, password=SecretStr("no"))
        with pytest.raises(SourceUnreachable, match="拒绝账号"):
            open_reader(front, wrong, timing=Timing(wait=waited.append))
    assert (wire.connections, waited) == (1, [])


def test_a_server_that_is_full_is_tried_again_and_said_to_be_full(
    mysql: MysqlSite, front: FrontEnd
) -> None:
    login = mysql.endpoint.login
    mysql.run(f"ALTER USER '{login}'@'%' WITH MAX_USER_CONNECTIONS 1")
    waited: list[float] = []
    with (
        reading(front, mysql.endpoint),
        pytest.raises(SourceUnreachable, match="连接数已满"),
    ):
        open_reader(front, mysql.endpoint, timing=Timing(wait=waited.append))
    assert len(waited) == 2


def test_silence_at_login_is_an_error_within_the_connect_timeout(
    mysql: MysqlSite, front: FrontEnd
) -> None:
    with wired(mysql) as (wire, endpoint):
        wire.quiet_after = 0
        with pytest.raises(SourceUnreachable, match="1 秒内无应答"):
            open_reader(quick(front, connect_timeout_seconds=1), endpoint)


@pytest.mark.parametrize("after", [100, 600])
def test_silence_in_the_middle_of_the_login_is_an_error_within_the_connect_timeout(
    mysql: MysqlSite, front: FrontEnd, after: int
) -> None:
    with wired(mysql) as (wire, endpoint):
        wire.quiet_after = after
        with pytest.raises(SourceUnreachable, match="1 秒内"):
            open_reader(
                quick(front, connect_timeout_seconds=1, read_timeout_seconds=1), endpoint
            ).describe(None, "t")


# ------------------------------------------------------------------- while rows flow


@pytest.mark.parametrize("ending", list(Ending))
def test_a_line_that_ends_in_the_middle_is_an_error_and_not_a_short_table(
    large: MysqlSite, front: FrontEnd, ending: Ending
) -> None:
    rows = 0
    with wired(large) as (wire, endpoint), reading(front, endpoint) as reader:
        wire.cut_after, wire.ending = 20_000_000, ending
        with (
            pytest.raises(SourceUnreachable, match="中途断开") as caught,
            reader.draw(QUERY, WANTED) as drawing,
        ):
            for batch in drawing:
                rows += batch.num_rows
    assert wire.encrypted == (front.tls is Tls.PREFERRED)
    assert wire.connections == 1
    assert 0 < rows < ROWS
    assert f"已收到 {rows} 行" in caught.value.fact.zh
    assert count_through(front, large.endpoint) == ROWS


def test_a_cut_line_tells_how_many_rows_are_missing_where_they_came_counted(
    large: MysqlSite, front: FrontEnd
) -> None:
    large.run("ALTER TABLE t ENGINE = MyISAM")
    with wired(large) as (wire, endpoint), reading(front, endpoint) as reader:
        wire.cut_after = 20_000_000
        with (
            pytest.raises(SourceUnreachable, match=f"应有 {ROWS} 行, 收到"),
            reader.draw(QUERY, WANTED) as drawing,
        ):
            for _ in drawing:
                pass


def test_silence_in_the_middle_is_an_error_within_the_read_timeout(
    large: MysqlSite, front: FrontEnd
) -> None:
    with wired(large) as (wire, endpoint):
        wire.quiet_after = 20_000_000
        with (
            reading(quick(front, read_timeout_seconds=2), endpoint) as reader,
            pytest.raises(SourceUnreachable, match="2 秒内没有数据"),
            reader.draw(QUERY, WANTED) as drawing,
        ):
            for _ in drawing:
                pass
    assert count_through(front, large.endpoint) == ROWS


@pytest.mark.parametrize("piece", [1, 700])
def test_a_slow_line_gives_exactly_the_rows(mysql: MysqlSite, front: FrontEnd, piece: int) -> None:
    mysql.run("CREATE TABLE t (n INTEGER, v VARCHAR(300))")
    wanted = [(n, "𠮷" * (n % 290) + str(n)) for n in range(40 * piece)]
    mysql.fill("t", wanted)
    with wired(mysql) as (wire, endpoint):
        wire.piece = piece
        rows = rows_of(front, endpoint)
    assert [(row["a"], row["b"].decode()) for row in rows] == wanted


# ------------------------------------------------------------------- while the server ends it


@pytest.mark.parametrize("command", ["KILL QUERY USER", "KILL CONNECTION USER"])
def test_a_killed_drawing_is_an_error(large: MysqlSite, front: FrontEnd, command: str) -> None:
    with (
        reading(front, large.endpoint) as reader,
        pytest.raises(SourceUnreachable, match="中途断开"),
        reader.draw(QUERY, WANTED) as drawing,
    ):
        for number, _ in enumerate(drawing):
            if number == 0:
                eventually(lambda: "Writing to net" in states(large))
                large.database.admin.run(f"{command} '{large.endpoint.login}'")
    assert count_through(front, large.endpoint) == ROWS


def test_a_drawing_that_lasts_too_long_is_ended_by_the_server(
    mysql: MysqlSite, front: FrontEnd
) -> None:
    mysql.run(
        "CREATE VIEW t AS SELECT seq AS n, 'x' AS v FROM seq_1_to_1000 WHERE SLEEP(0.1) = 0",
    )
    with (
        reading(quick(front, statement_timeout_seconds=1), mysql.endpoint) as reader,
        pytest.raises(SourceUnreachable, match="超过 1 秒被中止"),
        reader.draw(QUERY, WANTED) as drawing,
    ):
        for _ in drawing:
            pass
    eventually(lambda: not states(mysql))


def test_leaving_early_ends_the_query_on_the_server(large: MysqlSite, front: FrontEnd) -> None:
    with reading(front, large.endpoint) as reader:
        with reader.draw(QUERY, WANTED) as drawing:
            rows = next(iter(drawing)).num_rows
            eventually(lambda: "Writing to net" in states(large))
        # The drawing is still held here, so nothing but leaving it can have ended the query.
        eventually(lambda: not states(large))
        assert drawing.reader.startswith("mysql")
        assert 0 < rows < ROWS


def test_a_reader_that_waits_for_our_disk_holds_the_server_up(
    large: MysqlSite, front: FrontEnd
) -> None:
    with (
        wired(large) as (wire, endpoint),
        reading(front, endpoint) as reader,
        reader.draw(QUERY, WANTED) as drawing,
    ):
        batches = iter(drawing)
        rows = next(batches).num_rows
        eventually(lambda: "Writing to net" in states(large))
        assert wire.received < 30_000_000

        assert rows + sum(batch.num_rows for batch in batches) == ROWS
