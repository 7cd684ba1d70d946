"""The ledger's rows and what they tell (台账行), inside a transaction of the caller."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from pydantic import JsonValue
from sqlalchemy import delete, insert, select

from shutong.errors import Text, UnknownName
from shutong.ledger.records import BatchRecord, LandingRecord, RecordedFile
from shutong.ledger.schema import batches, landings, watermarks
from shutong.model import BatchState, Bound, LandedBatch, LandedFile

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

OPEN_STATES: Final = tuple(
    str(state) for state in BatchState if state not in (BatchState.LANDED, BatchState.REFUSED)
)
"""States of a batch that has not ended."""


def batch_row(connection: Connection, batch_id: str) -> Row[Any] | None:
    """Return the row of a batch (批次行), None when it was never planned."""
    return connection.execute(select(batches).where(batches.c.batch_id == batch_id)).first()


def open_row(connection: Connection, resource: str) -> Row[Any] | None:
    """Return the row of the resource's batch under way (未完批次行), if any."""
    query = select(batches).where(batches.c.resource == resource, batches.c.state.in_(OPEN_STATES))
    return connection.execute(query.order_by(batches.c.number.desc()).limit(1)).first()


def landing_row(connection: Connection, batch_id: str) -> Row[Any] | None:
    """Return the row of a batch's landing (入库行), None when it has not landed."""
    return connection.execute(select(landings).where(landings.c.batch_id == batch_id)).first()


def known_row(connection: Connection, batch_id: str) -> Row[Any]:
    """Return the row of a batch; UnknownName when it was never planned."""
    row = batch_row(connection, batch_id)
    if row is None:
        raise UnknownName(
            Text(f"台账里没有批次 {batch_id}", f"the ledger knows no batch {batch_id}"),
            next_step=Text("先计划批次", "plan the batch first"),
        )
    return row


def batch_of(row: Row[Any]) -> BatchRecord:
    """Return what a batch's row tells (批次记录)."""
    return BatchRecord.model_validate(
        {
            **row._mapping,
            "window": json.loads(row.window),
            "reasons": json.loads(row.reasons),
        }
    )


def landing_of(row: Row[Any]) -> LandingRecord:
    """Return what a landing's row tells (入库记录)."""
    return LandingRecord(
        landed=LandedBatch.model_validate_json(row.landed), at=datetime.fromisoformat(row.at)
    )


def recorded_of(row: Row[Any]) -> RecordedFile:
    """Return what a data file's row tells (已登记文件)."""
    file = LandedFile(path=row.path, rows=row.rows, bytes=row.bytes, digest=row.digest)
    return RecordedFile(dataset=row.dataset, batch_id=row.batch_id, file=file)


def landing_values(landed: LandedBatch, at: str) -> dict[str, object]:
    """Return the values of a landing's row."""
    return {
        "batch_id": landed.batch_id,
        "resource": landed.resource,
        "dataset": landed.dataset,
        "version": landed.version,
        "table_rows": landed.table_rows,
        "digest": landed.digest,
        "landed": landed.model_dump_json(),
        "at": at,
    }


def file_values(landed: LandedBatch) -> list[dict[str, object]]:
    """Return the values of the rows of a landing's data files."""
    return [
        {"dataset": landed.dataset, "batch_id": landed.batch_id, **file.model_dump()}
        for file in landed.files
    ]


def set_watermark(connection: Connection, landed: LandedBatch, watermark: Bound) -> None:
    """Put the resource's watermark (水位) where this landing ends."""
    connection.execute(delete(watermarks).where(watermarks.c.resource == landed.resource))
    connection.execute(
        insert(watermarks).values(
            resource=landed.resource,
            kind=watermark.kind,
            text=watermark.text,
            batch_id=landed.batch_id,
        )
    )


def told_of(landed: LandedBatch) -> dict[str, JsonValue]:
    """Return the facts of a landing for the audit chain: counts and digest, no path."""
    told: dict[str, JsonValue] = landed.model_dump(mode="json", exclude={"files", "batch_id"})
    return {**told, "files": len(landed.files)}
