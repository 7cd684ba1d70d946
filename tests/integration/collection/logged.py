"""A MariaDB server that keeps a binary log, with a town on it that is followed by that log."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.integration import mariadb as servers
from tests.integration.collection.town import RESOURCE, MariadbSite, Person, Town, build

from shutong.collection import collect
from shutong.model import LandedBatch, StagedBatch

LOGGING: Final = ("--log-bin=binlog", "--binlog-format=ROW", "--server-id=7")
GRANTS: Final = ("REPLICATION SLAVE", "BINLOG MONITOR")


@contextmanager
def logging_server(*options: str) -> Iterator[servers.Account]:
    """Start a server with its log on; its administrator is given. Raises NoServer."""
    folder = servers.run_folder()
    try:
        with servers.private(folder, *LOGGING, *options) as server:
            yield server.admin
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def logged_site(
    admin: servers.Account, *grants: str, schema: str | None = None
) -> Iterator[MariadbSite]:
    """Make an empty database whose reader may read the log as far as `grants` go."""
    name = schema or f"t_{secrets.token_hex(4)}"
    with servers.database(admin, name) as database:
        for grant in grants or GRANTS:
            admin.run(f"GRANT {grant} ON *.* TO '{name}'@'%'")
        yield MariadbSite(database.admin, database.reader)


def town_of(site: MariadbSite, folder: Path, **source: Any) -> Town:
    """Make a town whose persons are followed by the log; any number of them may vanish."""
    limits = {"vanished_share": 1.0, "vanished_rows": 1_000}
    drawn = {"load": "log", "cursor": None, "comparison": limits}
    return build(folder / "town", site, **{**drawn, **source})


def person(number: int, **facts: Any) -> Person:
    """Return a person that keeps the rules."""
    return Person(f"N{number:05d}", f"人{number}", **facts)


def collected(town: Town, **how: Any) -> LandedBatch:
    """Collect once."""
    return collect(RESOURCE, context=town.context(), **how)


def staged(town: Town, landed: LandedBatch) -> StagedBatch:
    """Return what a landed batch had staged."""
    return StagedBatch.read(town.context().folder(landed.batch_id).staged)


def numbers(town: Town) -> list[str]:
    """Return the numbers of the landed rows, in order."""
    return [number for number, *_ in town.landed()]


def same_as_source(town: Town) -> None:
    """See that the shared table holds exactly the department's rows."""
    there = town.site.ask("SELECT BH, XM, JE, CSRQ FROM RY ORDER BY BH")
    assert town.landed() == sorted(there)
