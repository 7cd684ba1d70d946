"""Masks of days and amounts (日期与数值脱敏): from the point to the range it lies in."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pyarrow as pa

EDGES: Final = tuple(
    Decimal(edge) * 1_000 for edge in (0, 1, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000, 100_000)
)
"""Edges of the bands, in the item's own unit (yuan for amounts); each is the first of its band."""

_DAY: Final = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"


def years(column: pa.Array) -> pa.Array:
    """Return the years of days, date-times or texts like `2024-05-01`, as text of four digits."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_string(column.type):
        known = pc.fill_null(pc.match_substring_regex(column, _DAY), False)
        year = pc.utf8_slice_codeunits(column, 0, 4)
        return pc.if_else(known, year, pa.scalar(None, pa.string()))
    if not pa.types.is_temporal(column.type) or pa.types.is_time(column.type):
        return pa.nulls(len(column), pa.string())
    return pc.cast(pc.year(column), pa.string())


def bands(column: pa.Array, edges: Sequence[Decimal] = EDGES) -> pa.Array:
    """Return the band in which each number lies, as text; null for what is no number."""
    import pyarrow as pa

    kind = column.type
    if not (pa.types.is_decimal(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        return pa.nulls(len(column), pa.string())
    return pa.array([_band(each, edges) for each in column.to_pylist()], pa.string())


def _band(value: Decimal | float | None, edges: Sequence[Decimal]) -> str | None:
    if value is None or value != value:  # noqa: PLR0124 - NaN alone differs from itself
        return None
    if value < edges[0]:
        return f"{edges[0]:f}以下"
    for low, high in pairwise(edges):
        if value < high:
            return f"{low:f}-{high:f}(不含)"
    return f"{edges[-1]:f}以上"
