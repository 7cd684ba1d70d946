"""How each column would be carried, told before a row is read (传输说明)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import pyarrow.types as pt
from sqlalchemy import ColumnElement, literal_column

from shutong.drift.families import Family, family_of
from shutong.drift.shape import ColumnShape
from shutong.errors import Text
from shutong.frontends import mysql_columns, oracle_columns
from shutong.frontends.oracle_texts import Texts
from shutong.frontends.ports import Explained, Query, SourceColumn

if TYPE_CHECKING:
    import pyarrow as pa

WayOf = Callable[[SourceColumn, "pa.DataType"], Text | None]
"""A reader's own words for how it carries a column to a type; None when it cannot."""

_NUMBERS: Final = frozenset({Family.INTEGER, Family.DECIMAL, Family.FLOAT})
_TIMES: Final = frozenset({Family.MOMENT, Family.CLOCK})


def explained(
    query: Query,
    described: Sequence[SourceColumn],
    wanted: pa.Schema,
    way_of: WayOf,
    *,
    binding: bool = True,
) -> tuple[Explained, ...]:
    """Return how each item of a query would be carried.

    `binding` says that a declaration binds the values, which it does not in SQLite.
    """
    found = []
    for item, name in query.columns:
        column = _spelled(described, name)
        if column is None:
            words = Text("源表没有该字段", "the table has no such column")
            found.append(Explained(item, name, None, None, words))
            continue
        kind = wanted.field(item).type
        way = way_of(column, kind)
        never = binding and way is not None and _never(family_of(column.type_name), kind)
        words = Text("类型不能精确传输, 拒绝读取", "the type cannot be carried: refused")
        if never:
            words = Text("整列不符, 每行都进隔离区", "no value fits: every row is rejected")
        elif way is not None:
            words = _misfits(kind)
        declared = ColumnShape.of(column).declared
        found.append(Explained(item, column.name, declared, way, words, never_fits=never))
    return tuple(found)


def _spelled(described: Sequence[SourceColumn], name: str) -> SourceColumn | None:
    exact = [column for column in described if column.name == name]
    alike = [column for column in described if column.name.casefold() == name.casefold()]
    found = exact or alike
    return found[0] if len(found) == 1 else None


def _never(source: Family, wanted: pa.DataType) -> bool:
    """Say whether the text of a source's values never reads as the wanted type."""
    number = pt.is_decimal(wanted) or pt.is_integer(wanted) or pt.is_floating(wanted)
    time = pt.is_date(wanted) or pt.is_timestamp(wanted)
    if source in _TIMES:
        return bool(number or pt.is_boolean(wanted) or (time and source is Family.CLOCK))
    if source is Family.BOOLEAN:
        return bool(number or time)
    return False


def _misfits(wanted: pa.DataType) -> Text:
    if pt.is_binary(wanted):
        return Text("字节原样, 无不符", "bytes as they are; all fit")
    if pt.is_string(wanted):
        return Text(
            "非 UTF-8 或超长: 该行隔离", "not UTF-8, or too long: the row goes to quarantine"
        )
    if pt.is_decimal(wanted):
        return Text(
            "非数字、位数超出或小数会被截: 该行隔离",
            "no number, too many digits, or digits would be cut: the row goes to quarantine",
        )
    if pt.is_date(wanted):
        return Text(
            "无此日期或带时间: 该行隔离",
            "no such day, or with a time of day: the row goes to quarantine",
        )
    if pt.is_timestamp(wanted):
        return Text(
            "无此时间或带时区: 该行隔离", "no such time, or with a zone: the row goes to quarantine"
        )
    if pt.is_boolean(wanted):
        return Text("既非真也非假: 该行隔离", "neither true nor false: the row goes to quarantine")
    return Text("非数字或超出范围: 该行隔离", "no number, or too large: the row goes to quarantine")


# ------------------------------------------------------------------- the readers' own words

_MYSQL: Final = {
    mysql_columns.Way.SHOWN: Text("按服务器原文", "as the server shows it"),
    mysql_columns.Way.NUMBER: Text("按声明的数值", "as the declared number"),
    mysql_columns.Way.WIDENED: Text("按等值双精度", "as a double of the same value"),
    mysql_columns.Way.UNSIGNED: Text("按无符号整数", "as an unsigned integer"),
}
_ORACLE: Final = {
    oracle_columns.Way.PLAIN: Text("按原类型", "as it is"),
    oracle_columns.Way.NUMBER_TEXT: Text("数值转精确文本", "number as exact text"),
    oracle_columns.Way.TIME_TEXT: Text("时间转精确文本", "time as exact text"),
    oracle_columns.Way.ZONED_TEXT: Text(
        "带时区时间转前置机时区文本", "zoned time as text in the front-end's zone"
    ),
    oracle_columns.Way.ROWID_TEXT: Text("行标识转文本", "row id as text"),
    oracle_columns.Way.TEXT_BYTES: Text("按字节取出再解码", "text as bytes, decoded here"),
}
AS_TEXT: Final = Text("转精确文本", "as exact text")
AS_STORED: Final = Text("按存储内容原文", "as it is stored")
AS_BYTES: Final = Text("按字节原样", "bytes as they are")


def mysql_way(column: SourceColumn, wanted: pa.DataType) -> Text | None:
    """Return how the MySQL reader carries a column."""
    way = mysql_columns.way_of(column, wanted)
    return _MYSQL.get(way, Text(str(way), str(way))) if way is not None else None


def oracle_way(
    column: SourceColumn, wanted: pa.DataType, texts: Texts = oracle_columns.UNICODE
) -> Text | None:
    """Return how the Oracle reader carries a column."""
    way = oracle_columns.way_of(column, wanted, texts)
    return _ORACLE.get(way, Text(str(way), str(way))) if way is not None else None


def text_way(column: SourceColumn, wanted: pa.DataType) -> Text:
    """Return how a reader of exact texts carries a column that it can carry."""
    whole = family_of(column.type_name) is Family.BYTES and pt.is_binary(wanted)
    return AS_BYTES if whole else AS_TEXT


PROBE: Final[ColumnElement[Any]] = literal_column("c")
"""Stands for a column where only the declaration matters."""
