"""Every register of the sample city (各部门台账), written from the same people and companies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from shutong.sample_city import aid, business, credit, insurance, land
from shutong.sample_city.columns import FIRST_EVENING, Columns, clock_text
from shutong.sample_city.dirt import Fault
from shutong.sample_city.places import COUNTIES
from shutong.sample_city.randomness import stream
from shutong.sample_city.residents import resident_columns
from shutong.sample_city.soiling import soil
from shutong.sample_city.source_table import SourceTable
from shutong.sample_city.tables import TABLES
from shutong.sample_city.world import (
    ADDRESS,
    ENTERPRISE,
    RESIDENT,
    Count,
    World,
    make_world,
    settled_count,
)

UPDATED_AT: Final = "updated_at"
_LAST_TO_CHANGE: Final = 3
"""Rows that share the largest cursor value, as at the edge of every real window."""
_MAY_GO: Final = 0.2
"""Share of the rows that later days may delete, where nothing refers to them."""


@dataclass(frozen=True, slots=True)
class Register:
    """A department's register (台账) as its front-end machine holds it."""

    resource: str
    table: SourceTable
    columns: Columns
    """The rows of the beginning first, then the newcomers of later days."""
    count: Count
    dirty: dict[int, Fault]
    """Rows of the beginning with their fault."""
    may_go: list[int]
    """Clean rows that later days delete, in this order."""
    may_change: list[int]
    """Clean rows that later days change, in this order."""

    def rows(self, positions: range) -> list[tuple[object, ...]]:
        """Return rows in the order of the table's columns."""
        part = slice(positions.start, positions.stop)
        chosen = [self.columns[column.key][part] for column in self.table.columns]
        return list(zip(*chosen, strict=True))


def make_registers(seed: int, scale: float) -> Iterator[Register]:
    """Yield the registers of the city of `seed` at `scale`, dirty rows and all."""
    world = make_world(seed, scale)
    for resource, columns in _written(world):
        yield _register(world, resource, columns)


def _register(world: World, resource: str, columns: Columns) -> Register:
    table, count = TABLES[resource], world.counts[resource]
    referred = settled_count(resource, world.counts)
    rows = range(referred, count.base)
    dirty = soil(resource, columns, table, rows, seed=world.seed, scale=world.scale)
    order = stream(world.seed, "turns", resource).permutation(count.base).tolist()
    clean = [row for row in order if row not in dirty]
    if referred:
        may_go = [row for row in clean if row >= referred]
    else:
        may_go = clean[: int(count.base * _MAY_GO)]
    gone = set(may_go)
    may_change = [row for row in clean if row not in gone]
    if table.cursor == UPDATED_AT:
        for row in may_change[-_LAST_TO_CHANGE:]:
            columns[UPDATED_AT][row] = clock_text(FIRST_EVENING)
    return Register(resource, table, columns, count, dirty, may_go, may_change)


def _written(world: World) -> Iterator[tuple[str, Columns]]:
    yield RESIDENT, resident_columns(world)
    aided = aid.choose_aided(world)
    for county in range(len(COUNTIES)):
        columns = aid.low_income_columns(world, aided.low_income[county], county)
        yield aid.low_income_resource(county), columns
    yield aid.DISABLED, aid.disabled_columns(world, aided)
    yield aid.POOR, aid.poor_columns(world, aided)
    yield aid.ADOPTION, aid.adoption_columns(world)
    yield ENTERPRISE, business.enterprise_columns(world)
    yield credit.CASES, credit.case_columns(world)
    yield land.PARCEL, land.parcel_columns(world)
    yield ADDRESS, land.address_columns(world)
    yield business.LICENCE, business.licence_columns(world)
    yield business.PAYMENT, business.payment_columns(world)
    yield business.PROJECT, business.project_columns(world)
    yield credit.CREDIT, credit.credit_columns(world)
    insured, employer = insurance.choose_insured(world)
    yield insurance.PARTICIPATION, insurance.participation_columns(world, insured, employer)
    yield insurance.EMPLOYER, insurance.employer_columns(world, insured, employer)
