"""Encryption of the line to a front-end machine (传输加密), as its catalog entry states it."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any, Final

from shutong.catalog.models import FrontEnd, FrontEndKind, Tls
from shutong.errors import SourceUnreachable, Text
from shutong.frontends.endpoints import Endpoint
from shutong.frontends.faults import Faults

PLAIN: Final = "plaintext"


def line_of(tls: Tls, version: str | None = None) -> Text:
    """Say how a line is encrypted: as stated, or with `version`, as it is.

    `version` is the protocol in use, for instance "TLSv1.3", or `PLAIN`.
    """
    stated = {
        Tls.PREFERRED: Text("前置机支持时加密", "encrypted where the server offers it"),
        Tls.REQUIRED: Text("必须加密", "encryption required"),
        Tls.VERIFIED: Text("必须加密并校验证书", "encryption required, certificate verified"),
        Tls.PLAINTEXT: Text("明文 (目录声明)", "plaintext, as stated in the catalog"),
    }[tls]
    if version is None:
        return stated
    used = Text("明文", "plaintext") if version == PLAIN else Text(version, version)
    return Text(f"{used.zh} ({stated.zh})", f"{used.en} ({stated.en})")


def expected_line(front_end: FrontEnd) -> Text:
    """Say how a machine's line will be encrypted, before there is one."""
    if front_end.kind is FrontEndKind.SQLITE:
        return Text("本机文件, 不经网络", "a file on this machine, no network")
    if not front_end.kind.encrypts:
        return Text("加密由连接的设置决定", "encrypted as its connection is set")
    return line_of(front_end.tls)


def unverified() -> ssl.SSLContext:
    """Return the context of a line that is encrypted whoever answers.

    No authority is loaded: nobody asks one, and loading all of them takes 20 ms each time.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def context_of(tls: Tls, endpoint: Endpoint, faults: Faults) -> ssl.SSLContext | None:
    """Return the context of a line, None for plaintext; SourceUnreachable without a CA file."""
    if tls is Tls.PLAINTEXT:
        return None
    if tls is not Tls.VERIFIED:
        return unverified()
    path, host_too = authority_of(endpoint)
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cafile=path)
    except (OSError, TypeError, ValueError):
        raise _no_authority(faults) from None
    context.check_hostname = host_too
    return context


def authority_of(endpoint: Endpoint) -> tuple[str, bool]:
    """Return the CA file of a connection's extra, "" for none, and whether the host is checked.

    The extra is Airflow's own for MySQL: `{"ssl": {"ca": "/path/ca.pem"}}`, in which
    `"check_hostname": false` trusts any host that the authority has certified; PostgreSQL's
    `sslrootcert` serves as well.
    """
    declared: Any = endpoint.extra.get("ssl")
    settings: dict[str, Any] = declared if isinstance(declared, dict) else {}
    path = settings.get("ca") or endpoint.extra.get("sslrootcert") or ""
    return str(path), settings.get("check_hostname", True) is not False


def libpq_arguments(tls: Tls, endpoint: Endpoint, faults: Faults) -> dict[str, str]:
    """Return what PostgreSQL's own library is told; SourceUnreachable without a CA file."""
    if tls is Tls.VERIFIED:
        path, host_too = authority_of(endpoint)
        if not Path(path).is_file():
            raise _no_authority(faults)
        return {"sslmode": "verify-full" if host_too else "verify-ca", "sslrootcert": path}
    return {
        "sslmode": {Tls.PREFERRED: "prefer", Tls.REQUIRED: "require", Tls.PLAINTEXT: "disable"}[tls]
    }


def fault_of(error: ssl.SSLError, faults: Faults) -> SourceUnreachable:
    """Return the error for a line whose encryption failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _unreachable(
            faults,
            Text(
                "前置机的证书未通过校验 (签发者、主机名或有效期不符)",
                "the server's certificate is not trusted (its issuer, host name or date)",
            ),
            Text(
                f"向部门核实证书, 更新连接 {faults.front_end.connection} 的 ssl.ca; "
                "核实之前不要改为不校验",
                f"ask the department about the certificate and renew ssl.ca of connection "
                f"{faults.front_end.connection}; do not stop verifying before",
            ),
        )
    return _unreachable(
        faults,
        Text("与前置机的加密握手失败", "the encryption could not be agreed on"),
        Text(
            "请部门启用 TLS 1.2 以上; 确定用明文时在 front_ends.yaml 为 "
            f"{faults.front_end.code} 设 tls: plaintext",
            "ask the department for TLS 1.2 or later; to choose plaintext, set tls: plaintext "
            f"for {faults.front_end.code} in front_ends.yaml",
        ),
    )


def not_offered(faults: Faults) -> SourceUnreachable:
    """Return the error for a server without encryption where the catalog asks for it."""
    tls = faults.front_end.tls
    return _unreachable(
        faults,
        Text(
            f"前置机不提供加密, 而目录要求加密 (tls: {tls})",
            f"the server offers no encryption, which the catalog asks for (tls: {tls})",
        ),
        Text(
            f"请部门启用 TLS; 确定用明文时在 front_ends.yaml 为 {faults.front_end.code} "
            "设 tls: plaintext",
            "ask the department to turn TLS on; to choose plaintext, set tls: plaintext for "
            f"{faults.front_end.code} in front_ends.yaml",
        ),
    )


def _no_authority(faults: Faults) -> SourceUnreachable:
    connection = faults.front_end.connection
    return _unreachable(
        faults,
        Text(
            f"tls: verified 需要 CA 证书文件, 连接 {connection} 没有可读的",
            f"tls: verified needs a CA file, and connection {connection} has none to read",
        ),
        Text(
            f'在连接 {connection} 的 extra 中写 {{"ssl": {{"ca": "证书路径"}}}}',
            f'put {{"ssl": {{"ca": "its path"}}}} into the extra of connection {connection}',
        ),
    )


def _unreachable(faults: Faults, fact: Text, next_step: Text) -> SourceUnreachable:
    return SourceUnreachable(fact, place=faults.place, next_step=next_step)
