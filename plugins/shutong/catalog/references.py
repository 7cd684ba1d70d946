"""What one declaration says of another must be true (引用检查)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from shutong.catalog.faults import Fault, did_you_mean
from shutong.catalog.loading import Catalog, Declared
from shutong.catalog.models import (
    Dataset,
    FrontEnd,
    FrontEndKind,
    InformationSystem,
    Resource,
    Role,
)
from shutong.catalog.yaml_source import Path_
from shutong.errors import Text
from shutong.fieldtypes import MAX_DECIMAL_DIGITS, FieldType
from shutong.model import LoadMode

_CHARSET_KINDS: Final = (FrontEndKind.ORACLE, FrontEndKind.POSTGRESQL, FrontEndKind.KINGBASE)
"""Machines whose databases may hold texts in another encoding than they claim."""


def reference_faults(catalog: Catalog) -> Iterator[Fault]:
    """Yield every broken reference of the catalog, at its line."""
    for system in catalog.systems.values():
        yield from _of_system(catalog, system)
    for front_end in catalog.front_ends.values():
        yield from _of_front_end(catalog, front_end)
    for dataset in catalog.datasets.values():
        yield from _of_dataset(catalog, dataset)
    for resource_id, resource in catalog.resources.items():
        yield from _of_resource(catalog, resource_id, resource)
        yield from _of_source(catalog, resource_id, resource)


def _unknown(
    declared: Declared[Any], path: Path_, zh: str, en: str, name: str, known: Iterable[str]
) -> Fault:
    fact = Text(f"没有{zh} '{name}'", f"no {en} '{name}'")
    return declared.fault(path, fact, did_you_mean(name, known))


def _of_system(catalog: Catalog, system: Declared[InformationSystem]) -> Iterator[Fault]:
    department = system.value.department
    if department not in catalog.departments:
        yield _unknown(
            system, ("department",), "部门", "department", department, catalog.departments
        )


def _of_front_end(catalog: Catalog, front_end: Declared[FrontEnd]) -> Iterator[Fault]:
    value = front_end.value
    if value.department not in catalog.departments:
        yield _unknown(
            front_end, ("department",), "部门", "department", value.department, catalog.departments
        )
    if value.system is not None and value.system not in catalog.systems:
        yield _unknown(front_end, ("system",), "系统", "system", value.system, catalog.systems)
    if value.charset is not None and value.kind not in _CHARSET_KINDS:
        yield front_end.fault(
            ("charset",),
            Text(f"{value.kind} 前置机不读 charset", f"a {value.kind} machine reads no charset"),
            Text("删除该行: 其编码由数据库自己说明", "leave it out: the database tells its own"),
        )


def _of_dataset(catalog: Catalog, dataset: Declared[Dataset]) -> Iterator[Fault]:
    names: dict[str, int] = {}
    for i, item in enumerate(dataset.value.items):
        path: Path_ = ("items", i)
        if item.name in names:
            fact = Text(f"信息项 '{item.name}' 重复", f"item '{item.name}' is repeated")
            yield dataset.fault((*path, "name"), fact, Text("只留一个", "keep one of them"))
        names[item.name] = i
        if item.code_table is not None and item.code_table not in catalog.codes:
            yield _unknown(
                dataset,
                (*path, "code_table"),
                "代码表",
                "code table",
                item.code_table,
                catalog.codes,
            )
        if item.type in (FieldType.C, FieldType.N) and item.length is None:
            fact = Text(f"信息项 '{item.name}' 缺少长度", f"item '{item.name}' has no length")
            step = Text("字符串型和数值型必须写 length", "types C and N need a length")
            yield dataset.fault(path, fact, step)
        if item.type in (FieldType.N, FieldType.Y) and (item.length or 0) > MAX_DECIMAL_DIGITS:
            fact = Text(f"信息项 '{item.name}' 超过 38 位", f"item '{item.name}' is over 38 digits")
            step = Text("更长的数字请用字符串型 C", "use type C for longer numbers")
            yield dataset.fault((*path, "length"), fact, step)
    for i, key in enumerate(dataset.value.key):
        if key not in names:
            yield _unknown(dataset, ("key", i), "信息项", "item", key, names)
        elif not dataset.value.items[names[key]].required:
            fact = Text(f"主键 '{key}' 未标为必填", f"key item '{key}' is not required")
            yield dataset.fault(
                ("items", names[key]), fact, Text("加上 required: true", "add required: true")
            )


def _of_resource(
    catalog: Catalog, resource_id: str, resource: Declared[Resource]
) -> Iterator[Fault]:
    value = resource.value
    folder = resource_id.partition(".")[0]
    if value.provider != folder:
        yield resource.fault(
            ("provider",),
            Text(
                f"提供方 '{value.provider}' 与所在文件夹 '{folder}' 不同",
                f"provider '{value.provider}' differs from its folder '{folder}'",
            ),
            Text("谁的文件夹就由谁提供", "a resource stands in its provider's folder"),
        )
    elif value.provider not in catalog.departments:
        yield _unknown(
            resource, ("provider",), "部门", "department", value.provider, catalog.departments
        )
    elif Role.PROVIDER not in catalog.departments[value.provider].value.roles:
        yield resource.fault(
            ("provider",),
            Text(f"部门 '{value.provider}' 不是提供部门", f"'{value.provider}' is no provider"),
            Text("在 departments.yaml 加角色 provider", "add role provider in departments.yaml"),
        )
    if value.system is not None and value.system not in catalog.systems:
        yield _unknown(resource, ("system",), "系统", "system", value.system, catalog.systems)
    codes = {other.value.code for other in catalog.resources.values()}
    for i, code in enumerate(value.related):
        if code not in codes:
            yield _unknown(resource, ("related", i), "资源代码", "resource code", code, codes)


def _of_source(catalog: Catalog, resource_id: str, resource: Declared[Resource]) -> Iterator[Fault]:
    value = resource.value
    source = value.source
    front_end = catalog.front_ends.get(source.front_end)
    if front_end is None:
        yield _unknown(
            resource,
            ("source", "front_end"),
            "前置机",
            "front-end machine",
            source.front_end,
            catalog.front_ends,
        )
    elif front_end.value.department != resource_id.partition(".")[0]:
        owner = front_end.value.department
        yield resource.fault(
            ("source", "front_end"),
            Text(f"前置机属于部门 '{owner}'", f"the front-end machine belongs to '{owner}'"),
            Text("选本部门的前置机", "choose one of the provider's own"),
        )
    if source.load is LoadMode.MERGE and source.cursor is None:
        yield resource.fault(
            ("source", "load"),
            Text("增量合并缺少游标列", "load mode merge needs a cursor"),
            Text("写明 cursor: 更新时间列", "name it, like cursor: UPDATED_AT"),
        )
    if source.load is LoadMode.LOG:
        yield from _of_log(resource, front_end.value if front_end is not None else None)
    dataset = catalog.datasets.get(value.dataset)
    if dataset is None and any(f.file == f"schemas/{value.dataset}.yaml" for f in catalog.faults):
        return  # It is there, with faults of its own: they are told.
    if dataset is None:
        yield _unknown(
            resource, ("dataset",), "数据标准", "data standard", value.dataset, catalog.datasets
        )
        return
    yield from _of_columns(resource, dataset.value)
    if source.load is LoadMode.LOG:
        yield from _of_logged_key(resource, dataset.value)


def _of_log(resource: Declared[Resource], front_end: FrontEnd | None) -> Iterator[Fault]:
    """Judge what `load: log` asks of the front-end machine and the source."""
    if front_end is not None and front_end.kind is not FrontEndKind.MYSQL:
        kind = front_end.kind
        yield resource.fault(
            ("source", "load"),
            Text(f"{kind} 前置机不支持日志归集", f"load mode log is not for {kind}"),
            Text("改用 load: merge 或 load: full", "use load: merge or load: full"),
        )
    if resource.value.source.cursor is not None:
        yield resource.fault(
            ("source", "cursor"),
            Text("日志归集不用游标列", "load mode log reads no cursor"),
            Text("删去 cursor", "leave cursor out"),
        )


def _of_logged_key(resource: Declared[Resource], dataset: Dataset) -> Iterator[Fault]:
    """See that each item of the key is drawn: the log tells rows by their key."""
    for name in dataset.key:
        if name not in resource.value.source.columns and not dataset.item(name).required:
            yield resource.fault(
                ("source", "columns"),
                Text(f"日志归集缺少主键信息项 '{name}'", f"load mode log needs key item '{name}'"),
                Text("在 columns 中补上", "add it to columns"),
            )


def _of_columns(resource: Declared[Resource], dataset: Dataset) -> Iterator[Fault]:
    names = [item.name for item in dataset.items]
    columns = resource.value.source.columns
    for name in columns:
        if name not in names:
            yield _unknown(resource, ("source", "columns", name), "信息项", "item", name, names)
    for item in dataset.items:
        if item.required and item.name not in columns:
            yield resource.fault(
                ("source", "columns"),
                Text(
                    f"必填信息项 '{item.name}' ({item.title}) 没有对应的列",
                    f"required item '{item.name}' has no column",
                ),
                Text("在 columns 中补上", "add it to columns"),
            )
    for i, share in enumerate(resource.value.items):
        if share.item not in names:
            yield _unknown(resource, ("items", i, "item"), "信息项", "item", share.item, names)
