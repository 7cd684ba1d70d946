"""Tables of the ledger (台账库表), created on first use; the audit chain refuses changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    insert,
    inspect,
    select,
    update,
)

from shutong.errors import RecordFailed
from shutong.errors import Text as Words

if TYPE_CHECKING:
    from sqlalchemy import Connection

SCHEMA_VERSION: Final = 4
"""Version of the tables this release reads and writes."""

metadata = MetaData()

_Count = BigInteger().with_variant(Integer(), "sqlite")

schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True))

batches = Table(
    "batches",
    metadata,
    Column("number", _Count, primary_key=True, autoincrement=True),
    Column("batch_id", Text, nullable=False, unique=True),
    Column("resource", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("window", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("planned_at", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
    Index("batches_by_resource", "resource", "number"),
)
"""`number` is the order of planning, whatever the clocks say."""

watermarks = Table(
    "watermarks",
    metadata,
    Column("resource", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("batch_id", Text, ForeignKey("batches.batch_id"), nullable=False),
)

landings = Table(
    "landings",
    metadata,
    Column("number", _Count, primary_key=True, autoincrement=True),
    Column("batch_id", Text, ForeignKey("batches.batch_id"), nullable=False, unique=True),
    Column("resource", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("version", _Count, nullable=False),
    Column("table_rows", _Count, nullable=False),
    Column("digest", Text, nullable=False),
    Column("landed", Text, nullable=False),
    Column("at", Text, nullable=False),
    Index("landings_by_resource", "resource", "number"),
)

landed_files = Table(
    "landed_files",
    metadata,
    Column("dataset", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("rows", _Count, nullable=False),
    Column("bytes", _Count, nullable=False),
    Column("digest", Text, nullable=False),
    Column("batch_id", Text, ForeignKey("batches.batch_id"), nullable=False),
)

audit_events = Table(
    "audit_events",
    metadata,
    Column("seq", _Count, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("prev", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    Index("audit_events_by_subject", "subject", "seq"),
)

source_shapes = Table(
    "source_shapes",
    metadata,
    Column("number", _Count, primary_key=True, autoincrement=True),
    Column("resource", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("shape", Text, nullable=False),
    Column("at", Text, nullable=False),
    Index("source_shapes_by_resource", "resource", "number"),
)
"""Baselines of the source tables (结构基线), all of them; the last one of a resource stands."""

tickets = Table(
    "tickets",
    metadata,
    Column("number", _Count, primary_key=True, autoincrement=False),
    Column("ticket", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("batch_id", Text),
    Column("state", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("due_on", Text),
    Column("due_fault", Text, nullable=False),
    Column("standard", Text, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
    Index("tickets_by_resource", "resource", "number"),
)
"""Correction tickets (校核工单)."""

ticket_rows = Table(
    "ticket_rows",
    metadata,
    Column("ticket", Text, ForeignKey("tickets.ticket"), primary_key=True),
    Column("row", _Count, primary_key=True, autoincrement=False),
    Column("origin_batch", Text, nullable=False),
    Column("origin_place", _Count, nullable=False),
    Column("last_batch", Text, nullable=False),
    Column("last_place", _Count, nullable=False),
    Column("state", Text, nullable=False),
    Column("by_batch", Text),
    Column("note", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
    Index("ticket_rows_by_state", "ticket", "state"),
)
"""Rows of the tickets by their places in quarantine: what they hold stands there alone."""

share_files = Table(
    "share_files",
    metadata,
    Column("number", _Count, primary_key=True, autoincrement=True),
    Column("request", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("substance", Text, nullable=False),
    Column("marks", Text, nullable=False),
    Column("at", Text, nullable=False),
    UniqueConstraint("file", "digest"),
)
"""When each content of a request, review or ruling file was first seen (首见)."""

share_moves = Table(
    "share_moves",
    metadata,
    Column("number", _Count, primary_key=True, autoincrement=True),
    Column("request", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("word", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", Text, nullable=False),
    Index("share_moves_by_request", "request", "number"),
)
"""How requests moved, were halted, and what was told of them (办理记录)."""

SHARING: Final = (share_files, share_moves)
"""Tables of share requests, which came in one step."""

GUARDS: Final[dict[str, tuple[str, ...]]] = {
    "sqlite": (
        # REPLACE deletes without firing a DELETE trigger, so a number in use is refused too.
        "CREATE TRIGGER audit_events_in_order BEFORE INSERT ON audit_events "
        "WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit_events) "
        "BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END",
        "CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events "
        "BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END",
        "CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events "
        "BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION audit_events_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit_events is append-only'; END $$",
        "CREATE FUNCTION audit_events_in_order() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN IF NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit_events) "
        "THEN RAISE EXCEPTION 'audit_events is append-only'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER audit_events_in_order BEFORE INSERT ON audit_events "
        "FOR EACH ROW EXECUTE FUNCTION audit_events_in_order()",
        "CREATE TRIGGER audit_events_no_change BEFORE UPDATE OR DELETE ON audit_events "
        "FOR EACH ROW EXECUTE FUNCTION audit_events_refuse()",
        "CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON audit_events "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_events_refuse()",
    ),
}
"""Triggers by database that keep the audit chain append-only."""


UPGRADES: Final[dict[int, tuple[Table, ...]]] = {
    1: (source_shapes,),
    2: (tickets, ticket_rows),
    3: SHARING,
}
"""Tables that each version lacks of the next one (升级步骤). Nothing is changed, only added."""


def prepare(connection: Connection) -> None:
    """Create the tables, or bring those of an earlier release up to this one's (建库与升级).

    The connection is in a write transaction, so an upgrade is whole or not at all. RecordFailed
    for a version that this release does not know.
    """
    if not inspect(connection).has_table("schema_version"):
        metadata.create_all(connection)
        for statement in GUARDS[connection.dialect.name]:
            connection.exec_driver_sql(statement)
        connection.execute(insert(schema_version).values(version=SCHEMA_VERSION))
        return
    found = connection.execute(select(schema_version.c.version)).scalar()
    if found == SCHEMA_VERSION:
        return
    if found in UPGRADES:
        for version in range(found, SCHEMA_VERSION):
            metadata.create_all(connection, tables=list(UPGRADES[version]), checkfirst=False)
        connection.execute(update(schema_version).values(version=SCHEMA_VERSION))
        return
    raise RecordFailed(
        Words(
            f"台账版本为 {found}，本程序需要 {SCHEMA_VERSION}",
            f"the ledger has schema version {found}, this release needs {SCHEMA_VERSION}",
        ),
        next_step=Words(
            "用写过这份台账的程序版本打开它，或把 SHUTONG_LEDGER_URL 指向另一个台账",
            "open it with the release that wrote it, or point SHUTONG_LEDGER_URL at another one",
        ),
    )
