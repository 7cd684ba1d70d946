"""The Airflow plugin (Airflow 插件): report pages beside Airflow's own, behind its rights."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin


@lru_cache(maxsize=1)
def _pages() -> Any:
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.core_api.security import get_user, requires_access_dag
    from fastapi import Depends

    from shutong.settings import settings
    from shutong.web import report_pages

    def readable(user: Any = Depends(get_user)) -> set[str]:  # noqa: B008 - FastAPI's way
        return get_auth_manager().get_authorized_dag_ids(user=user, method="GET")

    return report_pages(settings().reports_dir, requires_access_dag(method="GET"), readable)


async def _application(scope: Any, receive: Any, send: Any) -> None:
    """Build the pages with the first request: plugins load in every process of Airflow."""
    await _pages()(scope, receive, send)


class ShutongPlugin(AirflowPlugin):
    """Shutong's pages in Airflow (数通插件)."""

    name = "shutong"
    fastapi_apps: ClassVar[list[Any]] = [
        {"app": _application, "url_prefix": "/shutong", "name": "shutong"}
    ]
