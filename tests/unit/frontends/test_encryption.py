"""What is said of a line's encryption before there is a line."""

from __future__ import annotations

import pytest

from shutong.catalog.models import FrontEnd, FrontEndKind, Tls
from shutong.frontends.encryption import expected_line


@pytest.mark.parametrize(
    ("kind", "tls", "zh", "en"),
    [
        ("mysql", "preferred", "前置机支持时加密", "encrypted where the server offers it"),
        ("mysql", "required", "必须加密", "encryption required"),
        (
            "postgresql",
            "verified",
            "必须加密并校验证书",
            "encryption required, certificate verified",
        ),
        ("kingbase", "plaintext", "明文 (目录声明)", "plaintext, as stated in the catalog"),
        ("oracle", "preferred", "加密由连接的设置决定", "encrypted as its connection is set"),
        ("dm", "preferred", "加密由连接的设置决定", "encrypted as its connection is set"),
        ("sqlite", "preferred", "本机文件, 不经网络", "a file on this machine, no network"),
    ],
)
def test_only_what_a_reader_does_itself_is_said_of_its_line(
    kind: str, tls: str, zh: str, en: str
) -> None:
    front_end = FrontEnd(
        code="fe",
        name="前置机",
        department="civil",
        kind=FrontEndKind(kind),
        connection="fe",
        tls=Tls(tls),
    )

    said = expected_line(front_end)

    assert (said.zh, said.en) == (zh, en)
