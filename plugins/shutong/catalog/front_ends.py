"""Front-end machines in the catalog (前置机声明): how they are reached, spared and encrypted."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from shutong.catalog.declaring import Code, Declaration, Line


class FrontEndKind(StrEnum):
    """Database of a front-end machine (前置机数据库)."""

    ORACLE = "oracle"
    DM = "dm"
    MYSQL = "mysql"
    POSTGRESQL = "postgresql"
    KINGBASE = "kingbase"
    SQLITE = "sqlite"

    @property
    def encrypts(self) -> bool:
        """Say whether the reader itself encrypts the line and can promise it."""
        return self in (FrontEndKind.MYSQL, FrontEndKind.POSTGRESQL, FrontEndKind.KINGBASE)


HoursText = Annotated[
    str,
    StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$"),
]
"""Hours of the day, such as "20:00-07:00": begin included, end not, midnight may lie between."""


class Limits(Declaration):
    """How gently a front-end machine is read (访问限额)."""

    connections: int = Field(default=2, ge=1, le=32)
    """Readings at once, over Airflow's tasks and this machine's commands together."""
    connect_timeout_seconds: int = Field(default=10, ge=1, le=300)
    read_timeout_seconds: int = Field(default=300, ge=1, le=7200)
    """Longest silence of the line, and longest wait for a lock."""
    statement_timeout_seconds: int = Field(default=14_400, ge=1, le=86_400)
    """Longest time one drawing may last, from its first byte to its last."""
    rows_per_second: int | None = Field(default=None, ge=1)
    """Rows drawn per second on average; None for as fast as the line goes."""
    hours: tuple[HoursText, ...] = ()
    """Hours in which rows may be drawn, in the front-end's own zone; none for any hour."""

    @field_validator("hours")
    @classmethod
    def _some_time(cls, hours: tuple[str, ...]) -> tuple[str, ...]:
        for span in hours:
            begin, _, end = span.partition("-")
            if begin == end:
                raise ValueError(f"{span} 没有时长 / {span} lasts no time")
        return hours


class Tls(StrEnum):
    """How the line to a front-end machine is encrypted (传输加密)."""

    PREFERRED = "preferred"
    """Encrypted where the server offers it."""
    REQUIRED = "required"
    """Encrypted, or no reading."""
    VERIFIED = "verified"
    """Encrypted, and the server's certificate checked against the connection's CA file."""
    PLAINTEXT = "plaintext"
    """Not encrypted, by choice; only where a reader would encrypt."""


class WritableAccount(StrEnum):
    """What happens when the reading account turns out to be able to write (账号可写时)."""

    REFUSE = "refuse"
    ACCEPT = "accept"


class Charset(StrEnum):
    """Encoding of texts whose database does not tell it (字符编码)."""

    GBK = "gbk"
    GB18030 = "gb18030"
    BIG5 = "big5"
    UTF8 = "utf-8"


class FrontEnd(Declaration):
    """A front-end machine (前置机). Its password lives in an Airflow connection, never here."""

    code: Code
    name: Line
    department: Code
    kind: FrontEndKind
    connection: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    system: Code | None = None
    time_zone: str = "Asia/Shanghai"
    thick_client: bool = False
    """Oracle only: use the thick client, which servers before 12.1 need."""
    charset: Charset | None = None
    """Oracle and PostgreSQL only: encoding that texts really have, where the database claims
    US7ASCII or SQL_ASCII, or holds bytes that are none of its own."""
    tls: Tls = Tls.PREFERRED
    """Whether the line is encrypted; stated only where the reader itself encrypts it."""
    writable_account: WritableAccount = WritableAccount.REFUSE
    """Whether an account that may write is refused, as it should be, or accepted for now."""
    limits: Limits = Limits()

    @field_validator("tls")
    @classmethod
    def _does_something(cls, tls: Tls, facts: ValidationInfo) -> Tls:
        kind: FrontEndKind | None = facts.data.get("kind")
        if kind is None or kind.encrypts or tls is Tls.PREFERRED:
            return tls
        if kind is FrontEndKind.SQLITE:
            raise ValueError(
                f"{kind} 是本机文件, 没有线路, {tls} 不起作用, 请删去 tls / "
                f"{kind} is a file on this machine without a line: {tls} does nothing, "
                "leave tls out"
            )
        raise ValueError(
            f"{kind} 前置机的加密在连接中设置, {tls} 不起作用, 请删去 tls / "
            f"{tls} does nothing for {kind}: encryption is set in its connection, leave tls out"
        )
