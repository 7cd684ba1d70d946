"""Runs that are broken off, repeated or overtaken: the place moves only with a landing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.collection.boundaries import Crash, at, crash
from tests.integration.collection.logged import (
    collected,
    numbers,
    person,
    same_as_source,
    town_of,
)
from tests.integration.collection.town import FIRST_DAY, RESOURCE, MariadbSite, Town
from tests.integration.frontends.line import Line

from shutong.collection import compare, extract, land, plan, reconcile, validate
from shutong.collection.explaining import explain
from shutong.collection.log_windows import rewound
from shutong.errors import SourceMismatch, SourceUnreachable
from shutong.frontends.mysql_log import Place
from shutong.model import Bound, LoadMode, Window


@pytest.mark.parametrize("point", [
    "shutong.model:StagedBatch.write:after:1",
    "shutong.ledger.book:Ledger.advance:after:3",
    "shutong.lake.landing:commit_change:before:1",
    "shutong.lake.landing:commit_change:after:1",
])  # fmt: skip
def test_a_crash_leaves_the_place_and_the_rerun_converges(town: Town, point: str) -> None:
    town.put(*(person(n) for n in range(6)))
    collected(town)
    before = town.context().ledger.watermark(RESOURCE)
    town.put(person(7))
    town.drop("N00002")
    with at(point, crash), pytest.raises(Crash):
        collected(town)
    assert town.context().ledger.watermark(RESOURCE) == before
    town.drop("N00003")
    collected(town)
    collected(town)
    same_as_source(town)
    town.check_books()


def test_a_batch_run_twice_lands_once(town: Town) -> None:
    town.put(person(1), person(2))
    collected(town)
    town.drop("N00001")
    town.put(person(3))
    context = town.context()
    batch = plan(context).batch_id
    for stage in (extract, extract, reconcile, validate, extract, validate):
        stage(context, batch)
    assert land(context, batch).rows_removed == 1
    again = land(context, batch)
    assert again.repeated
    same_as_source(town)
    town.check_books()


def test_what_is_written_while_rows_are_drawn_is_there_after_the_next_run(town: Town) -> None:
    town.put(*(person(n) for n in range(10)))

    def meanwhile() -> None:
        town.put(person(20))
        town.drop("N00004")
        town.site.run("UPDATE RY SET JE = JE + 1 WHERE BH = 'N00005'")

    with at("shutong.collection.planning:plan_log_window:after:1", meanwhile):
        collected(town)
    collected(town)
    same_as_source(town)
    town.put(person(6, born="1980-05-05"))
    with at("shutong.collection.following:_queries:before:1", lambda: town.drop("N00006")):
        collected(town)
    collected(town)
    same_as_source(town)
    town.check_books()


@contextmanager
def _open_transaction(town: Town) -> Iterator[None]:
    assert isinstance(town.site, MariadbSite)
    connection = town.site.admin.connect()
    try:
        connection.begin()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE RY SET JE = 42 WHERE BH = 'N00001'")
            yield
        connection.commit()
    finally:
        connection.close()


def test_a_transaction_that_is_open_while_rows_are_drawn_arrives_after_its_commit(
    town: Town,
) -> None:
    town.put(person(1), person(2))
    with _open_transaction(town):
        collected(town)
        collected(town)
    assert collected(town).rows_landed == 1
    same_as_source(town)


def test_a_comparison_leaves_the_place_in_the_log_as_it_is(town: Town) -> None:
    town.put(person(1), person(2))
    collected(town)
    town.site.run("UPDATE RY SET JE = 9 WHERE BH = 'N00002'")
    assert isinstance(town.site, MariadbSite)
    town.site.admin.run("SET SESSION sql_log_bin = 0", "DELETE FROM RY WHERE BH = 'N00001'")
    landed, _ = compare(RESOURCE, context=town.context())
    assert landed.rows_removed == 1
    assert collected(town).rows_landed == 1
    same_as_source(town)


def test_a_resource_that_was_merged_by_a_cursor_is_drawn_whole_when_it_is_first_followed(
    logged: MariadbSite, tmp_path: Path
) -> None:
    town = town_of(logged, tmp_path, load="merge", cursor="GXSJ")
    town.put(person(1), person(2))
    collected(town)
    town.drop("N00001")
    place = town.root / "catalog/registry/resources/person.yaml"
    text = place.read_text("utf-8").replace("load: merge\n  cursor: GXSJ", "load: log")
    place.write_text(text, "utf-8")
    landed = collected(town)
    assert (landed.rows_read, landed.rows_removed) == (1, 1)
    town.put(person(3))
    assert collected(town).rows_read == 1
    same_as_source(town)


def test_any_load_is_drawn_anew(logged: MariadbSite, tmp_path: Path) -> None:
    town = town_of(logged, tmp_path, load="merge", cursor="GXSJ")
    town.put(*(person(n) for n in range(4)))
    collected(town)
    assert collected(town).rows_read <= 4
    old = FIRST_DAY - timedelta(days=900)
    town.put(person(9, changed=old))
    assert "N00009" not in numbers(town)
    landed = collected(town, anew=True)
    assert (landed.rows_read, landed.rows_landed) == (5, 1)


# ------------------------------------------------------------ servers that cannot tell for sure


def window(minute: int, low: int | None) -> Window:
    return Window(
        resource=RESOURCE,
        mode=LoadMode.MERGE,
        low=None if low is None else Bound(kind="log", text=str(low)),
        high=Bound(kind="log", text=str(minute)),
        planned_at=FIRST_DAY + timedelta(minutes=minute),
    )


def test_a_place_that_is_not_sure_is_followed_from_an_overlap_before_it() -> None:
    landed = [window(n, n - 1) for n in range(20, 10, -1)]
    ten = timedelta(minutes=10)
    assert rewound(landed, timedelta(minutes=3)) == landed[3].high
    assert rewound(landed, ten) == landed[-1].high
    assert rewound([*landed[:4], window(16, None), window(15, 14)], ten) == window(16, None).high
    assert rewound([], ten) is None


def test_a_server_that_does_not_tell_what_is_visible_is_followed_from_its_files_beginning(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutong.frontends.mysql_log.MysqlLog._settled_place", lambda _: None)
    town.site.run("ALTER TABLE RY COMMENT = 'before the drawing'")
    town.put(person(1), person(2))
    collected(town)
    mark = town.context().ledger.watermark(RESOURCE)
    assert mark is not None
    place = Place.of(mark)
    assert place is not None
    assert place.offset == 4 < place.sure
    assert Place.of(place.bound) == place
    town.drop("N00001")
    landed = collected(town)
    assert (landed.rows_read, landed.rows_removed) == (1, 1)
    assert collected(town).rows_read == 1, "drawn again, for it may not have been visible"
    town.site.run("TRUNCATE TABLE RY")
    with pytest.raises(SourceMismatch, match="TRUNCATE"):
        collected(town)


def test_a_line_that_is_cut_or_falls_silent_ends_the_run_and_the_retry_converges(
    logged: MariadbSite, tmp_path: Path
) -> None:
    with closing(Line(logged.reader.host, logged.reader.port)) as line:
        account = replace(logged.reader, host="127.0.0.1", port=line.port)
        town = town_of(MariadbSite(logged.admin, account), tmp_path)
        place = town.root / "catalog/front_ends.yaml"
        text = place.read_text("utf-8").replace(
            "read_timeout_seconds: 60", "read_timeout_seconds: 1"
        )
        place.write_text(text, "utf-8")
        town.put(person(1))
        collected(town)
        town.put(*(person(n) for n in range(5_000)))
        line.cut_after = 100_000
        with pytest.raises(SourceUnreachable):
            collected(town)
        line.cut_after, line.quiet_after = None, 100_000
        with pytest.raises(SourceUnreachable):
            collected(town)
        line.speak()
        assert collected(town).rows_landed == 4_999
        same_as_source(town)


def test_explain_tells_where_the_log_is_followed_from(town: Town) -> None:
    town.put(person(1))
    first = explain(town.context()).window
    assert first is not None
    assert first.low is None
    collected(town)
    told = explain(town.context())
    assert told.window is not None
    assert told.window.low == town.context().ledger.watermark(RESOURCE)
    assert isinstance(town.site, MariadbSite)
    town.site.admin.run(f"REVOKE BINLOG MONITOR ON *.* FROM '{town.site.reader.login}'@'%'")
    hindrance = explain(town.context()).hindrance
    assert hindrance is not None
    assert "BINLOG MONITOR" in hindrance.en
