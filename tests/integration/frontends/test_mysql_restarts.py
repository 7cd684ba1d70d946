"""A MySQL server that stops in the middle of a drawing is an error; when it is back, all is."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration import mariadb as servers
from tests.integration.frontends.conftest import MysqlSite
from tests.integration.frontends.mysql_machines import (
    QUERY,
    ROWS,
    WANTED,
    count_through,
    fill_large,
    machine,
    reading,
)

from shutong.catalog.models import FrontEnd, Tls
from shutong.errors import SourceUnreachable
from shutong.frontends import open_reader
from shutong.frontends.waiting import Timing


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Private]:
    """Start a server that may be stopped."""
    folder: Path = tmp_path_factory.mktemp("restarting")
    try:
        # What is committed must outlive a killed server here.
        durable = "--innodb-flush-log-at-trx-commit=2"
        with servers.private(folder, *servers.encrypted(folder), durable) as made:
            yield made
    except servers.NoServer as exc:
        pytest.skip(f"{exc}: MySQL 未测试")


@pytest.fixture
def large(own: servers.Private) -> Iterator[MysqlSite]:
    """Make a front-end machine with a table of some 60 MB."""
    with servers.database(own.admin, "restarting") as made:
        site = MysqlSite(made)
        fill_large(site)
        yield site


@pytest.mark.parametrize("tls", [Tls.REQUIRED, Tls.PLAINTEXT])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_restart_in_the_middle_is_an_error_and_the_next_try_is_whole(
    own: servers.Private, large: MysqlSite, how: signal.Signals, tls: Tls
) -> None:
    front: FrontEnd = machine(tls)
    rows = 0
    try:
        with (
            reading(front, large.endpoint) as reader,
            pytest.raises(SourceUnreachable, match="中途断开"),
            reader.draw(QUERY, WANTED) as drawing,
        ):
            for batch in drawing:
                if not rows:
                    own.stop(how)
                rows += batch.num_rows
        assert 0 < rows < ROWS
        with pytest.raises(SourceUnreachable, match="连接不上"):
            open_reader(front, large.endpoint, timing=Timing(wait=lambda _: None))
    finally:
        own.start()
    assert count_through(front, large.endpoint) == ROWS


def test_a_server_that_comes_back_between_two_tries_is_read(
    own: servers.Private, large: MysqlSite
) -> None:
    own.stop()

    def wait(_: float) -> None:
        own.start()

    with reading(machine(), large.endpoint, timing=Timing(wait=wait)) as reader:
        assert len(reader.describe(None, "t")) == 2
