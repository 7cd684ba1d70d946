"""The benchmark's own MariaDB (基准数据库): its tables stay from run to run.

`SHUTONG_TEST_MYSQL_URL` names another server to use instead.
"""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import pymysql
from tests.integration.mariadb import URL_VARIABLE, Account, NoServer, account_of

_TUNING: Final = (
    "--innodb-buffer-pool-size=3G",
    "--innodb-log-file-size=512M",
    "--innodb-flush-log-at-trx-commit=2",
    "--performance-schema=OFF",
)
"""As on a front-end machine (16 GB) that serves reads: the tables are in memory."""
_START_SECONDS: Final = 120
_STOP_SECONDS: Final = 120


@contextmanager
def running(folder: Path) -> Iterator[Account]:
    """Run the server over `folder`; yield its administrator. NoServer where none is installed."""
    if url := os.environ.get(URL_VARIABLE):
        yield account_of(url)
        return
    daemon = _program("mariadbd")
    common = ["--no-defaults", f"--user={getpass.getuser()}", f"--datadir={folder / 'data'}"]
    if not (folder / "data").is_dir():
        _install(folder, common)
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    own = [f"--port={port}", f"--socket={folder / 's'}", f"--pid-file={folder / 'pid'}"]
    own += ["--bind-address=127.0.0.1", "--skip-name-resolve", "--skip-log-bin", "--local-infile=1"]
    own += ["--character-set-server=utf8mb4"]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen([daemon, *common, *own, *_TUNING], stdout=log, stderr=log)
        try:
            yield _answering(process, Account("127.0.0.1", port, "root", ""), folder)
        finally:
            process.terminate()
            process.wait(timeout=_STOP_SECONDS)


def _install(folder: Path, common: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    words = ["--auth-root-authentication-method=normal", "--skip-test-db"]
    try:
        subprocess.run(
            [_program("mariadb-install-db"), *common, *words], check=True, capture_output=True
        )
    except BaseException:
        shutil.rmtree(folder / "data", ignore_errors=True)
        raise


def _answering(process: subprocess.Popen[bytes], account: Account, folder: Path) -> Account:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            account.run("SELECT 1")
        except pymysql.err.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                log = (folder / "server.log").read_text(errors="replace")
                raise RuntimeError(f"MariaDB did not start:\n{log[-2000:]}") from None
            time.sleep(0.1)
        else:
            return account


def _program(name: str) -> str:
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/libexec"])
    found = shutil.which(name, path=path)
    if found is None:
        raise NoServer(f"{name} is not installed; or set {URL_VARIABLE}")
    return found
