"""How each DM column is carried exactly (达梦字段传输方式): as text, or bytes as they are."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa
import pyarrow.types as pt
from sqlalchemy import ColumnElement, String, cast

from shutong.errors import Text
from shutong.frontends.cutting import exact_text
from shutong.frontends.explaining import PROBE, text_way
from shutong.frontends.meanings import Meaning
from shutong.frontends.oracle_columns import moment_text
from shutong.frontends.ports import SourceColumn
from shutong.frontends.values import bound_of
from shutong.model import Bound

TEXTS: Final = frozenset(
    {"char", "character", "varchar", "varchar2", "text", "clob", "longvarchar"}
)
_FLOATS: Final = frozenset({"double", "double precision", "float", "real"})
EXACT_NUMBERS: Final = frozenset(
    {"number", "numeric", "decimal", "dec", "integer", "int", "bigint", "tinyint", "smallint",
     "byte", "bit"}
)  # fmt: skip
_WHOLE: Final = frozenset({"integer", "int", "bigint", "tinyint", "smallint", "byte"})
BYTES: Final = frozenset({"blob", "binary", "varbinary", "image", "longvarbinary"})
PADDED: Final = frozenset({"char", "character"})
"""Texts that the server fills up with blanks."""
_DIGITS: Final = 60
"""Characters enough for any number of DM: 38 digits, sign, point and exponent."""
_MICROSECONDS: Final = 6


def carried(
    column: ColumnElement[Any], source: SourceColumn, wanted: pa.DataType
) -> ColumnElement[Any] | None:
    """Return the expression that carries a column as exact text; None when none does."""
    kind = source.type_name
    if kind in TEXTS:
        return column
    if kind in BYTES:
        return column if pt.is_binary(wanted) else None
    if kind in _FLOATS and not Meaning.NUMBER.includes(wanted):
        return None
    if kind in EXACT_NUMBERS or kind in _FLOATS:
        return cast(column, String(_DIGITS))
    if kind == "date":
        return moment_text(column, "YYYY-MM-DD")
    if kind.startswith(("timestamp", "datetime")) and "zone" not in kind:
        digits = max(source.scale or 0, _MICROSECONDS)
        return moment_text(column, f"YYYY-MM-DD HH24:MI:SS.FF{digits}")
    return None


def is_cut(source: SourceColumn) -> bool:
    """Say whether a value of the column is exact when it is bound again.

    A NUMBER without precision may hold fractions, whatever scale is told.
    """
    kind = source.type_name
    if kind in {"number", "numeric", "decimal", "dec"}:
        return bool(source.precision) and source.scale == 0
    return kind in {"char", "character", "varchar", "varchar2", "date"} or kind in _WHOLE


def cut_bound(value: Any) -> Bound | None:
    """Return a value by which a table is cut as an exact bound."""
    return exact_text(value) if isinstance(value, str | bytes) else bound_of(value)


def way_of(column: SourceColumn, wanted: pa.DataType) -> Text | None:
    """Return how a column is carried, in words; None when it cannot be."""
    possible = carried(PROBE, column, wanted) is not None
    return text_way(column, wanted) if possible else None
