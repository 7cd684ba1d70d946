"""How each PostgreSQL column is carried exactly (PostgreSQL 字段传输方式), decided before reading.

Every value travels as the server's own text, which is exact; bytes stay bytes. Some kinds need
a word to the server first:

=========================  ==============================  ===================================
real, for a double         CAST(v AS DOUBLE PRECISION)     its text is rounded to eight digits
money                      CAST(v AS NUMERIC)              its text has the locale's signs
timestamp with time zone   v AT TIME ZONE <the session's>  a wall clock is wanted
texts of SQL_ASCII         convert_to(v, 'SQL_ASCII')      bytes that need not be UTF-8
=========================  ==============================  ===================================
"""

from __future__ import annotations

import re
from typing import Any, Final

import pyarrow as pa
from sqlalchemy import ColumnElement, Numeric, Text, cast, func, text
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION

from shutong.fitting.whole import family
from shutong.frontends.meanings import Meaning
from shutong.frontends.ports import SourceColumn

DESCRIBE: Final = text(
    """
    SELECT a.attname,
           format_type(CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE a.atttypid END,
                       CASE t.typtype WHEN 'd' THEN t.typtypmod ELSE a.atttypmod END),
           b.typtype = 'e',
           NOT (a.attnotnull OR t.typnotnull)
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    JOIN pg_catalog.pg_type b
      ON b.oid = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE a.atttypid END
    WHERE n.nspname = COALESCE(:schema, current_schema()) AND c.relname = :table
      AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum
    """
)
"""Tables, partitioned and foreign ones, views and materialized views, which the standard's
own information_schema leaves out. A domain is described as the type below it."""
INTEGERS: Final = frozenset({"smallint", "integer", "bigint"})
ZONED: Final = "timestamp with time zone"
_ENUM: Final = "enum"
_TEXTS: Final = frozenset({"character", "bpchar", "character varying", "text", "name", "citext"})
_MEANINGS: Final[dict[str, Meaning]] = {
    **dict.fromkeys({*_TEXTS, _ENUM, *INTEGERS, "numeric"}, Meaning.ANY),
    **dict.fromkeys(("real", "double precision", "money"), Meaning.NUMBER),
    **dict.fromkeys(("date", "timestamp without time zone", ZONED), Meaning.TIME),
    **dict.fromkeys(("boolean", "bit"), Meaning.TRUTH),
    **dict.fromkeys(("uuid", "json", "jsonb", "xml", "inet", "cidr", "macaddr"), Meaning.WORD),
    **dict.fromkeys(("macaddr8", "bit varying", "interval"), Meaning.WORD),
    **dict.fromkeys(("time without time zone", "time with time zone"), Meaning.WORD),
    "bytea": Meaning.BYTES,
}
_DECLARED: Final = re.compile(r"([^(]+)(?:\((\d+)(?: \w+)?(?:,(-?\d+))?\))?(.*)")
_MICROSECONDS: Final = 6
"""Digits of a second's fraction where none are declared."""


def carries(column: SourceColumn, wanted: pa.DataType) -> bool:
    """Say whether the column can be carried exactly to an item of type `wanted`."""
    meaning = _MEANINGS.get(column.type_name)
    return meaning is not None and meaning.includes(wanted)


def carried(
    expression: ColumnElement[Any], column: SourceColumn, wanted: pa.DataType
) -> ColumnElement[Any]:
    """Return the column's exact text; bytes as they are."""
    match column.type_name:
        case "bytea":
            return expression
        case "real" if family(wanted) == "float":
            expression = cast(expression, DOUBLE_PRECISION)
        case "money":
            expression = cast(expression, Numeric)
        case "timestamp with time zone":
            expression = expression.op("AT TIME ZONE")(text("current_setting('TimeZone')"))
    return cast(expression, Text)


def has_texts(column: SourceColumn) -> bool:
    """Say whether a column holds texts of people, which may be in any encoding."""
    return column.type_name in _TEXTS or column.type_name in {_ENUM, "json", "xml"}


def as_bytes(expression: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the bytes of a text in a database that knows no encoding."""
    return func.convert_to(expression, text("'SQL_ASCII'"))


def source_column(name: str, declared: str, enum: bool, nullable: bool) -> SourceColumn:
    """Return a column as declared, such as "numeric(12,2)" or "timestamp(3) with time zone"."""
    found = _DECLARED.fullmatch(declared)
    if enum or found is None:
        return SourceColumn(name, _ENUM if enum else declared.lower(), nullable=nullable)
    first, digits, scale, rest = found.groups()
    # A type outside of the search path is named with its schema.
    kind = f"{first.rpartition('.')[2]}{rest}".lower()
    number = int(digits) if digits else None
    if kind in _TEXTS or kind.startswith("bit"):
        return SourceColumn(name, kind, length=number, nullable=nullable)
    if number is None and kind.startswith("timestamp"):
        number = _MICROSECONDS
    return SourceColumn(
        name, kind, precision=number, scale=int(scale) if scale else None, nullable=nullable
    )
