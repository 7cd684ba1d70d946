"""Airflow DAG that looks at the correction tickets' clock every morning."""

from shutong.dag_builder.clock import clock_dag

dag = clock_dag()
