"""A line to a server that a test can cut or silence (可断线路)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_CHUNK = 65_536


class Line:
    """Forwards connections to a server, until told to fall silent or to break.

    `quiet_after` and `cut_after` count bytes that came from the server over all connections.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.quiet_after: int | None = None
        self.cut_after: int | None = None
        self.received = 0
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
            far = socket.create_connection(self._target)
            self._sockets += [near, far]
            threading.Thread(target=self._forward, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._forward, args=(far, near, True), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        try:
            while data := source.recv(_CHUNK):
                self.received += len(data) if counted else 0
                if counted and self.quiet_after is not None and self.received > self.quiet_after:
                    self._hold.wait()
                if counted and self.cut_after is not None and self.received > self.cut_after:
                    break
                sink.sendall(data)
        except OSError:
            pass
        for each in (source, sink):
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
