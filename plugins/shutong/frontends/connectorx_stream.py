"""Rows from connectorx in a child process (读取流), within time and memory limits."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa

from shutong.frontends import connectorx_child as child

_SLICE: Final = 0.25
"""Seconds between two looks at a silent child; it may have paused itself meanwhile."""
_PIPE_BYTES: Final = 1 << 20
_F_SETPIPE_SZ: Final = 1031
_AHEAD: Final = 512 << 20


@dataclass(frozen=True)
class Job:
    """What the child is to draw (读取任务); the statement's last column is the count."""

    url: str = field(repr=False)
    sql: str = field(repr=False)
    before: tuple[str, ...]
    """Statements that prepare the session and open the snapshot."""
    timeout: int
    """Seconds without a row after which the reading has failed."""
    batch_size: int = 32_768
    ahead: int = _AHEAD
    """Bytes the child may read ahead of us."""


class StreamFailed(Exception):
    """The rows ended before the last one (读取失败), with the server's error number if any."""

    def __init__(self, *, code: str = "", timed_out: bool = False, odd: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.timed_out = timed_out
        self.odd = odd
        """The driver gave up over a value."""


class Stream:
    """Rows from a child process (读取流).

    Raises StreamFailed. Whether all rows came is for the caller to hold against `expected`.
    """

    def __init__(self, job: Job) -> None:
        self._timeout = job.timeout
        self._closed = False
        self.expected: int | None = None
        """The source's own count, known with the first batch."""
        self._process = subprocess.Popen(  # noqa: S603 - our own file
            [sys.executable, "-P", str(Path(child.__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a panic prints the value it fell over
        )
        assert self._process.stdin is not None  # noqa: S101 - for the type checker
        assert self._process.stdout is not None  # noqa: S101
        self._pipe = self._process.stdout.fileno()
        _widen(self._pipe)
        # By standard input, where neither the process list nor the environment shows it. A
        # child that is gone already shows when we read.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(asdict(job)).encode())
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._poll = select.poll()
        self._poll.register(self._pipe, select.POLLIN | select.POLLHUP)
        self.schema = pa.schema([])

    @property
    def pid(self) -> int:
        """The child's process."""
        return self._process.pid

    def begin(self) -> None:
        """Wait until the statement runs and its columns are known."""
        kind, _, payload = self._frame()
        if kind == child.ERROR:
            raise StreamFailed(**json.loads(payload.to_pybytes()))
        self.schema = pa.ipc.read_schema(payload)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows as they come, without the count."""
        while True:
            kind, number, payload = self._frame()
            if kind == child.BATCH:
                self.expected = number
                yield pa.ipc.read_record_batch(payload, self.schema)
            elif kind == child.ERROR:
                raise StreamFailed(**json.loads(payload.to_pybytes()))
            else:
                return

    def close(self) -> None:
        """End the child, and with it the query."""
        if self._closed:
            return
        self._closed = True
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _frame(self) -> tuple[bytes, int, pa.Buffer]:
        deadline = time.monotonic() + self._timeout
        kind, number, size = child.FRAME.unpack(self._exactly(child.FRAME.size, deadline))
        return kind, number, self._exactly(size, deadline)

    def _exactly(self, size: int, deadline: float) -> pa.Buffer:
        buffer = pa.allocate_buffer(size)
        rest = memoryview(buffer)
        while rest:
            self._await_bytes(deadline)
            got = os.readv(self._pipe, [rest])
            if got == 0:
                raise StreamFailed
            rest = rest[got:]
        return buffer

    def _await_bytes(self, deadline: float) -> None:
        if self._poll.poll(0):
            return
        while True:
            self._process.send_signal(signal.SIGCONT)
            if self._poll.poll(_SLICE * 1000):
                return
            if time.monotonic() > deadline:
                raise StreamFailed(timed_out=True)


def _widen(pipe: int) -> None:
    """Let a megabyte wait in the pipe, where the system allows it: fewer turns."""
    with contextlib.suppress(OSError):
        fcntl.fcntl(pipe, _F_SETPIPE_SZ, _PIPE_BYTES)
