"""Files that cannot be read are refused with what to do instead (表格拒收)."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook
from tests.unit.spreadsheets.forms import COLUMNS, IDENTITY, TITLES, book, table_of

from shutong.errors import FormRefused
from shutong.spreadsheets import Limits, read_form, write_csv, write_xlsx

_OLE2 = bytes.fromhex("D0CF11E0A1B11AE1")
_SECRET = "360102199001011234"


@pytest.fixture
def form(tmp_path: Path) -> Path:
    target = tmp_path / "form.xlsx"
    write_xlsx(target, COLUMNS, [table_of(["r1", _SECRET])], identity=IDENTITY)
    return target


def _refusal(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(FormRefused) as refused:
        read_form(path, COLUMNS, limits=limits or Limits())
    message = refused.value.render("both")
    assert path.name in message
    assert "→" in message, "tells what to do"
    assert _SECRET not in message
    return message


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xls", _OLE2 + b"\0" * 600 + "Workbook".encode("utf-16-le"), "另存为 .xlsx"),
        ("a.xlsx", _OLE2 + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "打开密码"),
        ("a.xls", b"<html><table><tr><td>1</td></tr></table>", "网页"),
        ("a.pdf", b"%PDF-1.7", "PDF"),
        ("a.csv", b"", "空的"),
        ("a.xlsx", b"PK\x03\x04 no archive", "损坏"),
        ("a.csv", "问题编号,姓名\nr1,张三\n".encode(), "缺少列"),
        ("a.csv", "甲,乙\n1,2\n".encode(), "找不到列标题|编码"),
    ],
)
def test_what_is_no_workbook_is_told(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    message = _refusal(path)
    assert any(word in message for word in words.split("|"))


def _with_part(form: Path, name: str, content: bytes) -> Path:
    with zipfile.ZipFile(form, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr(name, content)
    return form


def test_macros_are_refused(form: Path) -> None:
    assert "宏" in _refusal(_with_part(form, "xl/vbaProject.bin", b"x"))


def test_a_bomb_is_refused_before_it_is_unpacked(form: Path) -> None:
    bomb = _with_part(form, "xl/media/image1.xml", b"\0" * (20 * 2**20))
    assert bomb.stat().st_size < 2**20
    assert "解压后" in _refusal(bomb, Limits(unpacked_bytes=10 * 2**20))


def test_a_file_over_the_limit_is_refused(form: Path) -> None:
    assert "超过" in _refusal(form, Limits(file_bytes=1000))


def test_more_rows_than_the_limit_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_xlsx(path, COLUMNS, [table_of(["r1"], ["r2"])])
    assert "超过 1 行" in _refusal(path, Limits(rows=1))


def test_entities_are_refused(form: Path) -> None:
    parts = {}
    with zipfile.ZipFile(form) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(
        "<worksheet", '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet', 1
    ).encode()
    with zipfile.ZipFile(form, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    assert "损坏" in _refusal(form)


def test_merged_cells_are_named(form: Path) -> None:
    made = load_workbook(form)
    made.worksheets[0].merge_cells("B2:B3")
    made.save(form)
    assert "数据!B2:B3" in _refusal(form)


def test_a_column_that_is_missing_is_named(tmp_path: Path) -> None:
    message = _refusal(book(tmp_path / "a.xlsx", titles=TITLES[:-1]))
    assert "缺少列: 备注" in message


def test_two_columns_of_one_title_are_refused(tmp_path: Path) -> None:
    assert "L1" in _refusal(book(tmp_path / "a.xlsx", titles=[*TITLES, "姓名"]))


def test_a_column_nobody_knows_is_named_by_its_place_only(tmp_path: Path) -> None:
    message = _refusal(book(tmp_path / "a.xlsx", titles=[*TITLES, f"张三{_SECRET}"]))
    assert "数据!L1" in message


def test_content_beside_the_form_is_named(tmp_path: Path) -> None:
    row = ["r1", *[None] * 12, _SECRET]
    assert "数据!N2" in _refusal(book(tmp_path / "a.xlsx", row))


def test_another_sheet_with_content_is_not_passed_over(form: Path) -> None:
    made = load_workbook(form)
    made.create_sheet("补充")["A1"].value = _SECRET
    made.save(form)
    assert "补充" in _refusal(form)


def test_a_sheet_cut_short_is_damaged(form: Path) -> None:
    raw = form.read_bytes()
    form.write_bytes(raw[: len(raw) // 2])
    assert "损坏" in _refusal(form)


# ---------------------------------------------------------------- text files


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_a_text_file_is_read_in_the_encoding_it_has(
    tmp_path: Path, encoding: str, separator: str
) -> None:
    path = tmp_path / "a.csv"
    lines = [separator.join(TITLES), separator.join(["r1", "007", "𠮷田䶮", *[""] * 8])]
    path.write_bytes("\r\n".join(lines).encode(encoding))
    read = read_form(path, COLUMNS)
    assert read.rows.column("name").to_pylist() == ["𠮷田䶮"]
    assert read.rows.column("id_number").to_pylist() == ["007"]


def test_a_text_that_two_encodings_allow_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    ids = ",".join(column.id for column in COLUMNS)
    # C2 B7 is "·" in UTF-8 and a Chinese letter in GB18030.
    path.write_bytes(f"{ids}\nr1,,".encode() + b"\xc2\xb7\xc2\xb7" + b",,,,,,,,\n")
    assert "编码" in _refusal(path)


def test_bytes_of_no_encoding_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(",".join(TITLES).encode() + b"\nr1,\xff\xff\xff" + b",,,,,,,,,\n")
    assert "编码" in _refusal(path)


def test_a_quote_without_its_pair_does_not_swallow_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = 'r1,"007,,,,,,,,,\nr2,,,,,,,,,,\n'
    path.write_bytes((",".join(TITLES) + "\n" + rows).encode("utf-8-sig"))
    assert "引号" in _refusal(path)


def test_a_huge_cell_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_csv(path, COLUMNS, [table_of(["r1", None, "字" * 2_000])])
    read = read_form(path, COLUMNS, limits=Limits(cell_characters=1_000))
    assert [fault.cell for fault in read.faults] == ["C2"]
    path.write_text(",".join(TITLES) + "\nr1,," + "x" * 1_200_000 + ",,,,,,,,\n", "utf-8-sig")
    assert "过长" in _refusal(path, Limits())
