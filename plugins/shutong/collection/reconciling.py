"""Hold the staged rows against the source's own count (对账)."""

from __future__ import annotations

import pyarrow.parquet as pq

from shutong.collection.context import CollectionContext, storing
from shutong.errors import NotReconciled, Text
from shutong.model import BatchState, Reconciliation, StagedBatch, StagedFile


def reconcile(context: CollectionContext, batch_id: str) -> Reconciliation:
    """Count the staged rows on disk again and compare with the source's count.

    NotReconciled when they differ: rows were lost or doubled on the way, and the batch must
    be extracted again.
    """
    folder = context.folder(batch_id)
    if context.settled(batch_id):
        return Reconciliation.read(folder.reconciliation)
    staged = StagedBatch.read(folder.need(folder.staged, "extract"))
    rows = sum(_rows_on_disk(file, batch_id) for file in staged.files)
    misfits = pq.read_metadata(staged.misfits).num_rows if staged.misfits else 0
    if rows + misfits != staged.source_rows:
        raise NotReconciled(
            Text(
                f"源库统计 {staged.source_rows} 行, 暂存 {rows} 行, 类型不符 {misfits} 行",
                f"source counted {staged.source_rows} rows; {rows} staged, {misfits} misfits",
            ),
            place=f"{context.resource_id} {batch_id}",
            next_step=Text(
                "重新运行 shutong collect; 未入库任何数据",
                "run shutong collect again; nothing has landed",
            ),
        )
    result = Reconciliation(
        batch_id=batch_id,
        source_rows=staged.source_rows,
        staged_rows=rows,
        misfit_rows=misfits,
    )
    with storing(str(folder.path)):
        result.write(folder.reconciliation)
    context.ledger.advance(batch_id, BatchState.RECONCILED)
    return result


def _rows_on_disk(file: StagedFile, batch_id: str) -> int:
    try:
        rows: int = pq.read_metadata(file.path).num_rows
    except (OSError, ValueError) as exc:
        raise NotReconciled(
            Text(f"暂存文件 {file.path.name} 读不了", f"staged file {file.path.name} is broken"),
            place=batch_id,
            next_step=Text("重新运行 shutong extract", "run shutong extract again"),
        ) from exc
    return rows
