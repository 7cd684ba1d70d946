"""Great Expectations, imported once, quietly and without what is never used here (加载)."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import types
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

_DEFERRED: Final = ("altair", "scipy.stats")
"""Imported by GX for the charts and figures of distribution tests alone: a third of the
time and a third of the memory of `import great_expectations`."""

_REGISTERING: Final = (
    "shutong.quality.expectations",
    "shutong.quality.number_expectations",
    "shutong.quality.dated_expectations",
    "shutong.quality.value_expectations",
    "shutong.quality.numbers",
    "shutong.quality.table_types",
    "shutong.quality.missing_values",
    "shutong.quality.text_metrics",
    "shutong.quality.outliers",
    "shutong.quality.relation_expectations",
    "shutong.quality.change_expectations",
)
"""Modules that register metrics and expectations with GX when they are imported."""

_done: list[str] = []


def load_gx() -> None:
    """Import Great Expectations and register Shutong's engine, metrics and expectations.

    Takes seconds in a fresh process, nothing afterwards. Telemetry stays off: the
    government network reaches no internet.
    """
    if _done:
        return
    # GX 1.24 has no telemetry; versions before had it, and one after may.
    os.environ["GX_ANALYTICS_ENABLED"] = "False"
    with (
        _deferring(_DEFERRED),
        _without_collecting(),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", DeprecationWarning)
        importlib.import_module("great_expectations")
        for name in _REGISTERING:
            importlib.import_module(name)
    _done.append("great_expectations")


class _Deferred(types.ModuleType):
    """Stands for a module until somebody wants something of it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def _deferring(names: tuple[str, ...]) -> Iterator[None]:
    stands: dict[str, types.ModuleType] = {
        name: _Deferred(name) for name in names if name not in sys.modules
    }
    sys.modules.update(stands)
    try:
        yield
    finally:
        for name, stand in stands.items():
            if sys.modules.get(name) is stand:
                del sys.modules[name]


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Import without the collector, which finds nothing to free among new classes."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
