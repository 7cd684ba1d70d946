"""Keys from the rows of MySQL's log (日志主键), as a drawing of the same row would give them.

The log stores numbers and dates in its own binary form and texts in the bytes of their column's
charset. Only types of which every value comes back exactly may be part of a key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import pyarrow as pa

from shutong.frontends.mysql_columns import Way, carried_type, way_of
from shutong.frontends.ports import SourceColumn

LATIN: Final = "iso-8859-1"
"""A charset of which MySQL knows no such name: each byte is a letter, and comes back as it was."""
_UTF8: Final = frozenset({"utf8", "utf8mb3", "utf8mb4", "ascii", "binary"})
_INTEGERS: Final = {"tinyint": 1, "smallint": 2, "mediumint": 9, "int": 3, "bigint": 8}
_STRING, _VARCHAR, _VAR_STRING, _BLOB = 254, 15, 253, 252
_SHORT_TEXTS: Final = ("char", "varchar", "binary", "varbinary")
_LONG_TEXTS: Final = ("tinytext", "text", "mediumtext", "longtext")
_TYPES: Final = {
    **{name: {number} for name, number in _INTEGERS.items()},
    "decimal": {246},
    "date": {10},
    "datetime": {12, 18},
    **{name: {_STRING, _VARCHAR, _VAR_STRING} for name in _SHORT_TEXTS},
    **{name: {_BLOB} for name in _LONG_TEXTS},
}
"""The log's own types of a column, by the name of its declared type."""

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class LogColumn:
    """A column of the table as it stands now (源表字段), with what the log needs to know."""

    source: SourceColumn
    declared: str
    """The whole type, such as "int(5) unsigned zerofill"."""
    charset: str | None
    generated: bool


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """A key's column and how its values are taken from the log (日志主键字段)."""

    item: str
    place: int
    """Place in the log's rows, from 0."""
    column: LogColumn
    way: Way

    @property
    def charset(self) -> str | None:
        """Charset whose bytes the server must turn into UTF-8; None where they are as drawn."""
        charset = self.column.charset
        return None if charset is None or charset in _UTF8 else charset

    @property
    def type(self) -> pa.DataType:
        """The Arrow type that a drawing gives."""
        return carried_type(self.way, self.column.source)

    def is_logged_as(self, kind: int) -> bool:
        """Say whether the log's type of the column is the declared one's."""
        return kind in _TYPES[self.column.source.type_name]

    def value(self, logged: Any) -> Any:
        """Return a value as a drawing would give it; None for NULL and for dates that are none."""
        if logged is None:
            return None
        kind = self.column.source.type_name
        if kind in _INTEGERS:
            return logged if self.way is Way.NUMBER else self._padded(str(logged)).encode()
        if kind == "decimal":
            return logged if self.way is Way.NUMBER else f"{logged:f}".encode()
        if isinstance(logged, datetime | date):
            return self._moment(logged).encode()
        raw = logged if isinstance(logged, bytes) else logged.encode(LATIN)
        return raw.ljust(self.column.source.length or 0, b"\0") if kind == "binary" else raw

    def _padded(self, text: str) -> str:
        width = re.search(r"\((\d+)\).*zerofill", self.column.declared)
        return text.zfill(int(width.group(1))) if width else text

    def _moment(self, value: date) -> str:
        if not isinstance(value, datetime):
            return value.isoformat()
        digits = self.column.source.precision or 0
        fraction = f".{value.microsecond:06d}"[: digits + 1] if digits else ""
        return f"{value.date().isoformat()} {value:%H:%M:%S}{fraction}"


def key_column(item: str, place: int, column: LogColumn, wanted: pa.DataType) -> KeyColumn | None:
    """Return how a key's column is read; None where the log does not tell it exactly."""
    way = way_of(column.source, wanted)
    kind = column.source.type_name
    if way is None or kind not in _TYPES or column.generated:
        return None
    if kind == "decimal" and "zerofill" in column.declared:
        return None
    return KeyColumn(item, place, column, way)


def as_batch(
    keys: Sequence[Key], columns: Sequence[KeyColumn], turned: Callable[[str, list[bytes]], Any]
) -> pa.RecordBatch:
    """Return keys as Arrow; `turned` brings texts of a charset to UTF-8, in their order."""
    arrays = []
    for column, values in zip(
        columns, zip(*keys, strict=True) if keys else [()] * len(columns), strict=True
    ):
        given = list(values)
        if column.charset is not None and given:
            given = turned(column.charset, given)
        if column.column.source.type_name == "char":
            given = [each.rstrip(b" ") for each in given]
        arrays.append(pa.array(given, type=column.type))
    return pa.RecordBatch.from_arrays(arrays, names=[column.item for column in columns])
