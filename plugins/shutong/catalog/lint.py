"""Faults seen in real catalogs, as rules (目录质量规则).

Conditional requirements of 政务信息资源目录编制指南 (发改高技〔2017〕1272号): a condition where
sharing is conditional, the legal basis where nothing is shared, a condition where data are
open; and the faults that published catalogs are full of.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from shutong.catalog.faults import Fault
from shutong.catalog.loading import Catalog, Declared
from shutong.catalog.models import (
    Department,
    FormatClass,
    Resource,
    ShareType,
)
from shutong.errors import Text

_CODE: Final = re.compile(r"[123]\d{5,}/\d+\Z")
_SYSTEM_NAME: Final = re.compile(r"(系统|平台|数据库|信息库)\Z")
_FILE_CLASSES: Final = {FormatClass.E_FILE, FormatClass.SPREADSHEET, FormatClass.IMAGE}
_CATEGORY_DIGIT: Final = {
    "基础信息资源类": "1",
    "主题信息资源类": "2",
    "部门信息资源类": "3",
}
_FORMAT_TYPES: Final[dict[FormatClass, frozenset[str]]] = {
    FormatClass.E_FILE: frozenset({"ofd", "wps", "xml", "txt", "doc", "docx", "html", "pdf"}),
    FormatClass.SPREADSHEET: frozenset({"et", "xls", "xlsx", "csv"}),
    FormatClass.DATABASE: frozenset(
        {"dm", "kingbasees", "access", "dbf", "dbase", "sysbase", "oracle", "sql server", "db2"}
        | {"mysql", "mariadb", "postgresql", "sqlite", "hbase"}
    ),
    FormatClass.IMAGE: frozenset({"jpg", "gif", "bmp", "tif", "png", "shp"}),
    FormatClass.STREAM: frozenset({"swf", "rm", "mpg", "mp4", "flv"}),
}
"""Format types of each class as the guide lists them; 自描述格式 names its own."""


def lint_faults(
    catalog: Catalog, credit_code_valid: Callable[[str], bool] | None = None
) -> Iterator[Fault]:
    """Yield every violated lint rule of the catalog, at its line.

    `credit_code_valid` decides about credit codes (GB 32100); left out, they are not judged.
    """
    systems = {_plain(s.value.name) for s in catalog.systems.values()}
    for department in catalog.departments.values():
        yield from _department(department, credit_code_valid)
    for resource in catalog.resources.values():
        yield from _naming(resource, systems)
        yield from _code(resource)
        yield from _conditions(resource)
        yield from _format(resource)
    yield from _repeats(catalog.resources.values(), ("code",), "资源代码", "resource code")
    yield from _repeats(catalog.resources.values(), ("name",), "资源名称", "resource name")
    for dataset in catalog.datasets.values():
        for i, item in enumerate(dataset.value.items):
            yield from _blanks(dataset, ("items", i, "title"), item.title)
    for table in catalog.codes.values():
        seen: dict[str, int] = {}
        for i, value in enumerate(table.value.values):
            if value.code in seen:
                fact = Text(f"代码 '{value.code}' 重复", f"code '{value.code}' is repeated")
                yield table.fault(("values", i), fact, Text("只留一个", "keep one of them"))
            seen[value.code] = i


def _plain(text: str) -> str:
    """Fold what spreadsheets vary: full-width forms, blanks, case."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def _blanks(declared: Declared[Any], path: tuple[str | int, ...], text: str) -> Iterator[Fault]:
    if text != text.strip() or "\u3000" in text or re.search(r"[\t\r\n]| {2}", text):
        yield declared.fault(
            path,
            Text("含有多余空白或全角空格", "holds stray blanks or full-width spaces"),
            Text("去掉多余空白", "remove them"),
        )


def _department(
    department: Declared[Department], credit_code_valid: Callable[[str], bool] | None
) -> Iterator[Fault]:
    yield from _blanks(department, ("name",), department.value.name)
    if credit_code_valid is not None and not credit_code_valid(department.value.credit_code):
        yield department.fault(
            ("credit_code",),
            Text("统一社会信用代码校验不通过", "the credit code's check digits are wrong"),
            Text("核对登记证书 (GB 32100-2015)", "compare with the certificate (GB 32100-2015)"),
        )


