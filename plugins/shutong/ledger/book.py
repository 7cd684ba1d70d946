"""The ledger's entries (台账登记): batches, watermarks, landings, each with its audit record."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from pydantic import JsonValue
from sqlalchemy import insert, select, update

from shutong.errors import Text
from shutong.ledger import chain
from shutong.ledger.actions import Action
from shutong.ledger.order import (
    ACTION_OF,
    guard_alone,
    guard_order,
    guard_same,
    may_follow,
    out_of_order,
)
from shutong.ledger.records import BatchRecord, LandingRecord, RecordedFile
from shutong.ledger.rows import (
    OPEN_STATES,
    batch_of,
    batch_row,
    file_values,
    known_row,
    landing_of,
    landing_row,
    landing_values,
    open_row,
    recorded_of,
    set_watermark,
    told_of,
)
from shutong.ledger.schema import batches, landed_files, landings, watermarks
from shutong.ledger.shapes import RecordedShape, enter_shape, shape_of
from shutong.ledger.shares import ShareBook, ShareRecord, read_record
from shutong.ledger.storage import Storage
from shutong.ledger.ticket_records import TicketChanges
from shutong.ledger.tickets import TicketBook
from shutong.model import BatchState, Bound, LandedBatch, Window

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from shutong.drift.shape import SourceShape

_GIVEN_UP: Final = Text("未完成即放弃", "given up before it was done")


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Ledger:
    """The ledger of one exchange (台账). `url` is a SQLAlchemy URL; `actor` stands in its records.

    Every method raises RecordFailed when the ledger's database cannot be used.
    """

    def __init__(
        self, url: str, *, actor: str = "shutong", now: Callable[[], datetime] = _utc_now
    ) -> None:
        self._storage = Storage(url)
        self._actor = actor
        self._now = now
        self.tickets = TicketBook(self._storage, self._seal, self._at, actor)
        """The correction tickets (校核工单)."""

    def moment(self) -> datetime:
        """Return the ledger's own time: what it would enter now, with its zone."""
        return self._now()

    # ------------------------------------------------------------ batches

    def open_batch(self, resource: str) -> Window | None:
        """Return the window of a batch planned but not ended (未完批次), None without one."""
        with self._storage.reading() as connection:
            row = open_row(connection, resource)
        return Window.model_validate_json(row.window) if row else None

    def plan(self, window: Window, dataset: str) -> BatchRecord:
        """Enter a batch before its first row is read (计划批次), or take it up again.

        A refused batch is opened again. Busy when the resource has another batch under way;
        LandingRefused when a batch planned later has landed, for an older window would put
        old rows over new ones.
        """
        batch_id = window.batch_id
        with self._storage.writing() as connection:
            row = batch_row(connection, batch_id)
            if row is not None and row.state != BatchState.REFUSED:
                return batch_of(row)
            guard_alone(connection, window.resource)
            if row is None:
                self._enter(connection, window, dataset)
            else:
                guard_order(connection, row)
                self._change(connection, batch_id, BatchState.PLANNED)
            facts = {"dataset": dataset, "mode": str(window.mode), "resource": window.resource}
            action = Action.BATCH_PLANNED if row is None else Action.BATCH_REOPENED
            self._seal(connection, action, batch_id, facts)
            return batch_of(known_row(connection, batch_id))

    def advance(
        self, batch_id: str, state: BatchState, facts: Mapping[str, JsonValue] | None = None
    ) -> None:
        """Enter that a step of the batch is done (登记进度), with the step's `facts`.

        It is the next step or one that is repeated, also of a refused batch whose cause was
        mended: RecordFailed for any other order. UnknownName for a batch nobody planned;
        LandingRefused when a later batch has landed, Busy when another one is under way.
        """
        with self._storage.writing() as connection:
            row = known_row(connection, batch_id)
            standing = BatchState(row.state)
            if not may_follow(standing, state):
                raise out_of_order(batch_id, standing, state)
            guard_order(connection, row)
            if standing is BatchState.REFUSED:
                guard_alone(connection, row.resource)
            self._change(connection, batch_id, state)
            told = {"resource": row.resource, **(facts or {})}
            self._seal(connection, ACTION_OF[state], batch_id, told)

    def refuse(self, batch_id: str, reasons: Sequence[str]) -> None:
        """Enter that the batch is refused and why (拒收批次); `reasons` hold no personal value.

        Entered once; RecordFailed for a batch that has landed.
        """
        with self._storage.writing() as connection:
            row = known_row(connection, batch_id)
            if row.state == BatchState.LANDED:
                raise out_of_order(batch_id, BatchState.LANDED, BatchState.REFUSED)
            if row.state == BatchState.REFUSED and json.loads(row.reasons) == list(reasons):
                return
            self._change(connection, batch_id, BatchState.REFUSED, reasons)
            facts: dict[str, JsonValue] = {"resource": row.resource, "reasons": list(reasons)}
            self._seal(connection, Action.BATCH_REFUSED, batch_id, facts)

    def abandon(self, batch_id: str) -> None:
        """Give up a batch that did not end (放弃批次), so that another can be planned.

        Nothing of it is in the shared database. RecordFailed for a batch that has ended.
        """
        with self._storage.writing() as connection:
            row = known_row(connection, batch_id)
            if row.state not in OPEN_STATES:
                raise out_of_order(batch_id, BatchState(row.state), BatchState.REFUSED)
            self._change(connection, batch_id, BatchState.REFUSED, [str(_GIVEN_UP)])
            facts: dict[str, JsonValue] = {"resource": row.resource, "state": row.state}
            self._seal(connection, Action.BATCH_ABANDONED, batch_id, facts)

    def state(self, batch_id: str) -> BatchState | None:
        """Return where a batch stands (批次状态), None for a batch nobody planned."""
        with self._storage.reading() as connection:
            row = batch_row(connection, batch_id)
        return BatchState(row.state) if row is not None else None

    def batch(self, batch_id: str) -> BatchRecord | None:
        """Return one batch's record, None for a batch nobody planned."""
        with self._storage.reading() as connection:
            row = batch_row(connection, batch_id)
        return batch_of(row) if row is not None else None

    def planned_at(self, batch_id: str) -> datetime | None:
        """Return when a batch was planned by the front-end's clock, None for one nobody planned."""
        record = self.batch(batch_id)
        return record.window.planned_at if record is not None else None

    def last_comparison(self, resource: str) -> datetime | None:
        """Return when keys were last compared, by the front-end's clock (上次主键比对).

        Of a resource whose keys never were, when its first batch was planned that landed.
        """
        query = (
            select(batches.c.window)
            .where(batches.c.resource == resource, batches.c.state == str(BatchState.LANDED))
            .order_by(batches.c.number.desc())
        )
        window: Window | None = None
        with self._storage.reading() as connection:
            for (text,) in connection.execute(query):
                window = Window.model_validate_json(text)
                if window.comparison:
                    break
        return window.planned_at if window is not None else None

    def batches(
        self,
        resource: str | None = None,
        *,
        state: BatchState | None = None,
        limit: int | None = None,
    ) -> tuple[BatchRecord, ...]:
        """Return batches, the last planned first (批次清单)."""
        query = select(batches).order_by(batches.c.number.desc()).limit(limit)
        if resource is not None:
            query = query.where(batches.c.resource == resource)
        if state is not None:
            query = query.where(batches.c.state == str(state))
        with self._storage.reading() as connection:
            return tuple(batch_of(row) for row in connection.execute(query))

    # ------------------------------------------------------------ landings

    def watermark(self, resource: str) -> Bound | None:
        """Return the upper bound of the last landed window (水位), None before the first."""
        query = select(watermarks.c.kind, watermarks.c.text)
        with self._storage.reading() as connection:
            row = connection.execute(query.where(watermarks.c.resource == resource)).first()
        return Bound(kind=row.kind, text=row.text) if row else None

    def land(
        self,
        landed: LandedBatch,
        watermark: Bound | None,
        tickets: TicketChanges | None = None,
    ) -> None:
        """Enter a landing (登记入库): its files, watermark, state and audit record, in one.

        What it means for correction tickets is entered with it, so that no rejected row is
        left without a ticket.
        Entering it again is nothing new. RecordFailed when the batch is entered with other
        facts or has not been validated; LandingRefused when a later batch has landed.
        """
        with self._storage.writing() as connection:
            row = known_row(connection, landed.batch_id)
            before = landing_row(connection, landed.batch_id)
            if before is not None:
                guard_same(landing_of(before).landed, landed)
                return
            if row.state != BatchState.VALIDATED:
                raise out_of_order(landed.batch_id, BatchState(row.state), BatchState.LANDED)
            guard_order(connection, row)
            connection.execute(insert(landings).values(landing_values(landed, self._at())))
            if landed.files:
                connection.execute(insert(landed_files), file_values(landed))
            if watermark is not None:
                set_watermark(connection, landed, watermark)
            self._change(connection, landed.batch_id, BatchState.LANDED)
            if tickets is not None:
                self.tickets.enter(connection, landed.batch_id, tickets)
            self._seal(connection, Action.BATCH_LANDED, landed.batch_id, told_of(landed))

    def landing(self, batch_id: str) -> LandedBatch | None:
        """Return what a batch landed, None when it has not."""
        with self._storage.reading() as connection:
            row = landing_row(connection, batch_id)
        return landing_of(row).landed if row is not None else None

    def landings(
        self, resource: str | None = None, *, dataset: str | None = None, limit: int | None = None
    ) -> tuple[LandingRecord, ...]:
        """Return landings, the last first (入库清单)."""
        query = select(landings).order_by(landings.c.number.desc()).limit(limit)
        if resource is not None:
            query = query.where(landings.c.resource == resource)
        if dataset is not None:
            query = query.where(landings.c.dataset == dataset)
        with self._storage.reading() as connection:
            return tuple(landing_of(row) for row in connection.execute(query))

    def last_landing(self, resource: str) -> LandingRecord | None:
        """Return the last landing of a resource, None before the first."""
        return next(iter(self.landings(resource, limit=1)), None)

    def last_of_each_dataset(self) -> tuple[LandedBatch, ...]:
        """Return for each dataset the landing with its highest version (start-up comparison)."""
        last: dict[str, LandedBatch] = {}
        for record in self.landings():
            known = last.get(record.landed.dataset)
            if known is None or record.landed.version > known.version:
                last[record.landed.dataset] = record.landed
        return tuple(last.values())

    def landed_files(self, dataset: str | None = None) -> tuple[RecordedFile, ...]:
        """Return every data file ever landed with its digest (已登记文件)."""
        query = select(landed_files).order_by(landed_files.c.dataset, landed_files.c.path)
        if dataset is not None:
            query = query.where(landed_files.c.dataset == dataset)
        with self._storage.reading() as connection:
            return tuple(recorded_of(row) for row in connection.execute(query))

    # ------------------------------------------------------------ shapes of source tables

    def shape(self, resource: str) -> RecordedShape | None:
        """Return the last recorded description of a resource's table (结构基线), if any."""
        with self._storage.reading() as connection:
            return shape_of(connection, resource)

    def enter_shape(
        self,
        action: Action,
        resource: str,
        shape: SourceShape,
        facts: Mapping[str, JsonValue],
        *,
        actor: str | None = None,
    ) -> None:
        """Enter a new baseline with its audit record, in one (登记结构基线)."""
        with self._storage.writing() as connection:
            enter_shape(connection, resource, shape, self._at())
            told: dict[str, JsonValue] = {
                "front_end": shape.front_end,
                "table": shape.table,
                "columns": len(shape.columns),
                "digest": shape.digest,
            }
            self._seal(connection, action, resource, {**told, **facts}, actor)

    # ------------------------------------------------------------ sharing

    def share_record(self) -> ShareRecord:
        """Return what is known of share requests (共享台账): first sights and moves."""
        with self._storage.reading() as connection:
            return read_record(connection)

    @contextmanager
    def sharing(self, *, actor: str | None = None) -> Iterator[ShareBook]:
        """Give the sharing part to write in: entered whole at the end, or not at all."""
        with self._storage.writing() as connection:

            def seal(action: Action, subject: str, facts: Mapping[str, JsonValue]) -> object:
                return self._seal(connection, action, subject, facts, actor)

            yield ShareBook(connection, self._at(), seal)

    # ------------------------------------------------------------ audit chain

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a reading transaction, for the audit trail."""
        with self._storage.reading() as connection:
            yield connection

    def record(
        self,
        action: Action,
        subject: str,
        facts: Mapping[str, JsonValue] | None = None,
        *,
        actor: str | None = None,
    ) -> chain.AuditEvent:
        """Write one audit record in a transaction of its own (记入审计链)."""
        with self._storage.writing() as connection:
            return self._seal(connection, action, subject, facts or {}, actor)

    # ------------------------------------------------------------ inside one transaction

    def _at(self) -> str:
        return self._now().astimezone(UTC).isoformat(timespec="microseconds")

    def _enter(self, connection: Connection, window: Window, dataset: str) -> None:
        at = self._at()
        connection.execute(
            insert(batches).values(
                batch_id=window.batch_id,
                resource=window.resource,
                dataset=dataset,
                mode=str(window.mode),
                window=window.model_dump_json(),
                state=str(BatchState.PLANNED),
                reasons="[]",
                planned_at=at,
                changed_at=at,
            )
        )

    def _change(
        self,
        connection: Connection,
        batch_id: str,
        state: BatchState,
        reasons: Sequence[str] = (),
    ) -> None:
        connection.execute(
            update(batches)
            .where(batches.c.batch_id == batch_id)
            .values(
                state=str(state),
                reasons=chain.canonical(list(reasons)),
                changed_at=self._at(),
            )
        )

    def _seal(
        self,
        connection: Connection,
        action: Action,
        subject: str,
        facts: Mapping[str, JsonValue],
        actor: str | None = None,
    ) -> chain.AuditEvent:
        return chain.append(
            connection,
            at=self._at(),
            actor=actor or self._actor,
            action=action,
            subject=subject,
            facts=facts,
        )
