"""A connection to PostgreSQL that does not wait for ever (PostgreSQL 连接)."""

from __future__ import annotations

from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

Result = TypeVar("Result")


class Line(psycopg.Connection[Any]):
    """A connection that ends when an answer takes longer than `patience` seconds (限时连接).

    libpq itself waits for ever on a line that has fallen silent without being cut.
    """

    patience: float | None = None
    ran_out = False
    """Whether the connection ended for want of an answer."""

    def wait(
        self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None
    ) -> Result:
        """Return the outcome of an exchange with the server; OperationalError when it is late."""
        try:
            return super().wait(gen, interval, timeout or self.patience)
        except psycopg.errors._WaitTimeout:  # its public base is too wide to tell it apart
            self.ran_out = True
            self.pgconn.finish()
            raise psycopg.OperationalError("no answer in time") from None
