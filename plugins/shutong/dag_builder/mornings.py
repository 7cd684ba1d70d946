"""A DAG that looks after something each morning (每日检查流程)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from shutong.dag_builder.schedules import TIME_ZONE
from shutong.settings import settings

if TYPE_CHECKING:
    from airflow.sdk import DAG

_START: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Morning:
    """What is looked after each morning, in words for Airflow's pages (每日检查)."""

    dag_id: str
    title: str
    description: str
    words: str
    """Markdown that tells an administrator what it does, and what to do when it fails."""
    cron: str
    """When, by the city's clock."""
    task: str
    """Title of its one task."""


def morning_dag(morning: Morning, look: Callable[[], Any]) -> DAG:
    """Return the DAG that calls `look` each morning; it fails where a person must act."""
    from airflow.providers.standard.operators.python import PythonOperator
    from airflow.sdk import DAG, CronTriggerTimetable

    with DAG(
        dag_id=morning.dag_id,
        dag_display_name=morning.title,
        description=morning.description,
        doc_md=morning.words,
        schedule=CronTriggerTimetable(morning.cron, timezone=TIME_ZONE),
        start_date=_START,
        catchup=False,
        max_active_runs=1,
        tags={morning.title.removesuffix("时限")},
        default_args={"retries": settings().task_retries},
    ) as dag:
        PythonOperator(task_id="look", task_display_name=morning.task, python_callable=look)
    return dag