def _naming(resource: Declared[Resource], systems: set[str]) -> Iterator[Fault]:
    name = resource.value.name
    yield from _blanks(resource, ("name",), name)
    yield from _blanks(resource, ("summary",), resource.value.summary)
    if _plain(name) in systems or _SYSTEM_NAME.search(name):
        yield resource.fault(
            ("name",),
            Text(f"资源名称 '{name}' 像系统名称", f"'{name}' reads like a system's name"),
            Text(
                "写数据的名称, 如 '常住人口基本信息'",
                "name the data, like 'basic facts of residents'",
            ),
        )
    if _plain(resource.value.summary) == _plain(name):
        yield resource.fault(
            ("summary",),
            Text("摘要只是重复名称", "the summary only repeats the name"),
            Text("说明内容、范围和用途", "say what it holds, of whom, and what for"),
        )


def _code(resource: Declared[Resource]) -> Iterator[Fault]:
    code = resource.value.code
    if not _CODE.match(code):
        yield resource.fault(
            ("code",),
            Text(f"资源代码 '{code}' 不完整或混有多个代码", f"code '{code}' is no single code"),
            Text(
                "类1位+项2位+目3位+细目, 加 '/顺序号', 如 111112001/2001",
                "1+2+3 digits and more, then '/number', like 111112001/2001",
            ),
        )
        return
    digit = _CATEGORY_DIGIT[resource.value.classification.category]
    if code[0] != digit:
        category = resource.value.classification.category
        yield resource.fault(
            ("code",),
            Text(f"代码首位应为 {digit} ({category})", f"the code must begin with {digit}"),
            Text("使代码与分类一致", "make code and classification agree"),
        )


def _conditions(resource: Declared[Resource]) -> Iterator[Fault]:
    share = resource.value.share
    if share.type is ShareType.CONDITIONAL and not (share.condition or "").strip():
        yield resource.fault(
            ("share",),
            Text("有条件共享缺少共享条件", "conditional sharing states no condition"),
            Text("写明 condition", "add condition"),
        )
    if share.type is ShareType.NOT_SHARED and not (share.condition or "").strip():
        yield resource.fault(
            ("share",),
            Text("不予共享缺少法律法规或国务院依据", "not shared, without its legal basis"),
            Text("在 condition 写明依据条款", "name law and article in condition"),
        )
    if resource.value.open.to_society and not (resource.value.open.condition or "").strip():
        yield resource.fault(
            ("open",),
            Text("向社会开放缺少开放条件", "open to society, without a condition"),
            Text("写明 open.condition", "add open.condition"),
        )
    for i, item in enumerate(resource.value.items):
        if item.type is not ShareType.UNCONDITIONAL and not (item.condition or "").strip():
            yield resource.fault(
                ("items", i),
                Text(
                    f"信息项 '{item.item}' 缺少条件或依据", f"item '{item.item}' has no condition"
                ),
                Text("写明 condition", "add condition"),
            )


def _format(resource: Declared[Resource]) -> Iterator[Fault]:
    form = resource.value.format
    allowed = _FORMAT_TYPES.get(form.format_class)
    if allowed is not None and _plain(form.type) not in {_plain(name) for name in allowed}:
        yield resource.fault(
            ("format", "type"),
            Text(
                f"格式类型 '{form.type}' 不属于格式分类 '{form.format_class}'",
                f"format type '{form.type}' is none of class '{form.format_class}'",
            ),
            Text(
                "可用的有: " + ", ".join(sorted(allowed)), "allowed: " + ", ".join(sorted(allowed))
            ),
        )
    if form.format_class in _FILE_CLASSES and resource.value.share.method != "文件":
        yield resource.fault(
            ("share", "method"),
            Text("文件格式的资源不能以接口或数据库方式共享", "a file cannot be shared that way"),
            Text("改为 method: 文件", "write method: 文件"),
        )


def _repeats(
    resources: Iterable[Declared[Resource]], path: tuple[str, ...], zh: str, en: str
) -> Iterator[Fault]:
    seen: dict[str, Declared[Resource]] = {}
    for resource in resources:
        text = getattr(resource.value, path[0])
        first = seen.setdefault(_plain(text), resource)
        if first is not resource:
            file, line = first.at(*path)
            yield resource.fault(
                path,
                Text(
                    f"{zh} '{text}' 与 {file}:{line} 重复", f"{en} '{text}' repeats {file}:{line}"
                ),
                Text("删去重复项或改名", "remove one of them or rename it"),
            )
