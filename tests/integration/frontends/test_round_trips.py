"""Random tables: what stands at the source arrives, cell by cell, from each kind of machine."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.frontends.conftest import Site
from tests.integration.frontends.tables import lands, survives, tables

few = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
fewer = settings(few, max_examples=4)


@few
@given(data=st.data())
def test_every_cell_of_any_table_arrives_as_it_is(site: Site, data: st.DataObject) -> None:
    survives(site, data.draw(tables(str(site.kind))))


@fewer
@given(data=st.data())
def test_every_cell_of_any_table_lands_as_it_is(site: Site, data: st.DataObject) -> None:
    lands(site, data.draw(tables(str(site.kind))))
