"""Where a front-end machine is reached (连接信息), from Airflow connections.

An environment variable `AIRFLOW_CONN_<ID>` (URI or JSON) goes before the connections file,
which has the shape of `airflow connections export --format json`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import SecretStr

from shutong.errors import CatalogFaulty, SourceUnreachable, Text

_EXTRA: Final = "__extra__"
"""Airflow's own query key for an extra that is one JSON text."""
_LARGEST_PORT: Final = 65535
_MASK: Final = "***"
_NONE: Final = SecretStr("")


@dataclass(frozen=True)
class Endpoint:
    """Address and login of a front-end machine (前置机地址); its text hides the password."""

    kind: str
    """Airflow's connection type, for instance "mysql" or "oracle+cx_oracle"."""
    host: str = ""
    port: int | None = None
    login: str = ""
    password: SecretStr = field(default=_NONE)
    database: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Endpoint({self.kind} {self.address}, login={self.login!r}, password={_MASK})"

    @property
    def address(self) -> str:
        """Host and port, fit for a message."""
        return f"{self.host}:{self.port}" if self.port else self.host


def resolve(connection: str, connections_file: Path) -> Endpoint:
    """Return the endpoint of a connection id; SourceUnreachable when nobody declared it."""
    variable = f"AIRFLOW_CONN_{connection.upper()}"
    if text := os.environ.get(variable):
        return endpoint_of(connection, text)
    declared = _read(connections_file)
    if connection not in declared:
        raise SourceUnreachable(
            Text(f"没有连接 {connection} 的登记", f"no connection {connection} is declared"),
            place=str(connections_file),
            next_step=Text(
                f"设置环境变量 {variable}, 或在该文件中登记",
                f"set {variable}, or declare it in that file",
            ),
        )
    value = declared[connection]
    return endpoint_of(connection, value if isinstance(value, str) else json.dumps(value))


def endpoint_of(connection: str, text: str) -> Endpoint:
    """Return the endpoint in a connection's URI or JSON; SourceUnreachable when malformed.

    The message never repeats the text: it may hold the password.
    """
    try:
        return _from_json(text) if text.lstrip().startswith("{") else _from_uri(text)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise SourceUnreachable(
            Text(f"连接 {connection} 的内容无法解析", f"connection {connection} cannot be parsed"),
            next_step=Text(
                "应为 Airflow 连接的 URI 或 JSON, 密码中的特殊字符需百分号编码",
                "give an Airflow connection URI or JSON; percent-encode special characters",
            ),
        ) from None


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        declared = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError):
        declared = None
    if not isinstance(declared, dict):
        raise CatalogFaulty(
            Text("连接文件不是 JSON 对象", "the connections file is not a JSON object"),
            place=str(path),
            next_step=Text(
                "用 airflow connections export 重新导出",
                "write it with airflow connections export --file-format json",
            ),
        )
    return declared


def _from_json(text: str) -> Endpoint:
    facts = json.loads(text)
    extra = facts.get("extra") or {}
    return Endpoint(
        kind=_kind(facts["conn_type"]),
        host=facts.get("host") or "",
        port=_port(facts.get("port")),
        login=facts.get("login") or "",
        password=SecretStr(facts.get("password") or ""),
        database=facts.get("schema") or "",
        extra=json.loads(extra) if isinstance(extra, str) else dict(extra),
    )


def _from_uri(text: str) -> Endpoint:
    # The scheme is split by hand: urlsplit knows no underscore, as in "oracle+cx_oracle".
    scheme, separator, rest = text.strip().partition("://")
    if not separator or not scheme:
        raise ValueError("no connection type")
    parts = urlsplit(f"//{rest}")
    extra = dict(parse_qsl(parts.query, keep_blank_values=True))
    if _EXTRA in extra:
        extra = json.loads(extra[_EXTRA])
    return Endpoint(
        kind=_kind(scheme),
        host=_host(parts.netloc),
        port=_port(parts.port),
        login=unquote(parts.username or ""),
        password=SecretStr(unquote(parts.password or "")),
        database=unquote(parts.path).removeprefix("/"),
        extra=extra,
    )


def _host(netloc: str) -> str:
    """Return the host as written: `urlsplit` would turn a file's path into small letters."""
    host = netloc.rpartition("@")[2]
    if host.startswith("["):
        return host[1 : host.index("]")]
    return unquote(host.partition(":")[0])


def _kind(text: str) -> str:
    return text.lower().replace("-", "_")


def _port(value: Any) -> int | None:
    if value in (None, ""):
        return None
    port = int(value)
    if not 0 < port <= _LARGEST_PORT:
        raise ValueError("port out of range")
    return port
