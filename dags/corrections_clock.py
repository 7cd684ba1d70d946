"""The daily look at the correction tickets' clock."""

from shutong.dag_builder.clock import clock_dag

dag = clock_dag()
