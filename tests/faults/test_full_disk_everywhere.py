"""A disk that fills up at every place where something is written (`make faults`)."""

from __future__ import annotations

import pytest
from tests.integration.collection import test_full_disk_path
from tests.integration.collection.test_full_disk_path import MORE_PLACES, fill_at
from tests.integration.collection.town import Town

from shutong.errors import ShutongError

town = test_full_disk_path.town


@pytest.mark.parametrize(("point", "error"), MORE_PLACES.items())
def test_a_disk_that_fills_up_stops_the_run_and_a_rerun_makes_it_whole(
    town: Town, point: str, error: type[ShutongError]
) -> None:
    fill_at(town, point, error)
