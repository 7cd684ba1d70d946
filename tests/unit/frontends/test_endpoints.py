"""Connections in Airflow's own shapes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shutong.errors import CatalogFaulty, ShutongError, SourceUnreachable
from shutong.frontends import Endpoint, endpoint_of, resolve

CANARY = "Zx9-canary"


def shown(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "kind": endpoint.kind,
        "host": endpoint.host,
        "port": endpoint.port,
        "login": endpoint.login,
        "password": endpoint.password.get_secret_value(),
        "database": endpoint.database,
        "extra": dict(endpoint.extra),
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "mysql://reader:p%40ss%2F%3A@10.1.2.3:3306/population",
            ("mysql", "10.1.2.3", 3306, "reader", "p@ss/:", "population", {}),
        ),
        (
            "oracle+cx_oracle://u:p@fe.local:1521/?service_name=ORCL",
            ("oracle+cx_oracle", "fe.local", 1521, "u", "p", "", {"service_name": "ORCL"}),
        ),
        (
            'dm://u:p@[fe80::1]:5236/?__extra__={"a": {"b": 1}}',
            ("dm", "fe80::1", 5236, "u", "p", "", {"a": {"b": 1}}),
        ),
        ("sqlite:////data/Fe/x.db", ("sqlite", "", None, "", "", "/data/Fe/x.db", {})),
        ("sqlite://%2Fdata%2FFe%2Fx.db", ("sqlite", "/data/Fe/x.db", None, "", "", "", {})),
        ("mysql://u@h", ("mysql", "h", None, "u", "", "", {})),
        (
            '{"conn_type": "mysql", "host": "h", "port": "3306", "login": "u", "password": "p",'
            ' "schema": "d", "extra": "{\\"x\\": 1}"}',
            ("mysql", "h", 3306, "u", "p", "d", {"x": 1}),
        ),
        (
            '{"conn_type": "sqlite", "host": "/x.db", "login": null, "extra": null}',
            ("sqlite", "/x.db", None, "", "", "", {}),
        ),
    ],
)
def test_a_connection_is_read_as_airflow_writes_it(text: str, expected: tuple[Any, ...]) -> None:
    assert tuple(shown(endpoint_of("police_fe", text)).values()) == expected


@pytest.mark.parametrize(
    "text",
    [
        f"mysql:/u:{CANARY}@h",
        f"mysql://u:{CANARY}@h:notaport/d",
        f"mysql://u:{CANARY}@h:70000/d",
        f"mysql://u:{CANARY}@[h:1/d",
        f'{{"conn_type": "mysql", "password": "{CANARY}"',
        f'{{"password": "{CANARY}"}}',
        f'{{"conn_type": "mysql", "port": "x", "password": "{CANARY}"}}',
        f'{{"conn_type": 7, "password": "{CANARY}"}}',
        "",
    ],
)
def test_a_malformed_connection_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(SourceUnreachable, match="police_fe") as caught:
        endpoint_of("police_fe", text)

    assert_no_canary(caught.value)


def assert_no_canary(error: ShutongError) -> None:
    assert CANARY not in f"{error} {error!r} {error.__cause__!r}"
    assert error.__suppress_context__
    assert error.next_step.zh


def test_the_text_of_an_endpoint_hides_the_password() -> None:
    endpoint = endpoint_of("fe", f"mysql://u:{CANARY}@h:1/d")

    assert CANARY not in f"{endpoint} {endpoint!r} {endpoint.password}"
    assert "h:1" in repr(endpoint)


@given(st.text(min_size=1), st.text())
def test_every_login_and_password_survives_a_json_connection(login: str, password: str) -> None:
    text = json.dumps({"conn_type": "mysql", "login": login, "password": password})

    endpoint = endpoint_of("fe", text)

    assert (endpoint.login, endpoint.password.get_secret_value()) == (login, password)


def test_the_environment_goes_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "connections.json"
    file.write_text(
        json.dumps({"a_fe": {"conn_type": "mysql", "host": "file"}, "b_fe": "mysql://u:p@text"})
    )
    monkeypatch.setenv("AIRFLOW_CONN_A_FE", "mysql://u:p@environment")

    assert resolve("a_fe", file).host == "environment"
    monkeypatch.delenv("AIRFLOW_CONN_A_FE")
    assert resolve("a_fe", file).host == "file"
    assert resolve("b_fe", file).host == "text"


def test_an_unknown_connection_says_where_to_declare_it(tmp_path: Path) -> None:
    for file in (tmp_path / "missing.json", tmp_path / "there.json"):
        (tmp_path / "there.json").write_text("{}")
        with pytest.raises(SourceUnreachable, match="tax_fe") as caught:
            resolve("tax_fe", file)

        assert str(file) in str(caught.value)
        assert "AIRFLOW_CONN_TAX_FE" in str(caught.value)


@pytest.mark.parametrize("content", [f'{{"fe": "{CANARY}', "[]", "\xff\xfe"])
def test_a_connections_file_that_is_none_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "connections.json"
    file.write_bytes(content.encode("latin-1"))

    with pytest.raises(CatalogFaulty, match=r"connections\.json") as caught:
        resolve("fe", file)

    assert CANARY not in str(caught.value)
