"""One loader for lint and run alike (目录加载).

A faulty file never hides another: faults are collected beside whatever loaded well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from pydantic import ValidationError

from shutong.catalog import models
from shutong.catalog.faults import Fault, did_you_mean
from shutong.catalog.messages import fault_of
from shutong.catalog.yaml_source import Path_, YamlSource, read_yaml
from shutong.errors import CatalogFaulty, Text, UnknownName

_STEM: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}\Z")
_SPECIAL: Final = {"codes", "catalog"}
"""Folders under `schemas/` that are no themes."""

T = TypeVar("T", bound=models.Declaration)


@dataclass(frozen=True)
class Declared(Generic[T]):
    """A declaration with the file it stands in (有出处的声明)."""

    value: T
    source: YamlSource
    path: Path_ = ()

    def at(self, *path: str | int) -> tuple[str, int]:
        """Return file and line of an entry inside this declaration."""
        return self.source.file, self.source.line((*self.path, *path))

    def fault(self, path: Path_, fact: Text, next_step: Text) -> Fault:
        """Return a fault at an entry inside this declaration."""
        file, line = self.at(*path)
        return Fault(file, line, fact, next_step)


@dataclass
class Catalog:
    """The whole catalog (目录) as loaded, with every fault found on the way."""

    root: Path
    departments: dict[str, Declared[models.Department]] = field(default_factory=dict)
    systems: dict[str, Declared[models.InformationSystem]] = field(default_factory=dict)
    front_ends: dict[str, Declared[models.FrontEnd]] = field(default_factory=dict)
    clocks: dict[str, Declared[models.Clock]] = field(default_factory=dict)
    datasets: dict[str, Declared[models.Dataset]] = field(default_factory=dict)
    codes: dict[str, Declared[models.CodeTable]] = field(default_factory=dict)
    resources: dict[str, Declared[models.Resource]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def resource(self, resource_id: str) -> models.Resource:
        """Return a resource by id; UnknownName with the closest id when there is none."""
        if resource_id in self.resources:
            return self.resources[resource_id].value
        mine = [f for f in self.faults if f.file == resource_path(resource_id)]
        if mine:
            raise CatalogFaulty(
                mine[0].fact, place=f"{mine[0].file}:{mine[0].line}", next_step=mine[0].next_step
            )
        raise UnknownName(
            Text(f"目录中没有资源 '{resource_id}'", f"no resource '{resource_id}' in the catalog"),
            place="catalog",
            next_step=did_you_mean(resource_id, self.resources),
        )

    def dataset_of(self, resource: models.Resource) -> models.Dataset:
        """Return the data standard of a resource."""
        return self._known(self.datasets, resource.dataset, "数据标准", "data standard")

    def front_end_of(self, resource: models.Resource) -> models.FrontEnd:
        """Return the front-end machine of a resource."""
        code = resource.source.front_end
        return self._known(self.front_ends, code, "前置机", "front-end machine")

    def code_tables(self) -> dict[str, models.CodeTable]:
        """Return every code table by name."""
        return {name: declared.value for name, declared in self.codes.items()}

    @staticmethod
    def _known(table: dict[str, Declared[T]], name: str, zh: str, en: str) -> T:
        if name in table:
            return table[name].value
        raise CatalogFaulty(
            Text(f"{zh} '{name}' 未登记或有误", f"{en} '{name}' is missing or faulty"),
            place="catalog",
            next_step=Text("先运行 shutong check", "run shutong check first"),
        )


def resource_path(resource_id: str) -> str:
    """Return the project-relative path of a resource's file."""
    department, _, stem = resource_id.partition(".")
    return f"catalog/{department}/resources/{stem}.yaml"


def resource_ids(root: Path, department: str | None = None) -> list[str]:
    """Return the ids of all resources, or one department's, from file names alone."""
    folder = department or "*"
    paths = sorted((root / "catalog").glob(f"{folder}/resources/*.yaml"))
    return [f"{path.parents[1].name}.{path.stem}" for path in paths]


def load_catalog(root: Path) -> Catalog:
    """Load the whole catalog under `root`, with all faults of reading and typing."""
    catalog = Catalog(root)
    _load_lists(catalog)
    _load_schemas(catalog)
    for resource_id in resource_ids(root):
        _load_resource(catalog, resource_id)
    return catalog


def load_resource(root: Path, resource_id: str) -> Catalog:
    """Load one resource and only what it stands on; faults elsewhere do not matter."""
    department = resource_id.partition(".")[0]
    if not _STEM.match(department) or resource_id not in resource_ids(root, department):
        raise UnknownName(
            Text(f"目录中没有资源 '{resource_id}'", f"no resource '{resource_id}' in the catalog"),
            place="catalog",
            next_step=did_you_mean(resource_id, resource_ids(root)),
        )
    return load_resources(root, [resource_id])


