"""Validation reports for whoever may see their DAG (校验报告页面服务)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from shutong.reporting.overview import SCRIPT_HASH, index_text, known_entries
from shutong.reporting.places import INDEX, LATEST

if TYPE_CHECKING:
    from fastapi import FastAPI

_PAGE: Final = re.compile(r"[0-9A-Za-z-]{1,80}\.html\Z")
_RESOURCE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\.[a-z0-9][a-z0-9_.-]{0,63}\Z")
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_HEADERS: Final = {
    # Complete in itself: the browser may load nothing else, from anywhere.
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_INDEX_HEADERS: Final = {
    **_HEADERS,
    # The one script that finds a resource as one types, and no other.
    "Content-Security-Policy": f"{_POLICY}; script-src 'sha256-{SCRIPT_HASH}'",
}


def report_pages(
    folder: Path,
    access: Callable[..., Any],
    readable: Callable[..., Collection[str]] | None = None,
) -> FastAPI:
    """Return the application that serves the reports below `folder`.

    `access` is the dependency that refuses whoever may not read the DAG `dag_id`; `readable` the
    one that gives the DAGs somebody may read, for the index, which without it is not served.
    Nothing is served without them, and no API pages describe the application.
    """
    from fastapi import Depends, FastAPI, HTTPException
    from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    if readable is not None:

        @app.get("/reports/")
        @app.get(f"/reports/{INDEX}")
        def index(seen: Any = Depends(readable)) -> HTMLResponse:  # noqa: B008 - FastAPI's way
            entries = known_entries(folder)
            text = index_text(entries, datetime.now(UTC), set(seen).__contains__)
            return HTMLResponse(text, headers=_INDEX_HEADERS)

    @app.get("/reports/{dag_id}/", dependencies=[Depends(access)])
    def history(dag_id: str) -> RedirectResponse:
        if not _RESOURCE.match(dag_id):
            raise HTTPException(404, "没有这份报告 · no such report")
        return RedirectResponse(INDEX)

    @app.get("/reports/{dag_id}/{page}", dependencies=[Depends(access)])
    def report(dag_id: str, page: str = LATEST) -> FileResponse:
        path = folder / dag_id / page
        known = _RESOURCE.match(dag_id) and _PAGE.match(page) and path.is_file()
        if not known or not path.resolve().is_relative_to(folder.resolve()):
            raise HTTPException(404, "没有这份报告 · no such report")
        return FileResponse(path, media_type="text/html; charset=utf-8", headers=_HEADERS)

    return app
