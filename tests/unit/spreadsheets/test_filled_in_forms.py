"""What Excel, WPS and people make of a form is understood, or told by cell (回传表格)."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from tests.unit.spreadsheets.forms import (
    COLUMNS,
    IDENTITY,
    TITLES,
    as_shared,
    book,
    changed,
    only,
    table_of,
)

from shutong.errors import FormRefused
from shutong.spreadsheets import CellReason, Column, FilledForm, read_form, write_csv, write_xlsx

LETTERS = {column.id: "ABCDEFGHIJK"[n] for n, column in enumerate(COLUMNS)}


@pytest.fixture
def form(tmp_path: Path) -> Path:
    target = tmp_path / "form.xlsx"
    row = ["r1", "360102199001011234", "张三", "1990-01-01", None, "12.50", "1.250", "3", "true"]
    write_xlsx(target, COLUMNS, [table_of(row, ["r2", "007"])], identity=IDENTITY)
    return target


def _reasons(form: FilledForm) -> list[tuple[str, str]]:
    return [(fault.cell, fault.reason) for fault in form.faults]


def test_a_form_saved_again_by_another_program_is_still_the_same(form: Path) -> None:
    before = read_form(form, COLUMNS, expected=IDENTITY)
    load_workbook(form).save(form)
    after = read_form(form, COLUMNS, expected=IDENTITY)
    assert after.rows == before.rows
    assert after.identity == IDENTITY
    assert after.faults == ()


@pytest.mark.parametrize("name", ["x005F_", "_x0041_", "_x005F_x0041_", "a\r\nb", "\x01"])
def test_texts_like_escapes_survive_another_program(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.xlsx"
    write_xlsx(path, COLUMNS, [table_of(["r1", None, name])])
    with zipfile.ZipFile(path) as package:
        inline = package.read("xl/worksheets/sheet1.xml").decode()
    as_shared(path, inline)
    assert only(read_form(path, COLUMNS).rows, "name") == name


def test_columns_that_were_moved_are_known_by_their_titles(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ["张三", "r1"], titles=["姓 名", "row_id"])
    read = read_form(path, (COLUMNS[0], COLUMNS[2]))
    assert (only(read.rows, "row_id"), only(read.rows, "name")) == ("r1", "张三")


def test_titles_may_stand_below_a_line_of_the_department_s_own(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ["问题编号", "姓名"], ["r1", "张三"], titles=["低保名单"])
    read = read_form(path, (COLUMNS[0], COLUMNS[2]))
    assert only(read.rows, "_row") == 3


def test_blank_rows_and_columns_are_left_out(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ["r1", "张三", None, " "], [None, "  "], ["r2", "李四"], [],
                titles=["问题编号", "姓名"])  # fmt: skip
    assert read_form(path, (COLUMNS[0], COLUMNS[2])).rows.column("_row").to_pylist() == [2, 4]


@pytest.mark.parametrize(
    ("item", "cell", "expected"),
    [
        ("born", dt.date(2024, 2, 29), "2024-02-29"),
        ("born", dt.datetime(2024, 2, 29), "2024-02-29"),
        ("born", 45351, "2024-02-29"),
        ("born", 20240229, "2024-02-29"),
        ("born", "2024/2/29", "2024-02-29"),
        ("born", "2024年2月29日", "2024-02-29"),
        ("born", "２０２４-０２-２９", "2024-02-29"),
        ("born", " 2024.2.29 ", "2024-02-29"),
        ("changed", dt.datetime(2024, 2, 29, 8, 5, 1), "2024-02-29 08:05:01"),
        ("changed", 45351.5, "2024-02-29 12:00:00"),
        ("changed", "2024/2/29 8:05", "2024-02-29 08:05:00"),
        ("amount", 3.3000000000000003, "3.30"),
        ("amount", "1,234.5", "1234.50"),
        ("amount", "１２．５", "12.50"),
        ("amount", -7, "-7.00"),
        ("area", "0.1234", "0.1234"),
        ("people", "3", "3"),
        ("alive", True, "true"),
        ("alive", "否", "false"),
        ("note", 12, "12"),
        ("ratio", 0.1, "0.1"),
    ],
)
def test_what_people_and_programs_write_is_understood(
    form: Path, item: str, cell: Any, expected: str
) -> None:
    read = read_form(changed(form, f"{LETTERS[item]}3", cell), COLUMNS)
    assert (only(read.rows, item, 1), read.faults) == (expected, ())


@pytest.mark.parametrize(
    ("item", "cell", "reason"),
    [
        ("id_number", 360102199001011234, CellReason.NUMBER_IN_TEXT),
        ("id_number", 7, CellReason.NUMBER_IN_TEXT),
        ("id_number", "3.60102E+17", CellReason.SCIENTIFIC),
        ("id_number", dt.date(2024, 1, 2), CellReason.DATE_IN_TEXT),
        ("id_number", "=1+1", CellReason.FORMULA),
        ("name", "张\ufffd", CellReason.REPLACEMENT),
        ("name", "#REF!", CellReason.ERROR_VALUE),
        ("born", "2024-00-15", CellReason.INVALID_DATE),
        ("born", dt.datetime(2024, 1, 2, 3), CellReason.TIME_LOST),
        ("born", 30, CellReason.INVALID_DATE),
        ("people", 123456789012345678, CellReason.DIGITS_LOST),
        ("people", "3.6E+17", CellReason.SCIENTIFIC),
        ("amount", "十二", CellReason.INVALID_NUMBER),
        ("amount", dt.date(2024, 1, 2), CellReason.DATE_IN_TEXT),
        ("alive", "也许", CellReason.INVALID_BOOLEAN),
    ],
)
def test_what_cannot_be_told_for_certain_is_named_by_cell(
    form: Path, item: str, cell: Any, reason: CellReason
) -> None:
    path = changed(form, f"{LETTERS[item]}3", cell)
    read = read_form(path, COLUMNS)
    assert _reasons(read) == [(f"{LETTERS[item]}3", reason)]
    with pytest.raises(FormRefused) as refused:
        read.require_sound()
    message = refused.value.render("both")
    assert f"数据!{LETTERS[item]}3" in message
    assert "form.xlsx" in message
    assert str(cell) not in message


def test_a_formula_whose_value_is_stored_is_not_taken_for_the_value(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ["r1", "=A2"], titles=["问题编号", "姓名"])
    read = read_form(path, (COLUMNS[0], COLUMNS[2]))
    assert only(read.rows, "name") is None
    assert _reasons(read) == [("B2", CellReason.FORMULA)]


def test_days_of_a_workbook_that_counts_from_1904_are_right(form: Path) -> None:
    made = load_workbook(form)
    made.epoch = dt.datetime(1904, 1, 1)
    made.worksheets[0]["D3"].value = 43889
    made.worksheets[0]["D3"].number_format = "General"
    made.save(form)
    assert only(read_form(form, COLUMNS).rows, "born", 1) == "2024-02-29"


def test_a_form_says_what_it_is_and_another_one_is_refused(form: Path) -> None:
    from dataclasses import replace

    from shutong.spreadsheets import identify

    assert identify(form) == IDENTITY
    with pytest.raises(FormRefused, match="gd-7"):
        read_form(form, COLUMNS, expected=replace(IDENTITY, version="gd-8"))
    copied = book(form.with_name("copy.xlsx"), ["r1"])
    assert identify(copied) is None
    with pytest.raises(FormRefused, match="没有表单标识"):
        read_form(copied, COLUMNS, expected=IDENTITY)


def test_an_altered_identity_is_refused(form: Path) -> None:
    made = load_workbook(form)
    sheet = made["_shutong"]
    sheet["A2"].value = str(sheet["A2"].value).replace("gd-7", "gd-9")
    made.save(form)
    with pytest.raises(FormRefused, match="标识已被改动"):
        read_form(form, COLUMNS)


def test_rows_beyond_one_sheet_go_on_in_the_next(tmp_path: Path) -> None:
    table = table_of(*[[f"r{n}"] for n in range(5)])
    target = tmp_path / "a.xlsx"
    write_xlsx(target, COLUMNS, [table], rows_per_sheet=2)
    assert load_workbook(target).sheetnames == ["数据", "数据-2", "数据-3"]
    read = read_form(target, COLUMNS)
    assert read.rows.column("row_id").to_pylist() == ["r0", "r1", "r2", "r3", "r4"]
    assert read.rows.column("_row").to_pylist() == [2, 3, 2, 3, 2]
    parts = write_csv(tmp_path / "b.csv", COLUMNS, [table], rows_per_file=2).files
    assert [part.name for part in parts] == ["b.csv", "b-2.csv", "b-3.csv"]
    assert [read_form(part, COLUMNS).rows.num_rows for part in parts] == [2, 2, 1]


def test_a_form_keeps_its_titles_in_view_and_locked(form: Path) -> None:
    sheet = load_workbook(form).worksheets[0]
    assert sheet.freeze_panes == "A2"
    assert sheet.protection.sheet
    assert sheet["A1"].protection.locked
    assert sheet["A2"].protection.locked, "a locked column's cells are locked"
    assert not sheet["C2"].protection.locked
    assert sheet["B2"].data_type == "s"
    assert sheet["B2"].value == "360102199001011234"
    assert sheet["B3"].value == "007"
    assert sheet["D2"].is_date
    assert sheet["F2"].value == 12.5
    assert load_workbook(form)["_shutong"].sheet_state == "veryHidden"
    assert form.stat().st_mode & 0o777 == 0o600


def test_titles_that_repeat_are_told_apart(tmp_path: Path) -> None:
    columns = (Column("a", "姓名"), Column("b", "姓名"))
    write_xlsx(tmp_path / "a.xlsx", columns, [table_of().slice(0, 0).select([]).append_column(
        "a", [[]]).append_column("b", [[]])])  # fmt: skip
    assert [c.value for c in load_workbook(tmp_path / "a.xlsx").worksheets[0][1]] == [
        "姓名 (a)",
        "姓名 (b)",
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\0=1", " =1"])
def test_no_cell_of_an_export_can_run(tmp_path: Path, text: str) -> None:
    table = table_of(["r1", text, None, None, None, "-12.50"])
    book_path, csv_path = tmp_path / "a.xlsx", tmp_path / "a.csv"
    write_xlsx(book_path, COLUMNS, [table])
    write_csv(csv_path, COLUMNS, [table])
    cells = load_workbook(book_path).worksheets[0][2]
    assert str(cells[1].value).startswith("'")
    assert cells[5].value == -12.5
    line = csv_path.read_bytes().decode("utf-8-sig").split("\r\n", 1)[1]
    assert line.replace('"', "").startswith("r1,'")
    assert ",-12.50," in line


def test_a_text_no_cell_can_hold_is_refused_by_row(tmp_path: Path) -> None:
    table = table_of(["r1"], ["r2", None, "字" * 32_768])
    with pytest.raises(FormRefused, match="第 2 行的 姓名"):
        write_xlsx(tmp_path / "a.xlsx", COLUMNS, [table])
    assert list(tmp_path.iterdir()) == []
    assert TITLES
