"""Why a value does not fit (不符原因)."""

from __future__ import annotations

from typing import Final

REASONS: Final = "_reasons"
"""Column of the misfits with "item: reason" for each value that does not fit."""


class Unfit(Exception):
    """A value, or at least one of a column, does not fit (不符), with the reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
