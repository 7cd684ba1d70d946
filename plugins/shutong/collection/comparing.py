"""Key comparison (主键比对): rows that vanished at the source, and rows that no window drew.

A load that draws changes only never hears of deletes, of rows without a cursor value, or of
rows that came late with a value from long ago. From time to time all keys are drawn, and only
keys; what the table has too much is taken away, what it lacks is drawn and landed, as a batch
like any other.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from shutong.catalog.models import FrontEndKind
from shutong.collection.context import BatchFolder, CollectionContext, storing
from shutong.collection.drawing import gathered, staged_batch, wanted_schema, write_rows
from shutong.collection.planning import query_of
from shutong.errors import BatchRefused, SourceMismatch, Text, UnknownName
from shutong.fitting import fit
from shutong.frontends import Among, Query, Reader
from shutong.lake import KeyDifference, KeyFiles
from shutong.model import Compared, LoadMode, StagedBatch, Window

KEYS_PER_STATEMENT: Final = 500
"""Keys of several columns make a condition of as many parts, and SQLite takes no 1,000."""
_WHOLE: Final = frozenset({FrontEndKind.ORACLE, FrontEndKind.DM})
"""Machines whose keys have not been seen to find their rows again: drawn whole instead."""
_FEW: Final = 0.2
"""Up to this share of the source's rows is drawn by key; more is drawn whole."""


def guard_comparable(context: CollectionContext) -> None:
    """Refuse a comparison where it has no sense (核查可否比对)."""
    resource = context.resource_id
    if context.resource.source.load is LoadMode.FULL:
        raise SourceMismatch(
            Text("全量归集无需比对主键", "a full load needs no comparison of keys"),
            place=resource,
            next_step=Text(
                f"运行 shutong collect {resource}, 源表删除的行随之离开",
                f"run shutong collect {resource}: deleted rows leave with it",
            ),
        )
    if context.ledger.last_landing(resource) is None:
        raise UnknownName(
            Text("该资源还没有入库的数据", "nothing of this resource has landed yet"),
            place=resource,
            next_step=Text(f"先运行 shutong collect {resource}", f"run shutong collect {resource}"),
        )


def comparison_due(context: CollectionContext, now: datetime | None) -> bool:
    """Say whether the resource's keys are to be compared again, by the front-end's clock.

    Never for full loads, which replace everything, and not before something has landed.
    """
    source = context.resource.source
    days = source.comparison.every_days
    if source.load is LoadMode.FULL or days is None or now is None:
        return False
    last = context.ledger.last_comparison(context.resource_id)
    return last is not None and now - last >= timedelta(days=days)


def draw_difference(
    context: CollectionContext, reader: Reader, window: Window, folder: BatchFolder
) -> StagedBatch:
    """Compare the keys and stage what differs: rows to land, and keys of rows to take away.

    BatchRefused where more rows vanished than the resource allows: a source that was emptied
    by mistake must not empty the city's table.
    """
    files = KeyFiles(
        source=[folder.path / "keys.parquet"],
        gone=folder.path / "gone.parquet",
        missing=folder.path / "missing.parquet",
    )
    with storing(str(folder.path)):
        keys = _draw_keys(context, reader, files.source[0])
        found = context.lake.compare_keys(
            context.dataset, context.resource.dataset, window.resource, files
        )
    guard_vanished(context, window, found, keys)
    queries = _queries(context, found, keys, files)
    writer, told = write_rows(context, folder, window.batch_id, reader, queries)
    if told.source_rows < found.missing:
        # A key did not find its row, or the row is gone meanwhile: nothing is left to chance.
        shutil.rmtree(folder.data)
        folder.data.mkdir(mode=0o700)
        everything = [query_of(context, None)]
        writer, told = write_rows(context, folder, window.batch_id, reader, everything)
    compared = Compared(
        source_keys=keys,
        table_rows=found.table_rows,
        gone=found.gone,
        missing=found.missing,
        unplaced=told.unplaced,
    )
    staged = staged_batch(context, window, writer, told)
    return staged.model_copy(
        update={
            "gone": files.gone if found.gone else None,
            "gone_rows": found.gone,
            "compared": compared,
        }
    )


