"""Airflow DAGs from the catalog (归集流程生成): the one room that knows Airflow.

Nothing here reads a database or imports a heavy library while DAG files are parsed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shutong.dag_builder.building import dags_of, raise_catalog_faults

__all__ = ["dags_of", "raise_catalog_faults"]


def __getattr__(name: str) -> object:
    """Import the builder only where DAGs are built: loaders and pools need none of it."""
    if name in __all__:
        from shutong.dag_builder import building

        return getattr(building, name)
    raise AttributeError(name)
