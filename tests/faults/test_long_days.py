"""Many random days of a department, other ones in each run (`make faults`)."""

from __future__ import annotations

import os
from typing import Final

from hypothesis import HealthCheck, settings
from tests.integration.collection.machine import Exchange
from tests.integration.collection.test_state_machine import Append, Full

DAYS: Final = int(os.environ.get("SHUTONG_FAULT_DAYS", "100"))
"""Random sequences of each kind."""


class _Merged(Exchange):
    """The same machine with settings of its own."""


class _Full(Full):
    """The same machine with settings of its own."""


class _Append(Append):
    """The same machine with settings of its own."""


_MANY = settings(
    max_examples=DAYS,
    stateful_step_count=40,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
_Merged.TestCase.settings = _Full.TestCase.settings = _Append.TestCase.settings = _MANY
TestMerged = _Merged.TestCase
TestFull = _Full.TestCase
TestAppended = _Append.TestCase
