"""The production image as declared (生产镜像)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.unit.docker.stack import DOCKER, ROOT, is_pinned

DOCKERFILE = (DOCKER / "Dockerfile").read_text(encoding="utf-8")


def instructions(text: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile, each with its words on one line."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    found = [line.split(None, 1) for line in joined.splitlines() if line.strip()]
    return [(words[0].upper(), words[1]) for words in found]


def last_stage(text: str) -> list[tuple[str, str]]:
    """Return the instructions of the stage that becomes the image."""
    steps = instructions(text)
    start = max(i for i, (kind, _) in enumerate(steps) if kind == "FROM")
    return steps[start:]


def runs_as_root(text: str) -> bool:
    """Say whether the image's processes would be root."""
    users = [words for kind, words in last_stage(text) if kind == "USER"]
    return not users or users[-1].split(":")[0] in ("root", "0")


def test_the_image_does_not_run_as_root() -> None:
    assert not runs_as_root(DOCKERFILE)


@pytest.mark.parametrize(
    "text", ["FROM a:1.0\n", "FROM a:1.0\nUSER root\n", "FROM a:1.0\nUSER 5\nUSER 0:0\n",
             "FROM a:1.0 AS b\nUSER 5\nFROM a:1.0\n"]
)  # fmt: skip
def test_an_image_that_runs_as_root_is_found(text: str) -> None:
    assert runs_as_root(text)


def test_the_base_image_is_pinned_and_of_our_python() -> None:
    default = re.search(r"^ARG PYTHON_IMAGE=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert default is not None
    assert is_pinned(default[1])
    assert default[1].startswith("python:3.11.")
    bases = [words.split()[0] for kind, words in instructions(DOCKERFILE) if kind == "FROM"]
    assert bases == ["${PYTHON_IMAGE}"] * 2


def test_only_what_the_lock_file_says_is_installed() -> None:
    syncs = [w for kind, w in instructions(DOCKERFILE) if kind == "RUN" and "uv sync" in w]
    assert len(syncs) == 2
    for words in syncs:
        assert {"--frozen", "--no-dev", "--extra", "production"} <= set(words.split())


def test_uv_is_the_version_that_developers_get() -> None:
    ours = re.search(r"^ARG UV_VERSION=(\S+)$", DOCKERFILE, re.MULTILINE)
    theirs = re.search(r"^UV_VERSION=(\S+)$", (ROOT / ".ci/get-uv").read_text(), re.MULTILINE)
    assert ours is not None
    assert theirs is not None
    assert ours[1] == theirs[1]


def test_no_secret_is_built_in() -> None:
    given = [words for kind, words in instructions(DOCKERFILE) if kind in ("ENV", "ARG")]
    assert not [words for words in given if re.search(r"PASSWORD|SECRET|KEY|TOKEN", words)]


def test_the_build_sees_nothing_but_what_it_copies() -> None:
    lines = (DOCKER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = {
        word
        for kind, words in instructions(DOCKERFILE)
        if kind == "COPY" and "--from" not in words
        for word in words.split()[:-1]
    }
    assert allowed == copied
    assert all((ROOT / place).exists() for place in allowed)


def test_the_image_says_what_it_is_and_how_it_is() -> None:
    kinds = [kind for kind, _ in last_stage(DOCKERFILE)]
    assert "HEALTHCHECK" in kinds
    labels = next(words for kind, words in last_stage(DOCKERFILE) if kind == "LABEL")
    for name in ("title", "description", "version", "revision"):
        assert f"org.opencontainers.image.{name}=" in labels


@pytest.mark.parametrize("script", sorted(DOCKER.rglob("*.sh")), ids=lambda p: p.name)
def test_every_script_stops_at_its_first_error(script: Path) -> None:
    assert re.search(r"^set -eu", script.read_text(encoding="utf-8"), re.MULTILINE)
