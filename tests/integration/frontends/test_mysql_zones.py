"""Neither the process's zone nor the server's changes a row, a window or the clock."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from tests.integration.frontends.conftest import MysqlSite, drawn, opened, query_of, wanted_of

from shutong.model import Bound

MOMENT = pa.timestamp("us")
ZONES = ["UTC", "Asia/Shanghai", "America/New_York"]


@pytest.fixture(params=ZONES)
def process_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run the process in a zone."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("process_zone")
@pytest.mark.parametrize(("zone", "hour"), [("Asia/Shanghai", 18), ("UTC", 10)])
def test_moments_are_those_of_the_front_end_s_zone(mysql: MysqlSite, zone: str, hour: int) -> None:
    mysql.run(
        "CREATE TABLE t (v TIMESTAMP, w DATETIME, x DATE)",
        "SET SESSION time_zone = '+00:00'",
        "INSERT INTO t VALUES ('2024-01-01 10:00:00', '2024-01-01 10:00:00', '2024-01-01'),"
        " ('2024-01-01 11:00:00', '2024-01-01 11:00:00', '2024-01-01')",
    )
    low = Bound(kind="datetime", text=f"2024-01-01 {hour}:00:00")
    high = Bound(kind="datetime", text=f"2024-01-01 {hour + 1}:00:00")
    window = query_of("t", "v", "w", "x", cursor="v", low=low, high=high)

    rows = drawn(mysql, window, wanted_of(MOMENT, MOMENT, MOMENT), zone=zone).rows

    assert rows == [
        {"a": datetime(2024, 1, 1, hour), "b": datetime(2024, 1, 1, 10), "c": datetime(2024, 1, 1)}
    ]


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "UTC"])
def test_the_clock_is_the_front_end_s_whatever_the_process_s(
    mysql: MysqlSite, process_zone: str, zone: str
) -> None:
    mysql.run("CREATE TABLE t (n INTEGER)")
    assert process_zone in ZONES
    with opened(mysql, zone=zone) as reader:
        now = reader.clock(query_of("t", "n")).now
    assert abs(now - datetime.now(ZoneInfo(zone)).replace(tzinfo=None)) < timedelta(minutes=1)
