"""Whether a change may lose anything, and whether the catalog answers it."""

from __future__ import annotations

import pytest
from tests.unit.drift.shapes import item, shape

from shutong.drift import Finding, Role, Use, compare, judge
from shutong.fieldtypes import FieldType

C, D, I, M, N = FieldType.C, FieldType.D, FieldType.I, FieldType.M, FieldType.N  # noqa: E741
NAME = item("XM")
CURSOR = Use(role=Role.CURSOR, column="XM")
FILTER = Use(role=Role.FILTER, column="XM")


def judged(before: str, after: str, then: tuple[Use, ...], now: tuple[Use, ...]) -> Finding:
    """Return the one finding of a table with a column `ID` and another that changes."""
    old = shape("ID int", *([before] if before else []), uses=then)
    new = shape("ID int", *([after] if after else []), uses=now)
    (found,) = judge(compare(old, new, folds=True), old, new)
    return found


def verdict(before: str, after: str, *uses: Use, now: tuple[Use, ...] | None = None) -> str:
    found = judged(before, after, uses, uses if now is None else now)
    assert found.reason.zh
    assert found.reason.en
    return "answered" if found.answered else "lossless" if found.lossless else "waits"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "XM int"),
        ("XM int", ""),
        ("XM int", "XM_2 int"),
        ("XM int", "XM varchar(9)"),
        ("XM int", "XM smallint"),
        ("XM int not null", "XM int"),
    ],
)
def test_what_the_catalog_does_not_use_cannot_lose_anything(before: str, after: str) -> None:
    assert verdict(before, after) == "lossless"


@pytest.mark.parametrize("use", [NAME, CURSOR, FILTER], ids=["item", "cursor", "filter"])
@pytest.mark.parametrize("after", ["", "XM_2 varchar(20)", "XM int", "XM varchar(10)"])
def test_a_used_column_that_is_gone_renamed_retyped_or_cut_waits(use: Use, after: str) -> None:
    assert verdict("XM varchar(20)", after, use) == "waits"


@pytest.mark.parametrize(
    ("before", "after", "use"),
    [
        ("varchar(20)", "varchar(80)", item("XM", C, 100)),
        ("varchar(20)", "varchar(80)", item("XM", C, 20)),
        ("varchar(20)", "text(65535)", item("XM", M, None)),
        ("int", "bigint", item("XM", I, None)),
        ("int", "bigint", item("XM", C, 20)),
        ("decimal(8,2)", "decimal(10,2)", item("XM", N, 9, scale=2)),
        ("decimal(8,2)", "decimal(10,2)", item("XM", C, 20)),
        ("datetime", "datetime(6)", Use(role=Role.CURSOR, column="XM")),
        ("int", "bigint", Use(role=Role.CURSOR, column="XM")),
        ("varchar(2)", "varchar(4)", FILTER),
    ],
)
def test_a_wider_column_loses_nothing(before: str, after: str, use: Use) -> None:
    assert verdict(f"XM {before}", f"XM {after}", use) == "lossless"


@pytest.mark.parametrize(
    ("before", "after", "use"),
    [
        ("decimal(8,2)", "decimal(10,4)", item("XM", C, 20)),
        ("float", "double", item("XM", C, 20)),
        ("datetime", "datetime(6)", item("XM", M, None)),
        ("int", "decimal(10,0)", CURSOR),
        ("varchar(20)", "text(65535)", FILTER),
    ],
)
def test_a_wider_column_whose_values_are_written_or_compared_otherwise_waits(
    before: str, after: str, use: Use
) -> None:
    assert verdict(f"XM {before}", f"XM {after}", use) == "waits"


def test_a_required_item_a_cursor_and_a_filter_do_not_bear_null() -> None:
    before, after = "XM int not null", "XM int"
    assert verdict(before, after, item("XM")) == "lossless"
    assert verdict(before, after, item("XM", required=True)) == "waits"
    assert verdict(before, after, CURSOR) == "waits"
    assert verdict(before, after, FILTER) == "waits"
    assert verdict(after, before, item("XM", required=True)) == "lossless"


def test_a_renamed_column_is_answered_when_every_use_names_the_new_one() -> None:
    before, after = "XM varchar(20)", "XM_2 varchar(20)"
    then = (NAME, CURSOR)
    moved = item("XM_2", name="xm")
    assert verdict(before, after, *then, now=(moved, CURSOR)) == "waits"
    both = (moved, Use(role=Role.CURSOR, column="XM_2"))
    assert verdict(before, after, *then, now=both) == "answered"


@pytest.mark.parametrize("after", ["", "XM int", "XM varchar(10)", "XM_2 varchar(20)"])
def test_a_change_of_a_column_that_the_catalog_has_let_go_is_answered(after: str) -> None:
    assert verdict("XM varchar(20)", after, NAME, now=()) == "answered"


def test_a_new_column_that_the_catalog_maps_is_answered() -> None:
    assert verdict("", "XM varchar(20)", now=(NAME,)) == "answered"


def test_a_new_column_that_takes_the_name_of_a_used_one_in_other_capitals_waits() -> None:
    old = shape("xm varchar(20)", uses=(NAME,))
    new = shape("xm varchar(20)", "XM varchar(20)", uses=(NAME,))
    (found,) = judge(compare(old, new, folds=False), old, new)
    assert not found.harmless


def test_a_wider_column_is_answered_when_the_item_was_widened_for_it() -> None:
    before, after = "XM varchar(20)", "XM varchar(50)"
    assert verdict(before, after, NAME, now=(item("XM", C, 50),)) == "answered"
    assert verdict(before, after, NAME, now=(item("XM", C, 40),)) == "lossless"
    assert verdict(before, after, item("XM", C, 50)) == "lossless"


def test_a_retyped_column_is_answered_by_another_type_of_its_item_only() -> None:
    before, after = "XM varchar(20)", "XM date"
    assert verdict(before, after, NAME, now=(item("XM", D, None),)) == "answered"
    assert verdict(before, after, NAME, now=(item("XM", C, 60),)) == "waits"
    assert verdict(before, after, NAME, CURSOR, now=(item("XM", D, None), CURSOR)) == "waits"


def test_a_change_of_order_or_capitals_loses_nothing() -> None:
    old = shape("A int", "B int", "XM int", uses=(NAME,))
    new = shape("xm int", "A int", "B int", uses=(NAME,))
    found = judge(compare(old, new, folds=False), old, new)
    assert [str(f.change.kind) for f in found] == ["recased", "reordered"]
    assert all(f.lossless for f in found)
