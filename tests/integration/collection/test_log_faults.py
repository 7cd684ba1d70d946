"""What the log cannot tell is said before a row is lost; what is broken off is done anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.collection.boundaries import Crash, at, crash
from tests.integration.collection.logged import (
    LOGGING,
    collected,
    logged_site,
    numbers,
    person,
    same_as_source,
    town_of,
)
from tests.integration.collection.town import FIRST_DAY, RESOURCE, MariadbSite, SqliteSite, Town
from tests.integration.mariadb import Account, run_folder
from tests.integration.mariadb import private as private_server

from shutong.collection import compare, extract, land, plan, reconcile, validate
from shutong.collection.log_windows import rewound
from shutong.errors import ShutongError, SourceMismatch
from shutong.frontends.mysql_log import Place
from shutong.model import Bound, LoadMode, Window


def other_second(site: MariadbSite) -> None:
    """Wait until the server's clock shows another second: files are told by when they began."""
    (before,) = site.ask("SELECT UNIX_TIMESTAMP()")
    while site.ask("SELECT UNIX_TIMESTAMP()") == [before]:
        pass


def purge(town: Town) -> None:
    """Purge all but the log's last file, once the server has let go of them."""
    ((last, *_),) = town.site.ask("SHOW MASTER STATUS")
    while town.site.ask("SHOW BINARY LOGS")[0][0] != last:
        town.site.run(f"PURGE BINARY LOGS TO '{last}'")


def test_a_log_that_was_rotated_is_followed_over_its_files(town: Town) -> None:
    town.put(*(person(n) for n in range(5)))
    collected(town)
    town.put(person(5))
    town.site.run("FLUSH BINARY LOGS")
    town.drop("N00001")
    town.site.run("FLUSH BINARY LOGS")
    town.site.run("FLUSH BINARY LOGS")
    landed = collected(town)
    assert (landed.rows_landed, landed.rows_removed) == (1, 1)
    assert collected(town).rows_read == 0
    same_as_source(town)


def test_a_log_that_was_purged_asks_for_a_whole_drawing_which_takes_the_deleted_away(
    town: Town,
) -> None:
    town.put(*(person(n) for n in range(5)))
    collected(town)
    town.drop("N00001")
    town.put(person(7))
    town.site.run("FLUSH BINARY LOGS")
    purge(town)
    with pytest.raises(SourceMismatch, match="no longer holds the place") as told:
        collected(town)
    assert "--anew" in told.value.render("en")
    assert len(numbers(town)) == 5
    landed = collected(town, anew=True)
    assert (landed.rows_read, landed.rows_landed, landed.rows_removed) == (5, 1, 1)
    same_as_source(town)
    town.put(person(8))
    assert collected(town).rows_landed == 1
    town.check_books()


@pytest.mark.parametrize("longer", [False, True])
def test_a_log_that_was_reset_is_never_taken_for_the_old_one(
    town: Town, logged: MariadbSite, longer: bool
) -> None:
    logged.run("RESET MASTER")
    town.put(person(1), person(2))
    collected(town)
    town.drop("N00001")
    other_second(logged)
    logged.run("RESET MASTER")
    if longer:
        town.put(*(person(n) for n in range(200, 300)))
    with pytest.raises(SourceMismatch, match="no longer holds the place"):
        collected(town)
    collected(town, anew=True)
    same_as_source(town)


