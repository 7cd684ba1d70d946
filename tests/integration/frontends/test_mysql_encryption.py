"""Lines to MySQL are encrypted as the catalog states it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import RUN
from tests.integration import mariadb as servers
from tests.integration.frontends.conftest import MysqlSite, endpoint_of_account
from tests.integration.frontends.mysql_machines import machine, rows_of

from shutong.catalog.models import Tls
from shutong.errors import SourceUnreachable
from shutong.frontends import Endpoint, open_reader
from shutong.frontends.mysql import MysqlReader

FILLED = ("CREATE TABLE t (n INTEGER, v VARCHAR(20))", "INSERT INTO t VALUES (1, '𠮷')")


@pytest.fixture
def encrypted(mysql: MysqlSite) -> Endpoint:
    """Make a filled table on a server that offers encryption."""
    mysql.run(*FILLED)
    return mysql.endpoint


@pytest.fixture(scope="module")
def old_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Account]:
    """Start a server without encryption."""
    try:
        with servers.private(tmp_path_factory.mktemp("old"), "--skip-ssl") as own:
            yield own.admin
    except servers.NoServer as exc:
        pytest.skip(f"{exc}: MySQL 未测试")


@pytest.fixture
def plain(old_server: servers.Account) -> Iterator[Endpoint]:
    """Make a filled table on a server without encryption."""
    with servers.database(old_server, "plain") as made:
        made.admin.run(*FILLED)
        yield endpoint_of_account(made.reader)


@pytest.fixture
def authority() -> str:
    """Return the CA file of the run's server."""
    return str(servers.certificate(Path(os.environ[RUN])))


def trusting(endpoint: Endpoint, path: str, **other: Any) -> Endpoint:
    """Return an endpoint whose connection names a CA file."""
    return replace(endpoint, extra={"ssl": {"ca": path, **other}})


def line_of(tls: Tls, endpoint: Endpoint) -> str:
    """Return how a line says that it is encrypted."""
    with closing(MysqlReader(machine(tls), endpoint)) as reader:
        return str(reader.line)


@pytest.mark.parametrize("tls", [Tls.PREFERRED, Tls.REQUIRED])
def test_a_line_is_encrypted_where_the_server_offers_it(encrypted: Endpoint, tls: Tls) -> None:
    assert line_of(tls, encrypted).startswith("TLSv1.3 (")
    assert rows_of(machine(tls), encrypted) == [{"a": 1, "b": "𠮷".encode()}]


def test_plaintext_is_a_choice_that_is_said(encrypted: Endpoint) -> None:
    assert line_of(Tls.PLAINTEXT, encrypted).startswith("明文 (明文 (目录声明))")
    assert rows_of(machine(Tls.PLAINTEXT), encrypted) == [{"a": 1, "b": "𠮷".encode()}]


def test_a_batch_s_record_says_how_its_line_was_encrypted(encrypted: Endpoint) -> None:
    told = []
    for tls in (Tls.PREFERRED, Tls.PLAINTEXT):
        with closing(MysqlReader(machine(tls), encrypted)) as reader:
            from tests.integration.frontends.mysql_machines import QUERY, WANTED

            with reader.draw(QUERY, WANTED) as drawing:
                told.append(drawing.reader)
    assert [text.rpartition(", ")[2] for text in told] == ["TLSv1.3", "plaintext"]


@pytest.mark.parametrize("tls", [Tls.PREFERRED, Tls.PLAINTEXT])
def test_a_server_without_encryption_is_read_unless_it_is_required(
    plain: Endpoint, tls: Tls
) -> None:
    assert line_of(tls, plain).startswith("明文")
    assert rows_of(machine(tls), plain) == [{"a": 1, "b": "𠮷".encode()}]


@pytest.mark.parametrize("tls", [Tls.REQUIRED, Tls.VERIFIED])
def test_a_server_without_encryption_is_refused_where_it_is_required(
    plain: Endpoint, tls: Tls, authority: str
) -> None:
    with pytest.raises(SourceUnreachable, match="不提供加密") as caught:
        open_reader(machine(tls), trusting(plain, authority))
    assert "tls: plaintext" in caught.value.next_step.zh


def test_a_verified_certificate_is_trusted(encrypted: Endpoint, authority: str) -> None:
    endpoint = trusting(encrypted, authority)
    assert line_of(Tls.VERIFIED, endpoint).startswith("TLSv1.3")
    assert rows_of(machine(Tls.VERIFIED), endpoint) == [{"a": 1, "b": "𠮷".encode()}]


def test_a_certificate_of_another_authority_is_refused(encrypted: Endpoint, tmp_path: Path) -> None:
    other = servers.certificate(tmp_path)
    with pytest.raises(SourceUnreachable, match="证书未通过校验") as caught:
        open_reader(machine(Tls.VERIFIED), trusting(encrypted, str(other)))
    assert caught.value.__cause__ is None


def test_a_certificate_for_another_host_is_refused_unless_any_host_is_trusted(
    encrypted: Endpoint, authority: str
) -> None:
    elsewhere = replace(encrypted, host="localhost")
    with pytest.raises(SourceUnreachable, match="证书未通过校验"):
        open_reader(machine(Tls.VERIFIED), trusting(elsewhere, authority))
    line = line_of(Tls.VERIFIED, trusting(elsewhere, authority, check_hostname=False))
    assert line.startswith("TLSv1.3")


@pytest.mark.parametrize("path", ["", "/nowhere/ca.pem", __file__])
def test_verifying_without_a_ca_file_is_refused(encrypted: Endpoint, path: str) -> None:
    with pytest.raises(SourceUnreachable, match="需要 CA 证书文件"):
        open_reader(machine(Tls.VERIFIED), trusting(encrypted, path))


def test_a_server_that_cannot_agree_on_the_encryption_is_not_read_in_plaintext(
    mysql: MysqlSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ssl

    from shutong.frontends import mysql_stream

    def newest_only() -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("PSK")  # which no server without a shared key can answer
        return context

    monkeypatch.setattr(mysql_stream, "unverified", newest_only)
    with pytest.raises(SourceUnreachable, match="加密握手失败") as caught:
        open_reader(machine(), mysql.endpoint)
    assert "tls: plaintext" in caught.value.next_step.zh
