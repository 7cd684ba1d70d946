"""Airflow DAG that looks at the share requests' clocks every morning."""

from shutong.dag_builder.sharing import sharing_dag

dag = sharing_dag()
