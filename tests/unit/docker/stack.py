"""The compose files as one stack (生产编排), with what the tests ask of it."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[3]
DOCKER: Final = ROOT / "docker"
FILES: Final = (DOCKER / "compose.yaml", DOCKER / "compose.sample.yaml")
PRODUCTION: Final = FILES[:1]

VARIABLE: Final = re.compile(r"(?<!\$)\$\{(\w+)(?::([?-])([^}]*))?\}")
_REQUIRED: Final = re.compile(r"\$\{\w+:\?[^}]+\}")
_SECRET_NAME: Final = re.compile(r"PASSWORD|SECRET|FERNET|TOKEN|_AUTH$|_KEY$", re.IGNORECASE)
_IN_ADDRESS: Final = re.compile(r"://[^:/@\s]*:(?P<secret>(?:\$\{[^}]*\}|[^@\s])+)@")
_IN_JSON: Final = re.compile(r'"password":\s*"(?P<secret>[^"]*)"')
_PINNED: Final = re.compile(r"^[\w./-]+:v?\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?$")

Service = dict[str, Any]


def services(*files: Path) -> dict[str, Service]:
    """Return the services of the files, each laid over the one before."""
    merged: dict[str, Any] = {}
    for file in files:
        merged = _over(merged, yaml.safe_load(file.read_text(encoding="utf-8")))
    found: dict[str, Service] = merged["services"]
    return found


def literal_secrets(service: Service) -> list[str]:
    """Return the names of settings that hold a secret not required from the environment."""
    found = []
    for name, value in service.get("environment", {}).items():
        text = str(value)
        secrets = [match["secret"] for match in _IN_ADDRESS.finditer(text)]
        secrets += [match["secret"] for match in _IN_JSON.finditer(text)]
        if _SECRET_NAME.search(name):
            secrets.append(text)
        if not all(_REQUIRED.fullmatch(secret) for secret in secrets):
            found.append(name)
    words = service.get("command", [])
    command = words if isinstance(words, str) else " ".join(words)
    return found + ["command"] * bool(re.search(r"(requirepass|--password)[ =]\w", command))


def is_pinned(image: str) -> bool:
    """Say whether an image names its exact release."""
    return _PINNED.fullmatch(image) is not None


def memory_gib(text: str) -> float:
    """Return a compose memory size in GiB; ValueError for another unit."""
    units = {"M": 1 / 1024, "G": 1.0}
    if text[-1] not in units:
        raise ValueError(text)
    return float(text[:-1]) * units[text[-1]]


def variables(*files: Path) -> dict[str, bool]:
    """Return every variable of the files, and whether the start stops without it."""
    found: dict[str, bool] = {}
    for file in files:
        for name, sign, _ in VARIABLE.findall(file.read_text(encoding="utf-8")):
            found[name] = found.get(name, False) or sign == "?"
    return found


def example() -> dict[str, str]:
    """Return the settings of `.env.example`."""
    lines = (DOCKER / ".env.example").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("=", 1) for line in lines if line and not line.startswith("#")]
    return {name: value for name, value in pairs}  # noqa: C416 - split gives lists


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    result = copy.deepcopy(below)
    for name, value in above.items():
        old = result.get(name)
        if isinstance(old, dict) and isinstance(value, dict):
            result[name] = _over(old, value)
        else:
            result[name] = value
    return result
