"""Tables are cut into key ranges that tile them, in the database's own order."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.frontends.conftest import (
    MysqlSite,
    PostgresqlSite,
    Site,
    SqliteSite,
    front_end,
)

from shutong.frontends import KeyRange, Query, open_reader
from shutong.model import Bound

QUERY = Query(None, "fp", (("n", "N"),))
WANTED = pa.schema([("n", pa.int64())])
PLAIN = [(n, f"K{n:03d}") for n in range(40)]
TEXTS = ["a", "A", "á", "b", "B'", 'c"', "张三", "李\\四", "𠮷", " ", "", "%_", "z" * 19, "ä", "Z"]


def filled(site: Site, kind: str, values: list[Any], more: str = "") -> None:
    site.run("DROP TABLE IF EXISTS `fp`", f"CREATE TABLE `fp` (`N` BIGINT, `K` {kind}{more})")
    site.run("CREATE INDEX `fp_k` ON `fp` (`K`)")
    if values:
        site.fill("fp", list(enumerate(values)))


def cuts_of(site: Site, rows: int) -> tuple[Bound, ...]:
    reader = open_reader(front_end(site.kind), site.endpoint)
    try:
        return reader.cuts(QUERY, "K", rows)
    finally:
        reader.close()


def pieces_of(site: Site, cuts: tuple[Bound, ...]) -> list[list[int]]:
    """Return the rows of each piece, as their numbers."""
    reader = open_reader(front_end(site.kind), site.endpoint)
    pieces = []
    try:
        for low, high in pairwise((None, *cuts, None)):
            with reader.draw(replace(QUERY, within=KeyRange("K", low, high)), WANTED) as drawing:
                numbers = [int(n) for batch in drawing for n in batch.column(0).to_pylist()]
                assert drawing.source_rows == len(numbers)
            pieces.append(numbers)
    finally:
        reader.close()
    return pieces


def tiled(site: Site, values: list[Any], rows: int) -> list[list[int]]:
    pieces = pieces_of(site, cuts_of(site, rows))
    drawn = Counter(number for piece in pieces for number in piece)
    assert drawn == Counter(range(len(values)))
    return pieces


DAYS = [date(1900, 1, 1) + timedelta(days=411 * n) for n in range(30)]
TIMES = [datetime(2024, 2, 28, 23, 59, 59, 999_000) + timedelta(milliseconds=n) for n in range(30)]
KINDS: dict[str, tuple[str, list[Any]]] = {
    "integer": ("BIGINT", [n * 7 - 90 for n in range(30)]),
    "decimal": ("DECIMAL(30)", [Decimal(10**28 + n) for n in range(30)]),
    "text": ("VARCHAR(20)", [f"{n:03d}" for n in range(15)] + TEXTS),
    "date": ("DATE", DAYS),
    "time": ("DATETIME(3)", TIMES),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rows", [1, 7, 29])
def test_every_row_is_in_one_piece(site: Site, kind: str, rows: int) -> None:
    declared, values = KINDS[kind]
    if isinstance(site, SqliteSite):
        values = [int(v) % 10**15 if isinstance(v, Decimal) else v for v in values]
        values = [v if isinstance(v, int | str) else str(v) for v in values]
    if isinstance(site, PostgresqlSite):
        declared = declared.replace("DATETIME", "TIMESTAMP")
    filled(site, declared, values)
    pieces = tiled(site, values, rows)
    if kind != "text":
        assert [len(piece) for piece in pieces[:-1]] == [rows] * (30 // rows - (30 % rows == 0))
    assert len(pieces) > 1
    if kind == "text":
        assert max(len(piece) for piece in pieces) <= rows + 4


def test_a_table_with_no_more_rows_than_a_piece_is_not_cut(site: Site) -> None:
    filled(site, "BIGINT", list(range(10)))
    assert cuts_of(site, 10) == ()
    assert cuts_of(site, 11) == ()
    assert len(cuts_of(site, 9)) == 1
    filled(site, "BIGINT", [])
    assert cuts_of(site, 1) == ()


def test_equal_values_are_in_one_piece_however_many(site: Site) -> None:
    values = [5] * 20 + [6] + [7] * 20 + [8]
    filled(site, "BIGINT", values)
    assert [bound.text for bound in cuts_of(site, 3)] == ["6", "7", "8"]
    assert [len(piece) for piece in tiled(site, values, 3)] == [20, 1, 20, 1]
    filled(site, "BIGINT", [5] * 20)
    assert cuts_of(site, 3) == ()


def test_rows_without_a_key_are_in_the_first_piece(site: Site) -> None:
    values = [None] * 5 + list(range(10))
    filled(site, "BIGINT", values)
    pieces = tiled(site, values, 4)
    assert sorted(pieces[0]) == list(range(9))
    assert [len(piece) for piece in pieces] == [9, 4, 2]


def test_values_that_cannot_be_told_exactly_are_not_cut(site: Site) -> None:
    for kind in ("DOUBLE PRECISION", "DECIMAL(12, 2)"):
        filled(site, kind, [n + 0.5 for n in range(10)])
        assert cuts_of(site, 2) == ()
    if isinstance(site, MysqlSite):
        filled(site, "ENUM('z', 'a', 'm')", ["z", "a", "m"] * 3)
        assert cuts_of(site, 2) == ()
        filled(site, "VARBINARY(8)", [b"\xff", b"\x00", b"a"])
        assert cuts_of(site, 1) == ()


def test_a_text_with_a_lost_character_is_no_cut(site: Site) -> None:
    values = ["a", "b?", "c", "d"]
    filled(site, "VARCHAR(20)", values)
    assert len(cuts_of(site, 1)) == 0
    assert len(tiled(site, values, 2)) == 2


@pytest.mark.parametrize(
    "collation", ["utf8mb4_general_ci", "utf8mb4_unicode_ci", "utf8mb4_bin", "gbk_chinese_ci"]
)
def test_texts_are_cut_by_the_column_s_own_collation(mariadb: Any, collation: str) -> None:
    site = MysqlSite(mariadb)
    kept = [t for t in TEXTS if collation[:3] != "gbk" or t not in {"𠮷", "á", "ä"}]
    charset = collation.partition("_")[0]
    filled(site, "VARCHAR(20)", kept, f" CHARACTER SET {charset} COLLATE {collation}")
    for rows in (1, 2, 3, 5):
        tiled(site, kept, rows)
    assert cuts_of(site, 1)


TEXT_LAW = st.lists(st.none() | st.text(alphabet="aAáÁbB张李𠮷'\"\\ %_-0", max_size=4), max_size=25)
NUMBERS = st.integers(-5, 5) | st.integers(-(2**63), 2**63 - 1)
NUMBER_LAW = st.lists(st.none() | NUMBERS, max_size=25)


@pytest.mark.parametrize("kind", ["VARCHAR(20)", "BIGINT"])
def test_pieces_tile_any_keys(site: Site, kind: str) -> None:
    @settings(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(TEXT_LAW if kind == "VARCHAR(20)" else NUMBER_LAW, st.integers(1, 9))
    def law(values: list[Any], rows: int) -> None:
        filled(site, kind, values)
        tiled(site, values, rows)

    law()
