"""The whole path for one resource, in one process (一次归集)."""

from __future__ import annotations

from collections.abc import Callable

from shutong.collection.context import CollectionContext, open_context
from shutong.collection.extracting import extract
from shutong.collection.landing import land
from shutong.collection.planning import plan
from shutong.collection.reconciling import reconcile
from shutong.collection.validating import validate
from shutong.model import LandedBatch
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
) -> LandedBatch:
    """Carry one resource along the whole path; return what landed.

    `progress` is called with each stage's name as it begins. Every error is a ShutongError,
    and a batch that fails before landing changes nothing.
    """
    tell = progress or (lambda _stage: None)
    current = context or open_context(resource_id, using=using)
    with current.lake.working_on(current.resource_id):
        tell("plan")
        window = plan(current)
        for name, stage in STAGES.items():
            if name != "land":
                tell(name)
                stage(current, window.batch_id)
        tell("land")
        return land(current, window.batch_id)
