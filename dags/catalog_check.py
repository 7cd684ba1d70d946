"""Shows every fault of the catalog in Airflow, in red; defines no DAG of its own.

It stands alone because an exception takes down all DAGs of its file, and of no other.
"""

from shutong.dag_builder import raise_catalog_faults

raise_catalog_faults()