def test_another_servers_place_is_not_followed(town: Town) -> None:
    town.put(person(1))
    collected(town)
    ledger = town.context().ledger
    mark = ledger.watermark(RESOURCE)
    assert mark is not None
    other = Bound(kind="log", text=mark.text.rsplit(" ", 1)[0] + " server_uid=other")
    landed = ledger.last_landing(RESOURCE)
    assert landed is not None
    from shutong.ledger.rows import set_watermark

    with ledger._storage.writing() as connection:
        set_watermark(connection, landed.landed, other)
    with pytest.raises(SourceMismatch, match="another server's"):
        collected(town)


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("TRUNCATE TABLE RY", "TRUNCATE"),
        ("ALTER TABLE RY COMMENT = 'x'", "ALTER"),
        ("DELETE FROM RY", "DELETE"),
    ],
)
def test_a_statement_whose_rows_the_log_does_not_tell_asks_for_a_whole_drawing(
    town: Town, statement: str, word: str
) -> None:
    town.put(person(1), person(2))
    collected(town)
    assert isinstance(town.site, MariadbSite)
    town.site.admin.run("SET SESSION binlog_format = 'STATEMENT'", statement)
    town.put(person(3))
    with pytest.raises(SourceMismatch, match=f"statement {word} on table RY"):
        collected(town)
    assert numbers(town) == ["N00001", "N00002"]
    collected(town, anew=True)
    same_as_source(town)
    town.put(person(4))
    collected(town)
    same_as_source(town)


@pytest.mark.parametrize("grants", [("BINLOG MONITOR",), ("REPLICATION SLAVE",)])
def test_a_missing_grant_is_named(
    log_server: Account, tmp_path: Path, grants: tuple[str, ...]
) -> None:
    missing = {"BINLOG MONITOR": "REPLICATION SLAVE", "REPLICATION SLAVE": "BINLOG MONITOR"}
    with logged_site(log_server, *grants) as site:
        town = town_of(site, tmp_path)
        town.put(person(1))
        with pytest.raises(SourceMismatch, match=f"lacks .*{missing[grants[0]]}"):
            collected(town)
        assert town.landed() == []


@pytest.mark.parametrize(
    ("options", "match"),
    [
        (("--skip-log-bin",), "log_bin is OFF"),
        (("--binlog-format=MIXED",), "binlog_format is MIXED; load: log needs ROW"),
        (("--log-bin-compress=ON",), "log_bin_compress is ON"),
        (("--binlog-ignore-db=t_left_out",), "changes of t_left_out are not logged"),
    ],
)
def test_a_server_whose_log_would_not_tell_all_is_refused(
    tmp_path: Path, options: tuple[str, ...], match: str
) -> None:
    with (
        private_server(run_folder(), *LOGGING, *options) as server,
        logged_site(server.admin, schema="t_left_out") as site,
    ):
        town = town_of(site, tmp_path)
        town.put(person(1))
        with pytest.raises(SourceMismatch, match=match):
            collected(town)
        assert town.landed() == []


def test_changes_that_never_reach_the_log_are_refused_where_they_are_declared(
    town: Town,
) -> None:
    town.site.run("CREATE TABLE QY (Q VARCHAR(20) PRIMARY KEY)")
    town.site.run("ALTER TABLE RY ADD FOREIGN KEY (XM) REFERENCES QY (Q) ON DELETE CASCADE")
    with pytest.raises(SourceMismatch, match="foreign key that cascades"):
        collected(town)


def test_a_view_is_refused(town: Town) -> None:
    town.site.run("RENAME TABLE RY TO RY0")
    town.site.run("CREATE VIEW RY AS SELECT * FROM RY0")
    try:
        with pytest.raises(SourceMismatch, match="no base table"):
            collected(town)
    finally:
        town.site.run("DROP VIEW RY")


def test_distributed_transactions_are_refused(town: Town) -> None:
    assert isinstance(town.site, MariadbSite)
    town.put(person(1))
    collected(town)
    town.site.admin.run(
        "XA START 'x'", "UPDATE RY SET JE = 3", "XA END 'x'", "XA PREPARE 'x'", "XA COMMIT 'x'"
    )
    with pytest.raises(SourceMismatch, match="distributed transactions"):
        collected(town)


def test_a_machine_without_a_log_is_refused(tmp_path: Path) -> None:
    from tests.integration.collection.town import build

    site = SqliteSite(tmp_path / "fe.db")
    town = build(tmp_path, site, load="log", cursor=None)
    town.put(person(1))
    with pytest.raises(ShutongError, match="not for sqlite"):
        collected(town)


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
