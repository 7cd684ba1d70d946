"""A private MariaDB server for tests, shared by the workers of one run (测试用数据库).

The server has its own data folder, socket and free port, so it never touches a server of
the machine. It starts when the first test asks for it and stops when the run ends.
`SHUTONG_TEST_MYSQL_URL` names another server to use, with an account that may create
databases and users.
"""

from __future__ import annotations

import getpass
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import pymysql
from filelock import FileLock

URL_VARIABLE: Final = "SHUTONG_TEST_MYSQL_URL"
REQUIRED_VARIABLES: Final = ("CI", "SHUTONG_REQUIRE_MARIADB")
_SMALL: Final = (
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--innodb-doublewrite=0",
    "--innodb-log-file-size=8M",
    "--innodb-buffer-pool-size=32M",
)
RUN_PROCESS: Final = "SHUTONG_TEST_PROCESS"
"""Variable with the process of the run that outlives all others."""
_GUARD: Final = """
while kill -0 "$1" && kill -0 "$2"; do sleep 1; done 2>/dev/null
kill -9 "$2" 2>/dev/null
[ -z "$3" ] || rm -rf "$3"
"""
_START_SECONDS: Final = 30
_STOP_SECONDS: Final = 10
_ROOM: Final = 2 * 1024**3


class NoServer(Exception):
    """MariaDB is not installed here."""


