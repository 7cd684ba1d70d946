"""No setting that a MySQL server carries bends what is read: each is set, then read through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from tests.integration import mariadb as servers
from tests.integration.frontends.conftest import (
    MysqlSite,
    drawn,
    opened,
    query_of,
    wanted_of,
)
from tests.integration.frontends.mysql_machines import asked, eventually, machine

from shutong.catalog.models import RowFilter
from shutong.errors import SourceUnreachable
from shutong.frontends.mysql_session import settings
from shutong.model import Bound

WHOLE, TEXT, MOMENT = pa.int64(), pa.string(), pa.timestamp("us")
SPELLED = "a'b\\c\"d𠮷"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Account]:
    """Start a server whose settings may be bent."""
    try:
        with servers.private(tmp_path_factory.mktemp("bent")) as made:
            yield made.admin
    except servers.NoServer as exc:
        pytest.skip(f"{exc}: MySQL 未测试")


@dataclass
class Bent:
    """A front-end machine whose server is bent, and straightened at the test's end."""

    site: MysqlSite
    before: dict[str, Any]

    def bend(self, **values: Any) -> None:
        for name, value in values.items():
            self.before.setdefault(name, asked(self.site, f"SELECT @@GLOBAL.{name}")[0][0])
            number = isinstance(value, int | float | Decimal)
            shown = value if number else "'{}'".format(str(value).replace("'", "''"))
            self.site.database.admin.run(f"SET GLOBAL {name} = {shown}")


@pytest.fixture
def bent(own: servers.Account) -> Iterator[Bent]:
    """Make a filled table on a server that may be bent."""
    with servers.database(own, "bent") as made:
        site = MysqlSite(made)
        site.run(
            "SET SESSION time_zone = '+00:00'",
            "CREATE TABLE t (n INTEGER PRIMARY KEY, v VARCHAR(30), c CHAR(8), m TIMESTAMP NULL)",
            "INSERT INTO t SELECT seq, CONCAT('v', seq), 'a', '2024-01-01 10:00:00'"
            " FROM seq_1_to_500",
        )
        site.fill("t", [(501, SPELLED, "b", "2024-06-01 00:00:00")])
        changed = Bent(site, {})
        yield changed
        changed.bend(**changed.before)


BENDING: list[dict[str, Any]] = [
    {"sql_mode": "ANSI_QUOTES"},
    {"sql_mode": "NO_BACKSLASH_ESCAPES"},
    {"sql_mode": "PAD_CHAR_TO_FULL_LENGTH"},
    {"sql_mode": "ORACLE"},
    {"sql_mode": "ANSI,TRADITIONAL,PIPES_AS_CONCAT"},
    {"sql_select_limit": 3},
    {"max_join_size": 5},
    {"time_zone": "-07:00"},
    {"autocommit": 0},
    {"tx_isolation": "READ-UNCOMMITTED"},
    {"character_set_server": "latin1"},
    {"character_set_client": "gbk", "character_set_results": "gbk"},
    {"init_connect": "SET NAMES gbk"},
    {"init_connect": "SET sql_select_limit = 2, autocommit = 0, sql_mode = 'ANSI_QUOTES'"},
    {"init_connect": "SET character_set_results = latin1, time_zone = '-01:00'"},
    {"init_connect": "SET max_statement_time = 0.001, lock_wait_timeout = 1"},
    {"max_statement_time": 0.000001},
    {"max_prepared_stmt_count": 0},
]


@pytest.mark.parametrize("values", BENDING, ids=str)
def test_a_bent_server_gives_the_same_rows_and_count(bent: Bent, values: dict[str, Any]) -> None:
    query, wanted = query_of("t", "n", "v", "c", "m"), wanted_of(WHOLE, TEXT, TEXT, MOMENT)
    straight = drawn(bent.site, query, wanted)
    with opened(bent.site) as reader:
        largest = reader.clock(query_of("t", "n", cursor="m")).cursor_max

    bent.bend(**values)
    result = drawn(bent.site, query, wanted)

    assert len(result.rows) == result.source_rows == 501
    assert result.rows == straight.rows
    assert result.rows[0] == {"a": 1, "b": "v1", "c": "a", "d": datetime(2024, 1, 1, 18)}
    assert result.rows[-1]["b"] == SPELLED
    with opened(bent.site) as reader:
        clock = reader.clock(query_of("t", "n", cursor="m"))
    assert clock.cursor_max == largest == Bound(kind="datetime", text="2024-06-01 08:00:00")


@pytest.mark.parametrize("values", BENDING, ids=str)
def test_a_bent_server_finds_the_same_filtered_rows(bent: Bent, values: dict[str, Any]) -> None:
    bent.bend(**values)
    only = RowFilter(column="v", operator="in", value=(SPELLED, "v7"))

    result = drawn(bent.site, query_of("t", "n", filters=(only,)), wanted_of(WHOLE))

    assert [row["a"] for row in result.rows] == [7, 501]


def test_a_server_that_hangs_up_early_waits_for_a_slow_reader(bent: Bent) -> None:
    bent.site.run(
        "CREATE TABLE large (n INTEGER PRIMARY KEY, v VARCHAR(300))",
        "INSERT INTO large SELECT seq, REPEAT('x', 300) FROM seq_1_to_150000",
    )
    bent.bend(wait_timeout=1, net_write_timeout=1, idle_transaction_timeout=1,
              idle_readonly_transaction_timeout=1)  # fmt: skip
    login = bent.site.endpoint.login
    stuck = (
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST "
        f"WHERE USER = '{login}' AND STATE = 'Writing to net' AND TIME_MS > 2500"
    )
    idle = (
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST "
        f"WHERE USER = '{login}' AND COMMAND = 'Sleep' AND TIME_MS > 2500"
    )
    with (
        opened(bent.site) as reader,
        reader.draw(query_of("large", "n", "v"), wanted_of(WHOLE, TEXT)) as drawing,
    ):
        batches = iter(drawing)
        rows = next(batches).num_rows
        eventually(lambda: asked(bent.site, stuck) == [(1,)])
        rows += sum(batch.num_rows for batch in batches)
        eventually(lambda: asked(bent.site, idle) == [(1,)])
        assert rows == drawing.source_rows == 150_000


def test_a_row_larger_than_the_server_s_packets_arrives_whole(bent: Bent) -> None:
    bent.bend(max_allowed_packet=16 << 20)
    bent.site.run(
        "CREATE TABLE wide (n INTEGER, a LONGTEXT, b LONGBLOB)",
        "INSERT INTO wide VALUES (1, REPEAT('x', 3000000), REPEAT('y', 3000000)), (2, 'x', 'y')",
    )
    bent.bend(max_allowed_packet=1 << 20)

    rows = drawn(
        bent.site, query_of("wide", "n", "a", "b"), wanted_of(WHOLE, TEXT, pa.binary())
    ).rows
    assert rows == [
        {"a": 1, "b": "x" * 3_000_000, "c": b"y" * 3_000_000},
        {"a": 2, "b": "x", "c": b"y"},
    ]


def test_a_broken_init_connect_is_an_error(bent: Bent) -> None:
    bent.bend(init_connect="SELECT missing")

    with pytest.raises(SourceUnreachable), opened(bent.site) as reader:
        reader.describe(None, "t")


def test_each_server_is_given_the_settings_it_knows() -> None:
    (variables,) = [text for text in settings(machine()) if "sql_select_limit" in text]
    assert re.search(r"/\*!50708 , max_execution_time = 14400000 \*/", variables)
    assert re.search(r"/\*M!100101 , max_statement_time = 14400 \*/", variables)
