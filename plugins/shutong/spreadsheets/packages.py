"""What kind of file came back (文件类型), judged by its content; bombs and macros are refused."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final
from zlib import error as inflate_error

from shutong.errors import FormRefused
from shutong.spreadsheets.faults import refused

_OLE2: Final = bytes.fromhex("D0CF11E0A1B11AE1")
_XLSX_DO_ZH: Final = "请用 Excel 或 WPS 另存为 .xlsx (Excel 工作簿) 后重新上传"
_XLSX_DO_EN: Final = "save it as .xlsx (Excel workbook) in Excel or WPS and send that"
_PROLOG: Final = 4096
_MACROS: Final = ("vbaproject.bin", "xl/macrosheets/", "xl/dialogsheets/")


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a file may be (表格限额)."""

    file_bytes: int = 50 * 2**20
    unpacked_bytes: int = 512 * 2**20
    """All parts of a workbook, unpacked."""
    parts: int = 2_000
    rows: int = 2_000_000
    cell_characters: int = 1_000_000
    """Longest cell."""


class Kind(StrEnum):
    """Kind of a file (文件类型)."""

    WORKBOOK = "workbook"
    TEXT = "text"


def kind_of(path: Path, limits: Limits) -> Kind:
    """Return what a file is; FormRefused for what cannot or may not be read."""
    name = path.name
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(512)
    except OSError:
        raise refused(name, "文件无法打开", "the file cannot be opened") from None
    if size == 0:
        raise refused(name, "文件是空的", "the file is empty")
    if size > limits.file_bytes:
        most = limits.file_bytes // 2**20
        raise refused(
            name,
            f"文件超过 {most} MB",
            f"the file is larger than {most} MB",
            do_zh="请删除多余的行、列和图片, 或分成几个文件上传",
            do_en="delete needless rows, columns and pictures, or send it in parts",
        )
    if head.startswith(_OLE2):
        raise _ole2(path)
    if head.startswith(b"PK"):
        _check_package(path, limits)
        return Kind.WORKBOOK
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        raise _no_workbook(name, "网页或 XML", "a web page or XML")
    if head.startswith(b"%PDF"):
        raise _no_workbook(name, "PDF", "a PDF")
    return Kind.TEXT


def _ole2(path: Path) -> FormRefused:
    """Return why a compound file is refused: encrypted, or of the old kind."""
    if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
        return refused(
            path.name,
            "文件有打开密码",
            "the file is protected by a password",
            do_zh="请取消打开密码, 保存后重新上传",
            do_en="take the password away, save it and send that",
        )
    return _no_workbook(path.name, "旧版 .xls 或 .et", "an old .xls or .et file")


def _no_workbook(name: str, zh: str, en: str) -> FormRefused:
    return refused(
        name,
        f"文件是{zh}, 不能读取",
        f"the file is {en}, which is not read",
        do_zh=_XLSX_DO_ZH,
        do_en=_XLSX_DO_EN,
    )


def _check_package(path: Path, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(path) as package:
            _check_parts(path.name, package, limits)
    except (
        zipfile.BadZipFile,
        OSError,
        ValueError,
        NotImplementedError,
        EOFError,
        RuntimeError,
        inflate_error,
    ):
        raise damaged(path.name) from None


def _check_parts(name: str, package: zipfile.ZipFile, limits: Limits) -> None:
    parts = package.infolist()
    # A part is never read beyond the size that is told here.
    if len(parts) > limits.parts or sum(p.file_size for p in parts) > limits.unpacked_bytes:
        most = limits.unpacked_bytes // 2**20
        raise refused(
            name,
            f"解压后超过 {most} MB 或 {limits.parts} 个部件",
            f"unpacked it is more than {most} MB or {limits.parts} parts",
            do_zh="请把数据复制到新的工作簿, 或分成几个文件上传",
            do_en="copy the data to a new workbook, or send it in parts",
        )
    names = [part.filename for part in parts]
    lower = [part.lower() for part in names]
    if any(word in part for part in lower for word in _MACROS):
        raise refused(
            name, "文件含有宏", "the file contains macros", do_zh=_XLSX_DO_ZH, do_en=_XLSX_DO_EN
        )
    if any(part.flag_bits & 1 for part in parts):
        raise refused(name, "文件有密码", "the file is protected by a password")
    if len(set(lower)) < len(lower):
        raise damaged(name)
    if "[Content_Types].xml" not in names or not any(p.startswith("xl/") for p in lower):
        raise _no_workbook(name, "压缩包或其他文档", "an archive or another document")
    if "xl/workbook.bin" in lower:
        raise _no_workbook(name, " .xlsb ", "an .xlsb file")
    for part in parts:
        if part.filename.lower().endswith((".xml", ".rels")):
            with package.open(part) as stream:
                head = stream.read(_PROLOG).replace(b"\0", b"")
            if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                raise damaged(name)


def damaged(name: str) -> FormRefused:
    """Return the error for a workbook that is none."""
    return refused(
        name,
        "文件已损坏或不是标准的 .xlsx",
        "the file is damaged or no proper .xlsx",
        do_zh=_XLSX_DO_ZH,
        do_en=_XLSX_DO_EN,
    )
