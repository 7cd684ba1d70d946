"""The health checks of the containers (健康检查), against servers that answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.unit.docker.stack import DOCKER

HEALTHY = {"metadatabase": {"status": "healthy"}, "dag_processor": {"status": "healthy"}}
PART_OF = {"api-server": "metadatabase", "dag-processor": "dag_processor"}


@contextmanager
def answering(path: str, body: bytes = b"", status: int = 200) -> Iterator[str]:
    """Serve `body` with `status` at `path`, and 404 elsewhere; yield the address."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == path else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def health(role: str, **environment: str) -> int:
    """Run the check as a container does; return its exit code."""
    words = [sys.executable, str(DOCKER / "health.py"), role]
    return subprocess.run(words, env=os.environ | environment, capture_output=True).returncode


def check(role: str, facts: object) -> int:
    """Return the exit code of a check for an API server that answers with `facts`."""
    with answering("/api/v2/monitor/health", json.dumps(facts).encode()) as address:
        return health(role, HEALTH_API=address)


@pytest.mark.parametrize("role", PART_OF)
def test_a_role_whose_heart_beats_is_healthy(role: str) -> None:
    assert check(role, HEALTHY) == 0


@pytest.mark.parametrize("role", PART_OF)
def test_a_role_whose_heart_has_stopped_is_not(role: str) -> None:
    assert check(role, HEALTHY | {PART_OF[role]: {"status": "unhealthy"}}) == 1


@pytest.mark.parametrize("role", PART_OF)
@pytest.mark.parametrize("facts", [{}, [], {"metadatabase": None}, "healthy"])
def test_an_answer_that_says_nothing_is_not_health(role: str, facts: object) -> None:
    assert check(role, facts) == 1


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_a_scheduler_says_by_its_status_whether_its_heart_beats(status: int, code: int) -> None:
    with answering("/health", status=status) as address:
        assert health("scheduler", HEALTH_SCHEDULER=address) == code


@pytest.mark.parametrize("role", [*PART_OF, "scheduler"])
def test_a_server_that_does_not_answer_is_not_healthy(role: str) -> None:
    nobody = "http://127.0.0.1:9"
    assert health(role, HEALTH_API=nobody, HEALTH_SCHEDULER=nobody) == 1


@pytest.mark.parametrize("code", [0, 1])
def test_a_worker_is_healthy_when_celery_reaches_it_and_no_argument_holds_the_password(
    tmp_path: Path, code: int
) -> None:
    note = tmp_path / "note"
    celery = tmp_path / "celery"
    celery.write_text(f'#!/bin/sh\necho "$CELERY_BROKER_URL" "$@" > {note}\nexit {code}\n')
    celery.chmod(0o700)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    broker = "redis://:geheim@redis:6379/0"
    assert health("worker", PATH=path, AIRFLOW__CELERY__BROKER_URL=broker) == code
    address, *words = note.read_text().split()
    assert address == broker
    assert words[:2] == ["inspect", "ping"]
    assert not [word for word in words if "geheim" in word]


def test_a_role_that_nobody_knows_is_a_mistake_of_its_own() -> None:
    assert health("triggerer") == 2
