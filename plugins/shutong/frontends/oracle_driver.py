"""Which driver speaks to Oracle (Oracle 驱动): python-oracledb, or cx_Oracle where asked for.

A connection of Airflow's type `oracle+cx_oracle` is read with that driver where it is installed
(extra `cx-oracle`), and with its successor python-oracledb everywhere else.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import oracledb
import pyarrow as pa

from shutong.frontends.columns import batch_of
from shutong.frontends.endpoints import Endpoint

_PORT: Final = 1521
_BATCH: Final = 16_384
_CLASSIC: Final = "oracle+cx_oracle"


def driver_of(endpoint: Endpoint) -> Any:
    """Return the driver's module."""
    if endpoint.kind == _CLASSIC:
        try:
            return importlib.import_module("cx_Oracle")
        except ModuleNotFoundError:
            pass
    return oracledb


def name_of(driver: Any) -> str:
    """Return the driver's own name."""
    return "python-oracledb" if driver is oracledb else "cx_Oracle"


def connect_arguments(endpoint: Endpoint, connect_timeout: int) -> dict[str, Any]:
    """Return the arguments of `oracledb.connect`: a connect string, a service or a SID."""
    extra = endpoint.extra
    known: dict[str, Any] = {
        "user": endpoint.login,
        "password": endpoint.password.get_secret_value(),
    }
    if dsn := extra.get("dsn"):
        return {**known, "dsn": dsn}
    known |= {
        "host": endpoint.host,
        "port": endpoint.port or _PORT,
        "tcp_connect_timeout": connect_timeout,
    }
    if sid := extra.get("sid"):
        return {**known, "sid": sid}
    return {**known, "service_name": extra.get("service_name") or endpoint.database}


def connected(driver: Any, endpoint: Endpoint, connect_timeout: int, *, thick: bool) -> Any:
    """Return a connection; the driver's own error when there is none."""
    arguments = connect_arguments(endpoint, connect_timeout)
    if driver is oracledb:
        if thick:
            oracledb.init_oracle_client(lib_dir=endpoint.extra.get("lib_dir"))
        return oracledb.connect(**arguments)
    if lib_dir := endpoint.extra.get("lib_dir"):
        driver.init_oracle_client(lib_dir=lib_dir)
    place = {name: arguments[name] for name in ("service_name", "sid") if name in arguments}
    return driver.connect(
        user=arguments["user"],
        password=arguments["password"],
        dsn=arguments.get("dsn") or driver.makedsn(arguments["host"], arguments["port"], **place),
        # cx_Oracle would take the machine's own, in which rare characters are missing.
        encoding="UTF-8",
        nencoding="UTF-8",
    )


def frames(driver: Any, connection: Any, sql: str, values: dict[str, Any]) -> Iterator[pa.Table]:
    """Yield a statement's rows, numbers exact: as Arrow's decimals, or from cx_Oracle as text."""
    if driver is oracledb:
        for frame in connection.fetch_df_batches(sql, values, size=_BATCH, fetch_decimals=True):
            yield pa.table(frame)
        return
    with connection.cursor() as cursor:
        cursor.arraysize = _BATCH
        cursor.outputtypehandler = _decimals(driver)
        cursor.execute(sql, values)
        schema = pa.schema([(name[0], pa.binary()) for name in cursor.description])
        while rows := cursor.fetchmany():
            read = [[_read(value) for value in row] for row in rows]
            yield pa.Table.from_batches([batch_of(read, schema)])


def _decimals(driver: Any) -> Any:
    def handler(cursor: Any, _name: str, kind: Any, *_declared: int) -> Any:
        if kind == driver.DB_TYPE_NUMBER:
            return cursor.var(Decimal, arraysize=cursor.arraysize)
        return None

    return handler


def _read(value: Any) -> Any:
    """Return a large object's content, which lives no longer than its batch."""
    return value.read() if hasattr(value, "read") else value
