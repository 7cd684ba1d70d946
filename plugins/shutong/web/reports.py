"""Validation reports for whoever may see their DAG (校验报告页面服务)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from shutong.reporting.pages import LATEST

if TYPE_CHECKING:
    from fastapi import FastAPI

_PAGE: Final = re.compile(r"[0-9A-Za-z-]{1,80}\.html\Z")
_RESOURCE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\.[a-z0-9][a-z0-9_.-]{0,63}\Z")
_HEADERS: Final = {
    # Complete in itself: the browser may load nothing else, from anywhere.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def report_pages(folder: Path, access: Callable[..., Any]) -> FastAPI:
    """Return the application that serves the reports below `folder`.

    `access` is the dependency that refuses whoever may not read the DAG `dag_id`; nothing is
    served without it, and there are no API pages that describe the application.
    """
    from fastapi import Depends, FastAPI, HTTPException
    from fastapi.responses import FileResponse

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/reports/{dag_id}/{page}", dependencies=[Depends(access)])
    def report(dag_id: str, page: str = LATEST) -> FileResponse:
        path = folder / dag_id / page
        known = _RESOURCE.match(dag_id) and _PAGE.match(page) and path.is_file()
        if not known or not path.resolve().is_relative_to(folder.resolve()):
            raise HTTPException(404, "没有这份报告 · no such report")
        return FileResponse(path, media_type="text/html; charset=utf-8", headers=_HEADERS)

    return app
