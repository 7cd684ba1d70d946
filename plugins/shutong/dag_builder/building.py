"""One DAG per resource (按资源生成流程)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shutong.catalog import Catalog, check_catalog, load_resources, resource_ids
from shutong.catalog.models import Resource
from shutong.dag_builder import tasks
from shutong.dag_builder.pools import pool_of
from shutong.dag_builder.schedules import timetable_of
from shutong.errors import CatalogFaulty, Text
from shutong.model import LoadMode
from shutong.settings import settings

if TYPE_CHECKING:
    from airflow.sdk import DAG

_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_FIRST_PAUSE: Final = timedelta(seconds=30)
_LONGEST_PAUSE: Final = timedelta(minutes=30)
_SHOWN: Final = 20

_THEMES: Final = {
    "population": "人口",
    "legal_person": "法人",
    "natural_resources": "自然资源和空间地理",
    "e_licence": "电子证照",
    "taxpaying": "纳税",
    "investment": "投资项目",
    "credit": "信用",
    "social_security": "社保",
}
"""The eight themes of much-used data (景府办字〔2019〕7号, item 21)."""


def dags_of(loader_file: str) -> dict[str, DAG]:
    """Return the DAGs of the department that a loader file is named for, by id.

    A task's start parses the file again and asks for one DAG only; then nothing else is read.
    A faulty resource yields no DAG here and is shown by `raise_catalog_faults`.
    """
    from airflow.sdk import get_parsing_context

    root = settings().root
    ids = resource_ids(root, Path(loader_file).stem)
    wanted = get_parsing_context().dag_id
    if wanted is not None:
        ids = [resource_id for resource_id in ids if resource_id == wanted]
    if not ids:
        return {}
    catalog = load_resources(root, ids)
    return {
        resource_id: build_dag(catalog, resource_id)
        for resource_id, declared in catalog.resources.items()
        if declared.value.source.front_end in catalog.front_ends
        and declared.value.dataset in catalog.datasets
    }


def raise_catalog_faults() -> None:
    """Raise CatalogFaulty with the catalog's faults, so that Airflow shows them in red.

    It stands in a loader file of its own: an exception takes down the DAGs of its file.
    """
    from airflow.sdk import get_parsing_context

    if get_parsing_context().dag_id is not None:
        return
    _, faults = check_catalog(settings().root)
    if faults:
        lines = "\n".join(fault.render("both") for fault in faults[:_SHOWN])
        raise CatalogFaulty(
            Text(f"目录有 {len(faults)} 处问题:\n{lines}", f"{len(faults)} faults in the catalog"),
            place="catalog",
            next_step=Text("运行 shutong check", "run shutong check"),
        ) from None


def build_dag(catalog: Catalog, resource_id: str) -> DAG:
    """Return the DAG of one resource: plan, extract, reconcile, validate, land.

    Where the load draws changes only, a comparison of keys follows when it is due.
    """
    from airflow.providers.standard.operators.python import PythonOperator
    from airflow.sdk import DAG, Asset

    resource = catalog.resource(resource_id)
    pool = pool_of(resource.source.front_end)
    retries = settings().task_retries
    theme, _, name = resource.dataset.partition("/")
    asset = Asset(name=f"{theme}.{name}", uri=f"shutong://lake/{theme}/{name}")
    with DAG(
        dag_id=resource_id,
        dag_display_name=resource.name,
        description=resource.summary,
        doc_md=_words(catalog, resource_id, resource),
        schedule=timetable_of(resource_id, resource.update_cycle),
        start_date=_START,
        catchup=False,
        max_active_runs=1,
        tags={_THEMES.get(theme, theme), _department_name(catalog, resource), resource.dataset},
        default_args={
            "retries": retries,
            "retry_delay": _FIRST_PAUSE,
            "retry_exponential_backoff": 2.0,
            "max_retry_delay": _LONGEST_PAUSE,
        },
    ) as dag:
        planned = PythonOperator(
            task_id="plan",
            task_display_name="规划窗口",
            python_callable=tasks.plan,
            op_args=[resource_id],
            pool=pool,
        )
        previous = planned
        for stage, title in tasks.TITLES.items():
            previous >> (
                following := PythonOperator(
                    task_id=stage,
                    task_display_name=title,
                    python_callable=getattr(tasks, stage),
                    op_args=[resource_id, planned.output],
                    pool=pool if stage == "extract" else "default_pool",
                    outlets=[asset] if stage == "land" else [],
                    doc_md=_report_words(resource_id) if stage in ("validate", "land") else None,
                )
            )
            previous = following
        if resource.source.load is not LoadMode.FULL:
            previous >> PythonOperator(
                task_id="compare",
                task_display_name="比对主键",
                python_callable=tasks.compare,
                op_args=[resource_id, planned.output],
                pool=pool,
                outlets=[asset],
            )
    return dag


def _department_name(catalog: Catalog, resource: Resource) -> str:
    declared = catalog.departments.get(resource.provider)
    return declared.value.name if declared else resource.provider


def _words(catalog: Catalog, resource_id: str, resource: Resource) -> str:
    source = resource.source
    return "\n".join(
        [
            f"### {resource.name} · {resource_id}",
            "",
            resource.summary,
            "",
            f"- 提供方 provider: {_department_name(catalog, resource)}",
            f"- 资源代码 code: {resource.code}",
            f"- 共享类型 sharing: {resource.share.type}",
            f"- 更新周期 cycle: {resource.update_cycle}",
            f"- 前置机 front-end: {source.front_end}, 表 table: {source.table}",
            f"- 归集方式 load: {source.load}",
            "",
            _report_words(resource_id),
        ]
    )


def _report_words(resource_id: str) -> str:
    return f"[校验报告 validation report](/shutong/reports/{resource_id}/latest.html)"
