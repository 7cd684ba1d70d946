"""Airflow DAGs from the catalog (归集流程生成): the one room that knows Airflow.

Nothing here reads a database or imports a heavy library while DAG files are parsed.
"""

from shutong.dag_builder.building import dags_of, raise_catalog_faults

__all__ = ["dags_of", "raise_catalog_faults"]
