"""Many random tables from each kind of front-end machine (`make faults`)."""

from __future__ import annotations

import os
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.frontends.conftest import Site
from tests.integration.frontends.tables import lands, survives, tables

TABLES: Final = int(os.environ.get("SHUTONG_FAULT_TABLES", "1000"))
LANDINGS: Final = max(TABLES // 10, 1)

many = settings(
    max_examples=TABLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@many
@given(data=st.data())
def test_every_cell_of_any_table_arrives_as_it_is(site: Site, data: st.DataObject) -> None:
    survives(site, data.draw(tables(str(site.kind))))


@settings(many, max_examples=LANDINGS)
@given(data=st.data())
def test_every_cell_of_any_table_lands_as_it_is(site: Site, data: st.DataObject) -> None:
    lands(site, data.draw(tables(str(site.kind))))
