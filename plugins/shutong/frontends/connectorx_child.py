"""The process that runs connectorx (读取子进程), apart from ours for four reasons.

connectorx holds Python's lock while it waits for rows, so that a hanging server would freeze
every thread; it cannot be told to stop; its panics print the value they fell over; and it
reads ahead without bound. A process of its own is killed, silenced and paused from outside.

Run as a file with only the standard library, connectorx and pyarrow. The job comes as JSON
on standard input; frames go to standard output: a letter, a number and the payload's length,
then the payload.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import struct
import sys
from pathlib import Path
from typing import Any, Final

FRAME: Final = struct.Struct("<cqQ")
SCHEMA: Final = b"S"
BATCH: Final = b"B"
"""A record batch; its number is the source's own count of rows."""
ERROR: Final = b"E"
END: Final = b"Z"
_PIPE: Final = 1
_PATIENCE_MS: Final = 50
_GRACE_SECONDS: Final = 5
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Read the job, draw the rows, write the frames."""
    job = json.loads(sys.stdin.buffer.read())
    os.set_blocking(_PIPE, False)
    # The default action of SIGALRM ends the process even while connectorx holds the lock, so
    # no child outlives a killed parent by more than the read timeout.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    try:
        draw(job)
    except BrokenPipeError:
        return
    except BaseException as exc:  # noqa: BLE001 - a Rust panic is no Exception
        send(ERROR, 0, _failure(exc), job["ahead"])
    send(END, 0, b"", job["ahead"])


def draw(job: dict[str, Any]) -> None:
    """Run the statement and send its batches, less the last column, which is the count."""
    import connectorx
    import pyarrow as pa

    ahead = job["ahead"] + memory()
    # The parent's own timeout comes first and tells why; this one is for orphans.
    patience = job["timeout"] + _GRACE_SECONDS
    signal.alarm(patience)
    stream: Any = connectorx.read_sql(
        job["url"],
        job["sql"],
        return_type="arrow_stream",
        batch_size=job["batch_size"],
        pre_execution_query=job["before"],
    )
    last = len(stream.schema) - 1
    schema = pa.schema([stream.schema.field(i) for i in range(last)])
    send(SCHEMA, 0, schema.serialize(), ahead)
    for batch in stream:
        signal.alarm(0)
        if batch.num_rows:
            rows = pa.RecordBatch.from_arrays(batch.columns[:last], schema=schema)
            send(BATCH, batch.column(last)[0].as_py(), rows.serialize(), ahead)
        signal.alarm(patience)
    signal.alarm(0)


def send(kind: bytes, number: int, payload: Any, ahead: int) -> None:
    """Write a frame; pause this whole process while it has read too far ahead.

    connectorx reads on in a thread of its own that nothing else can hold up. The parent wakes
    us when it wants rows.
    """
    view = memoryview(payload)
    for part in (memoryview(FRAME.pack(kind, number, view.nbytes)), view):
        rest = part
        while rest:
            try:
                rest = rest[os.write(_PIPE, rest) :]
            except BlockingIOError:
                while not _writable():
                    if memory() > ahead:
                        os.kill(os.getpid(), signal.SIGSTOP)


def _writable() -> bool:
    poll = select.poll()
    poll.register(_PIPE, select.POLLOUT)
    return bool(poll.poll(_PATIENCE_MS))


def memory() -> int:
    """Return the bytes of memory this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


def _failure(exc: BaseException) -> bytes:
    """Return the kind of failure and the server's error number, never the driver's words.

    The words hold the statement, or the value that no Rust type could take.
    """
    words = str(exc)
    number = re.search(r"ERROR (\d{4}) \(", words)
    odd = words.startswith("Could not retrieve")
    return json.dumps({"code": number[1] if number and not odd else "", "odd": odd}).encode()


if __name__ == "__main__":
    main()
