"""Airflow on one machine (本机运行): for `shutong run`, `shutong up` and the tests.

Airflow reads its settings when it is imported, so they are set in the environment of a
process of its own; its talk goes to a log file, and what happened comes back as JSON lines.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

from shutong.dag_builder.pools import pools_json
from shutong.dag_builder.tasks import LOGGER
from shutong.settings import Settings

_EVENTS: Final = "SHUTONG_EVENTS_FD"
_PARSED_FOR: Final = "_AIRFLOW_PARSING_CONTEXT_DAG_ID"


def environment(using: Settings, *, retries: int | None = None) -> dict[str, str]:
    """Return the environment of a local Airflow over this project's folders."""
    home = using.build_dir / "airflow"
    own = {
        "AIRFLOW_HOME": home,
        "AIRFLOW__CORE__DAGS_FOLDER": using.root / "dags",
        "AIRFLOW__CORE__PLUGINS_FOLDER": using.root / "plugins",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": using.port,
        "AIRFLOW__API__BASE_URL": f"http://localhost:{using.port}",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://localhost:{using.port}/execution/",
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Asia/Shanghai",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": home / "logs",
        "AIRFLOW__SECRETS__BACKEND": "airflow.secrets.local_filesystem.LocalFilesystemBackend",
        "AIRFLOW__SECRETS__BACKEND_KWARGS": json.dumps(
            {"connections_file_path": str(using.connections_path)}
        ),
        "GX_ANALYTICS_ENABLED": "False",
        "SHUTONG_ROOT": using.root,
        "SHUTONG_DATA_DIR": using.build_dir,
    }
    if retries is not None:
        own["SHUTONG_TASK_RETRIES"] = str(retries)
    # `airflow standalone` starts its parts by the name of its script.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path, **{name: str(value) for name, value in own.items()}}


def prepare(using: Settings, log: IO[bytes]) -> None:
    """Create or migrate the local metadata database and import the front-ends' pools."""
    env = environment(using)
    home = Path(env["AIRFLOW_HOME"])
    home.mkdir(parents=True, exist_ok=True)
    pools = home / "pools.json"
    pools.write_text(pools_json(using.root), encoding="utf-8")
    _airflow(["db", "migrate"], env, log)
    _airflow(["pools", "import", str(pools)], env, log)


def _airflow(words: Sequence[str], env: Mapping[str, str], log: IO[bytes]) -> None:
    subprocess.run(  # noqa: S603 - our own interpreter and fixed words
        [sys.executable, "-m", "airflow", *words], env=dict(env), stdout=log, stderr=log, check=True
    )


def run_dags(using: Settings, ids: Sequence[str], log: IO[bytes]) -> Iterator[dict[str, Any]]:
    """Run the DAGs `ids` through Airflow, one after another; yield what happens as it does.

    Events are {"event": "started" | "ended", "resource": id}, the latter with "state",
    "seconds" and, where it failed, the "fault" in words.
    """
    reading, writing = os.pipe()
    env = environment(using, retries=0) | {_EVENTS: str(writing)}
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "shutong.dag_builder.local", *ids],
        env=env,
        stdout=log,
        stderr=log,
        pass_fds=[writing],
    )
    os.close(writing)
    try:
        with os.fdopen(reading, encoding="utf-8") as events:
            for line in events:
                yield json.loads(line)
    finally:
        process.wait()


def serve(using: Settings) -> int:
    """Run Airflow's scheduler and pages on this machine until it is stopped; return its code.

    Its parts form a process group of their own, which ends with us: a SIGTERM to the parent
    alone would orphan them.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "airflow", "standalone"],
        env=environment(using),
        start_new_session=True,
    )

    def stop(*_: object) -> None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)

    for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(kind, stop)
    try:
        process.wait()
    finally:
        stop()
    return 0 if process.returncode in (0, -signal.SIGTERM) else process.returncode


class _Faults(logging.Handler):
    """Keeps the last fault that a task told (最近的故障)."""

    last: str | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the fault's words."""
        self.last = record.getMessage()


def _run_here(ids: Sequence[str]) -> None:
    """Run DAGs inside this process, whose environment `environment` has set."""
    from airflow.dag_processing.dagbag import DagBag

    with os.fdopen(int(os.environ[_EVENTS]), "w", encoding="utf-8", buffering=1) as events:

        def tell(**facts: object) -> None:
            events.write(json.dumps(facts) + "\n")

        faults = _Faults()
        logging.getLogger(LOGGER).addHandler(faults)
        bag = DagBag(dag_folder=os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
        for resource_id in ids:
            tell(event="started", resource=resource_id)
            begun = time.monotonic()
            faults.last = None
            dag = bag.dags.get(resource_id)
            # `test` parses the whole folder again; as for a task, only this DAG is wanted.
            os.environ[_PARSED_FOR] = resource_id
            state = "missing" if dag is None else str(dag.test().state.value)
            seconds = time.monotonic() - begun
            told = {"state": state, "seconds": seconds, "fault": faults.last}
            tell(event="ended", resource=resource_id, **told)


if __name__ == "__main__":
    _run_here(sys.argv[1:])
