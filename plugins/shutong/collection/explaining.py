"""What will be drawn of a resource, and how, told before a row is read (取数说明)."""

from __future__ import annotations

from dataclasses import dataclass

from shutong.collection.context import CollectionContext
from shutong.collection.drawing import wanted_schema
from shutong.collection.planning import next_window, query_of
from shutong.errors import SourceMismatch, Text
from shutong.fieldtypes import FIELD_TYPE_TITLES
from shutong.frontends import Explained
from shutong.model import BatchState, Window


@dataclass(frozen=True, slots=True)
class ExplainedItem:
    """One item of the data standard with its way from the source (信息项取数说明)."""

    item: str
    title: str
    standard: str
    """The standard's type, like "C(50) 字符串型"."""
    way: Explained | None
    """None for an item that the resource does not feed."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What will be drawn of a resource, and how (取数说明)."""

    items: tuple[ExplainedItem, ...]
    window: Window | None
    """The window to be drawn next; None where none can be planned."""
    hindrance: Text | None
    """Why no window can be planned."""
    resumed: bool
    """True when a validated batch waits to land and will be taken up first."""


def explain(context: CollectionContext) -> Explanation:
    """Describe a resource's table and clock; nothing is recorded and no row is read.

    SourceUnreachable when the front-end machine does not answer, SourceMismatch when there
    is no such table.
    """
    query = query_of(context, None)
    wanted = wanted_schema(context, [item for item, _ in query.columns])
    waiting = context.ledger.open_batch(context.resource_id)
    resumed = waiting is not None and (
        context.ledger.state(waiting.batch_id) is BatchState.VALIDATED
    )
    window, hindrance = waiting if resumed else None, None
    with context.reader() as reader:
        ways = {way.item: way for way in reader.explain(query, wanted)}
        if not resumed:
            try:
                watermark = context.ledger.watermark(context.resource_id)
                window = next_window(context, reader, watermark)
            except SourceMismatch as exc:
                hindrance = exc.fact
    items = tuple(
        ExplainedItem(item.name, item.title, _standard(context, item.name), ways.get(item.name))
        for item in context.dataset.items
    )
    return Explanation(items, window, hindrance, resumed)


def _standard(context: CollectionContext, name: str) -> str:
    item = context.dataset.item(name)
    scale = f",{item.scale}" if item.scale else ""
    measure = f"({item.length}{scale})" if item.length else ""
    required = " *" if item.required else ""
    return f"{item.type}{measure} {FIELD_TYPE_TITLES[item.type]}{required}"
