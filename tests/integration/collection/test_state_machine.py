"""Random days of a department, with crashes anywhere: the shared table is a dictionary's."""

from __future__ import annotations

from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.integration.collection.machine import Exchange
from tests.integration.collection.town import MariadbSite, Site
from tests.integration.mariadb import MariaDB

from shutong.model import LoadMode


class Full(Exchange):
    mode = LoadMode.FULL
    source: ClassVar[dict[str, Any]] = {"cursor": None}


class Append(Exchange):
    mode = LoadMode.APPEND
    source: ClassVar[dict[str, Any]] = {"cursor": "XH"}
    changes = False


_SOME = settings(
    max_examples=4,
    stateful_step_count=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)

Exchange.TestCase.settings = Full.TestCase.settings = Append.TestCase.settings = _SOME
TestMerged = Exchange.TestCase
TestFull = Full.TestCase
TestAppended = Append.TestCase


def test_the_same_days_at_a_department_with_mariadb(mariadb: MariaDB) -> None:
    class OnMariadb(Exchange):
        def site(self) -> Site:
            return MariadbSite(mariadb.admin, mariadb.reader)

    few = settings(_SOME, max_examples=2, stateful_step_count=12)
    run_state_machine_as_test(OnMariadb, settings=few)
