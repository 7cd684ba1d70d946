"""A user of its own on the named Oracle server, for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.oracle.site import OracleSite, oracle_site


@pytest.fixture
def oracle() -> Iterator[OracleSite]:
    with oracle_site() as made:
        yield made
