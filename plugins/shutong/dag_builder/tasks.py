"""What the tasks of a DAG do (流程任务). XCom carries ids and counts only.

Heavy libraries are imported when a task runs, never while a DAG file is parsed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

from shutong.errors import Busy, RecordFailed, ShutongError, SourceUnreachable, StorageFailed
from shutong.settings import settings

if TYPE_CHECKING:
    from shutong.collection import CollectionContext

P = ParamSpec("P")
R = TypeVar("R")
LOGGER: Final = "shutong.tasks"
"""Logger that tells each fault, with place and next step."""
log = logging.getLogger(LOGGER)

TITLES: Final = {"extract": "抽取", "reconcile": "对账", "validate": "校验", "land": "入库"}
"""The tasks after `plan`, with their Chinese titles."""

_PASSING: Final = (SourceUnreachable, StorageFailed, Busy, RecordFailed)
"""Faults that another try may not meet again; all others wait for a person."""


def told(function: Callable[P, R]) -> Callable[P, R]:
    """Turn a ShutongError into Airflow's failure with the message alone: retried if passing."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        from airflow.sdk.exceptions import AirflowException, AirflowFailException

        try:
            return function(*args, **kwargs)
        except ShutongError as exc:
            words = exc.render("both")
            log.error("%s", words)  # noqa: TRY400 - a trace may quote a value
            kind = AirflowException if isinstance(exc, _PASSING) else AirflowFailException
            raise kind(words) from None

    return wrapped


@told
def plan(resource_id: str) -> str:
    """Plan the next window; return the batch's id."""
    from shutong import collection

    return collection.plan(_context(resource_id)).batch_id


@told
def extract(resource_id: str, batch_id: str) -> dict[str, int]:
    """Draw the window from the front-end machine; return the counts."""
    from shutong import collection

    staged = collection.extract(_context(resource_id), batch_id)
    return {"rows": staged.rows, "source_rows": staged.source_rows}


@told
def reconcile(resource_id: str, batch_id: str) -> dict[str, int]:
    """Hold the staged rows against the source's count; return both."""
    from shutong import collection

    result = collection.reconcile(_context(resource_id), batch_id)
    return {"staged_rows": result.staged_rows, "source_rows": result.source_rows}


@told
def validate(resource_id: str, batch_id: str) -> dict[str, int]:
    """Validate the batch, write its report pages; return the counts."""
    from shutong import collection

    report = collection.validate(_context(resource_id), batch_id)
    return {"rows": report.rows, "rejected_rows": report.rejected_rows}


@told
def land(resource_id: str, batch_id: str, **airflow: Any) -> dict[str, int]:
    """Land the batch; return the counts, and tell the asset's consumers the facts."""
    from shutong import collection

    landed = collection.land(_context(resource_id), batch_id)
    facts = {
        "version": landed.version,
        "rows_read": landed.rows_read,
        "rows_rejected": landed.rows_rejected,
        "rows_landed": landed.rows_landed,
    }
    for event in _outlet_events(airflow):
        event.extra = {"batch": batch_id, "resource": resource_id, **facts}
    return facts


@told
def compare(resource_id: str, batch_id: str, **airflow: Any) -> dict[str, int]:
    """Compare the resource's keys with its source's where that is due; return the counts.

    Skipped where it is not due: most days.
    """
    from shutong import collection

    context = _context(resource_id)
    if not collection.comparison_due(context, context.ledger.planned_at(batch_id)):
        from airflow.sdk.exceptions import AirflowSkipException

        raise AirflowSkipException("主键比对未到期 · not due")
    landed, found = collection.compare(resource_id, context=context)
    facts = {"version": landed.version, "rows_landed": landed.rows_landed}
    facts |= {"rows_removed": landed.rows_removed}
    for event in _outlet_events(airflow):
        event.extra = {"batch": landed.batch_id, "resource": resource_id, **facts}
    return facts | (found.model_dump() if found is not None else {})


def _outlet_events(airflow: dict[str, Any]) -> list[Any]:
    task, events = airflow.get("task"), airflow.get("outlet_events")
    return [events[outlet] for outlet in task.outlets] if task and events is not None else []


def _context(resource_id: str) -> CollectionContext:
    from airflow.sdk import BaseHook

    from shutong.collection import open_context
    from shutong.frontends import Endpoint, endpoint_of

    def resolver(connection: str) -> Endpoint:
        return endpoint_of(connection, BaseHook.get_connection(connection).as_json())

    return open_context(resource_id, using=settings(), resolver=resolver)
