"""By what a rejected row is known again (问题行识别): its key, or all of it where it has none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from shutong.catalog.models import Dataset
from shutong.datafiles import PROVENANCE, file_schema
from shutong.fitting import fit

_BATCH: Final = PROVENANCE[1]

Content = tuple[str | None, ...]
"""Every item of a rejected row as text."""
Identity = tuple[str, *tuple[Any, ...]]
"""("key", …) with the key's values in their types, or ("row", …) with all items as text."""


def contents_of(rows: pa.Table, dataset: Dataset) -> list[Content]:
    """Return all items of rows in quarantine's form; NULL for an item the rows do not have."""
    columns = [
        rows.column(item.name).to_pylist()
        if item.name in rows.schema.names
        else [None] * rows.num_rows
        for item in dataset.items
    ]
    return list(zip(*columns, strict=True))


def identities_of(rows: pa.Table, dataset: Dataset) -> list[Identity]:
    """Return the identity of each row in quarantine's form, in order."""
    keys = typed_keys(rows, dataset)
    contents = contents_of(rows, dataset)
    return [
        ("row", *content) if key is None else ("key", *key)
        for key, content in zip(keys, contents, strict=True)
    ]


def typed_keys(rows: pa.Table, dataset: Dataset) -> list[tuple[Any, ...] | None]:
    """Return the key of each row in the standard's types, None where it is not whole."""
    if not rows.num_rows:
        return []
    wanted = key_schema(dataset)
    texts = rows.select(list(dataset.key)).combine_chunks().to_batches()[0]
    fitted = fit(texts, wanted)
    values = zip(*(column.to_pylist() for column in fitted.rows.columns), strict=True)
    kept = fitted.kept.to_pylist() if fitted.kept is not None else [True] * rows.num_rows
    keys = [next(values) if there else None for there in kept]
    return [None if key is None or None in key else key for key in keys]


def key_schema(dataset: Dataset) -> pa.Schema:
    """Return the key's columns in their types."""
    whole = file_schema(dataset)
    return pa.schema([whole.field(name) for name in dataset.key])


def found_in(
    files: Iterable[Path], identities: Sequence[Identity], dataset: Dataset
) -> dict[Identity, str | None]:
    """Return those identities whose key stands in one of the files (按主键查找).

    The files hold the key's columns in their types. Beside each stands the batch that brought
    the row, where the files tell it. Keys of one row group are in memory at a time.
    """
    keys = {identity[1:] for identity in identities if identity[0] == "key"}
    if not keys:
        return {}
    schema = key_schema(dataset)
    columns = list(zip(*keys, strict=True))
    wanted = pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)],
        schema=schema,
    )
    names = list(dataset.key)
    found: dict[Identity, str | None] = {}
    for path in files:
        with pq.ParquetFile(path) as file:
            beside = [_BATCH] if _BATCH in file.schema_arrow.names else []
            for group in range(file.num_row_groups):
                there = file.read_row_group(group, columns=[*names, *beside], use_threads=False)
                keyed = [there.column(f.name).cast(f.type) for f in schema]
                here = pa.table([*keyed, *there.select(beside).columns], names=[*names, *beside])
                met = here.join(wanted, keys=names, join_type="left semi", use_threads=False)
                met_keys = zip(*(met.column(name).to_pylist() for name in names), strict=True)
                told = met.column(_BATCH).to_pylist() if beside else [None] * met.num_rows
                for key, batch in zip(met_keys, told, strict=True):
                    found["key", *key] = batch
    return found
