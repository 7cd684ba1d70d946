"""Shapes for the tests, in few words: "XM varchar(20)", "ID int unsigned not null"."""

from __future__ import annotations

import re

from shutong.drift import ColumnShape, Role, SourceShape, Use
from shutong.fieldtypes import FieldType

_DECLARED = re.compile(r"(\S+) ([a-z_0-9 ]+?)(?:\((\d+)(?:,(\d+))?\))?( unsigned)?( not null)?$")
_SIZED = ("char", "binary", "text", "clob", "enum", "raw")


def column(words: str) -> ColumnShape:
    """Return the column that the words declare."""
    found = _DECLARED.match(words)
    assert found is not None, words
    name, kind, first, second, unsigned, not_null = found.groups()
    number = int(first) if first else None
    sized = any(word in kind for word in _SIZED)
    return ColumnShape(
        name=name,
        type_name=kind,
        length=number if sized else None,
        precision=None if sized else number,
        scale=int(second) if second else None,
        unsigned=bool(unsigned),
        nullable=not not_null,
    )


def shape(*words: str, uses: tuple[Use, ...] = ()) -> SourceShape:
    """Return a table of such columns."""
    return SourceShape(
        front_end="fe",
        db_schema=None,
        table="T",
        columns=tuple(column(each) for each in words),
        uses=uses,
    )


def item(
    column: str,
    type_: FieldType = FieldType.C,
    length: int | None = 20,
    *,
    name: str = "",
    scale: int | None = None,
    required: bool = False,
) -> Use:
    """Return the use of a column as an item."""
    return Use(
        role=Role.ITEM,
        column=column,
        item=name or column.lower(),
        title=column,
        type=type_,
        length=length,
        scale=scale,
        required=required,
    )
