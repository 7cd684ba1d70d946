"""The production stack as declared (生产编排)."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from tests.unit.docker.stack import (
    DOCKER,
    FILES,
    PRODUCTION,
    ROOT,
    VARIABLE,
    example,
    is_pinned,
    literal_secrets,
    memory_gib,
    services,
    variables,
)

from shutong.settings import Settings

ALL = services(*FILES)
AIRFLOW = ("init", "api-server", "scheduler", "dag-processor", "worker")
ONE_SHOT = ("init",)


def test_production_has_no_sample_front_end() -> None:
    assert set(services(*PRODUCTION)) == {"postgres", "redis", *AIRFLOW}


@pytest.mark.parametrize("name", ALL)
def test_every_service_watches_its_health_or_runs_once(name: str) -> None:
    service = ALL[name]
    if name in ONE_SHOT:
        assert service["restart"] == "no"
        assert service["healthcheck"] == {"disable": True}
    else:
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"]


@pytest.mark.parametrize("name", ALL)
def test_no_secret_of_a_service_is_written_in_the_file(name: str) -> None:
    assert literal_secrets(ALL[name]) == []


@pytest.mark.parametrize(
    "environment",
    [
        {"POSTGRES_PASSWORD": "hunter2"},
        {"POSTGRES_PASSWORD": "${POSTGRES_PASSWORD:-hunter2}"},
        {"POSTGRES_PASSWORD": "${POSTGRES_PASSWORD}"},
        {"AIRFLOW__CORE__FERNET_KEY": ""},
        {"URL": "redis://:hunter2@redis:6379/0"},
        {"URL": "postgresql+psycopg2://airflow:${P:-airflow}@postgres/airflow"},
        {"AIRFLOW_CONN_X": '{"conn_type": "mysql", "password": "hunter2"}'},
    ],
)
def test_a_secret_written_in_the_file_is_found(environment: dict[str, str]) -> None:
    assert literal_secrets({"environment": environment}) == list(environment)


def test_a_secret_written_in_a_command_is_found() -> None:
    assert literal_secrets({"command": ["redis-server", "--requirepass", "x"]}) == ["command"]


def test_the_example_names_every_variable_and_no_other() -> None:
    assert set(example()) == set(variables(*FILES))


def test_the_example_gives_no_value_for_what_must_be_set() -> None:
    required = {name for name, needed in variables(*FILES).items() if needed}
    assert {name for name, value in example().items() if not value} == required


def test_the_example_gives_the_defaults_of_what_may_be_set() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in FILES)
    defaults = {name: value for name, sign, value in VARIABLE.findall(text) if sign == "-"}
    assert {name: value for name, value in example().items() if value} == defaults


@pytest.mark.parametrize("name", ALL)
def test_every_image_is_pinned(name: str) -> None:
    assert is_pinned(ALL[name]["image"])


@pytest.mark.parametrize(
    "image", ["postgres", "postgres:latest", "redis:7", "mariadb:11-noble", "a/b:slim", "x@y"]
)
def test_an_image_that_may_change_is_not_pinned(image: str) -> None:
    assert not is_pinned(image)


def test_our_image_bears_the_version_of_the_project() -> None:
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert {ALL[name]["image"] for name in AIRFLOW} == {f"shutong:{version[1]}"}


def test_all_limits_together_fit_the_exchange_server() -> None:
    """One server of 16 cores and 32 GB (景府办字〔2019〕7号, annex 2), with room for the host."""
    cores = memory = 0.0
    for service in ALL.values():
        limits = service["deploy"]["resources"]["limits"]
        replicas = service["deploy"].get("replicas", 1)
        cores += replicas * float(limits["cpus"])
        memory += replicas * memory_gib(limits["memory"])
    assert cores <= 16
    assert memory <= 30


def test_two_workers_take_the_tasks() -> None:
    assert ALL["worker"]["deploy"]["replicas"] == 2
    assert ALL["worker"]["environment"]["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"


@pytest.mark.parametrize("name", AIRFLOW)
def test_production_never_uses_the_simple_auth_manager(name: str) -> None:
    manager = ALL[name]["environment"]["AIRFLOW__CORE__AUTH_MANAGER"]
    assert manager == "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"


@pytest.mark.parametrize("name", AIRFLOW)
def test_every_shutong_setting_is_one_the_program_knows(name: str) -> None:
    given = {key for key in ALL[name]["environment"] if key.startswith("SHUTONG_")}
    assert given <= {f"SHUTONG_{field.upper()}" for field in Settings.model_fields}


@pytest.mark.parametrize("name", AIRFLOW)
def test_every_airflow_setting_is_one_that_airflow_knows(name: str) -> None:
    known = _airflow_options()
    given = {key for key in ALL[name]["environment"] if key.startswith("AIRFLOW__")}
    ours = {key for key in given if key.split("__")[1] not in ("CELERY", "FAB")}
    assert ours <= known, ours - known
    assert "AIRFLOW__CORE__EXECUTOR" in known


def test_only_the_workers_reach_the_front_end_machines() -> None:
    reaching = {name for name in services(*PRODUCTION) if "front-ends" in ALL[name]["networks"]}
    assert reaching == {"worker"}


def test_databases_and_queue_cannot_be_reached_from_outside() -> None:
    networks = yaml.safe_load(FILES[0].read_text(encoding="utf-8"))["networks"]
    assert networks["control"] == {"internal": True}
    for name in ("postgres", "redis"):
        assert ALL[name]["networks"] == ["control"]
    published = [port for service in ALL.values() for port in service.get("ports", [])]
    assert published == ["127.0.0.1:8080:8080"]


def test_only_those_who_need_it_know_the_password_of_the_ledger() -> None:
    knowing = {n for n in AIRFLOW if "SHUTONG_LEDGER_URL" in ALL[n]["environment"]}
    assert knowing == {"init", "worker"}


@pytest.mark.parametrize("name", AIRFLOW)
def test_no_role_of_airflow_keeps_rights_of_the_host(name: str) -> None:
    assert ALL[name]["cap_drop"] == ["ALL"]
    assert ALL[name]["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", AIRFLOW)
def test_no_role_of_airflow_can_change_the_declarations(name: str) -> None:
    mounts = [mount for mount in ALL[name]["volumes"] if mount.startswith("../")]
    folders = ["catalog", "dags", "expectations", "schemas"]
    assert sorted(mounts) == [f"../{f}:/opt/shutong/{f}:ro" for f in folders]
    assert all((ROOT / folder).is_dir() for folder in folders)


def test_the_connections_of_the_sample_front_ends_are_those_of_the_catalog() -> None:
    declared = yaml.safe_load((ROOT / "catalog/front_ends.yaml").read_text(encoding="utf-8"))
    known = {f["connection"]: f["code"] for f in declared["front_ends"]}
    prefix = "AIRFLOW_CONN_"
    for key, value in ALL["worker"]["environment"].items():
        if key.startswith(prefix):
            facts = json.loads(VARIABLE.sub("x", value))
            assert facts["host"] == known[key.removeprefix(prefix).lower()]
            assert facts["host"] in ALL
            assert facts["login"] == "shutong_reader"


def test_the_compose_plugin_accepts_both_stacks(tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if (
        docker is None
        or subprocess.run([docker, "compose", "version"], capture_output=True).returncode
    ):
        pytest.skip("docker compose is not installed: 未运行 docker compose config")
    filled = {name: value or "x" for name, value in example().items()}
    environment = tmp_path / "env"
    environment.write_text("".join(f"{k}={v}\n" for k, v in filled.items()))
    clean = {k: v for k, v in os.environ.items() if k not in filled}
    for files in (PRODUCTION, FILES):
        words = [docker, "compose", "--env-file", str(environment)]
        words += [word for file in files for word in ("-f", str(file))]
        done = subprocess.run([*words, "config", "-q"], env=clean, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def _airflow_options() -> set[str]:
    # Found without an import, which takes seconds.
    spec = importlib.util.find_spec("airflow")
    assert spec is not None
    assert spec.origin is not None
    template = Path(spec.origin).parent / "config_templates" / "config.yml"
    sections = yaml.load(template.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return {
        f"AIRFLOW__{section}__{option}".upper()
        for section, facts in sections.items()
        for option in facts["options"]
    }


def test_a_filled_in_environment_is_never_committed() -> None:
    assert ".env" in (DOCKER / ".gitignore").read_text(encoding="utf-8").splitlines()
