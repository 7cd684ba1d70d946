"""Values of filters, windows and keys as DM compares them (达梦取值)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
from sqlalchemy import CHAR, ColumnElement, cast

from shutong.frontends.dm_columns import BYTES, EXACT_NUMBERS, PADDED, TEXTS, carried
from shutong.frontends.ports import Query, SourceColumn
from shutong.frontends.select import Keyed, Source, bound_value

_CHAR_LIMIT = 1_900
"""Bytes that a CHAR holds on a page of any size."""


def value(given: Any, column: SourceColumn) -> ColumnElement[Any]:
    """Return a value's parameter; beside a CHAR as a CHAR, whose blanks are made even.

    Where the database is set to compare as Oracle does, a VARCHAR never equals one.
    """
    length = len(given.encode()) if isinstance(given, str) else 0
    even = column.type_name in PADDED and 0 < length <= _CHAR_LIMIT
    return cast(bound_value(given), CHAR(length)) if even else bound_value(given)


def key_maker(query: Query, source: Source, wanted: pa.Schema) -> Keyed:
    """Return how columns and values of theirs, which were drawn as text, are compared."""
    kinds = {source.described(name).name: wanted.field(item).type for item, name in query.columns}

    def keyed(
        described: SourceColumn, column: ColumnElement[Any], given: Any
    ) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        kind = described.type_name
        if not isinstance(given, bytes) or kind in BYTES:
            return column, bound_value(given)
        text = given.decode()
        if kind in TEXTS:
            return column, value(text, described)
        if kind in EXACT_NUMBERS:
            return column, bound_value(Decimal(text))
        shown = carried(column, described, kinds[described.name])
        return (column if shown is None else shown), bound_value(text)

    return keyed
