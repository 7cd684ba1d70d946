"""An information item for a new column, as a proposal in YAML lines (新字段的信息项建议)."""

from __future__ import annotations

import re
from typing import Final

from shutong.catalog.models import Dataset
from shutong.drift.families import Family, family_of
from shutong.drift.shape import ColumnShape
from shutong.fieldtypes import FieldType


def item_name(column: str, dataset: Dataset) -> str:
    """Return a name for the item that the dataset does not have yet."""
    taken = {item.name for item in dataset.items}
    name = re.sub(r"[^a-z0-9_]", "", column.lower())[:50]
    name = name if name[:1].isalpha() else f"item_{name}" if name else "new_item"
    return name if name not in taken else f"{name}_2"


_TYPES: Final = {
    Family.INTEGER: FieldType.I,
    Family.DECIMAL: FieldType.N,
    Family.FLOAT: FieldType.B,
    Family.MOMENT: FieldType.T,
    Family.BYTES: FieldType.G,
    Family.BOOLEAN: FieldType.L,
}


def item_lines(name: str, column: ColumnShape, resource: str) -> list[str]:
    """Return the item as lines of a data standard, headed by where it comes from."""
    kind = _TYPES.get(family_of(column.type_name), FieldType.C)
    kind = FieldType.D if column.type_name == "date" else kind
    measure = {FieldType.C: column.length or 200, FieldType.N: column.precision or 38}.get(kind)
    lines = [
        f"{resource} 源表新增字段 {column.name} {column.declared}, 建议的信息项:",
        f"- name: {name}",
        f"  title: {column.name}",
        f"  type: {kind}",
    ]
    lines += [f"  length: {measure}"] if measure else []
    lines += [f"  scale: {column.scale}"] if kind is FieldType.N and column.scale else []
    # Until somebody knows better, the strictest that fits most.
    return [*lines, "  sensitivity: personal", "  mask: whole"]
