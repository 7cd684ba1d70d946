"""A MySQL session that no setting of the server can bend (会话设置).

A server of many years carries settings that nobody remembers, and `init_connect` adds more to
each login. What could change rows, their text or their number is set here, whatever it was.
"""

from __future__ import annotations

import ssl
from typing import Any, Final

from shutong.catalog.models import FrontEnd, Tls
from shutong.frontends.encryption import PLAIN, context_of
from shutong.frontends.endpoints import Endpoint
from shutong.frontends.faults import Faults
from shutong.frontends.mysql_stream import RawConnection
from shutong.frontends.zones import offset_text

_PORT: Final = 3306
_ALL_ROWS: Final = 2**64 - 1
_SHORTEST_WAIT_SECONDS: Final = 60

READ_ONLY: Final = "SET SESSION TRANSACTION READ ONLY"
READ_WRITE: Final = "SET SESSION TRANSACTION READ WRITE"
SNAPSHOT: Final = (
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)
"""Statements that open one read snapshot for count and rows."""


def log_in(front_end: FrontEnd, endpoint: Endpoint, faults: Faults) -> RawConnection:
    """Return a connection, its session not yet set up; PyMySQL's errors, OSError."""
    limits = front_end.limits
    arguments: dict[str, Any] = {}
    if front_end.tls is Tls.PLAINTEXT:
        arguments["ssl_disabled"] = True
    elif front_end.tls is not Tls.PREFERRED:
        arguments["ssl"] = context_of(front_end.tls, endpoint, faults)
    return RawConnection(
        host=endpoint.host,
        port=endpoint.port or _PORT,
        user=endpoint.login,
        password=endpoint.password.get_secret_value(),
        database=endpoint.database or None,
        # SET NAMES follows the login: neither the server's own nor init_connect's set stays.
        charset="utf8mb4",
        connect_timeout=limits.connect_timeout_seconds,
        read_timeout=limits.read_timeout_seconds,
        write_timeout=limits.read_timeout_seconds,
        autocommit=True,
        **arguments,
    )


def version_of(connection: RawConnection) -> str:
    """Return the protocol that encrypts a connection, such as "TLSv1.3", or "plaintext"."""
    line: Any = connection
    if isinstance(line._sock, ssl.SSLSocket):
        return line._sock.version() or PLAIN
    return PLAIN


def settings(front_end: FrontEnd) -> tuple[str, ...]:
    """Return the statements that set a session up."""
    limits = front_end.limits
    longest = limits.statement_timeout_seconds
    # A reader that waits for our disk, or keeps its pace, must not lose its line.
    patient = max(limits.read_timeout_seconds, _SHORTEST_WAIT_SECONDS)
    idle = max(longest, patient)
    return (
        # First, because it says how all others are read. With none, CHAR comes without its
        # padding, quotes and backslashes mean what they do by default.
        "SET SESSION sql_mode = ''",
        "SET SESSION "
        + ", ".join(
            [
                f"time_zone = '{offset_text(front_end.time_zone)}'",
                f"sql_select_limit = {_ALL_ROWS}",
                "sql_big_selects = 1",
                f"lock_wait_timeout = {limits.read_timeout_seconds}",
                f"net_write_timeout = {idle if limits.rows_per_second else patient}",
                f"wait_timeout = {idle}",
            ]
        )
        # Each server reads its own: MariaDB passes over the first, MySQL over the others.
        + f" /*!50708 , max_execution_time = {longest * 1000} */"
        + f" /*M!100101 , max_statement_time = {longest} */"
        + " /*M!100300 , idle_transaction_timeout = 0, idle_readonly_transaction_timeout = 0 */",
        READ_ONLY,
    )