_RAW: Final = "drawn:"
"""Prefix of a key's value as the source gave it, where fitting changed it."""


def _draw_keys(context: CollectionContext, reader: Reader, target: Path) -> int:
    """Write all keys of the source, fitted and as they came; return the source's rows.

    Rows whose key no type can hold are left out: they stand in no table.
    """
    whole = query_of(context, None)
    key = context.dataset.key
    query = replace(whole, columns=tuple(pair for pair in whole.columns if pair[0] in key))
    wanted = wanted_schema(context, [item for item, _ in query.columns])
    writer: pq.ParquetWriter | None = None
    with reader.draw(query, wanted) as drawing:
        try:
            for batches in gathered(iter(drawing)):
                for batch in batches:
                    rows = _keys_of(batch, wanted)
                    if writer is None:
                        writer = pq.ParquetWriter(target, rows.schema, write_statistics=False)
                    writer.write_batch(rows)
        finally:
            if writer is not None:
                writer.close()
        if writer is None:
            pq.write_table(wanted.empty_table(), target)
        target.chmod(0o600)
        return drawing.source_rows


def _keys_of(batch: pa.RecordBatch, wanted: pa.Schema) -> pa.RecordBatch:
    fitted = fit(batch, wanted)
    raw = batch if fitted.kept is None else batch.filter(fitted.kept)
    columns, names = list(fitted.rows.columns), list(wanted.names)
    for name in wanted.names:
        if raw.column(name).type != wanted.field(name).type:
            columns.append(raw.column(name))
            names.append(_RAW + name)
    return pa.RecordBatch.from_arrays(columns, names=names)


def guard_vanished(
    context: CollectionContext, window: Window, found: KeyDifference, source_keys: int | None
) -> None:
    """Refuse a batch that would take too many rows away (核查消失行数); BatchRefused.

    `source_keys` are the rows that the source has now, None where nobody counted them.
    """
    limits = context.resource.source.comparison
    most = max(limits.vanished_rows, int(found.table_rows * limits.vanished_share))
    fewest = max(1, context.resource.tolerance.min_rows)
    there = fewest if source_keys is None else source_keys
    if not found.gone or (found.gone <= most and there >= fewest):
        return
    told = "" if source_keys is None else f"源表现有 {source_keys} 行, "
    told_en = "" if source_keys is None else f"the source has {source_keys} rows; "
    reason = Text(
        f"{told}库中 {found.table_rows} 行有 {found.gone} 行在源表已不存在, 超过限额 {most} 行",
        f"{told_en}{found.gone} of {found.table_rows} rows of the table "
        f"are gone there, more than the limit of {most}",
    )
    context.ledger.refuse(window.batch_id, [str(reason)])
    raise BatchRefused(
        reason,
        place=f"{context.resource_id} {window.batch_id}",
        next_step=Text(
            "请提供部门核实是否误删; 确属删除的, 调高资源的 source.comparison.vanished_share "
            "后重跑; 共享库未变",
            "ask the provider whether rows were deleted by mistake; if not, raise "
            "source.comparison.vanished_share and run again; the table is as it was",
        ),
    )


def _queries(
    context: CollectionContext, found: KeyDifference, source_keys: int, files: KeyFiles
) -> Iterator[Query]:
    """Give what draws the rows that the table lacks, and those that no window ever draws."""
    whole = query_of(context, None)
    many = found.missing > source_keys * _FEW and found.missing > KEYS_PER_STATEMENT
    if many or (found.missing and context.front_end.kind in _WHOLE):
        yield whole
        return
    if whole.cursor is not None:
        yield replace(whole, placed=False)
    if not found.missing:
        return
    columns = dict(whole.columns)
    key = [name for name in columns if name in context.dataset.key]
    with pq.ParquetFile(files.missing) as file:
        there = file.schema_arrow.names
        drawn = [_RAW + name if _RAW + name in there else name for name in key]
        for batch in file.iter_batches(KEYS_PER_STATEMENT, columns=drawn):
            rows = zip(*(batch.column(name).to_pylist() for name in drawn), strict=True)
            among = Among(tuple(columns[name] for name in key), tuple(rows))
            yield replace(whole, placed=True if whole.cursor is not None else None, among=among)
