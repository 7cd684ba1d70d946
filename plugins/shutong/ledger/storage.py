"""Where the ledger is kept (台账存储): SQLite in a file, or PostgreSQL by its URL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from shutong.errors import RecordFailed, Text
from shutong.ledger.schema import GUARDS, prepare

BUSY_SECONDS: Final = 30
"""How long a writer waits for the one before it."""
WRITER_LOCK: Final = 0x7368_7574
"""PostgreSQL advisory lock held by the one writer."""

_WRITING: Final = "shutong_writing"
_ADDRESS_STEP: Final = Text(
    "SHUTONG_LEDGER_URL 写成 sqlite:////文件路径 或 postgresql+psycopg://主机/库名",
    "set SHUTONG_LEDGER_URL to sqlite:////path or postgresql+psycopg://host/database",
)


class Storage:
    """Transactions on the ledger's database (台账事务); every fault is a RecordFailed."""

    def __init__(self, url: str) -> None:
        self._url = _address(url)
        self._engine: Engine | None = None

    @property
    def place(self) -> str:
        """Name the database for messages, without its password."""
        return self._url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the ledger."""
        with self._faults(), self._open().connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give the one write transaction: committed whole at the end, or not at all."""
        with self._faults(), _writing(self._open()) as connection:
            yield connection

    def _open(self) -> Engine:
        if self._engine is None:
            if self._url.get_backend_name() == "sqlite":
                _private_file(Path(str(self._url.database)))
            engine = _engine(self._url)
            with _writing(engine) as connection:
                prepare(connection)
            self._engine = engine
        return self._engine

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, OSError, ImportError) as exc:
            cause = exc.orig if isinstance(exc, DBAPIError) else exc
            # First line only: the rest of a database's message may repeat the statement.
            words = (str(cause).splitlines() or [type(exc).__name__])[0]
            raise RecordFailed(
                Text(f"台账无法读写：{words}", f"the ledger cannot be used: {words}"),
                place=self.place,
                next_step=Text(
                    "检查台账数据库是否可达、磁盘是否已满、权限是否正确，然后重跑",
                    "check that its database can be reached, its disk and its rights, then rerun",
                ),
            ) from exc


def _address(text: str) -> URL:
    """Return the ledger's address; RecordFailed when it is none that can be used."""
    try:
        url = make_url(text)
    except ArgumentError as exc:
        raise RecordFailed(
            Text("台账地址不是数据库 URL", "the ledger's address is not a database URL"),
            next_step=_ADDRESS_STEP,
        ) from exc
    if url.get_backend_name() not in GUARDS:
        raise RecordFailed(
            Text(
                f"台账不支持 {url.get_backend_name()}",
                f"a ledger cannot be kept in {url.get_backend_name()}",
            ),
            next_step=_ADDRESS_STEP,
        )
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise RecordFailed(
            Text("台账必须是文件，不能在内存中", "a ledger must be a file, not memory"),
            next_step=_ADDRESS_STEP,
        )
    return url


def _private_file(path: Path) -> None:
    """Create the SQLite file for its owner only; its journal files take the same rights."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _engine(url: URL) -> Engine:
    # NullPool: Airflow forks its tasks, and a connection must not cross a fork.
    try:
        engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    except (ImportError, NoSuchModuleError) as exc:
        raise RecordFailed(
            Text(
                f"缺少数据库驱动：{url.drivername}",
                f"the database driver is not installed: {url.drivername}",
            ),
            next_step=Text("安装该驱动，例如 psycopg", "install it, for instance psycopg"),
        ) from exc
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _on_sqlite_begin)
    return engine


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    with engine.connect().execution_options(**{_WRITING: True}) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")
        yield connection


def _on_sqlite_connect(connection: Any, _record: Any) -> None:
    # The driver must not open transactions of its own: BEGIN IMMEDIATE is ours to say.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_SECONDS * 1000}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _on_sqlite_begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
