"""What may follow what in the ledger (登记次序): the guards of a batch's course."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from shutong.errors import Busy, LandingRefused, RecordFailed, Text
from shutong.ledger.actions import Action
from shutong.ledger.rows import open_row
from shutong.ledger.schema import batches
from shutong.model import BatchState, LandedBatch

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

STEPS: Final = (
    BatchState.PLANNED,
    BatchState.STAGED,
    BatchState.RECONCILED,
    BatchState.VALIDATED,
    BatchState.LANDED,
)
ACTION_OF: Final = {
    BatchState.STAGED: Action.BATCH_STAGED,
    BatchState.RECONCILED: Action.BATCH_RECONCILED,
    BatchState.VALIDATED: Action.BATCH_VALIDATED,
}


def guard_order(connection: Connection, row: Row[Any]) -> None:
    """Refuse a batch older than one that has landed: it would put old rows over new ones."""
    later = connection.execute(
        select(batches.c.batch_id)
        .where(
            batches.c.resource == row.resource,
            batches.c.number > row.number,
            batches.c.state == str(BatchState.LANDED),
        )
        .limit(1)
    ).scalar()
    if later is None:
        return
    raise LandingRefused(
        Text(
            f"之后计划的批次 {later} 已经入库，这个批次不能再入库",
            f"batch {later}, planned later, has landed; this one can land no more",
        ),
        place=row.batch_id,
        next_step=Text(
            "不需要处理：新批次已含其数据", "nothing to do: the later batch holds its rows"
        ),
    )


def guard_alone(connection: Connection, resource: str) -> None:
    """Let a resource have one batch under way."""
    other = open_row(connection, resource)
    if other is None:
        return
    raise Busy(
        Text(
            f"资源还有未完成的批次 {other.batch_id}",
            f"the resource has another batch under way: {other.batch_id}",
        ),
        place=resource,
        next_step=Text("先重跑或放弃那个批次", "rerun that batch first, or give it up"),
    )


def may_follow(standing: BatchState, wanted: BatchState) -> bool:
    """Say whether a batch that stands at one state may enter another (状态次序)."""
    if wanted not in ACTION_OF or standing is BatchState.LANDED:
        return False
    if standing is BatchState.REFUSED:
        return True
    return STEPS.index(wanted) <= STEPS.index(standing) + 1


def guard_same(before: LandedBatch, now: LandedBatch) -> None:
    """Refuse to enter a landed batch again with other facts (重复登记核对)."""
    if before.model_dump(exclude={"repeated"}) == now.model_dump(exclude={"repeated"}):
        return
    raise RecordFailed(
        Text(
            "同一批次已登记入库，但内容不同",
            "the same batch is entered as landed, with other facts",
        ),
        place=now.batch_id,
        next_step=Text("核验共享库与台账是否一致", "verify the shared tables against the ledger"),
    )


def out_of_order(batch_id: str, standing: BatchState, wanted: BatchState) -> RecordFailed:
    """Return the error for a state that may not follow (次序错误)."""
    return RecordFailed(
        Text(
            f"批次状态为 {standing}，不能变为 {wanted}",
            f"a batch that is {standing} cannot become {wanted}",
        ),
        place=batch_id,
        next_step=Text("从计划步骤起重跑该批次", "rerun the batch from its planning step"),
    )
