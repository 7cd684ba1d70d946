"""What the log cannot tell is said before a row is lost; what is broken off is done anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.collection.logged import (
    collected,
    logged_site,
    logging_server,
    numbers,
    person,
    same_as_source,
    town_of,
)
from tests.integration.collection.town import RESOURCE, MariadbSite, SqliteSite, Town
from tests.integration.mariadb import Account

from shutong.collection.log_windows import key_query, log_of
from shutong.collection.planning import query_of
from shutong.errors import ShutongError, SourceMismatch, SourceUnreachable
from shutong.frontends.mysql_log import Place
from shutong.model import Bound


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


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_log_that_was_reset_is_never_taken_for_the_old_one(
    town: Town, logged: MariadbSite, after: int
) -> None:
    """After one row the new log ends where the old one did, after two it has gone past."""
    logged.run("RESET MASTER")
    town.put(person(1))
    collected(town)
    other_second(logged)
    logged.run("RESET MASTER")
    for number in range(2, 2 + after):
        town.put(person(number))
    with pytest.raises(SourceMismatch, match="no longer holds the place"):
        collected(town)
    assert numbers(town) == ["N00001"]
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
        logging_server(*options) as admin,
        logged_site(admin, schema="t_left_out") as site,
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


def test_a_log_that_ends_before_the_windows_end_is_no_whole_window(town: Town) -> None:
    town.put(person(1))
    collected(town)
    context = town.context()
    query, wanted = key_query(context, query_of(context, None))
    mark = context.ledger.watermark(RESOURCE)
    assert mark is not None
    place = Place.of(mark)
    assert place is not None
    beyond = replace(place, offset=place.offset + 10_000).bound
    with context.reader() as reader:
        log = log_of(context, reader)
        keys = log.changed_keys(query, wanted, mark, mark, 10)
        assert keys is not None
        assert keys.num_rows == 0
        with pytest.raises(SourceUnreachable, match="ended before the place"):
            log.changed_keys(query, wanted, mark, beyond, 10)
