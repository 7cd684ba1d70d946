"""One system change number, an account that only reads, and limits, on a real Oracle server."""

from __future__ import annotations

import os
from contextlib import closing

import oracledb
import pyarrow as pa
import pytest
from tests.oracle.site import URL_VARIABLE, OracleSite, connected

from shutong.errors import SourceMismatch, SourceUnreachable
from shutong.frontends import endpoint_of

WHOLE = pa.schema([("a", pa.int64())])
ROWS = 100_000


def filled(oracle: OracleSite) -> None:
    oracle.run("CREATE TABLE T (N NUMBER(9), V VARCHAR2(100))")
    oracle.run(
        f"INSERT INTO T SELECT LEVEL, RPAD('x', 100, 'x') FROM dual CONNECT BY LEVEL <= {ROWS}"
    )


def test_rows_committed_or_deleted_while_reading_are_in_neither_the_count_nor_the_rows(
    oracle: OracleSite,
) -> None:
    filled(oracle)

    with oracle.opened() as reader:
        with reader.draw(oracle.query_of("T", "N"), WHOLE) as drawing:
            batches = iter(drawing)
            rows = next(batches).num_rows
            oracle.run("INSERT INTO T VALUES (0, 'late')")
            oracle.run("DELETE FROM T WHERE N > 50")
            rows += sum(batch.num_rows for batch in batches)
            assert rows == drawing.source_rows == ROWS
        with reader.draw(oracle.query_of("T", "N"), WHOLE) as again:
            assert sum(batch.num_rows for batch in again) == 51


def test_the_transaction_that_reads_cannot_write(oracle: OracleSite) -> None:
    filled(oracle)

    with closing(connected(oracle.owner)) as connection, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        with pytest.raises(oracledb.DatabaseError, match="ORA-01456"):
            cursor.execute("INSERT INTO T VALUES (0, 'x')")


@pytest.mark.parametrize("right", ["INSERT", "UPDATE", "DELETE"])
def test_an_account_that_may_write_is_refused_by_its_right(oracle: OracleSite, right: str) -> None:
    filled(oracle)
    oracle.run(f"GRANT {right} ON T TO {oracle.reader.login}")

    with oracle.opened() as reader, pytest.raises(SourceMismatch, match=right):
        reader.draw(oracle.query_of("T", "N"), WHOLE)


def test_an_account_that_only_reads_is_proven_on_a_view_too(oracle: OracleSite) -> None:
    filled(oracle)
    oracle.run("CREATE VIEW W AS SELECT N, COUNT(*) AS HOW FROM T GROUP BY N")

    assert len(oracle.drawn(oracle.query_of("W", "N"), pa.int64())[0]) == ROWS


def test_a_session_that_is_killed_is_an_error_and_loses_no_row(oracle: OracleSite) -> None:
    filled(oracle)

    with (
        pytest.raises(SourceUnreachable),
        oracle.opened() as reader,
        reader.draw(oracle.query_of("T", "N", "V"), WHOLE.append(pa.field("b", pa.string()))) as d,
    ):
        batches = iter(d)
        next(batches)
        kill_sessions(oracle)
        list(batches)


def kill_sessions(oracle: OracleSite) -> None:
    """End the reader's sessions as the server's administrator does."""
    admin = endpoint_of("oracle", os.environ[URL_VARIABLE])
    with closing(connected(admin)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT sid, serial# FROM v$session WHERE username = :1", [oracle.reader.login]
        )
        for sid, serial in cursor.fetchall():
            cursor.execute(f"ALTER SYSTEM KILL SESSION '{sid},{serial}' IMMEDIATE")
