"""Every border that a collection crosses, and a way to stop exactly there.

The borders are found from outside: a function of the path is wrapped for a while. Nothing in
the path itself knows of it.
"""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest import mock

_C: Final = "shutong.collection"
_BOOK: Final = "shutong.ledger.book"

PLANNING: Final = [
    f"{_C}.planning:plan_window:after:1",
    f"{_BOOK}:Ledger.abandon:before:1",
    f"{_BOOK}:Ledger.abandon:after:1",
    "shutong.model:Window.write:after:1",
    f"{_BOOK}:Ledger.plan:after:1",
]
EXTRACTING: Final = [
    f"{_C}.comparing:_draw_keys:after:1",
    "shutong.lake.store:Lake.compare_keys:after:1",
    f"{_C}.staging:StagingWriter.put:after:1",
    f"{_C}.staging:StagingWriter._write_misfits:after:1",
    f"{_C}.staging:StagingWriter._close_file:before:1",
    f"{_C}.staging:StagingWriter._close_file:after:1",
    f"{_C}.staging:StagingWriter.__exit__:after:1",
    "shutong.model:StagedBatch.write:before:1",
    "shutong.model:StagedBatch.write:after:1",
    f"{_BOOK}:Ledger.advance:after:1",
]
JUDGING: Final = [
    "shutong.model:Reconciliation.write:before:1",
    "shutong.model:Reconciliation.write:after:1",
    f"{_BOOK}:Ledger.advance:after:2",
    "shutong.quality.validation:split:after:1",
    "shutong.quality:validate:after:1",
    "shutong.model:ValidationReport.write:before:1",
    "shutong.model:ValidationReport.write:after:1",
    f"{_C}.validating:write_report:after:1",
    f"{_BOOK}:Ledger.advance:before:3",
    f"{_BOOK}:Ledger.advance:after:3",
]
LANDING: Final = [
    "shutong.lake.quarantine:_rewrite:after:1",
    "shutong.lake.quarantine:_commit:after:1",
    "shutong.lake.store:Lake.quarantine:after:1",
    f"{_BOOK}:Ledger.record:after:1",
    "shutong.lake.landing:guard_rows:after:1",
    "shutong.lake.changes:adopt:after:1",
    "shutong.lake.rowfiles:RowFiles.write:after:1",
    "shutong.lake.merging:write_file:before:1",
    "shutong.lake.merging:write_file:after:1",
    "shutong.lake.rowfiles:force:before:1",
    "shutong.lake.changes:force:before:1",
    "shutong.lake.landing:commit_change:before:1",
    "shutong.lake.landing:commit_change:after:1",
    "shutong.lake.landing:force_commit:after:1",
    f"{_BOOK}:Ledger.land:before:1",
    f"{_BOOK}:file_values:after:1",
    f"{_BOOK}:Ledger.land:after:1",
]
EVERYWHERE: Final = [*PLANNING, *EXTRACTING, *JUDGING, *LANDING]
"""`module:attribute:before or after:which time`."""

BORDERS: Final = [
    f"{_BOOK}:Ledger.plan:after:1",
    f"{_C}.staging:StagingWriter._close_file:after:1",
    "shutong.model:StagedBatch.write:after:1",
    f"{_BOOK}:Ledger.advance:after:2",
    "shutong.model:ValidationReport.write:after:1",
    f"{_BOOK}:Ledger.advance:after:3",
    "shutong.lake.quarantine:_commit:after:1",
    "shutong.lake.rowfiles:force:before:1",
    "shutong.lake.landing:commit_change:before:1",
    "shutong.lake.landing:commit_change:after:1",
    f"{_BOOK}:file_values:after:1",
    f"{_BOOK}:Ledger.land:after:1",
]
"""Those between the stages, for processes that are killed there."""


class Crash(BaseException):
    """The process breaks off here; no error that anybody may catch and mend."""


def crash() -> None:
    raise Crash


def kill() -> None:
    """End this process as a power cut does: nothing of it runs on."""
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def at(point: str, act: Callable[[], None]) -> Iterator[list[str]]:
    """Act once at a point; gives a list that names the point when it was crossed."""
    module, path, when, time = point.split(":")
    owner: Any = importlib.import_module(module)
    *above, name = path.split(".")
    for part in above:
        owner = getattr(owner, part)
    original = getattr(owner, name)
    crossed: list[str] = []
    calls = 0

    def crossing(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        here = calls == int(time)
        if here and when == "before":
            crossed.append(point)
            act()
        result = original(*args, **kwargs)
        if here and when == "after":
            crossed.append(point)
            act()
        return result

    with mock.patch.object(owner, name, crossing):
        yield crossed
