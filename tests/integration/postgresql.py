"""A private PostgreSQL server for tests, shared by the workers of one run (测试用数据库).

Like `mariadb`: own data folder, own free port, started when the first test asks for it,
ended with the run. `SHUTONG_TEST_POSTGRESQL_URL` names another server to use, with an account
that may create databases and roles.
"""

from __future__ import annotations

import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import psycopg
from filelock import FileLock
from psycopg import sql
from tests.integration import mariadb

URL_VARIABLE: Final = "SHUTONG_TEST_POSTGRESQL_URL"
REQUIRED_VARIABLES: Final = ("CI", "SHUTONG_REQUIRE_POSTGRESQL")
_SMALL: Final = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "autovacuum": "off",
    # As files in the data folder: nothing is left behind however the server ends.
    "dynamic_shared_memory_type": "mmap",
}
_ADMIN: Final = "postgres"
_START_SECONDS: Final = 30
_STOP_SECONDS: Final = 10


class NoServer(Exception):
    """PostgreSQL is not installed here."""


@dataclass(frozen=True)
class Account:
    """A server with a login (账号)."""

    host: str
    port: int
    login: str
    password: str
    database: str = "postgres"

    @property
    def url(self) -> str:
        """The account as SQLAlchemy's address, for the ledger."""
        login = f"{self.login}:{self.password}@{self.host}:{self.port}"
        return f"postgresql+psycopg://{login}/{self.database}"

    def connect(self) -> psycopg.Connection[Any]:
        """Open a connection that commits each statement."""
        return psycopg.connect(
            host=self.host,
            port=self.port,
            user=self.login,
            password=self.password,
            dbname=self.database,
            autocommit=True,
        )

    def run(self, *statements: str | sql.Composable) -> None:
        """Run statements."""
        with closing(self.connect()) as connection:
            for statement in statements:
                connection.execute(_query(statement))

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Return all rows of a statement."""
        with closing(self.connect()) as connection:
            return connection.execute(_query(statement), values).fetchall()

    def fill(self, table: str, rows: Sequence[Sequence[object]]) -> None:
        """Insert rows."""
        with closing(self.connect()) as connection, connection.cursor() as cursor:
            name = sql.Identifier(table)
            with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(name)) as copy:
                for row in rows:
                    copy.write_row(row)


@dataclass(frozen=True)
class PostgreSQL:
    """An empty database of its own with an owner and a reader who may only read (测试库)."""

    admin: Account
    reader: Account


def account_of(url: str) -> Account:
    """Return the account that a `postgresql://login:password@host:port/database` URL names."""
    parts = urlsplit(url)
    return Account(
        parts.hostname or "127.0.0.1",
        parts.port or 5432,
        unquote(parts.username or _ADMIN),
        unquote(parts.password or ""),
        parts.path.strip("/") or "postgres",
    )


def server(folder: Path) -> Account:
    """Return the administrator's account of the run's server, started when it is not up.

    `folder` is shared by all workers of the run. Raises NoServer.
    """
    if url := os.environ.get(URL_VARIABLE):
        return account_of(url)
    with FileLock(folder / "postgresql.lock"):
        note = folder / "postgresql.json"
        if not note.exists():
            note.write_text(json.dumps(_start(folder)))
        facts = json.loads(note.read_text())
    return Account("127.0.0.1", facts["port"], _ADMIN, facts["password"])


def stop(folder: Path) -> None:
    """Stop the run's server if one was started; its clients are sent away."""
    note = folder / "postgresql.json"
    if note.exists():
        with suppress(ProcessLookupError):
            _end(json.loads(note.read_text())["pid"])


@contextmanager
def database(admin: Account, name: str, *, encoding: str = "UTF8") -> Iterator[PostgreSQL]:
    """Make an empty database with a reader who may only read it; drop both at the end."""
    reader = Account(admin.host, admin.port, name, secrets.token_hex(8), name)
    owner = Account(admin.host, admin.port, admin.login, admin.password, name)
    names = {"name": sql.Identifier(name), "word": sql.Literal(reader.password)}
    clear = (
        sql.SQL("DROP DATABASE IF EXISTS {name} WITH (FORCE)").format(**names),
        sql.SQL("DROP ROLE IF EXISTS {name}").format(**names),
    )
    create = sql.SQL("CREATE DATABASE {name} TEMPLATE template0 ENCODING {e} LOCALE 'C'")
    admin.run(
        *clear,
        create.format(e=sql.Literal(encoding), **names),
        sql.SQL("CREATE ROLE {name} LOGIN PASSWORD {word}").format(**names),
    )
    readable = "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {name}"
    owner.run(sql.SQL(readable).format(**names))
    try:
        yield PostgreSQL(owner, reader)
    finally:
        admin.run(*clear)


def _query(statement: str | sql.Composable) -> Any:
    return statement.encode() if isinstance(statement, str) else statement


def _start(folder: Path) -> dict[str, int | str]:
    initdb, postgres = _program("initdb"), _program("postgres")
    home = folder / "postgresql"
    home.mkdir(mode=0o700)
    as_user = _as_user(home)
    password, word = secrets.token_hex(8), home / "password"
    word.write_text(password)
    word.chmod(0o644)
    arguments = [f"--pgdata={home / 'data'}", f"--username={_ADMIN}", f"--pwfile={word}"]
    made = subprocess.run(
        [*as_user, initdb, *arguments, "--auth=scram-sha-256", "--locale=C", "--encoding=UTF8",
         "--no-sync", "--no-instructions"],
        check=False,
        capture_output=True,
        text=True,
        cwd=home,
    )  # fmt: skip
    if made.returncode:
        raise RuntimeError(f"initdb failed:\n{made.stderr}")
    port = mariadb.free_port()
    settings = {**_SMALL, "listen_addresses": "127.0.0.1", "port": str(port),
                "unix_socket_directories": str(home)}  # fmt: skip
    log = home / "server.log"
    command = [*as_user, postgres, "-D", str(home / "data")]
    command += [f"--{name}={value}" for name, value in settings.items()]
    # Not a Popen: the server outlives the worker that started it.
    pid = os.posix_spawn(
        command[0],
        command,
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    mariadb.guard(pid, folder)
    _await_answer(pid, Account("127.0.0.1", port, _ADMIN, password), log)
    return {"pid": pid, "port": port, "password": password}


def _program(name: str) -> str:
    """Return the path of a program of PostgreSQL: Debian keeps them beside the path."""
    folders = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(folders) or "/nowhere")
    if found is None:
        raise NoServer("postgres is not installed")
    return found


def _as_user(home: Path) -> list[str]:
    """Return the words before a command that run it as another user: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return []
    user = next(entry for entry in map(_entry, ("postgres", "nobody")) if entry is not None)
    os.chown(home, user.pw_uid, user.pw_gid)
    home.parent.chmod(0o711)
    change = shutil.which("setpriv")
    if change is None:
        raise NoServer("PostgreSQL refuses root, and setpriv is not installed")
    return [change, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _entry(name: str) -> pwd.struct_passwd | None:
    with suppress(KeyError):
        return pwd.getpwnam(name)
    return None


def _await_answer(pid: int, account: Account, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            account.run("SELECT 1")
        except psycopg.OperationalError:
            if not mariadb.alive(pid) or time.monotonic() > deadline:
                _end(pid)
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from None
            time.sleep(0.02)
        else:
            return


def _end(pid: int) -> None:
    # SIGTERM would wait for every client.
    os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + _STOP_SECONDS
    while mariadb.alive(pid):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            return
        time.sleep(0.02)
