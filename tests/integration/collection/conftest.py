"""Fixtures of the collection's tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration import mariadb as servers
from tests.integration.collection.logged import logged_site, logging_server, town_of
from tests.integration.collection.town import MariadbSite, Town


@pytest.fixture(scope="session")
def log_server() -> Iterator[servers.Account]:
    """Return a server of this worker that keeps a log; skip aloud where there is none."""
    try:
        with logging_server() as admin:
            yield admin
    except servers.NoServer as exc:
        if any(os.environ.get(name) for name in servers.REQUIRED_VARIABLES):
            pytest.fail(f"{exc}, but this run requires it")
        pytest.skip(f"{exc}: 日志归集未测试")


@pytest.fixture
def logged(log_server: servers.Account) -> Iterator[MariadbSite]:
    """Make an empty database on the server with a log."""
    with logged_site(log_server) as site:
        yield site


@pytest.fixture
def town(logged: MariadbSite, tmp_path: Path) -> Town:
    """Make a town that is followed by the log."""
    return town_of(logged, tmp_path)
