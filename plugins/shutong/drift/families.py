"""Which declaration holds every value of another (类型容纳关系).

By the databases' own type names; a pair that nobody knows of holds nothing.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from shutong.drift.shape import ColumnShape

_BYTES_OF: Final = {
    "tinyint": 1, "byte": 1, "smallint": 2, "mediumint": 3, "int": 4, "integer": 4, "bigint": 8,
}  # fmt: skip
_DIGITS_OF: Final = {1: 3, 2: 5, 3: 8, 4: 10, 8: 20}
"""Most digits of an integer of so many bytes."""
_DECIMALS: Final = frozenset({"decimal", "numeric", "number", "dec"})
_FLOATS: Final = {
    "float": 4, "real": 4, "binary_float": 4, "double": 8, "double precision": 8,
    "binary_double": 8,
}  # fmt: skip
_PADDED: Final = frozenset({"char", "character", "nchar", "bpchar"})
_TEXTS: Final = _PADDED | {
    "varchar", "varchar2", "nvarchar", "nvarchar2", "character varying", "tinytext", "text",
    "mediumtext", "longtext", "clob", "nclob", "longvarchar", "enum", "set",
}  # fmt: skip
_BLOBS: Final = frozenset(
    {"tinyblob", "blob", "mediumblob", "longblob", "varbinary", "raw", "bytea", "longvarbinary"}
)


class Family(StrEnum):
    """Family of a database's type (类型族)."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    TEXT = "text"
    BYTES = "bytes"
    MOMENT = "moment"
    CLOCK = "clock"
    BOOLEAN = "boolean"
    OTHER = "other"


def family_of(type_name: str) -> Family:
    """Return the family of a type by its name in small letters."""
    known: list[tuple[object, Family]] = [
        (_BYTES_OF, Family.INTEGER),
        (_DECIMALS, Family.DECIMAL),
        (_FLOATS, Family.FLOAT),
        (_TEXTS, Family.TEXT),
        (_BLOBS | {"binary"}, Family.BYTES),
        ({"boolean", "bool"}, Family.BOOLEAN),
    ]
    for names, family in known:
        if type_name in names:  # type: ignore[operator]
            return family
    if type_name.startswith(("date", "timestamp")):
        return Family.MOMENT
    return Family.CLOCK if type_name.startswith(("time", "interval")) else Family.OTHER


def holds(holder: ColumnShape, held: ColumnShape) -> bool:
    """Say whether a column declared as `holder` holds every value of one declared as `held`."""
    match family_of(holder.type_name), family_of(held.type_name):
        case Family.INTEGER, Family.INTEGER:
            (low, high), (least, most) = _range(holder), _range(held)
            return low <= least and most <= high
        case Family.DECIMAL, Family.INTEGER:
            return _digits(holder) >= _DIGITS_OF[_BYTES_OF[held.type_name]]
        case Family.DECIMAL, Family.DECIMAL:
            return _digits(holder) >= _digits(held) and _scale(holder) >= _scale(held)
        case Family.FLOAT, Family.FLOAT:
            return _FLOATS[holder.type_name] >= _FLOATS[held.type_name]
        case Family.TEXT, Family.TEXT:
            return _text_holds(holder, held)
        case Family.BYTES, Family.BYTES:
            alike = (
                holder.type_name == held.type_name
                or {
                    holder.type_name,
                    held.type_name,
                }
                <= _BLOBS
            )
            return alike and _room(holder) >= _room(held)
    alike = holder.type_name == held.type_name
    return alike and _finer(holder, held)


def _range(column: ColumnShape) -> tuple[int, int]:
    bits = 8 * _BYTES_OF[column.type_name]
    return (0, 2**bits - 1) if column.unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def _scale(column: ColumnShape) -> float:
    if column.precision is None and column.scale is None:
        return float("inf")
    return column.scale or 0


def _digits(column: ColumnShape) -> float:
    """Return the digits before the point."""
    return float("inf") if column.precision is None else column.precision - (column.scale or 0)


def _room(column: ColumnShape) -> float:
    return float("inf") if column.length is None else column.length


def _text_holds(holder: ColumnShape, held: ColumnShape) -> bool:
    if holder.type_name != held.type_name:
        # CHAR loses blanks at the end, ENUM and SET hold their own words only.
        narrow = holder.type_name in _PADDED or holder.type_name in {"enum", "set"}
        if narrow:
            return False
    return _room(holder) >= _room(held)


def _finer(holder: ColumnShape, held: ColumnShape) -> bool:
    longer = _room(holder) >= _room(held)
    return longer and (holder.precision or 0) >= (held.precision or 0)
