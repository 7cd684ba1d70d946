"""The whole path for one resource, in one process (一次归集)."""

from __future__ import annotations

from collections.abc import Callable

from shutong.collection.comparing import comparison_due, guard_comparable
from shutong.collection.context import CollectionContext, open_context
from shutong.collection.extracting import extract
from shutong.collection.landing import land
from shutong.collection.planning import plan
from shutong.collection.reconciling import reconcile
from shutong.collection.validating import validate
from shutong.model import Compared, LandedBatch, StagedBatch, Window
from shutong.settings import Settings

Stage = Callable[[CollectionContext, str], object]
STAGES: dict[str, Stage] = {
    "extract": extract,
    "reconcile": reconcile,
    "validate": validate,
    "land": land,
}
"""The stages after the plan, by the name of their task and command."""


def collect(
    resource_id: str,
    *,
    using: Settings | None = None,
    context: CollectionContext | None = None,
    progress: Callable[[str], None] | None = None,
    anew: bool = False,
) -> LandedBatch:
    """Carry one resource along the whole path; return what landed.

    `anew` draws the whole table again, whatever landed before.

    `progress` is called with each stage's name as it begins. Every error is a ShutongError,
    and a batch that fails before landing changes nothing.
    """
    tell = progress or (lambda _stage: None)
    current = context or open_context(resource_id, using=using)
    with current.lake.working_on(current.resource_id):
        landed = _carried(current, tell, comparison=False, anew=anew)
        if anew and Window.read(current.folder(landed.batch_id).window).incremental:
            # A batch that was under way has been ended first.
            landed = _carried(current, tell, comparison=False, anew=True)
        if comparison_due(current, current.ledger.planned_at(landed.batch_id)):
            tell("compare")
            _carried(current, lambda _stage: None, comparison=True)
    return landed


def compare(
    resource_id: str,
    *,
    using: Settings | None = None,
    context: CollectionContext | None = None,
    progress: Callable[[str], None] | None = None,
) -> tuple[LandedBatch, Compared | None]:
    """Compare a resource's keys with its source's (主键比对); return what that changed.

    The comparison is None when a batch that was under way was ended instead. SourceMismatch
    for a resource that is loaded in full: each load replaces everything. UnknownName before
    anything has landed. BatchRefused where too much has vanished.
    """
    current = context or open_context(resource_id, using=using)
    guard_comparable(current)
    with current.lake.working_on(current.resource_id):
        landed = _carried(current, progress or (lambda _stage: None), comparison=True)
    staged = StagedBatch.read(current.folder(landed.batch_id).staged)
    return landed, staged.compared


def _carried(
    context: CollectionContext,
    tell: Callable[[str], None],
    *,
    comparison: bool,
    anew: bool = False,
) -> LandedBatch:
    tell("plan")
    window = plan(context, comparison=comparison, anew=anew)
    for name, stage in STAGES.items():
        if name != "land":
            tell(name)
            if stage is extract:
                extract(
                    context,
                    window.batch_id,
                    progress=lambda number, of: tell(f"extract {number}/{of}"),
                )
            else:
                stage(context, window.batch_id)
    tell("land")
    return land(context, window.batch_id)
