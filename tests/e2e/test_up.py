"""`shutong up`: Airflow's scheduler and pages; a DAG started by hand runs and its report shows."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed
from tests.e2e.conftest import Project

from shutong.catalog import resource_ids

RESOURCE = "civil-affairs.adoption"
PATIENCE = 180


@dataclass
class Pages:
    """Airflow's pages of one project."""

    address: str
    process: subprocess.Popen[bytes]

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return httpx2.get(f"{self.address}{path}", headers=headers, timeout=30)


CLOCKS: Final = ("corrections-clock", "sharing-clock")
"""What looks each morning at tickets and requests, beside the resources' own DAGs."""


def until(ask: Callable[[], Any]) -> Any:
    """Ask until the answer is there; give up after a while with the last one."""
    patient = retry(
        retry=retry_if_result(lambda answer: not answer),
        stop=stop_after_delay(PATIENCE),
        wait=wait_fixed(0.5),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
    )
    return patient(ask)()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def pages(project: Project, tmp_path: Path) -> Iterator[Pages]:
    port = free_port()
    with (tmp_path / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "shutong.cli", "up"],
            env=project.environment(SHUTONG_PORT=str(port)),
            cwd=project.root,
            stdout=log,
            stderr=log,
        )
    served = Pages(f"http://localhost:{port}", process)

    def healthy() -> bool:
        assert process.poll() is None, (tmp_path / "up.log").read_text(errors="replace")[-2000:]
        try:
            health = served.get("/api/v2/monitor/health").json()
        except httpx2.HTTPError:
            return False
        parts = ("scheduler", "dag_processor")
        return all(health[part]["status"] == "healthy" for part in parts)

    try:
        assert until(healthy)
        yield served
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def token(project: Project, pages: Pages) -> str:
    path = project.root / "build/airflow/simple_auth_manager_passwords.json.generated"
    password = json.loads(path.read_text())["admin"]
    answer = httpx2.post(
        f"{pages.address}/auth/token", json={"username": "admin", "password": password}, timeout=30
    )
    return str(answer.json()["access_token"])


def test_dags_are_visible_and_run_by_hand_and_reports_are_for_those_who_may(
    project: Project, pages: Pages
) -> None:
    rights = {"Authorization": f"Bearer {token(project, pages)}"}
    wanted = {*resource_ids(project.root), *CLOCKS}

    def shown() -> bool:
        answer = pages.get("/api/v2/dags?limit=100", **rights).json()
        return {dag["dag_id"] for dag in answer["dags"]} == wanted

    assert until(shown)
    assert pages.get("/api/v2/importErrors", **rights).json()["total_entries"] == 0

    address = f"{pages.address}/api/v2/dags/{RESOURCE}"
    httpx2.patch(address, json={"is_paused": False}, headers=rights, timeout=30)
    run = httpx2.post(
        f"{address}/dagRuns", json={"logical_date": None}, headers=rights, timeout=30
    ).json()["dag_run_id"]

    def state() -> str:
        return str(pages.get(f"/api/v2/dags/{RESOURCE}/dagRuns/{run}", **rights).json()["state"])

    assert until(lambda: state() in ("success", "failed"))
    assert state() == "success"
    made = project.city.counts[RESOURCE]
    assert project.count("population.adoption") == made.rows - made.dirty

    report = f"/shutong/reports/{RESOURCE}/latest.html"
    assert pages.get(report).status_code in (401, 403)
    answer = pages.get(report, **rights)
    assert answer.status_code == 200
    assert "校验报告" in answer.text
    index = pages.get("/shutong/reports/", **rights)
    assert index.status_code == 200
    assert RESOURCE in index.text
    assert pages.get("/shutong/reports/").status_code in (401, 403)
