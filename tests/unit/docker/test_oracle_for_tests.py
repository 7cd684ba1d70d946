"""`make test-oracle`: an Oracle server that is there for the tests only, and gone afterwards."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Final

import pytest
from tests.unit.docker.stack import DOCKER, ROOT, is_pinned, literal_secrets, services

SCRIPT: Final = ROOT / ".ci/test-oracle"
FILE: Final = DOCKER / "compose.test-oracle.yaml"
DOCKER_STANDS_IN: Final = """#!/bin/sh
echo "$@" >>"$ASKED"
env | grep ORACLE_PASSWORD >>"$ASKED"
case "$*" in *"port oracle 1521"*) echo 127.0.0.1:49152 ;; esac
case "$*" in *" up "*) exit "$UP" ;; esac
"""


def run(folder: Path, *command: str, docker: bool, up: int = 0, **named: str) -> tuple[int, str]:
    """Run the script with a Docker that only notes what it is asked; return code and words."""
    tools = folder / "tools"
    tools.mkdir()
    for tool in ("sh", "od", "tr", "sed", "dirname", "env", "grep", "echo", "printenv", "false"):
        (tools / tool).symlink_to(f"/usr/bin/{tool}")
    if docker:
        (tools / "docker").write_text(DOCKER_STANDS_IN, encoding="utf-8")
        (tools / "docker").chmod(0o755)
    told = {"PATH": str(tools), "ASKED": str(folder / "asked"), "UP": str(up), **named}
    done = subprocess.run(
        ["/bin/sh", str(SCRIPT), *command], env=told, capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout + done.stderr


def test_the_server_is_pinned_local_and_without_a_password_of_its_own() -> None:
    (oracle,) = services(FILE).values()
    assert is_pinned(oracle["image"])
    assert all(re.match(r"127\.0\.0\.1:", port) for port in oracle["ports"])
    assert literal_secrets(oracle) == []
    assert "volumes" not in oracle


def test_it_is_started_named_to_the_tests_and_removed(tmp_path: Path) -> None:
    code, words = run(tmp_path, "printenv", "SHUTONG_TEST_ORACLE_URL", docker=True)
    asked = (tmp_path / "asked").read_text(encoding="utf-8")
    (password,) = set(re.findall(r"ORACLE_PASSWORD=(\S+)", asked))
    assert code == 0
    assert f"oracle://system:{password}@127.0.0.1:49152/FREEPDB1" in words
    compose = [line for line in asked.splitlines() if "--file" in line]
    assert [re.search(r"yaml (\w+)", line)[1] for line in compose] == ["up", "port", "down"]
    assert password not in "".join(compose), "a command line is seen by everybody"


@pytest.mark.parametrize(("command", "up"), [("false", 0), ("printenv", 7)])
def test_it_is_removed_though_the_tests_or_its_start_fail(
    tmp_path: Path, command: str, up: int
) -> None:
    code, _ = run(tmp_path, command, docker=True, up=up)
    assert code == (up or 1)
    assert " down " in (tmp_path / "asked").read_text(encoding="utf-8")


def test_without_docker_it_says_what_to_do(tmp_path: Path) -> None:
    code, words = run(tmp_path, "printenv", docker=False)
    assert code == 1
    assert "SHUTONG_TEST_ORACLE_URL=" in words


def test_a_server_that_is_named_is_used_and_left_alone(tmp_path: Path) -> None:
    name = "SHUTONG_TEST_ORACLE_URL"
    code, words = run(tmp_path, "printenv", name, docker=True, **{name: "oracle://u:p@h/X"})
    assert (code, words.strip()) == (0, "oracle://u:p@h/X")
    assert not (tmp_path / "asked").exists()


def test_no_run_of_the_tests_pulls_it() -> None:
    texts = [
        path.read_text(encoding="utf-8") for path in (ROOT / ".ci/run", ROOT / "pyproject.toml")
    ]
    assert not [text for text in texts if "test-oracle" in text or "tests/oracle" in text]
    assert os.access(SCRIPT, os.R_OK)