@dataclass(frozen=True)
class Account:
    """A server with a login (账号)."""

    host: str
    port: int
    login: str
    password: str
    database: str = ""

    def connect(self) -> pymysql.Connection:
        """Open a connection that commits each statement."""
        return pymysql.connect(
            host=self.host,
            port=self.port,
            user=self.login,
            password=self.password,
            database=self.database or None,
            charset="utf8mb4",
            autocommit=True,
            ssl_disabled=True,
        )

    def run(self, *statements: str) -> None:
        """Run statements."""
        with closing(self.connect()) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def fill(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """Run one statement for many rows."""
        with closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.executemany(statement, rows)


@dataclass(frozen=True)
class MariaDB:
    """An empty database of its own with an owner and a reader who may only read (测试库)."""

    admin: Account
    reader: Account


def run_folder() -> Path:
    """Make a folder for one run: in memory where there is room, because disks are slow to sync."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > _ROOM
    return Path(tempfile.mkdtemp(prefix="shutong-run-", dir=memory if roomy else None))


def account_of(url: str) -> Account:
    """Return the account that a `mysql://login:password@host:port` URL names."""
    parts = urlsplit(url)
    return Account(
        parts.hostname or "127.0.0.1",
        parts.port or 3306,
        unquote(parts.username or "root"),
        unquote(parts.password or ""),
    )


def server(folder: Path) -> Account:
    """Return the administrator's account of the run's server, started when it is not up.

    `folder` is shared by all workers of the run. Raises NoServer.
    """
    if url := os.environ.get(URL_VARIABLE):
        return account_of(url)
    with FileLock(folder / "lock"):
        note = folder / "server.json"
        if not note.exists():
            note.write_text(json.dumps(_start(folder, encrypted(folder))))
        facts = json.loads(note.read_text())
    return Account("127.0.0.1", facts["port"], "root", "")


def stop(folder: Path) -> None:
    """Stop the run's server if one was started, and remove its folder."""
    note = folder / "server.json"
    if note.exists():
        pid = json.loads(note.read_text())["pid"]
        _end(pid)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def database(admin: Account, name: str) -> Iterator[MariaDB]:
    """Make an empty database with a reader who may only read it; drop both at the end."""
    reader = Account(admin.host, admin.port, name, "p%40 /:" + secrets.token_hex(8), name)
    admin.run(
        f"DROP DATABASE IF EXISTS `{name}`",
        f"DROP USER IF EXISTS '{name}'@'%'",
        f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4",
        f"CREATE USER '{name}'@'%' IDENTIFIED BY '{reader.password}'",
        f"GRANT SELECT ON `{name}`.* TO '{name}'@'%'",
    )
    try:
        yield MariaDB(Account(admin.host, admin.port, admin.login, admin.password, name), reader)
    finally:
        admin.run(f"DROP DATABASE `{name}`", f"DROP USER '{name}'@'%'")


@contextmanager
def private(folder: Path, *options: str) -> Iterator[Private]:
    """Start a server of the test's own, not encrypted unless `options` say so; stop it after.

    Raises NoServer.
    """
    own = Private(folder, options)
    own.start()
    try:
        yield own
    finally:
        own.stop()


@dataclass
class Private:
    """A server of one test's own, to be bent and stopped at will (私有测试服务器)."""

    folder: Path
    options: tuple[str, ...]
    pid: int = 0
    admin: Account = Account("127.0.0.1", 0, "root", "")

    def start(self) -> None:
        """Start the server, on the port it had before if it had one."""
        facts = _start(self.folder, self.options, self.admin.port or None, kept=True)
        self.pid, self.admin = facts["pid"], Account("127.0.0.1", facts["port"], "root", "")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop the server: orderly, or as a power loss does (SIGKILL)."""
        _end(self.pid, how)


def certificate(folder: Path) -> Path:
    """Make a certificate for 127.0.0.1, its own authority, with its key beside it."""
    made = folder / "certificate.pem"
    if not made.exists():
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "30", "-subj", "/CN=shutong test", "-addext",
             "subjectAltName=IP:127.0.0.1", "-keyout", str(folder / "key.pem"), "-out", str(made)],
            check=True,
            capture_output=True,
        )  # fmt: skip
    return made


def encrypted(folder: Path) -> tuple[str, ...]:
    """Return the options of a server that offers TLS with the certificate of a folder."""
    return (f"--ssl-cert={certificate(folder)}", f"--ssl-key={folder / 'key.pem'}")


def _start(
    folder: Path, options: Sequence[str], port: int | None = None, *, kept: bool = False
) -> dict[str, int]:
    install, daemon = shutil.which("mariadb-install-db"), shutil.which("mariadbd", path=_path())
    if install is None or daemon is None:
        raise NoServer("mariadbd is not installed")
    common = ["--no-defaults", f"--user={getpass.getuser()}", f"--datadir={folder / 'data'}"]
    if not (folder / "data").exists():
        subprocess.run(
            [install, *common, "--auth-root-authentication-method=normal", "--skip-test-db",
             *_SMALL],
            check=True,
            capture_output=True,
        )  # fmt: skip
    port = port or free_port()
    log = folder / "server.log"
    # Not a Popen: the server outlives the worker that started it, and the run's first
    # process stops it.
    pid = os.posix_spawn(
        daemon,
        [
            daemon,
            *common,
            f"--port={port}",
            f"--socket={folder / 's'}",
            f"--pid-file={folder / 'pid'}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--skip-log-bin",
            "--performance-schema=OFF",
            "--character-set-server=utf8mb4",
            *_SMALL,
            *options,
        ],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    guard(pid, None if kept else folder)
    _await_answer(pid, Account("127.0.0.1", port, "root", ""), log)
    return {"pid": pid, "port": port}


def guard(server: int, folder: Path | None) -> None:
    """End the server and remove its folder once the run's first process is gone, however.

    Without a folder nothing is removed: a server that its test stops comes back to its data.
    """
    run = os.environ.get(RUN_PROCESS, str(os.getpid()))
    arguments = ["/bin/sh", "-c", _GUARD, "guard", run, str(server), str(folder or "")]
    null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in range(3)]
    os.posix_spawn("/bin/sh", arguments, os.environ, file_actions=null, setsid=True)


def _await_answer(pid: int, account: Account, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            account.run("SELECT 1")
        except pymysql.err.OperationalError:
            if not alive(pid) or time.monotonic() > deadline:
                _end(pid)
                raise RuntimeError(f"MariaDB did not start:\n{log.read_text()}") from None
            time.sleep(0.02)
        else:
            return


def _end(pid: int, how: signal.Signals = signal.SIGTERM) -> None:
    try:
        os.kill(pid, how)
        deadline = time.monotonic() + _STOP_SECONDS
        while alive(pid):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
                return
            time.sleep(0.02)
    except ProcessLookupError:
        return


def alive(pid: int) -> bool:
    """Say whether a process still runs; reap it where it is our own child."""
    try:
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return Path(f"/proc/{pid}").exists()


def _path() -> str:
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/libexec"])


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
