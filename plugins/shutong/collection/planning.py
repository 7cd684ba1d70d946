"""Plan a window (规划归集窗口)."""

from __future__ import annotations

from shutong.collection.context import CollectionContext, storing
from shutong.collection.drifting import guard_drift, settle_drift
from shutong.collection.log_windows import plan_log_window
from shutong.collection.pieces import begun
from shutong.frontends import Query, Reader
from shutong.model import BatchState, Bound, LoadMode, StagedBatch, ValidationReport, Window
from shutong.windows import plan_window


def plan(context: CollectionContext, *, comparison: bool = False, anew: bool = False) -> Window:
    """Return the window to draw next, or a comparison of keys, and put it on record.

    `anew` draws everything again, as if nothing had ever landed.

    A validated batch may have begun to land, so it is taken up again and the rerun
    converges; one that died earlier, or whose files a power failure tore, is given up for a
    fresh window from the same watermark: drawing its rows again changes nothing. A first load
    that is cut into pieces, some of them whole, goes on instead, even where a comparison was
    asked for. SourceDrifted
    when the source table was changed and nobody has looked at it yet: then nothing is planned.
    """
    ledger = context.ledger
    open_window = ledger.open_batch(context.resource_id)
    if open_window is not None:
        settled = ledger.state(open_window.batch_id) is BatchState.VALIDATED
        if settled and _stands(context, open_window.batch_id):
            return open_window
        if not settled and _goes_on(context, open_window):
            return open_window
        ledger.abandon(open_window.batch_id)
        context.folder(open_window.batch_id).clear_rows()
    with context.reader() as reader:
        drift = guard_drift(context, reader)
        watermark = ledger.watermark(context.resource_id)
        if comparison:
            window = Window(
                resource=context.resource_id,
                mode=LoadMode.MERGE,
                watermark=watermark,
                planned_at=reader.clock(query_of(context, None)).now,
                comparison=True,
            )
        else:
            window = next_window(context, reader, None if anew else watermark)
    folder = context.folder(window.batch_id)
    with storing(str(folder.path)):
        folder.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        window.write(folder.window)
    ledger.plan(window, context.resource.dataset)
    settle_drift(context, drift)
    return window


def _goes_on(context: CollectionContext, window: Window) -> bool:
    """Say whether a batch that died has whole pieces of the table as it is now declared."""
    if not begun(context, window):
        return False
    with context.reader() as reader:
        drift = guard_drift(context, reader)
    if not begun(context, window, drift.present):
        return False
    settle_drift(context, drift)
    return True


def next_window(context: CollectionContext, reader: Reader, watermark: Bound | None) -> Window:
    """Return the window that follows a watermark; the whole table where there is none."""
    query = query_of(context, None)
    clock = reader.clock(query)
    if context.resource.source.load is LoadMode.LOG:
        return plan_log_window(context, reader, query, now=clock.now, watermark=watermark)
    return plan_window(
        context.resource_id,
        context.resource.source,
        now=clock.now,
        cursor_max=clock.cursor_max,
        watermark=watermark,
    )


def _stands(context: CollectionContext, batch_id: str) -> bool:
    """Say whether a validated batch is still there whole: power may have failed since."""
    folder = context.folder(batch_id)
    try:
        StagedBatch.read(folder.staged)
        report = ValidationReport.read(folder.report)
        return all(file.path.stat().st_size == file.bytes for file in report.clean_files)
    except (OSError, ValueError):
        return False


def query_of(context: CollectionContext, window: Window | None) -> Query:
    """Return the query that draws `window`, or the whole table's for None."""
    source = context.resource.source
    mapped = source.columns
    return Query(
        schema=source.db_schema,
        table=source.table,
        columns=tuple(
            (item.name, mapped[item.name]) for item in context.dataset.items if item.name in mapped
        ),
        filters=source.filters,
        cursor=source.cursor,
        low=window.low if window else None,
        high=window.high if window else None,
    )
