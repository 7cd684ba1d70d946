"""How a table is cut on machines without a server here: the statements, and what is no cut."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest

from shutong.catalog.models import FrontEnd, FrontEndKind
from shutong.frontends import Endpoint, Query, SourceColumn, dm, oracle
from shutong.frontends.cutting import ahead, beyond, cut, exact_text, source_to_cut
from shutong.frontends.faults import Faults
from shutong.frontends.oracle_columns import cut_bound, cuttable
from shutong.frontends.oracle_texts import Texts
from shutong.frontends.select import Source, bound_value
from shutong.model import Bound

UNICODE = Texts(None, "AL32UTF8")
NUMBER = SourceColumn("BH", "number", precision=18, scale=0)


def source_of(column: SourceColumn = NUMBER) -> Source:
    machine = FrontEnd(
        code="fe", name="前置机", department="police", kind=FrontEndKind.ORACLE, connection="fe"
    )
    faults = Faults(machine, Endpoint("oracle"))
    return source_to_cut(Query("HR", "RY", ()), "BH", [column], faults)


def flat(sql: str) -> str:
    return re.sub(r"\s+", " ", sql)


def test_oracle_takes_one_row_by_rownum_which_servers_before_12_know() -> None:
    source = source_of()
    shown = cuttable(source.column("BH"), NUMBER, UNICODE)
    assert shown is not None
    low = bound_value(5)
    sql, values = oracle.statement_text(ahead(source, "BH", low, 10, shown), oracle.CUTTING)
    assert flat(sql).endswith(
        'FROM "HR"."RY" WHERE "HR"."RY"."BH" >= :param_1 ORDER BY "HR"."RY"."BH") anon_2 '
        "WHERE ROWNUM <= 1 + 10) anon_1 WHERE ora_rn > 10"
    )
    assert 'CASE WHEN ("HR"."RY"."BH" > :param_1) THEN 1 ELSE 0 END' in flat(sql)
    assert values == {"param_1": 5}
    sql, _ = oracle.statement_text(beyond(source, "BH", low, shown), oracle.CUTTING)
    assert flat(sql).endswith(
        'WHERE "HR"."RY"."BH" > :param_1 ORDER BY "HR"."RY"."BH") anon_1 WHERE ROWNUM <= 1'
    )
    assert "FETCH" not in sql


def test_dm_begins_at_the_smallest_value() -> None:
    source = source_of()
    sql, values = dm.statement_text(ahead(source, "BH", None, 10, source.column("BH")))
    assert flat(sql).endswith(
        'WHERE "HR"."RY"."BH" >= (SELECT min(smallest."BH") AS min_1 FROM "HR"."RY" AS smallest) '
        'ORDER BY "HR"."RY"."BH" LIMIT 1 OFFSET 10'
    )
    assert values == ()


@pytest.mark.parametrize(
    ("column", "texts", "is_cut"),
    [
        (NUMBER, UNICODE, True),
        (SourceColumn("BH", "number", precision=12, scale=2), UNICODE, False),
        (SourceColumn("BH", "number"), UNICODE, False),
        (SourceColumn("BH", "varchar2", length=20), UNICODE, True),
        (SourceColumn("BH", "varchar2", length=20), Texts("gbk", "US7ASCII"), False),
        (SourceColumn("BH", "nvarchar2", length=20), UNICODE, False),
        (SourceColumn("BH", "date"), UNICODE, True),
        (SourceColumn("BH", "timestamp", precision=6), UNICODE, False),
        (SourceColumn("BH", "binary_double"), UNICODE, False),
    ],
)
def test_oracle_is_cut_only_by_what_is_bound_exactly(
    column: SourceColumn, texts: Texts, is_cut: bool
) -> None:
    assert (cuttable(source_of(column).column("BH"), column, texts) is not None) is is_cut


def test_a_value_of_oracle_is_an_exact_bound() -> None:
    digits = "9" * 38
    assert cut_bound(NUMBER, digits) == Bound(kind="integer", text=digits)
    day = datetime(2024, 2, 29, 1, 2, 3)
    assert cut_bound(SourceColumn("BH", "date"), day) == Bound(
        kind="datetime", text="2024-02-29 01:02:03"
    )


@pytest.mark.parametrize(
    ("column", "is_cut"),
    [
        (SourceColumn("BH", "bigint"), True),
        (SourceColumn("BH", "varchar", length=20), True),
        (SourceColumn("BH", "decimal", precision=18, scale=0), True),
        (SourceColumn("BH", "number", precision=0, scale=0), False),
        (SourceColumn("BH", "decimal", precision=18, scale=2), False),
        (SourceColumn("BH", "double"), False),
        (SourceColumn("BH", "timestamp", precision=6), False),
    ],
)
def test_dm_is_cut_only_by_what_is_bound_exactly(column: SourceColumn, is_cut: bool) -> None:
    assert dm.is_cut(column) is is_cut


@pytest.mark.parametrize("text", ["王?", "王\ufffd", b"\xff\xfe", "a¿"])
def test_a_text_whose_characters_may_be_lost_is_no_bound(text: str | bytes) -> None:
    assert exact_text(text) is None


def test_cutting_ends_where_a_machine_gives_the_same_value_again() -> None:
    asked: list[Any] = []

    def ask(statement: Any) -> list[tuple[str, int]]:
        asked.append(statement)
        return [("7", 1)]

    cuts = cut(source_of(), "BH", 3, ask=ask, bound=lambda v: Bound(kind="integer", text=v))
    assert [bound.text for bound in cuts] == ["7"]
    assert len(asked) == 2
