"""A line to a server that a test can slow, silence, cut or reset (可断线路)."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from typing import Final

_CHUNK: Final = 65_536
_RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER that makes closing a reset."""
_TLS_HANDSHAKE: Final = b"\x16\x03"


class Ending(StrEnum):
    """How a line ends once `cut_after` bytes came from the server."""

    ANYWHERE = "cut anywhere"
    BETWEEN = "cut between two packets"
    INSIDE = "cut inside a packet"
    RESET = "reset"


class Frames:
    """Where MySQL's packets end or, once the line is encrypted, its TLS records."""

    def __init__(self) -> None:
        self._head = b""
        self._left = 0
        self._seen = 0
        self.encrypted = False

    def ends(self, data: bytes) -> list[int]:
        """Return the places in `data`, which follows what came before, where a frame ends."""
        found, at = [], 0
        while at < len(data):
            if not self._left:
                self._head += data[at : at + 1]
                at += 1
                if self._seen == 1 and self._head == _TLS_HANDSHAKE:
                    self.encrypted = True
                if len(self._head) < (5 if self.encrypted else 4):
                    continue
                self._left = self._length()
                self._head = b""
            step = min(self._left, len(data) - at)
            at, self._left = at + step, self._left - step
            if not self._left:
                self._seen += 1
                found.append(at)
        return found

    def _length(self) -> int:
        if self.encrypted:
            return int.from_bytes(self._head[3:5], "big")
        return int.from_bytes(self._head[:3], "little")


class Line:
    """Forwards connections to a server, until told to fall silent or to break.

    `quiet_after` and `cut_after` count bytes that came from the server over all connections;
    `refusals` is the number of connections that are reset at once, before the first that is
    not; `piece` is the number of bytes that come at a time.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.quiet_after: int | None = None
        self.cut_after: int | None = None
        self.ending = Ending.ANYWHERE
        self.refusals = 0
        self.piece: int | None = None
        self.received = 0
        self.connections = 0
        self.encrypted = False
        self._sockets: list[socket.socket] = []
        self._hold = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def speak(self) -> None:
        """Go on after silence."""
        self.quiet_after = None
        self._hold.set()

    def close(self) -> None:
        """End every connection."""
        self._hold.set()
        for each in [self._listener, *self._sockets]:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            if self.connections <= self.refusals:
                _reset(near)
                continue
            far = socket.create_connection(self._target)
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets += [near, far]
            threading.Thread(target=self._to_server, args=(near, far), daemon=True).start()
            threading.Thread(target=self._from_server, args=(far, near), daemon=True).start()

    def _to_server(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while data := near.recv(_CHUNK):
                far.sendall(data)
        _shut(far)

    def _from_server(self, far: socket.socket, near: socket.socket) -> None:
        frames = Frames()
        with suppress(OSError):
            while data := far.recv(_CHUNK):
                ends = frames.ends(data)
                self.encrypted |= frames.encrypted
                self.received += len(data)
                if self.quiet_after is not None and self.received > self.quiet_after:
                    self._hold.wait()
                if self.cut_after is not None and self.received > self.cut_after:
                    last = self._last(ends)
                    if last is not None:
                        near.sendall(data[:last])
                        break
                for begin in range(0, len(data), self.piece or _CHUNK):
                    near.sendall(data[begin : begin + (self.piece or _CHUNK)])
        if self.ending is Ending.RESET:
            _reset(near)
        _shut(far, near)

    def _last(self, ends: list[int]) -> int | None:
        """Return how many bytes still go through before the end; None for not yet the end."""
        match self.ending:
            case Ending.BETWEEN:
                return ends[0] if ends else None
            case Ending.INSIDE:
                # The head is through, and the rest never comes.
                return ends[0] + 7 if len(ends) > 1 and ends[0] + 7 < ends[1] else None
            case _:
                return 0


def _reset(near: socket.socket) -> None:
    with suppress(OSError):
        near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        near.shutdown(socket.SHUT_RD)
        near.close()


def _shut(*sockets: socket.socket) -> None:
    for each in sockets:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@contextmanager
def line(host: str, port: int) -> Iterator[Line]:
    """Open a line and close it."""
    opened = Line(host, port)
    try:
        yield opened
    finally:
        opened.close()
