"""The term of a correction ticket (校核时限), and the data standard that it was opened under."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Final

from shutong.catalog import Catalog
from shutong.catalog.models import Dataset
from shutong.standards.workdays import YearMissing, deadline

CLOCK: Final = "data-correction"
"""Clock of a correction ticket (数据校核时限)."""
NO_CLOCK: Final = "clock"
"""Why there is no last day: the catalog has no such clock; or "calendar:<year>"."""


def term(catalog: Catalog, opened_on: date) -> tuple[date | None, str]:
    """Return the last day of a correction ticket (校核届满日), or None and why it is unknown.

    A ticket is never lost for want of a calendar: it opens without a last day, and says so.
    """
    declared = catalog.clocks.get(CLOCK)
    if declared is None:
        return None, NO_CLOCK
    try:
        return deadline(opened_on, declared.value.days), ""
    except YearMissing as exc:
        return None, f"calendar:{exc.year}"


def standard_digest(dataset: Dataset) -> str:
    """Return the SM3 of what a data standard says of key and items (数据标准摘要)."""
    told = dataset.model_dump(mode="json", include={"key", "items"})
    canonical = json.dumps(told, sort_keys=True, ensure_ascii=False)
    return hashlib.new("sm3", canonical.encode()).hexdigest()
