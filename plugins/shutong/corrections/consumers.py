"""Tickets that a consumer opens (需求部门校核申请): I received this, and it is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final

import pyarrow as pa
from pydantic import JsonValue

from shutong.catalog.models import Role
from shutong.collection.context import CollectionContext
from shutong.collection.row_identity import typed_keys
from shutong.collection.terms import standard_digest, term
from shutong.corrections.sealed import seal, unsealed
from shutong.errors import FormRefused, Text, UnknownName
from shutong.ledger import Action, Opening, Ticket, TicketKind
from shutong.standards.workdays import city_day

_LONGEST: Final = 2_000


def open_by_consumer(
    context: CollectionContext,
    *,
    consumer: str,
    key: Mapping[str, str],
    items: Sequence[str],
    words: str,
    actor: str,
) -> Ticket:
    """Open a ticket for a row that a department received (提出校核), and start its clock.

    `key` names the row by the standard's key, `items` what is wrong of it, `words` how. Key
    and words are sealed outside of the ledger. Whether there is such a row is not told.
    UnknownName for a department or item that is not declared, FormRefused for a key that is
    not whole or words that say nothing.
    """
    _guard_consumer(context, consumer)
    _guard_items(context, [*key, *items])
    _guard_key(context, key)
    if not items or not words.strip() or len(words) > _LONGEST:
        raise FormRefused(
            Text(
                f"请写明有误的信息项和情况 (不超过 {_LONGEST} 字)",
                f"say which items are wrong, and how (at most {_LONGEST} characters)",
            ),
            place=context.resource_id,
            next_step=Text("补充 --item 和 --words", "give --item and --words"),
        )
    content: dict[str, JsonValue] = {
        "consumer": consumer,
        "key": dict(key),
        "items": list(items),
        "words": words,
    }
    due_on, fault = term(context.catalog, city_day())
    folder = context.settings.corrections_dir / "sealed"
    digest = seal(folder, content)
    opening = Opening(
        kind=TicketKind.CONSUMER,
        resource=context.resource_id,
        dataset=context.resource.dataset,
        due_on=due_on,
        due_fault=fault,
        standard=standard_digest(context.dataset),
        sealed=digest,
        opened_by=consumer,
    )
    return context.ledger.tickets.open(opening, actor)


def read_sealed(context: CollectionContext, ticket: Ticket, actor: str) -> dict[str, JsonValue]:
    """Return what the consumer wrote, on record before it is read (查阅校核申请)."""
    if ticket.kind is not TicketKind.CONSUMER:
        raise UnknownName(
            Text("该工单不是需求部门提出的", "no consumer opened this ticket"),
            place=ticket.ticket,
            next_step=Text(
                f"用 shutong corrections export {ticket.ticket} 导出问题数据",
                f"export its rows by shutong corrections export {ticket.ticket}",
            ),
        )
    facts: dict[str, JsonValue] = {"resource": ticket.resource}
    context.ledger.tickets.record(Action.TICKET_READ, ticket.ticket, facts, actor)
    return unsealed(context.settings.corrections_dir / "sealed", ticket.sealed)


def _guard_consumer(context: CollectionContext, consumer: str) -> None:
    declared = context.catalog.departments.get(consumer)
    if declared is not None and Role.CONSUMER in declared.value.roles:
        return
    near = get_close_matches(consumer, context.catalog.departments, n=1)
    raise UnknownName(
        Text(f"没有需求部门 {consumer}", f"there is no consumer department {consumer}"),
        place="catalog/departments.yaml",
        next_step=Text(
            f"是否要找 {near[0]}" if near else "核对部门代码及其 roles",
            f"did you mean {near[0]}" if near else "check the department's code and roles",
        ),
    )


def _guard_items(context: CollectionContext, names: Sequence[str]) -> None:
    known = [item.name for item in context.dataset.items]
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            raise UnknownName(
                Text(f"数据标准没有信息项 {name}", f"the standard has no item {name}"),
                place=context.resource.dataset,
                next_step=Text(
                    f"是否要找 {near[0]}" if near else f"信息项有: {', '.join(known)}",
                    f"did you mean {near[0]}" if near else f"its items: {', '.join(known)}",
                ),
            )


def _guard_key(context: CollectionContext, key: Mapping[str, str]) -> None:
    wanted = context.dataset.key
    row = pa.table({name: pa.array([key.get(name) or None], pa.string()) for name in wanted})
    if set(key) == set(wanted) and typed_keys(row, context.dataset)[0] is not None:
        return
    names = ", ".join(wanted)
    raise FormRefused(
        Text(f"请完整写明主键 {names}", f"give the whole key: {names}"),
        place=context.resource_id,
        next_step=Text(
            " ".join(f"--key {name}=…" for name in wanted),
            " ".join(f"--key {name}=…" for name in wanted),
        ),
    )
