"""Fixtures shared by all tests: servers, and a word on what did not run."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from tests.integration import mariadb as servers
from tests.integration import postgresql as postgresql_servers

RUN: Final = "SHUTONG_TESTRUN"
_numbers = count()


def pytest_configure(config: pytest.Config) -> None:
    """Name a folder that every worker of this run shares; workers inherit the variable."""
    if not hasattr(config, "workerinput"):
        os.environ[RUN] = str(servers.run_folder())
        os.environ[servers.RUN_PROCESS] = str(os.getpid())


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what the workers started."""
    if not hasattr(config, "workerinput") and (folder := os.environ.pop(RUN, None)):
        postgresql_servers.stop(Path(folder))
        servers.stop(Path(folder))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say aloud which tests did not run, and why."""
    reasons = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", []))
    for reason, number in sorted(reasons.items()):
        terminalreporter.write_line(f"说明 skipped: {number} × {reason}", yellow=True)


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return "no reason given"


@pytest.fixture(scope="session")
def mariadb_server() -> servers.Account:
    """Return the run's MariaDB server as its administrator; skip aloud where there is none."""
    try:
        return servers.server(Path(os.environ[RUN]))
    except servers.NoServer as exc:
        if any(os.environ.get(name) for name in servers.REQUIRED_VARIABLES):
            pytest.fail(f"{exc}, but this run requires it")
        pytest.skip(f"{exc}: MySQL 未测试")


@pytest.fixture
def mariadb(mariadb_server: servers.Account) -> Iterator[servers.MariaDB]:
    """Make an empty database for the test: `.admin` may do all, `.reader` only read."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with servers.database(mariadb_server, f"t_{worker}_{next(_numbers)}") as fresh:
        yield fresh


@pytest.fixture(scope="session")
def postgresql_server() -> postgresql_servers.Account:
    """Return the run's PostgreSQL server as its administrator; skip aloud where there is none."""
    try:
        return postgresql_servers.server(Path(os.environ[RUN]))
    except postgresql_servers.NoServer as exc:
        if any(os.environ.get(name) for name in postgresql_servers.REQUIRED_VARIABLES):
            pytest.fail(f"{exc}, but this run requires it")
        pytest.skip(f"{exc}: PostgreSQL 未测试")


@pytest.fixture
def postgresql(
    postgresql_server: postgresql_servers.Account,
) -> Iterator[postgresql_servers.PostgreSQL]:
    """Make an empty database for the test: `.admin` may do all, `.reader` only read."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with postgresql_servers.database(postgresql_server, f"t_{worker}_{next(_numbers)}") as fresh:
        yield fresh
