"""The tables of the shared database on disk (库表): where they are and what they look like."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from deltalake import DeltaTable, Schema
from deltalake.exceptions import DeltaError, TableNotFoundError

from shutong.catalog.models import Dataset
from shutong.datafiles import file_schema
from shutong.errors import LandingRefused, Text, UnknownName

PARTITION: Final = "_resource"
"""Partition column: the resource a row came by; generated here, never NULL."""

CONFIGURATION: Final = {
    # Smallest and largest values of a column would stand in the log in clear text.
    "delta.dataSkippingNumIndexedCols": "0",
    # The log tells which batch did what; it is kept for good.
    "delta.enableExpiredLogCleanup": "false",
}

_DATASET: Final = re.compile(r"[a-z0-9][a-z0-9_]{0,63}/[a-z0-9][a-z0-9_]{0,63}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,159}")
_THEME: Final = re.compile(r"[a-z0-9][a-z0-9_]{0,63}")


def table_folder(root: Path, dataset: str) -> Path:
    """Return the folder of a dataset's table; UnknownName for a name that is no dataset's.

    A symbolic link that leads out of the root is refused the same way.
    """
    folder = root / dataset
    if not _DATASET.fullmatch(dataset) or not folder.resolve().is_relative_to(root.resolve()):
        raise UnknownName(Text(f"不是数据集名: {dataset!r}", f"not a dataset's name: {dataset!r}"))
    return folder


def safe_name(name: str) -> str:
    """Return a resource's or batch's id that may become part of a path, or UnknownName."""
    if not _NAME.fullmatch(name):
        raise UnknownName(Text(f"名称不合规: {name!r}", f"not a proper name: {name!r}"))
    return name


def tables_in(root: Path) -> tuple[str, ...]:
    """Return the names of the datasets that have a table, sorted."""
    if not root.is_dir():
        return ()
    logs = root.glob("*/*/_delta_log")
    names = (f"{log.parent.parent.name}/{log.parent.name}" for log in logs)
    return tuple(sorted(name for name in names if _DATASET.fullmatch(name)))


def table_schema(dataset: Dataset) -> pa.Schema:
    """Return the schema of a dataset's table: that of its files and the partition column."""
    return file_schema(dataset).append(pa.field(PARTITION, pa.string()))


def open_table(folder: Path, version: int | None = None) -> DeltaTable | None:
    """Return the table in `folder` as it stands, or at a version; None when there is none."""
    try:
        return DeltaTable(str(folder), version=version)
    except TableNotFoundError:
        return None


def schema_of(table: DeltaTable) -> pa.Schema:
    """Return the Arrow schema of a table."""
    return pa.schema(table.schema().to_arrow())


def ensure_table(folder: Path, wanted: pa.Schema, name: str) -> DeltaTable:
    """Return the table in `folder`, made anew where there is none (建表).

    LandingRefused when the table that stands there has another schema.
    """
    table = open_table(folder)
    if table is None:
        make_folder(folder)
        try:
            table = DeltaTable.create(
                str(folder),
                Schema.from_arrow(wanted),
                partition_by=[PARTITION],
                name=name,
                configuration=CONFIGURATION,
            )
        except DeltaError:
            # Another resource of the same dataset may have made it in the same moment.
            table = open_table(folder)
            if table is None:
                raise
    guard_table_schema(table, wanted, name)
    return table


def make_folder(folder: Path) -> None:
    """Make a folder and what is missing above it, for their owner alone."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)


def guard_table_schema(table: DeltaTable, wanted: pa.Schema, name: str) -> None:
    """Refuse to write where the table's columns are not the data standard's."""
    differing = differences(schema_of(table), wanted)
    if not differing:
        return
    told = ", ".join(differing)
    raise LandingRefused(
        Text(f"表结构与数据标准不符: {told}", f"the table differs from the data standard: {told}"),
        place=name,
        next_step=Text(
            "数据标准已改而表未改: 恢复 schemas 中的标准, 或登记一个新的数据集",
            "the standard changed and the table did not: restore it, or declare a new dataset",
        ),
    )


def differences(found: pa.Schema, wanted: pa.Schema) -> list[str]:
    """Return in words how two schemas differ: columns, types, order; empty when equal."""
    told = [f"+{name}" for name in found.names if name not in wanted.names]
    told += [f"-{name}" for name in wanted.names if name not in found.names]
    for field in wanted:
        for index in found.get_all_field_indices(field.name):
            if found.field(index).type != field.type:
                told.append(f"{field.name}: {found.field(index).type} ≠ {field.type}")
    if not told and found.names != wanted.names:
        told.append("顺序 order")
    return told


def file_rows(table: DeltaTable) -> dict[str, dict[str, Any]]:
    """Return every current file's facts by its path: rows, bytes and partition."""
    actions = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    return {
        action["path"]: {
            "rows": action["num_records"],
            "bytes": action["size_bytes"],
            "resource": action[f"partition.{PARTITION}"],
        }
        for action in actions
    }
