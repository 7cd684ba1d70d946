"""A MySQL result under way, straight from the line (读取流).

PyMySQL logs in, sets the session up and sends the statement; the rows are then taken from its
socket in blocks and decoded by `mysql_rows`. The server is held up by the line itself when we
are slower, so memory is bounded by a block.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pymysql
from pymysql.constants import CR
from pymysql.err import OperationalError

from shutong.frontends.encryption import unverified
from shutong.frontends.mysql_rows import (
    HEAD,
    ROOM,
    SPLIT,
    Block,
    Places,
    columns_of,
    lengths_of,
    packets_in,
)

_BLOCK: Final = 2 << 20
"""Bytes decoded at once: what stays in the processor's cache is a third faster."""
_WORTH_WAKING: Final = 128 << 10
_PAUSE_SECONDS: Final = 0.0005
"""The server sends 16 KB at a time. Being woken for each costs a tenth of the extraction, and
the server as well: when little came, a moment lets the line fill."""
_END: Final = 0xFE
_ERROR: Final = 0xFF
_END_LENGTH: Final = 5
_ERROR_LENGTH: Final = 2048
"""An error's packet is shorter: 512 characters of message."""


class RawConnection(pymysql.connections.Connection):
    """A connection whose result can be taken from the line by hand (原始连接)."""

    _read_ahead = False
    _came_little = False

    def start(self, sql: str) -> int:
        """Send a statement; return the number of its result's columns, the rows unread."""
        line: Any = self
        self.query(sql, unbuffered=True)
        result = line._result
        columns = len(result.fields)
        # From here on the rows are ours: PyMySQL must not drain them when it lets go.
        result.unbuffered_active, result.connection, line._result = False, None, None
        self._read_ahead = True
        return columns

    def read_into(self, space: memoryview) -> int:
        """Read what is there, at least a byte, within the read timeout.

        OperationalError 2013 when nothing came in time or the line was cut.
        """
        line: Any = self
        if self._came_little:
            time.sleep(_PAUSE_SECONDS)
        try:
            if self._read_ahead:
                # What came with the columns' names waits in Python's own buffer.
                self._read_ahead = False
                space = space[: len(line._rfile.peek())]
                got = int(line._rfile.readinto(space))
            else:
                got = int(line._rfile.raw.readinto(space))
        except OSError as exc:
            words = "timed out" if isinstance(exc, TimeoutError) else "cut"
            raise OperationalError(CR.CR_SERVER_LOST, words) from None
        if not got:
            raise OperationalError(CR.CR_SERVER_LOST, "cut")
        # Encrypted bytes come by 16 KB, however many wait.
        encrypted = isinstance(line._sock, ssl.SSLSocket)
        self._came_little = got < min(len(space), _WORTH_WAKING) and not encrypted
        return got

    def _create_ssl_ctx(self, sslp: Any) -> ssl.SSLContext:
        """Return the given context; by default encrypt where the server offers it."""
        if not sslp:
            return unverified()
        line: Any = super()
        context: ssl.SSLContext = line._create_ssl_ctx(sslp)
        return context

    def drop(self) -> None:
        """End the connection without a word, and with it whatever the server is doing."""
        line: Any = self
        line._force_close()


class Stream:
    """Rows of one statement (读取流).

    Raises PyMySQL's errors, with no text of the server's. Whether all rows came is for the
    caller to hold against the source's count.
    """

    def __init__(self, connection: RawConnection, before: tuple[str, ...], sql: str) -> None:
        self._connection = connection
        self._before = before
        self._sql = sql
        self._columns = 0
        self._over = False

    def begin(self) -> None:
        """Prepare the session and wait until the statement runs."""
        for statement in self._before:
            self._connection.query(statement)
        self._columns = self._connection.start(self._sql)

    def batches(self) -> Iterator[list[pa.Array]]:
        """Yield the rows as they come, as columns of bytes."""
        rest, hungry = b"", True
        while not self._over:
            block, end = self._filled(rest, hungry)
            heads, place = packets_in(block, end)
            rest, hungry = block[place:end].tobytes(), True
            if heads.size:
                begins = self._without_end(block, heads) + HEAD
                ends = begins + lengths_of(block, begins - HEAD)
            elif _is_split(rest):
                block, rest = self._long_row(rest)
                begins, ends = np.array([0]), np.array([block.size - ROOM])
                hungry = False
            else:
                continue
            if begins.size:
                yield columns_of(block, begins, ends, self._columns)

    def ask(self, sql: str) -> int:
        """Return the one number that a statement gives, in the transaction of the rows."""
        self._connection.query(sql)
        result: Any = self._connection
        return int(result._result.rows[0][0])

    def close(self) -> None:
        """End the connection, and with it the query."""
        self._connection.drop()

    def _filled(self, rest: bytes, hungry: bool) -> tuple[Block, int]:
        """Return a block that begins with `rest` and, if `hungry`, is full or may be the last."""
        block = np.empty(max(_BLOCK, 2 * len(rest)) + ROOM, dtype=np.uint8)
        space = block.data[:-ROOM]
        space[: len(rest)] = rest
        end = len(rest)
        while hungry and end < len(space):
            end += self._connection.read_into(space[end:])
            hungry = not _may_be_over(space[:end])
        return block, end

    def _without_end(self, block: Block, heads: Places) -> Places:
        """Return the packets that are rows; note the end of the result, raise its error."""
        last = int(heads[-1])
        mark, length = int(block[last + HEAD]), int(lengths_of(block, heads[-1:])[0])
        if mark == _ERROR:
            code = int(block[last + HEAD + 1]) | int(block[last + HEAD + 2]) << 8
            raise OperationalError(code, "")
        self._over = mark == _END and length == _END_LENGTH
        return heads[:-1] if self._over else heads

    def _long_row(self, rest: bytes) -> tuple[Block, bytes]:
        """Return a row of 16 MB and more in a block of its own, and what follows it."""
        row, length = bytearray(), SPLIT
        while length == SPLIT:
            rest = self._at_least(rest, HEAD)
            length = int.from_bytes(rest[:3], "little")
            rest = self._at_least(rest, HEAD + length)
            row += rest[HEAD : HEAD + length]
            rest = rest[HEAD + length :]
        return np.frombuffer(row + bytes(ROOM), dtype=np.uint8), rest

    def _at_least(self, rest: bytes, size: int) -> bytes:
        """Return `rest` with so many bytes at least, read from the line."""
        held = bytearray(max(size, len(rest)))
        held[: len(rest)] = rest
        space, end = memoryview(held), len(rest)
        while end < size:
            end += self._connection.read_into(space[end:])
        return bytes(held)


def _is_split(rest: bytes) -> bool:
    return rest[:3] == b"\xff\xff\xff"


def _may_be_over(received: memoryview) -> bool:
    """Say whether the bytes end as a result does: only then must we not wait for more."""
    head = bytes(received[-(HEAD + _END_LENGTH) :])
    if head[:3] == bytes([_END_LENGTH, 0, 0]) and head[HEAD] == _END:
        return True
    return _ERROR in bytes(received[-_ERROR_LENGTH:])
