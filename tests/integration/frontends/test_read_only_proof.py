"""Before the first row, an account is proven unable to write; one that can is refused."""

from __future__ import annotations

from contextlib import closing

import pyarrow as pa
import pytest
from tests.integration.frontends.conftest import (
    MysqlSite,
    PostgresqlSite,
    Site,
    drawn,
    front_end,
    opened,
    query_of,
    wanted_of,
)

from shutong.catalog.models import WritableAccount
from shutong.errors import SourceMismatch
from shutong.frontends import open_reader

QUERY, WANTED = query_of("t", "n"), wanted_of(pa.int64())
VIEWS = {
    "plain": "SELECT n, v FROM t",
    "joined": "SELECT t.n, u.v FROM t JOIN t u ON t.n = u.n",
    "grouped": "SELECT n, COUNT(*) AS v FROM t GROUP BY n",
    "computed": "SELECT n + 1 AS n, 'x' AS v FROM t",
    "united": "SELECT n, v FROM t UNION ALL SELECT n, v FROM t",
}


def refusal(site: Site, table: str = "t") -> SourceMismatch:
    """Return the error of a drawing that is refused."""
    with opened(site) as reader, pytest.raises(SourceMismatch) as caught:
        reader.draw(query_of(table, "n"), WANTED)
    return caught.value


def test_an_account_that_may_only_read_is_proven_so(site: Site) -> None:
    site.run("CREATE TABLE t (n INTEGER)", "INSERT INTO t VALUES (1)")
    assert drawn(site, QUERY, WANTED).rows == [{"a": 1}]


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_a_view_that_cannot_be_written_is_read(site: Site, view: str) -> None:
    site.run(
        "CREATE TABLE t (n INTEGER, v VARCHAR(20))",
        "INSERT INTO t VALUES (1, 'a')",
        f"CREATE VIEW w AS {VIEWS[view]}",
    )
    assert drawn(site, query_of("w", "n"), WANTED).rows


def granted(site: Site, right: str, on: str) -> None:
    """Grant a right to the reading account."""
    login = site.endpoint.login
    account = f'"{login}"' if isinstance(site, PostgresqlSite) else f"'{login}'@'%'"
    site.run(f"GRANT {right} ON {on} TO {account}")


@pytest.mark.parametrize("right", ["INSERT", "UPDATE", "DELETE"])
@pytest.mark.parametrize("kind", ["mysql", "pg"])
def test_each_right_to_write_is_found_named_and_changes_nothing(
    request: pytest.FixtureRequest, kind: str, right: str
) -> None:
    site: Site = request.getfixturevalue(kind)
    site.run("CREATE TABLE t (n INTEGER)", "INSERT INTO t VALUES (1)")
    granted(site, right, "t")

    error = refusal(site)

    assert f"写权限: {right}" in error.fact.zh
    assert f"REVOKE {right}" in error.next_step.zh
    assert "GRANT SELECT" in error.next_step.en
    assert "writable_account: accept" in error.next_step.zh
    assert site.endpoint.login in error.fact.zh


@pytest.mark.parametrize(
    ("right", "on", "named"),
    [
        ("DROP", "`{db}`.*", "DROP"),
        ("ALTER", "t", "ALTER"),
        ("TRIGGER", "t", "TRIGGER"),
        ("UPDATE (v)", "t", "UPDATE"),
        ("INSERT (v)", "t", "INSERT"),
        ("FILE", "*.*", "FILE"),
        ("ALL", "`{db}`.*", "INSERT, UPDATE, DELETE, DELETE HISTORY, DROP, ALTER, CREATE, INDEX"),
    ],
)
def test_mysql_rights_that_cannot_be_tried_are_looked_up(
    mysql: MysqlSite, right: str, on: str, named: str
) -> None:
    mysql.run("CREATE TABLE t (n INTEGER, v INTEGER)")
    granted(mysql, right, on.format(db=mysql.endpoint.database))
    assert f"写权限: {named}" in refusal(mysql).fact.zh


@pytest.mark.parametrize(
    ("right", "named"),
    [("TRUNCATE", "TRUNCATE"), ("TRIGGER", "TRIGGER"), ("UPDATE (v)", "UPDATE"),
     ("INSERT (v)", "INSERT")],
)  # fmt: skip
def test_postgresql_rights_that_cannot_be_tried_are_looked_up(
    pg: PostgresqlSite, right: str, named: str
) -> None:
    pg.run("CREATE TABLE t (n INTEGER, v INTEGER)")
    granted(pg, right, "t")
    assert f"写权限: {named}" in refusal(pg).fact.zh


def test_a_right_that_comes_by_a_role_is_found(mysql: MysqlSite) -> None:
    role, login = f"r_{mysql.endpoint.login}", mysql.endpoint.login
    mysql.run("CREATE TABLE t (n INTEGER)", f"CREATE ROLE `{role}`")
    mysql.run(f"GRANT DELETE ON t TO `{role}`", f"GRANT `{role}` TO '{login}'@'%'",
              f"SET DEFAULT ROLE `{role}` FOR '{login}'@'%'")  # fmt: skip
    try:
        assert "DELETE" in refusal(mysql).fact.zh
    finally:
        mysql.run(f"DROP ROLE `{role}`")


def test_rights_on_another_table_do_not_matter_to_this_one(mysql: MysqlSite) -> None:
    mysql.run("CREATE TABLE t (n INTEGER)", "CREATE TABLE u (n INTEGER)")
    granted(mysql, "DELETE", "u")
    assert drawn(mysql, QUERY, WANTED).rows == []
    assert "u" in refusal(mysql, "u").fact.zh


@pytest.mark.parametrize("kind", ["mysql", "pg"])
def test_an_account_that_may_write_can_be_accepted_and_still_changes_nothing(
    request: pytest.FixtureRequest, kind: str
) -> None:
    site: Site = request.getfixturevalue(kind)
    site.run("CREATE TABLE t (n INTEGER)", "INSERT INTO t VALUES (1)")
    granted(site, "DELETE", "t")
    machine = front_end(site.kind).model_copy(update={"writable_account": WritableAccount.ACCEPT})

    with (
        closing(open_reader(machine, site.endpoint)) as reader,
        reader.draw(QUERY, WANTED) as drawing,
    ):
        assert sum(batch.num_rows for batch in drawing) == 1


def test_a_table_under_a_writer_s_lock_does_not_hold_the_proof_up(mysql: MysqlSite) -> None:
    mysql.run("CREATE TABLE t (n INTEGER) ENGINE = MyISAM")
    granted(mysql, "DELETE", "t")
    with closing(mysql.database.admin.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLES t WRITE")
        assert "DELETE" in refusal(mysql).fact.zh
        cursor.execute("UNLOCK TABLES")


def test_a_missing_table_is_named_as_missing_and_not_as_written(site: Site) -> None:
    assert "T_MISSING" in refusal(site, "T_MISSING").fact.zh
