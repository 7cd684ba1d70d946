"""Airflow DAGs of one department: the one this file is named for."""

from shutong.dag_builder import dags_of

globals().update(dags_of(__file__))
