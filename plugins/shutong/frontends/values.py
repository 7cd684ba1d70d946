"""Values of front-end databases as facts (源端取值)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from shutong import windows
from shutong.model import Bound


def bound_of(value: Any) -> Bound | None:
    """Return a cursor's value as a bound; None for no value."""
    match value:
        case None:
            return None
        case datetime():
            return windows.moment(value.replace(tzinfo=None))
        case date():
            return windows.day(value)
        case bool():
            return Bound(kind="text", text=str(value))
        case int() | float() | Decimal() if value == int(value):
            return windows.number(int(value))
        case _:
            return Bound(kind="text", text=str(value))
