"""A ticket's form of the sample city's own tables, with date-times and amounts in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.e2e.conftest import Project

from shutong.collection import collect
from shutong.corrections.exporting import export_ticket
from shutong.corrections.importing import import_corrected


@pytest.mark.parametrize("resource", ["market-regulation.penalty", "civil-affairs.adoption"])
def test_a_form_that_comes_back_as_it_went_out_replays_no_row(
    project: Project, tmp_path: Path, resource: str
) -> None:
    context = project.context(resource)
    collect(resource, context=context)
    (ticket,) = context.ledger.tickets.all(resource)
    form = export_ticket(context, ticket.ticket, tmp_path, "steward").path

    done = import_corrected(context, ticket.ticket, form, "steward")

    assert done.landed is None
    assert done.untouched == ticket.open_rows
