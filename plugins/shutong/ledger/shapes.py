"""Baselines of source tables in the ledger (结构基线登记), inside a transaction of the caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from shutong.drift.shape import SourceShape
from shutong.ledger.schema import source_shapes

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class RecordedShape:
    """A baseline with its number and time (已登记结构)."""

    number: int
    shape: SourceShape
    at: str
    """UTC, ISO 8601 to the microsecond."""


def shape_of(connection: Connection, resource: str) -> RecordedShape | None:
    """Return the resource's last baseline (现行基线), None before the first."""
    query = select(source_shapes).where(source_shapes.c.resource == resource)
    row = connection.execute(query.order_by(source_shapes.c.number.desc()).limit(1)).first()
    if row is None:
        return None
    return RecordedShape(row.number, SourceShape.model_validate_json(row.shape), row.at)


def enter_shape(connection: Connection, resource: str, shape: SourceShape, at: str) -> None:
    """Enter a baseline (登记基线); those before it stay."""
    connection.execute(
        insert(source_shapes).values(
            resource=resource, digest=shape.digest, shape=shape.model_dump_json(), at=at
        )
    )
