"""Values and rows of any size arrive exactly, whether the line is encrypted or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pyarrow as pa
import pytest
from tests.integration.frontends.conftest import MysqlSite, query_of, wanted_of
from tests.integration.frontends.mysql_machines import machine, rows_of

from shutong.catalog.models import FrontEnd, Tls

WHOLE, TEXT, BYTES = pa.int64(), pa.string(), pa.binary()
SIZES = [250, 251, 65_535, 65_536, 2_500_000, 16_777_208, 16_777_215, 20_000_000, 40_000_000]


@pytest.fixture(params=[Tls.PREFERRED, Tls.PLAINTEXT])
def front(request: pytest.FixtureRequest) -> FrontEnd:
    """Make a front-end machine whose line is encrypted, and one whose line is not."""
    return machine(request.param)


@pytest.fixture
def roomy(mysql: MysqlSite) -> Iterator[MysqlSite]:
    """Make a front-end machine that sends and takes rows of 64 MB."""
    mysql.run(f"SET GLOBAL max_allowed_packet = {64 << 20}")
    yield mysql


def test_values_and_rows_beyond_a_packet_s_size_arrive(roomy: MysqlSite, front: FrontEnd) -> None:
    roomy.run("CREATE TABLE t (n INTEGER, v LONGBLOB, w VARCHAR(20))")
    with closing(roomy.database.admin.connect()) as connection, connection.cursor() as cursor:
        for size in SIZES:
            cursor.execute("INSERT INTO t VALUES (%s, REPEAT(x'FF', %s), 'behind')", (size, size))

    query, wanted = query_of("t", "n", "v", "w"), wanted_of(WHOLE, BYTES, TEXT)
    rows = rows_of(front, roomy.endpoint, query, wanted)

    assert [(row["a"], len(row["b"]), row["c"]) for row in rows] == [
        (size, size, b"behind") for size in SIZES
    ]
    assert all(row["b"].count(b"\xff") == row["a"] for row in rows)


def test_a_result_may_end_with_a_row_beyond_a_packet_s_size(
    roomy: MysqlSite, front: FrontEnd
) -> None:
    roomy.run("CREATE TABLE t (v LONGTEXT)")
    with closing(roomy.database.admin.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO t VALUES (REPEAT('x', 17000000))")

    rows = rows_of(front, roomy.endpoint, query_of("t", "v"), wanted_of(TEXT))

    assert [len(row["a"]) for row in rows] == [17_000_000]


def test_rows_of_every_length_arrive_in_order(mysql: MysqlSite, front: FrontEnd) -> None:
    mysql.run("CREATE TABLE t (n INTEGER PRIMARY KEY, v VARCHAR(2000))")
    mysql.run("INSERT INTO t SELECT seq, REPEAT(CHAR(97 + seq MOD 26), seq MOD 1999)"
              " FROM seq_1_to_60000")  # fmt: skip

    rows = rows_of(front, mysql.endpoint, query_of("t", "n", "v"), wanted_of(WHOLE, TEXT))

    assert [row["a"] for row in rows] == list(range(1, 60_001))
    assert all(row["b"] == bytes([97 + row["a"] % 26]) * (row["a"] % 1999) for row in rows)
