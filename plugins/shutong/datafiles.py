"""Data files of a dataset (数据文件): their columns, and how they are written as Parquet.

Staged files of a full or appending load become the shared table's own, so the extraction and
the shared database write alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from shutong.fieldtypes import FieldType, arrow_type

if TYPE_CHECKING:
    import pyarrow as pa

    from shutong.catalog.models import Dataset, Item

PROVENANCE: Final = ("_provider", "_batch")
"""Columns that tell where a row came from (来源标记); the table adds the resource."""
_SHORT_TEXT: Final = 12
"""Texts up to this length are codes more often than not: a dictionary pays."""
_PACKED: Final = "DELTA_BINARY_PACKED"
_LENGTHS_APART: Final = "DELTA_LENGTH_BYTE_ARRAY"
_IDENTIFIERS: Final = frozenset({"citizen_number", "credit_code", "mobile_phone"})
"""Rules of items whose texts are nearly all different and made of digits."""
_INT64_DIGITS: Final = 18
"""Decimals of up to so many digits are stored as integers."""
_TEXTS: Final = (FieldType.C, FieldType.M, FieldType.G)


def file_schema(dataset: Dataset) -> pa.Schema:
    """Return the schema of a dataset's data files: its items, then where a row came from."""
    import pyarrow as pa

    items = [
        pa.field(item.name, arrow_type(item.type, item.length, item.scale))
        for item in dataset.items
    ]
    return pa.schema([*items, *(pa.field(name, pa.string()) for name in PROVENANCE)])


def written_as(dataset: Dataset) -> dict[str, Any]:
    """Return the options of `pyarrow.parquet.ParquetWriter` for a dataset's data files.

    Whole numbers, amounts, days and times are kept as their differences: a fifth less of the
    file, and half the time to write and to read them. Identifiers, by which departments join
    their data, are kept as they are: compression cannot halve such digits, and reading them
    takes a quarter of the time. Smallest and largest values stand in a
    file's footer only where they help a query to pass rows over, and never of a personal item:
    they would be in clear text.
    """
    identifiers = [item.name for item in dataset.items if item.rule in _IDENTIFIERS]
    return {
        "compression": {
            name: "none" if name in identifiers else "snappy"
            for name in (*(item.name for item in dataset.items), *PROVENANCE)
        },
        "column_encoding": dict.fromkeys(identifiers, _LENGTHS_APART)
        | {item.name: _PACKED for item in dataset.items if _is_packed(item)},
        "store_decimal_as_integer": True,
        "use_dictionary": list(coded_columns(dataset)),
        "write_statistics": [
            item.name
            for item in dataset.items
            if item.type not in _TEXTS and not item.sensitivity.personal
        ],
        "store_schema": False,
    }


def coded_columns(dataset: Dataset) -> tuple[str, ...]:
    """Return the columns that are kept as dictionaries: few values, on many rows each."""
    return (*(item.name for item in dataset.items if _is_coded(item)), *PROVENANCE)


def only_rises(files: Iterable[Path], key: Sequence[str]) -> bool:
    """Say whether each value of a key is greater than the one before it, over all files.

    Most tables come in the order of their key, and keys that only rise repeat nothing. Says no
    where the order cannot be told: of a key of several columns, or with NULL.
    """
    import pyarrow.parquet as pq

    if len(key) != 1:
        return False
    before: pa.Scalar | None = None
    for file in files:
        with pq.ParquetFile(file) as source:
            for group in range(source.num_row_groups):
                table = source.read_row_group(group, columns=list(key), use_threads=False)
                values = table.column(0).combine_chunks()
                if not len(values):
                    continue
                if values.null_count or not _rises(before, values):
                    return False
                before = values[-1]
    return True


def _rises(before: pa.Scalar | None, values: pa.Array) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        within = pc.all(pc.greater(values[1:], values[:-1])).as_py() is not False
        return within and (before is None or pc.greater(values[0], before).as_py())
    except pa.ArrowNotImplementedError:
        return False


def _is_packed(item: Item) -> bool:
    if item.type in (FieldType.N, FieldType.Y):
        kind = arrow_type(item.type, item.length, item.scale)
        return bool(kind.precision <= _INT64_DIGITS)
    return item.type in (FieldType.I, FieldType.D, FieldType.T)


def _is_coded(item: Item) -> bool:
    if item.type is not FieldType.C or item.rule in _IDENTIFIERS:
        return False
    return item.code_table is not None or (item.length or 0) <= _SHORT_TEXT
