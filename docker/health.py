"""Is this container's role alive (健康检查)? Standard library only: it runs every half minute."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from http import HTTPStatus

SECONDS = 8
API = os.environ.get("HEALTH_API", "http://localhost:8080")
SCHEDULER = os.environ.get("HEALTH_SCHEDULER", "http://localhost:8974")


def _facts(url: str) -> dict[str, dict[str, str | None]]:
    with urllib.request.urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 - our own hosts
        facts: dict[str, dict[str, str | None]] = json.load(answer)
    return facts


def api_server() -> bool:
    """Say whether the API server answers and reaches its database."""
    return _facts(f"{API}/api/v2/monitor/health")["metadatabase"]["status"] == "healthy"


def scheduler() -> bool:
    """Say whether the scheduler's heart beats; it answers by its status alone, without a word."""
    with urllib.request.urlopen(f"{SCHEDULER}/health", timeout=SECONDS) as answer:  # noqa: S310
        return bool(answer.status == HTTPStatus.OK)


def dag_processor() -> bool:
    """Say whether the DAG processor's heart beats, as the API server has it.

    `airflow jobs check` says the same but takes six seconds of a core each time.
    """
    return _facts(f"{API}/api/v2/monitor/health")["dag_processor"]["status"] == "healthy"


def worker() -> bool:
    """Say whether this host's Celery worker answers over the broker."""
    broker = {"CELERY_BROKER_URL": os.environ["AIRFLOW__CELERY__BROKER_URL"]}
    name = f"celery@{socket.gethostname()}"
    words = ["celery", "inspect", "ping", "--destination", name, "--timeout", str(SECONDS)]
    # The broker's address holds its password: by environment, never by argument.
    answer = subprocess.run(words, env={**os.environ, **broker}, capture_output=True, check=False)  # noqa: S603
    return answer.returncode == 0


ROLES: dict[str, Callable[[], bool]] = {
    "api-server": api_server,
    "scheduler": scheduler,
    "dag-processor": dag_processor,
    "worker": worker,
}


def main(arguments: list[str]) -> int:
    """Return 0 when the role named by the one argument is healthy, else 1; 2 for no such role."""
    if len(arguments) != 1 or arguments[0] not in ROLES:
        sys.stderr.write(f"usage: health.py {'|'.join(ROLES)}\n")
        return 2
    try:
        return 0 if ROLES[arguments[0]]() else 1
    except (OSError, ValueError, KeyError, TypeError) as exc:
        sys.stderr.write(f"{arguments[0]}: {type(exc).__name__}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