def load_resources(root: Path, ids: Iterable[str]) -> Catalog:
    """Load the named resources and what they stand on: lists and data standards."""
    catalog = Catalog(root)
    _load_lists(catalog)
    for resource_id in ids:
        _load_resource(catalog, resource_id)
    for name in {declared.value.dataset for declared in catalog.resources.values()}:
        _load_file(catalog, root / "schemas" / f"{name}.yaml", name)
    return catalog


def load_codes(catalog: Catalog) -> None:
    """Load the code tables into a catalog that `load_resource` returned."""
    for path in sorted((catalog.root / "schemas" / "codes").glob("*.yaml")):
        _load_one(catalog, path, models.CodeTable, path.stem, catalog.codes)


def _load_lists(catalog: Catalog) -> None:
    folder = catalog.root / "catalog"
    _load_list(catalog, folder / "departments.yaml", models.DepartmentsFile, catalog.departments)
    _load_list(catalog, folder / "systems.yaml", models.SystemsFile, catalog.systems)
    _load_list(catalog, folder / "front_ends.yaml", models.FrontEndsFile, catalog.front_ends)
    clocks = folder / "clocks.yaml"
    if clocks.is_file():
        _load_list(catalog, clocks, models.ClocksFile, catalog.clocks)


def _load_schemas(catalog: Catalog) -> None:
    folder = catalog.root / "schemas"
    for path in sorted(folder.glob("*/*.yaml")):
        theme = path.parent.name
        if theme not in _SPECIAL:
            _load_file(catalog, path, f"{theme}/{path.stem}")
    load_codes(catalog)


def _load_file(catalog: Catalog, path: Path, name: str) -> None:
    if path.is_file():
        _load_one(catalog, path, models.Dataset, name, catalog.datasets)


def _load_resource(catalog: Catalog, resource_id: str) -> None:
    path = catalog.root / resource_path(resource_id)
    _load_one(catalog, path, models.Resource, resource_id, catalog.resources)


def _load_list(
    catalog: Catalog, path: Path, model: type[models.Declaration], table: dict[str, Any]
) -> None:
    source = _read(catalog, path)
    if source is None:
        return
    parsed = _parse(catalog, source, model)
    if parsed is None:
        return
    kind = next(iter(model.model_fields))
    for position, entry in enumerate(getattr(parsed, kind)):
        declared = Declared(entry, source, (kind, position))
        if entry.code in table:
            catalog.faults.append(_repeated(declared, table[entry.code], entry.code))
        else:
            table[entry.code] = declared


def _load_one(
    catalog: Catalog, path: Path, model: type[T], name: str, table: dict[str, Declared[T]]
) -> None:
    source = _read(catalog, path)
    if source is None:
        return
    if not _STEM.match(path.stem):
        catalog.faults.append(
            Fault(
                source.file,
                1,
                Text(f"文件名 '{path.stem}' 不合规", f"file name '{path.stem}' is not allowed"),
                Text("只用小写字母、数字、_ . -", "use a-z, 0-9, _ . - only"),
            )
        )
        return
    parsed = _parse(catalog, source, model)
    if parsed is not None:
        table[name] = Declared(parsed, source)


def _read(catalog: Catalog, path: Path) -> YamlSource | None:
    if not path.resolve().is_relative_to(catalog.root.resolve()):
        name = path.relative_to(catalog.root).as_posix()
        fact = Text("链接指向项目之外", "a link out of the project")
        catalog.faults.append(Fault(name, 1, fact, Text("换成普通文件", "use a plain file")))
        return None
    source = read_yaml(path, catalog.root)
    if isinstance(source, Fault):
        catalog.faults.append(source)
        return None
    return source


def _parse(catalog: Catalog, source: YamlSource, model: type[T]) -> T | None:
    if not isinstance(source.data, dict):
        fact = Text("文件为空或不是键值结构", "the file is empty or no mapping")
        step = Text("参照同目录的其他文件", "compare with the files beside it")
        catalog.faults.append(Fault(source.file, 1, fact, step))
        return None
    try:
        return model.model_validate(source.data)
    except ValidationError as exc:
        catalog.faults.extend(fault_of(source, error, model) for error in _errors(exc))
        return None


def _errors(exc: ValidationError) -> Iterator[Any]:
    """Yield the innermost errors: a list whose one entry is wrong is not "too short" as well."""
    every = exc.errors(include_url=False)
    places = [error["loc"] for error in every]
    for error in every:
        here = error["loc"]
        if not any(len(loc) > len(here) and loc[: len(here)] == here for loc in places):
            yield error


def _repeated(second: Declared[Any], first: Declared[Any], code: str) -> Fault:
    file, line = first.at("code")
    return second.fault(
        ("code",),
        Text(f"代码 '{code}' 与 {file}:{line} 重复", f"code '{code}' repeats {file}:{line}"),
        Text("换一个代码", "choose another code"),
    )
