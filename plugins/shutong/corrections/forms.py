"""The form of a ticket (校核表): its columns, and the mark by which a row is known again."""

from __future__ import annotations

import re
from typing import Final

from shutong.catalog.models import Dataset, Resource
from shutong.collection.terms import standard_digest
from shutong.ledger import Ticket
from shutong.spreadsheets import Column, FormIdentity, columns_of

KIND: Final = "correction"
"""Kind of the form's identity."""
MARK: Final = "_mark"
REASON: Final = "_reason"
MEND: Final = "_mend"
_MARK_FORM: Final = re.compile(r"(T\d{6,})-(\d{1,9})")
_WIDE: Final = 40


def form_columns(resource: Resource, dataset: Dataset) -> tuple[Column, ...]:
    """Return the columns: the row's mark, what is wrong, how to mend it, then its items."""
    drawn = [item.name for item in dataset.items if item.name in resource.source.columns]
    return (
        Column(MARK, "工单行号", width=14, locked=True),
        Column(REASON, "存在问题", width=_WIDE, locked=True),
        Column(MEND, "如何更正", width=_WIDE, locked=True),
        *columns_of(dataset, drawn),
    )


def form_identity(ticket: Ticket, resource: Resource, dataset: Dataset) -> FormIdentity:
    """Return what a ticket's form is made for, by today's data standard."""
    return FormIdentity(
        kind=KIND,
        resource=ticket.resource,
        batch=ticket.ticket,
        version=standard_digest(dataset)[:16],
        columns=tuple(column.id for column in form_columns(resource, dataset)),
    )


def mark_of(ticket: str, row: int) -> str:
    """Return the mark of a ticket's row, such as T000012-3 (工单行号)."""
    return f"{ticket}-{row}"


def read_mark(text: str | None) -> tuple[str, int] | None:
    """Return ticket and row of a mark, None for what is none."""
    found = _MARK_FORM.fullmatch((text or "").strip())
    return (found[1], int(found[2])) if found else None
