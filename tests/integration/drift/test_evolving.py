"""`drift: evolve` goes on where nothing is lost, and refuses everything else."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest
from tests.integration.drift.conftest import PERSON, Project

from shutong.audit import AuditTrail
from shutong.errors import SourceDrifted
from shutong.model import LandedBatch

LONG_NAME = "阿" * 30


@pytest.fixture
def evolving(project: Project) -> Project:
    project.evolve()
    project.collect()
    return project


def rejected(project: Project, landed: LandedBatch) -> list[dict[str, object]]:
    root = project.context().settings.quarantine_dir
    files = sorted((root / landed.dataset).rglob("*.parquet"))
    rows: list[dict[str, object]] = [
        row for file in files for row in pq.read_table(file, partitioning=None).to_pylist()
    ]
    return [row for row in rows if row["_batch"] == landed.batch_id]


def test_values_longer_than_the_item_go_to_quarantine_and_all_else_lands(
    evolving: Project,
) -> None:
    evolving.change(evolving.altered(XM="VARCHAR(60) NOT NULL"))
    evolving.add((4, LONG_NAME, None, "1.00", "1", "2024-01-04 08:00:00", None))

    landed = evolving.collect()

    assert (landed.rows_read, landed.rows_landed, landed.rows_rejected) == (4, 3, 1)
    assert [row["number"] for row in evolving.landed()] == [1, 2, 3]
    (row,) = rejected(evolving, landed)
    assert row["name"] == LONG_NAME
    assert row["_rules"] == ["name.length"]
    assert row["_reasons"]


def test_numbers_wider_than_the_item_go_to_quarantine_with_the_reason(evolving: Project) -> None:
    evolving.change(evolving.altered(JE="DECIMAL(12,4)"))
    evolving.add((4, "赵六", None, "12345678.00", "1", "2024-01-04 08:00:00", None))
    evolving.add((5, "钱七", None, "1.2345", "1", "2024-01-04 08:00:00", None))
    evolving.add((6, "孙八", None, "99.9900", "1", "2024-01-04 08:00:00", None))

    landed = evolving.collect()

    assert (landed.rows_read, landed.rows_landed, landed.rows_rejected) == (6, 4, 2)
    assert str(evolving.landed()[-1]["amount"]) == "99.99"
    reasons = {str(row["_reasons"]) for row in rejected(evolving, landed)}
    assert reasons == {"金额数字位数超出标准", "金额小数位数超出标准"}


CHANGES = {
    "added": {"SJH": "VARCHAR(11)"},
    "unused dropped": {"QT": None},
    "unused retyped": {"QT": "INTEGER"},
    "widened integer": {"BH": "BIGINT NOT NULL"},
    "text without a length": {"BZ": "TEXT"},
    "tightened": {"ZT": "VARCHAR(2) NOT NULL"},
    "finer cursor": {"GXSJ": "DATETIME(6) NOT NULL"},
}


@pytest.mark.parametrize("name", list(CHANGES))
def test_what_loses_nothing_goes_on_and_is_on_record(evolving: Project, name: str) -> None:
    before = evolving.landed()
    origin = {"QT": "?"} if name == "unused retyped" else {}
    evolving.change(evolving.altered(**CHANGES[name]), **origin)

    landed = evolving.collect()

    assert landed.rows_read == len(before)
    assert _data(evolving.landed()) == _data(before)
    ledger = evolving.context().ledger
    (event,) = [e for e in AuditTrail(ledger).events(PERSON) if e.action == "shape.evolved"]
    assert len(json.loads(event.facts)["changes"]) == 1
    recorded = ledger.shape(PERSON)
    assert recorded is not None
    assert {c.name for c in recorded.shape.columns} == set(evolving.columns)
    (facts,) = (evolving.settings.reports_dir / PERSON).glob("drift-*.json")
    assert json.loads(facts.read_text(encoding="utf-8"))["verdict"] == "evolved"
    assert evolving.collect().rows_read == len(before), "the change is the baseline now"
    assert len(list(facts.parent.glob("drift-*.json"))) == 1


def test_another_order_of_columns_changes_no_value(evolving: Project) -> None:
    before = evolving.landed()
    names = list(evolving.columns)
    evolving.change({name: evolving.columns[name] for name in reversed(names)})
    evolving.collect()
    assert _data(evolving.landed()) == _data(before)


@pytest.mark.parametrize(
    ("changed", "origin"),
    [
        ({"BZ": None}, {}),
        ({"BZ": "DATE"}, {"BZ": "?"}),
        ({"JE": "DECIMAL(8,1)"}, {}),
        ({"BZ": "VARCHAR(5)"}, {}),
        ({"XM": "VARCHAR(20)"}, {}),
        ({"ZT": None}, {}),
        ({"ZT": "INTEGER"}, {"ZT": "?"}),
        ({"GXSJ": None}, {}),
        ({"GXSJ": "DATETIME"}, {}),
        ({"GXSJ": "VARCHAR(30)"}, {}),
    ],
    ids=lambda value: " ".join(f"{k} {v}" for k, v in value.items()) if value else "-",
)
def test_what_may_lose_something_is_refused_all_the_same(
    evolving: Project, changed: dict[str, str | None], origin: dict[str, str]
) -> None:
    before = evolving.state()
    evolving.change(evolving.altered(**changed), **origin)
    with pytest.raises(SourceDrifted):
        evolving.collect()
    assert evolving.state() == before


def test_a_rename_of_a_used_column_is_refused(evolving: Project) -> None:
    evolving.change(evolving.renamed("BZ", "BEIZHU"), BEIZHU="BZ")
    with pytest.raises(SourceDrifted, match="probably renamed BZ → BEIZHU"):
        evolving.collect()


def test_one_change_that_may_lose_something_holds_back_the_harmless_ones(
    evolving: Project,
) -> None:
    evolving.change(evolving.altered(SJH="VARCHAR(11)", JE="DECIMAL(8,1)"))
    with pytest.raises(SourceDrifted) as caught:
        evolving.collect()
    assert "JE" in caught.value.fact.zh
    recorded = evolving.context().ledger.shape(PERSON)
    assert recorded is not None
    assert "SJH" not in {column.name for column in recorded.shape.columns}


def _data(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return the rows without the marks of their batch."""
    return [{k: v for k, v in row.items() if not k.startswith("_")} for row in rows]
