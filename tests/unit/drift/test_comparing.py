"""What changed between two descriptions of a table."""

from __future__ import annotations

import pytest
from tests.unit.drift.shapes import shape

from shutong.drift import ChangeKind, compare


def changes(before: tuple[str, ...], after: tuple[str, ...], *, folds: bool = True) -> list[str]:
    found = compare(shape(*before), shape(*after), folds=folds)
    return [f"{change.kind} {change.column}".strip() for change in found]


def test_the_same_description_is_no_change() -> None:
    assert changes(("ID int", "XM varchar(20)"), ("ID int", "XM varchar(20)")) == []


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("varchar(20)", "varchar(50)", "widened"),
        ("varchar(50)", "varchar(20)", "narrowed"),
        ("varchar(50)", "text(65535)", "widened"),
        ("varchar(300)", "tinytext(255)", "narrowed"),
        ("char(10)", "varchar(10)", "widened"),
        ("varchar(10)", "char(10)", "narrowed"),
        ("varchar2(20)", "clob", "widened"),
        ("int", "bigint", "widened"),
        ("bigint", "int", "narrowed"),
        ("int", "int unsigned", "retyped"),
        ("int unsigned", "bigint", "widened"),
        ("bigint", "bigint unsigned", "retyped"),
        ("decimal(10,2)", "decimal(12,2)", "widened"),
        ("decimal(10,2)", "decimal(10,4)", "retyped"),
        ("decimal(10,2)", "decimal(12,4)", "widened"),
        ("decimal(10,2)", "decimal(10,0)", "retyped"),
        ("decimal(10,2)", "decimal(8,0)", "narrowed"),
        ("number(10,2)", "number", "widened"),
        ("number", "number(10,2)", "narrowed"),
        ("int", "decimal(10,0)", "widened"),
        ("int", "decimal(9,0)", "retyped"),
        ("int", "varchar(20)", "retyped"),
        ("varchar(20)", "int", "retyped"),
        ("date", "datetime", "retyped"),
        ("datetime", "datetime(6)", "widened"),
        ("datetime(6)", "datetime", "narrowed"),
        ("datetime", "timestamp", "retyped"),
        ("float", "double", "widened"),
        ("double", "float", "narrowed"),
        ("double", "decimal(20,2)", "retyped"),
        ("varbinary(10)", "blob", "widened"),
        ("geometry", "json", "retyped"),
    ],
)
def test_each_change_of_type_has_its_kind(before: str, after: str, kind: str) -> None:
    assert changes((f"V {before}",), (f"V {after}",)) == [f"{kind} V"]


def test_another_name_of_the_same_type_is_no_change() -> None:
    assert changes(("V int",), ("V integer",)) == []


def test_added_and_dropped_columns_are_told_by_name() -> None:
    before = ("ID int", "XM varchar(20)", "SJH char(11)")
    assert changes(before, ("ID int", "XM varchar(20)")) == ["dropped SJH"]
    assert changes(before, (*before, "BZ text")) == ["added BZ"]


def test_a_change_of_nullability_is_told_beside_a_change_of_type() -> None:
    found = changes(("V int not null",), ("V bigint",))
    assert found == ["widened V", "loosened V"]
    assert changes(("V int",), ("V int not null",)) == ["tightened V"]


def test_columns_in_another_order_are_one_change() -> None:
    assert changes(("A int", "B int", "C int"), ("C int", "A int", "B int")) == ["reordered"]


def test_a_column_added_in_the_middle_is_no_change_of_order() -> None:
    assert changes(("A int", "B int"), ("A int", "N int", "B int")) == ["added N"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("ID int", "XM varchar(20)"), ("ID int", "XINGMING varchar(20)")),
        (("ID int", "XM varchar(20)", "D date"), ("ID int", "D date", "XM_NEW varchar(30)")),
    ],
    ids=["by its place", "by its name"],
)
def test_a_dropped_and_an_added_column_that_are_near_are_a_rename(
    before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    (found,) = compare(shape(*before), shape(*after), folds=True)
    assert found.kind is ChangeKind.RENAMED
    assert found.column == "XM"


@pytest.mark.parametrize(
    "after",
    [
        ("ID int", "LXDH int"),
        ("ID int", "LXDH varchar(11)"),
        ("LXDH varchar(20)", "ID int"),
    ],
    ids=["another type", "another length", "another place"],
)
def test_columns_that_are_not_near_are_no_rename(after: tuple[str, ...]) -> None:
    found = changes(("ID int", "XM varchar(20)"), after)
    assert found == ["dropped XM", "added LXDH"]


def test_two_renames_are_told_apart_by_their_names() -> None:
    before = ("ID int", "XM varchar(20)", "CYM varchar(20)")
    after = ("ID int", "CYM_2 varchar(20)", "XM_2 varchar(20)")
    found = compare(shape(*before), shape(*after), folds=True)
    pairs = {c.column: c.after.name for c in found if c.after is not None}
    assert pairs == {"XM": "XM_2", "CYM": "CYM_2"}


def test_capitals_matter_only_where_the_database_tells_them_apart() -> None:
    assert changes(("XM varchar(20)",), ("xm varchar(20)",)) == []
    assert changes(("XM varchar(20)",), ("xm varchar(20)",), folds=False) == ["recased XM"]
    assert changes(("XM int",), ("xm bigint",)) == ["widened XM"]


def test_columns_that_differ_only_in_capitals_stay_apart() -> None:
    before = ("xm int", "XM int")
    assert changes(before, before, folds=False) == []
    assert changes(before, ("XM int",), folds=False) == ["dropped xm"]


def test_a_declaration_reads_as_people_write_it() -> None:
    words = ["varchar(20)", "decimal(12,2)", "number(8)", "int unsigned", "datetime(6)", "date"]
    found = [c.declared for c in shape(*(f"V {word}" for word in words)).columns]
    assert found == words
