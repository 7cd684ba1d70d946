"""Every source table of the sample city (源表清单), by resource id in writing order."""

from __future__ import annotations

from typing import Final

from shutong.sample_city.business_tables import BUSINESS_TABLES
from shutong.sample_city.people_tables import PEOPLE_TABLES
from shutong.sample_city.source_table import SourceTable

TABLES: Final[dict[str, SourceTable]] = {**PEOPLE_TABLES, **BUSINESS_TABLES}

FRONT_ENDS: Final[tuple[str, ...]] = tuple(
    dict.fromkeys(table.front_end for table in TABLES.values())
)
"""Codes of the front-end machines, each a SQLite file of that name."""


def connection_of(front_end: str) -> str:
    """Return the connection's id of a front-end machine (连接标识), as in front_ends.yaml."""
    return front_end.replace("-", "_")
