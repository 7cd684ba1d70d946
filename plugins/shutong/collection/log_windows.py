"""Which part of a front-end machine's log a batch follows (日志窗口规划)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pyarrow as pa

from shutong.collection.context import CollectionContext
from shutong.collection.drawing import wanted_schema
from shutong.errors import SourceMismatch, Text
from shutong.frontends import LogReader, Query, Reader
from shutong.model import BatchState, Bound, LoadMode, Window

_KIND: Final = "log"
_REMEMBERED: Final = 2_000
"""Batches among which an earlier place is looked for."""


def log_of(context: CollectionContext, reader: Reader) -> LogReader:
    """Return a reader as one of the log; SourceMismatch where its database has none."""
    if isinstance(reader, LogReader):
        return reader
    kind = context.front_end.kind
    raise SourceMismatch(
        Text(f"{kind} 前置机不支持日志归集", f"load: log is not for {kind}"),
        place=context.resource_id,
        next_step=Text("改用 load: merge 或 load: full", "use load: merge or load: full"),
    )


def key_query(context: CollectionContext, query: Query) -> tuple[Query, pa.Schema]:
    """Return the query of the key's columns alone, and their exact types."""
    key = tuple(pair for pair in query.columns if pair[0] in context.dataset.key)
    return replace(query, columns=key), wanted_schema(context, [item for item, _ in key])


def plan_log_window(
    context: CollectionContext,
    reader: Reader,
    query: Query,
    *,
    now: datetime,
    watermark: Bound | None,
) -> Window:
    """Return the window from the watermark to where the log stands now.

    Without a watermark of the log, the window is the whole table, and the log is followed from
    a place before its drawing: what changes meanwhile comes twice, and that is harmless.
    """
    position = log_of(context, reader).log_position(*key_query(context, query))
    known = watermark if watermark is not None and watermark.kind == _KIND else None
    low, high = known, position.bound
    if known is None:
        high = position.beginning
    elif not position.settled:
        overlap = timedelta(seconds=context.resource.source.overlap_seconds)
        low = rewound(_landed(context), overlap) or known
    return Window(
        resource=context.resource_id,
        mode=LoadMode.MERGE,
        low=low,
        high=high,
        watermark=known,
        planned_at=now,
    )


def rewound(landed: Sequence[Window], overlap: timedelta) -> Bound | None:
    """Return the end of the newest window that is older than the last by `overlap`.

    `landed` are the resource's windows of the log, the newest first. Never a place before the
    last whole drawing: its own end is where following begins. None without windows.
    """
    for window in landed:
        if window.low is None or landed[0].planned_at - window.planned_at >= overlap:
            return window.high
    return landed[-1].high if landed else None


def _landed(context: CollectionContext) -> list[Window]:
    records = context.ledger.batches(
        context.resource_id, state=BatchState.LANDED, limit=_REMEMBERED
    )
    windows = (record.window for record in records)
    return [each for each in windows if each.high is not None and each.high.kind == _KIND]
