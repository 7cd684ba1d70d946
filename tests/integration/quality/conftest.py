"""A bench for each test of the validating engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.quality.staging import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Return a bench that accepts any share of rejected rows."""
    return Bench(tmp_path)
