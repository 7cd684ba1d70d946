"""Texts of an Oracle database that are not what it claims (Oracle 字符集).

A database that says US7ASCII often holds GBK, and the server turns every such byte into "?"
on its way out. Declared charsets are therefore drawn as bytes (UTL_RAW.CAST_TO_RAW) and decoded
here, where bytes of no character are misfits with a reason instead of an error or a "?".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from sqlalchemy import ColumnElement, func

from shutong.frontends.ports import SourceColumn

ASCII: Final = "US7ASCII"
_DRAWN: Final = frozenset({"varchar2", "varchar", "char"})
"""Texts in the database's charset; NCHAR and NVARCHAR2 are always Unicode."""
PADDED: Final = frozenset({"char", "nchar"})
_STEP: Final = 500
"""Characters at once: RAW ends at 2,000 bytes in SQL, and a character has at most four."""
DATABASE_CHARSET: Final = (
    "SELECT value FROM nls_database_parameters WHERE parameter = 'NLS_CHARACTERSET'"
)


@dataclass(frozen=True, slots=True)
class Texts:
    """What is known of a database's texts (文字编码)."""

    declared: str | None
    """The catalog's word; None for none."""
    database: str
    """NLS_CHARACTERSET, for instance ZHS16GBK."""

    @property
    def charset(self) -> str | None:
        """The encoding to decode bytes from; None where the server converts rightly.

        US7ASCII without a declaration is held to its word: other bytes are misfits.
        """
        return self.declared or ("ascii" if self.database == ASCII else None)

    def drawn_as_bytes(self, column: SourceColumn) -> bool:
        """Say whether a column's texts come as bytes."""
        return self.charset is not None and column.type_name in _DRAWN

    def unreadable(self, column: SourceColumn) -> bool:
        """Say whether a column's texts cannot be had exactly.

        No function of SQL gives a CLOB's bytes; the server turns those beyond ASCII into "?".
        """
        return self.database == ASCII and column.type_name in {"clob", "long"}


def pieces(column: ColumnElement[Any], source: SourceColumn) -> list[ColumnElement[Any]]:
    """Return the expressions whose bytes, one after another, are the text."""
    length = source.length or 0
    if length <= _STEP:
        return [func.utl_raw.cast_to_raw(column)]
    return [
        func.utl_raw.cast_to_raw(func.substr(column, start, _STEP))
        for start in range(1, length + 1, _STEP)
    ]


def joined(parts: list[pa.Array]) -> pa.Array:
    """Return the texts' bytes from their pieces."""
    first, *rest = (part.cast(pa.binary()) for part in parts)
    if not rest:
        return first
    return pc.binary_join_element_wise(first, *(part.fill_null(b"") for part in rest), b"")


def unpadded(texts: pa.Array) -> pa.Array:
    """Return texts of a CHAR without the blanks that the server puts behind them.

    Done here: in Oracle RTRIM would turn a text of blanks into NULL.
    """
    if not (pt.is_binary(texts.type) or pt.is_large_binary(texts.type)):
        return pc.utf8_rtrim(texts, characters=" ")
    stripped = [text if text is None else text.rstrip(b" ") for text in texts.to_pylist()]
    return pa.array(stripped, texts.type)
