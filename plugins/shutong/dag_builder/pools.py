"""A pool per front-end machine (前置机并发池), so that its limit holds over all DAGs."""

from __future__ import annotations

import json
from pathlib import Path

from shutong.catalog import load_catalog


def pool_of(front_end: str) -> str:
    """Return the name of a front-end machine's pool."""
    return f"front_end_{front_end}"


def pools_json(root: Path) -> str:
    """Return the pools of the catalog in the form of `airflow pools import`.

    A pool that does not exist means a task that is never scheduled, without a warning.
    """
    pools = {
        pool_of(code): {
            "slots": declared.value.limits.connections,
            "description": declared.value.name,
            "include_deferred": False,
        }
        for code, declared in sorted(load_catalog(root).front_ends.items())
    }
    return json.dumps(pools, ensure_ascii=False, indent=1)
