"""What Oracle and DM are asked of a composite cursor, as far as it is seen without a server."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest

from shutong.catalog.models import CompositeCursor, FrontEnd, FrontEndKind
from shutong.frontends import Endpoint, Query, SourceColumn, dm, oracle
from shutong.frontends.cursors import bound_of_parts, largest
from shutong.frontends.faults import Faults
from shutong.frontends.oracle_texts import Texts
from shutong.frontends.oracle_values import cursor_bound, exact, shown, value_maker
from shutong.frontends.select import Source, rows_of
from shutong.model import Bound
from shutong.windows import composite, moment, number

FAULTS = Faults(
    FrontEnd(
        code="fe", name="前置机", department="police", kind=FrontEndKind.ORACLE, connection="fe"
    ),
    Endpoint("oracle"),
)
RQ, XH = SourceColumn("RQ", "date"), SourceColumn("XH", "number")
ORACLE = value_maker(Texts(None, "AL32UTF8"), FAULTS.bad_condition("T"))
AT = datetime(2024, 2, 29, 8)


def source_of(first: SourceColumn = RQ, **window: Any) -> Source:
    cursor = CompositeCursor(composite=(first.name, "XH"))
    query = Query("GS", "T", (("a", "XH"),), cursor=cursor, **window)
    return Source(query, [first, XH], FAULTS)


def flat(sql: str) -> str:
    return re.sub(r"\s+", " ", sql).replace('"GS"."T".', "")


def test_oracle_compares_part_by_part_with_the_first_column_s_index() -> None:
    source = source_of(high=composite([moment(AT), number(58)]))
    sql, values = oracle.statement_text(rows_of([source.column("XH")], source.conditions(ORACLE)))
    assert flat(sql).partition(" WHERE ")[2] == (
        '"RQ" IS NOT NULL AND "XH" IS NOT NULL AND "RQ" <= CAST(:param_1 AS DATE) '
        'AND ("RQ" < CAST(:param_1 AS DATE) OR "XH" < :param_2)'
    )
    assert values == {"param_1": AT, "param_2": 58}


def test_dm_binds_each_value_as_often_as_it_stands_there() -> None:
    source = source_of(low=composite([moment(AT), number(58)]))
    sql, values = dm.statement_text(rows_of([source.column("XH")], source.conditions()))
    assert flat(sql).partition(" WHERE ")[2] == (
        '"RQ" IS NOT NULL AND "XH" IS NOT NULL AND "RQ" >= ? AND ("RQ" > ? OR "XH" >= ?)'
    )
    assert values == (AT, AT, 58)


def test_rows_of_which_a_part_is_null_are_asked_for_by_any_of_them() -> None:
    for placed, condition in (
        (False, '"RQ" IS NULL OR "XH" IS NULL'),
        (True, '"RQ" IS NOT NULL AND "XH" IS NOT NULL'),
    ):
        source = source_of(placed=placed)
        sql, _ = oracle.statement_text(rows_of([source.column("XH")], source.conditions(ORACLE)))
        assert flat(sql).partition(" WHERE ")[2] == condition


def test_the_largest_is_one_row_which_old_servers_give_by_rownum() -> None:
    sql, values = oracle.statement_text(largest(source_of(), shown), oracle.CUTTING)
    assert flat(sql) == (
        "SELECT anon_1.c0, anon_1.c1 FROM "
        "(SELECT ltrim(to_char(\"RQ\", 'SYYYY-MM-DD HH24:MI:SS')) AS c0, "
        "to_char(\"XH\", 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''') AS c1 FROM \"GS\".\"T\" "
        'WHERE "RQ" IS NOT NULL AND "XH" IS NOT NULL ORDER BY "RQ" DESC, "XH" DESC) anon_1 '
        "WHERE ROWNUM <= 1"
    )
    assert values == {}
    sql, _ = dm.statement_text(largest(source_of()))
    assert flat(sql).endswith('ORDER BY "RQ" DESC, "XH" DESC LIMIT 1')


@pytest.mark.parametrize(
    ("kind", "row", "bound"),
    [
        ("date", ("2024-02-29 08:00:00", "58"), composite([moment(AT), number(58)])),
        ("date", ("2024-02-29 08:00:00", "9" * 30), composite([moment(AT), number(int("9" * 30))])),
        ("timestamp", ("2024-02-29 08:00:00.000000000", "1"), composite([moment(AT), number(1)])),
        # Beyond a microsecond nobody knows what lies within it.
        ("timestamp", ("2024-02-29 08:00:00.000000001", "1"), composite([moment(AT)])),
        ("date", ("-4712-01-01 00:00:00", "1"), None),
        ("date", (), None),
    ],
)
def test_oracle_s_largest_value_is_told_as_far_as_it_is_exact(
    kind: str, row: tuple[str, ...], bound: Bound | None
) -> None:
    columns = (SourceColumn("RQ", kind), XH)
    pairs = zip(columns, row, strict=False)
    assert bound_of_parts((cursor_bound(of, v), exact(of, v)) for of, v in pairs) == bound
