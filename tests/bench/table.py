"""The bench table (基准表): made-up residents, 15 columns, the same rows in every run."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pymysql
from pyarrow import csv
from tests.bench.source import COLUMNS, Source
from tests.integration.mariadb import Account

RECIPE: Final = "1"
"""Changes with the generator: tables made by another recipe are made anew."""
DATABASE: Final = "shutong_bench"
CHUNK: Final = 500_000
"""Rows made at a time; a row does not depend on how many follow."""
SEED: Final = 20_260_101

_DEFINITION: Final = """
    person_id bigint NOT NULL PRIMARY KEY,
    id_number char(18) NOT NULL,
    name varchar(60) NOT NULL,
    sex char(1),
    ethnic char(2),
    birth_date date,
    region_code char(6),
    address varchar(200),
    phone varchar(20),
    marital char(2),
    education char(2),
    household_no varchar(20),
    is_head tinyint NOT NULL,
    income decimal(12, 2),
    updated_at datetime NOT NULL,
    KEY (updated_at)
"""
_REGIONS: Final = {
    "360202": "江西省景德镇市昌江区西郊街道",
    "360203": "江西省景德镇市珠山区新村街道",
    "360222": "江西省景德镇市浮梁县浮梁镇",
    "360281": "江西省乐平市洎阳街道",
}
_SURNAMES: Final = list("王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗")
_GIVEN: Final = list("伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂")
_MARITAL: Final = ["10", "20", "30", "40"]
_EDUCATION: Final = ["10", "20", "30", "40", "60", "70"]
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = list("10X98765432")
_BORN_FROM: Final = np.datetime64("1950-01-01")
_BORN_WITHIN: Final = 25_000
_UPDATED_FROM: Final = np.datetime64("2025-01-01T00:00:00")


def residents(first: int, count: int) -> pa.Table:
    """Return rows `first` … of the table, `count` of them; `first` is a multiple of CHUNK."""
    chance = np.random.default_rng([SEED, first // CHUNK])
    number = np.arange(first, first + count, dtype=np.int64)
    region = chance.integers(0, len(_REGIONS), count)
    born = _BORN_FROM + chance.integers(0, _BORN_WITHIN, count)
    sequence = chance.integers(1, 1000, count)
    given = [_taken(_GIVEN, chance.integers(0, len(_GIVEN), count)) for _ in range(2)]
    house = [_text(chance.integers(1, most, count)) for most in (999, 40)]
    columns = {
        "person_id": pa.array(number + 1),
        "id_number": _citizen_numbers(region, born, sequence),
        "name": _joined(_taken(_SURNAMES, chance.integers(0, len(_SURNAMES), count)), *given),
        "sex": _text(2 - sequence % 2),
        "ethnic": _padded(chance.integers(1, 57, count), 2),
        "birth_date": pa.array(born),
        "region_code": _taken(list(_REGIONS), region),
        "address": _joined(_taken(list(_REGIONS.values()), region), house[0], "号", house[1], "室"),
        "phone": _joined("1", _text(chance.integers(3 * 10**9, 10**10, count))),
        "marital": _taken(_MARITAL, chance.integers(0, len(_MARITAL), count)),
        "education": _taken(_EDUCATION, chance.integers(0, len(_EDUCATION), count)),
        "household_no": _joined("H", _padded(number // 3, 9)),
        "is_head": pa.array((number % 3 == 0).astype(np.int8)),
        "income": pa.array(chance.integers(0, 2_000_000, count) / 100),
        "updated_at": pa.array((_UPDATED_FROM + number).astype("datetime64[s]")),
    }
    return pa.table({name: columns[name] for name in COLUMNS})


def chunks(rows: int) -> Iterator[pa.Table]:
    """Yield the first `rows` rows in tables of CHUNK rows at most."""
    for first in range(0, rows, CHUNK):
        yield residents(first, min(CHUNK, rows - first))


def table_source(admin: Account, rows: int, scratch: Path) -> Source:
    """Return a reader's view of the table of `rows` rows, which is made when it is missing."""
    table = f"residents_{rows}"
    admin.run(f"CREATE DATABASE IF NOT EXISTS {DATABASE} CHARACTER SET utf8mb4")
    home = replace(admin, database=DATABASE)
    if _comment(home, table) != _whole(rows):
        _make(home, table, rows, scratch)
    password = secrets.token_hex(12)
    admin.run(
        f"CREATE OR REPLACE USER 'shutong_bench'@'%' IDENTIFIED BY '{password}'",
        f"GRANT SELECT ON {DATABASE}.* TO 'shutong_bench'@'%'",
    )
    return Source(admin.host, admin.port, "shutong_bench", password, DATABASE, table)


def _make(home: Account, table: str, rows: int, scratch: Path) -> None:
    file = scratch / "chunk.csv"
    home.run(f"DROP TABLE IF EXISTS {table}", f"CREATE TABLE {table} ({_DEFINITION})")
    try:
        with closing(_loading(home)) as connection, connection.cursor() as cursor:
            for chunk in chunks(rows):
                csv.write_csv(chunk, file, csv.WriteOptions(include_header=False))
                cursor.execute(
                    f"LOAD DATA LOCAL INFILE %s INTO TABLE {table} CHARACTER SET utf8mb4 "
                    "FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"'",
                    (str(file),),
                )
            # Whole only now; and what is still to be written does not disturb the timing.
            cursor.execute(f"ALTER TABLE {table} COMMENT = '{_whole(rows)}'")
            cursor.execute(f"ANALYZE TABLE {table}")
            cursor.execute(f"FLUSH TABLES {table} FOR EXPORT")
            cursor.execute("UNLOCK TABLES")
    finally:
        file.unlink(missing_ok=True)


def _loading(home: Account) -> pymysql.Connection:
    return pymysql.connect(
        host=home.host,
        port=home.port,
        user=home.login,
        password=home.password,
        database=home.database,
        charset="utf8mb4",
        local_infile=True,
        autocommit=True,
    )


def _comment(home: Account, table: str) -> str:
    with closing(home.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_comment FROM information_schema.tables "
            "WHERE table_schema = %s AND table_name = %s",
            (DATABASE, table),
        )
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def _whole(rows: int) -> str:
    return f"recipe {RECIPE}, {rows} rows"


def _citizen_numbers(region: Any, born: Any, sequence: Any) -> pa.Array:
    codes = np.array([int(code) for code in _REGIONS], dtype=np.int64)[region]
    month = born.astype("datetime64[M]")
    year = born.astype("datetime64[Y]").astype(np.int64) + 1970
    day = (born - month).astype(np.int64) + 1
    date = (year * 100 + month.astype(np.int64) % 12 + 1) * 100 + day
    body = (codes * 10**8 + date) * 1000 + sequence
    weighed = sum((body // 10 ** (16 - i) % 10) * weight for i, weight in enumerate(_WEIGHTS))
    return _joined(_text(body), _taken(_CHECKS, np.asarray(weighed) % 11))


def _taken(words: list[str], positions: Any) -> pa.Array:
    return pa.array(words).take(pa.array(positions))


def _text(numbers: Any) -> pa.Array:
    return pa.array(numbers).cast(pa.string())


def _padded(numbers: Any, width: int) -> pa.Array:
    return pc.utf8_lpad(_text(numbers), width, "0")


def _joined(*parts: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")
