"""The sample front-end machines (样例前置机) of the production stack."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pymysql
import pytest
import yaml
from tests.integration.mariadb import Account
from tests.unit.docker.stack import DOCKER, ROOT

from shutong.collection import collect
from shutong.settings import Settings
from shutong.standards.identifiers import Verdict, citizen_number_verdict, credit_code_verdict

MARIADB = DOCKER / "front_ends/mariadb"
ORACLE = DOCKER / "front_ends/oracle/10-sample.sh"
PASSWORD = "aB3"
NUMBER = re.compile(r"'(\d{17}[\dX])'")
CREDIT = re.compile(r"'(9\w{17})'")


def declared_columns(resource: str) -> set[str]:
    """Return the source columns that a resource of the catalog names."""
    department, name = resource.split(".")
    path = ROOT / f"catalog/{department}/resources/{name}.yaml"
    return set(yaml.safe_load(path.read_text(encoding="utf-8"))["source"]["columns"].values())


def created_columns(sql: str) -> set[str]:
    """Return the columns of the one table that an SQL text creates."""
    body = sql[sql.index("CREATE TABLE") :]
    return set(re.findall(r"^  ([A-Z_]+) (?!IX|KEY|PK_)", body, re.MULTILINE)) - {"PRIMARY"}


@pytest.mark.parametrize(
    ("resource", "script"),
    [
        ("public-security.resident", MARIADB / "10-tables.sql"),
        ("market-regulation.enterprise", ORACLE),
    ],
)
def test_a_sample_table_has_the_columns_that_the_catalog_names(resource: str, script: Path) -> None:
    assert declared_columns(resource) <= created_columns(script.read_text(encoding="utf-8"))


@pytest.mark.parametrize("script", [MARIADB / "10-tables.sql", ORACLE], ids=lambda p: p.name)
def test_the_numbers_of_the_sample_people_and_companies_are_valid(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    numbers = {n for n in NUMBER.findall(text) if not n.startswith("9")}
    assert len(numbers) >= 3
    assert {citizen_number_verdict(n, date(2026, 1, 1)) for n in numbers} == {Verdict.VALID}
    assert {credit_code_verdict(c) for c in CREDIT.findall(text)} <= {Verdict.VALID}


@pytest.fixture
def sample(mariadb_server: Account) -> Iterator[Account]:
    """Carry out the MariaDB scripts as the image's entry point does; yield the reader."""
    client = shutil.which("mariadb")
    if client is None:
        pytest.skip("the mariadb client is not installed")
    admin = mariadb_server
    environment = os.environ | {
        "MYSQL_HOST": admin.host,
        "MYSQL_TCP_PORT": str(admin.port),
        "MYSQL_PWD": admin.password,
        "MARIADB_ROOT_PASSWORD": admin.password,
        "READER_PASSWORD": PASSWORD,
    }
    admin.run(
        "DROP DATABASE IF EXISTS rkxt", "DROP USER IF EXISTS shutong_reader", "CREATE DATABASE rkxt"
    )
    try:
        with (MARIADB / "10-tables.sql").open() as tables:
            words = [client, "--user=root", "rkxt"]
            subprocess.run(words, stdin=tables, env=environment, check=True)
        subprocess.run(["sh", str(MARIADB / "20-reader.sh")], env=environment, check=True)
        yield replace(admin, login="shutong_reader", password=PASSWORD, database="rkxt")
    finally:
        admin.run("DROP DATABASE IF EXISTS rkxt", "DROP USER IF EXISTS shutong_reader")


def test_the_reader_of_the_sample_reads_its_table_and_nothing_else(sample: Account) -> None:
    with closing(sample.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT XM FROM T_RK_JBXX ORDER BY SFZH")
        assert ("李𠮷",) in cursor.fetchall()
        for refused in (
            "DELETE FROM T_RK_JBXX",
            "UPDATE T_RK_JBXX SET XM = ''",
            "CREATE TABLE other (a int)",
            "SELECT * FROM mysql.global_priv",
        ):
            with pytest.raises(pymysql.err.OperationalError, match="denied"):
                cursor.execute(refused)


@pytest.mark.parametrize("script", [MARIADB / "20-reader.sh", ORACLE], ids=lambda p: p.name)
@pytest.mark.parametrize("password", ["", "a'b", 'a"b', "a;b", "a b"])
def test_a_password_that_could_end_its_quotes_is_refused(script: Path, password: str) -> None:
    environment = {"PATH": os.environ["PATH"], "READER_PASSWORD": password}
    words = ["bash", str(script)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    assert done.returncode != 0
    assert "READER_PASSWORD" in done.stderr


def test_the_sample_population_register_is_collected_once_the_catalog_says_mysql(
    sample: Account, tmp_path: Path
) -> None:
    for folder in ("catalog", "schemas", "expectations"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    front_ends = tmp_path / "catalog/front_ends.yaml"
    declared = yaml.safe_load(front_ends.read_text(encoding="utf-8"))
    for front_end in declared["front_ends"]:
        if front_end["code"] == "fe-public-security":
            front_end["kind"] = "mysql"
    front_ends.write_text(yaml.safe_dump(declared, allow_unicode=True), encoding="utf-8")
    connection = {
        "conn_type": "mysql",
        "host": sample.host,
        "port": sample.port,
        "login": sample.login,
        "password": sample.password,
        "schema": sample.database,
    }
    connections = tmp_path / "connections.json"
    connections.write_text(json.dumps({"fe_public_security": connection}))
    settings = Settings(root=tmp_path, data_dir=tmp_path / "data", connections_file=connections)
    landed = collect("public-security.resident", using=settings)
    assert (landed.rows_read, landed.rows_rejected, landed.rows_landed) == (4, 0, 4)
