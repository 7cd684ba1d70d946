"""Whatever goes wrong: a clear error with its own exit code, nothing landed, nothing half done."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pymysql
import pytest
from tests.e2e.conftest import Project
from tests.integration.mariadb import MariaDB

from shutong.catalog.models import Resource
from shutong.collection import collect, extract, land, plan, reconcile
from shutong.errors import (
    BatchRefused,
    Busy,
    NotReconciled,
    ShutongError,
    SourceMismatch,
    SourceUnreachable,
    StorageFailed,
)
from shutong.settings import Settings

SECRET = "canary-pa55word"
RESIDENT = "public-security.resident"
RESIDENT_FILE = "catalog/public-security/resources/resident.yaml"
COUNTY = "changjiang.low-income-family"


def source_of(project: Project, resource_id: str = RESIDENT) -> Resource:
    return project.context(resource_id).resource


def nothing_landed(project: Project) -> bool:
    lake = project.context(RESIDENT).lake
    return not any(lake.current_files(dataset) for dataset in lake.tables())


def test_a_front_end_that_is_not_there_is_unreachable(project: Project) -> None:
    database = project.database(source_of(project).source.front_end)
    database.unlink()
    with pytest.raises(SourceUnreachable) as caught:
        collect(RESIDENT, context=project.context(RESIDENT))
    assert caught.value.next_step.zh
    assert not database.exists(), "reading must not create an empty database"
    assert nothing_landed(project)


def test_a_table_that_is_missing_is_named(project: Project) -> None:
    table = source_of(project).source.table
    project.edit(RESIDENT_FILE, f"table: {table}", "table: T_NO_SUCH")
    with pytest.raises(SourceMismatch, match="T_NO_SUCH"):
        collect(RESIDENT, context=project.context(RESIDENT))
    assert nothing_landed(project)


def test_a_column_that_is_missing_is_named_before_the_first_row(project: Project) -> None:
    column = source_of(project).source.columns["name"]
    project.edit(RESIDENT_FILE, f"name: {column}", "name: NO_SUCH_COLUMN")
    with pytest.raises(SourceMismatch, match="NO_SUCH_COLUMN"):
        collect(RESIDENT, context=project.context(RESIDENT))
    assert not (project.root / "build" / "staging" / RESIDENT).exists()


def test_an_empty_table_where_rows_are_expected_leaves_the_last_good_state(
    project: Project,
) -> None:
    good = collect(COUNTY, context=project.context(COUNTY))
    source = source_of(project, COUNTY).source
    with sqlite3.connect(project.database(source.front_end)) as db:
        db.execute(f'DELETE FROM "{source.table}"')
    with pytest.raises(BatchRefused):
        collect(COUNTY, context=project.context(COUNTY))
    assert project.count("population.low_income_family") == good.rows_landed


def test_a_catalog_that_names_an_unknown_resource_exits_with_3(project: Project) -> None:
    done = project.shutong("collect", "public-security.residnt")
    assert done.returncode == 3
    assert "did you mean 'public-security.resident'" in done.stderr
    assert "Traceback" not in done.stderr


def test_malformed_yaml_exits_with_1_and_its_line(project: Project) -> None:
    project.edit(RESIDENT_FILE, "source:", "source: [")
    done = project.shutong("collect", RESIDENT)
    assert done.returncode == 1
    assert f"{RESIDENT_FILE}:" in done.stderr
    assert "Traceback" not in done.stderr
    assert project.shutong("check").returncode == 1


def test_two_runs_of_one_resource_at_once_are_one_run(project: Project) -> None:
    context = project.context(RESIDENT)
    with context.lake.working_on(RESIDENT):
        seen: list[BaseException] = []

        def other() -> None:
            try:
                collect(RESIDENT, context=project.context(RESIDENT))
            except Busy as exc:
                seen.append(exc)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert len(seen) == 1
    assert nothing_landed(project)


def test_a_staged_file_that_lost_rows_does_not_reconcile(project: Project) -> None:
    import pyarrow.parquet as pq

    context = project.context(RESIDENT)
    batch = plan(context).batch_id
    staged = extract(context, batch)
    path = staged.files[0].path
    pq.write_table(pq.read_table(path).slice(1), path)
    with pytest.raises(NotReconciled):
        reconcile(context, batch)


def test_a_staged_file_cut_in_the_middle_does_not_reconcile(project: Project) -> None:
    context = project.context(RESIDENT)
    batch = plan(context).batch_id
    path = extract(context, batch).files[0].path
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(NotReconciled):
        reconcile(context, batch)


def test_a_stage_before_its_turn_says_which_comes_first(project: Project) -> None:
    context = project.context(RESIDENT)
    batch = plan(context).batch_id
    stages: list[tuple[Callable[..., object], str]] = [
        (reconcile, "extract"),
        (land, "validate"),
    ]
    for stage, first in stages:
        with pytest.raises(ShutongError, match=f"shutong {first}"):
            stage(context, batch)


def test_a_suite_that_cannot_be_read_refuses_and_lands_nothing(project: Project) -> None:
    suite = project.root / "expectations" / "population" / "resident.json"
    suite.write_text("{", encoding="utf-8")
    with pytest.raises(ShutongError):
        collect(RESIDENT, context=project.context(RESIDENT))
    assert nothing_landed(project)


# ---------------------------------------------------------------- a full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("a small disk needs the right to mount: 未测试磁盘写满")
    return place


def test_a_full_disk_while_staging_lands_nothing_and_a_rerun_succeeds(
    project: Project, small_disk: Path
) -> None:
    build = project.root / "build"
    (build / "staging").symlink_to(small_disk)
    try:
        with pytest.raises(StorageFailed):
            collect(RESIDENT, context=project.context(RESIDENT))
    finally:
        subprocess.run(["umount", "-l", str(small_disk)], check=True)
    assert nothing_landed(project)
    (build / "staging").unlink()
    landed = collect(RESIDENT, context=project.context(RESIDENT))
    made = project.city.counts[RESIDENT]
    assert landed.rows_landed == made.rows - made.dirty


# ---------------------------------------------------------------- killed between two steps

KILLED = """
import os, signal, sys
from shutong import collection
from shutong.collection import running
context = collection.open_context(sys.argv[1])
stop = sys.argv[2]
window = collection.plan(context)
for name, stage in running.STAGES.items():
    if name == stop:
        os.kill(os.getpid(), signal.SIGKILL)
    stage(context, window.batch_id)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("step", ["extract", "reconcile", "validate", "land", "end"])
@pytest.mark.parametrize("resource_id", [COUNTY, "development-reform.award-penalty"])
def test_killed_before_any_step_a_rerun_converges(
    project: Project, step: str, resource_id: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, resource_id, step],
        env=project.environment(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr[-800:]
    made = project.city.counts[resource_id]
    landed = collect(resource_id, context=project.context(resource_id))
    dataset = landed.dataset.replace("/", ".")
    assert project.count(dataset) == made.rows - made.dirty
    quarantined = _quarantined(project, landed.dataset)
    expected = made.dirty * (2 if step == "end" else 1)
    assert quarantined == expected, "a full load, and an overlap, draw and reject a row anew"


def _quarantined(project: Project, dataset: str) -> int:
    from deltalake import DeltaTable

    table = DeltaTable(project.settings.quarantine_dir / dataset)
    return sum(int(n or 0) for n in table.get_add_actions(flatten=True)["num_records"].to_pylist())


# ---------------------------------------------------------------- a real MariaDB


@pytest.fixture
def mysql_project(project: Project, mariadb: MariaDB) -> Project:
    """Put the county's table on a real MariaDB server."""
    front_end = source_of(project, COUNTY).source.front_end
    path = project.root / "catalog" / "front_ends.yaml"
    text = path.read_text(encoding="utf-8")
    before, entry = text.split(f"code: {front_end}\n", 1)
    entry = entry.replace("kind: sqlite", "kind: mysql", 1)
    path.write_text(f"{before}code: {front_end}\n{entry}", encoding="utf-8")
    reader = mariadb.reader
    project.connect(
        project.context(COUNTY).front_end.connection,
        {
            "conn_type": "mysql",
            "host": reader.host,
            "port": reader.port,
            "login": reader.login,
            "password": reader.password,
            "schema": reader.database,
        },
    )
    _copy_table(project, mariadb)
    return project


def _copy_table(project: Project, mariadb: MariaDB) -> None:
    source = source_of(project, COUNTY).source
    with sqlite3.connect(project.database(source.front_end)) as db:
        db.row_factory = sqlite3.Row
        rows = db.execute(f'SELECT * FROM "{source.table}"').fetchall()
    names = rows[0].keys()
    admin = mariadb.admin
    with pymysql.connect(
        host=admin.host,
        port=admin.port,
        user=admin.login,
        password=admin.password,
        database=admin.database,
        charset="utf8mb4",
        autocommit=True,
    ) as connection:
        cursor = connection.cursor()
        columns = ", ".join(f"`{name}` VARCHAR(200)" for name in names)
        cursor.execute(f"CREATE TABLE `{source.table}` ({columns}) CHARSET utf8mb4")
        marks = ", ".join(["%s"] * len(names))
        cursor.executemany(
            f"INSERT INTO `{source.table}` VALUES ({marks})",
            [tuple(None if v is None else str(v) for v in row) for row in rows],
        )


def test_the_same_rows_land_from_mariadb_as_from_sqlite(mysql_project: Project) -> None:
    landed = collect(COUNTY, context=mysql_project.context(COUNTY))
    made = mysql_project.city.counts[COUNTY]
    assert (landed.rows_read, landed.rows_rejected) == (made.rows, made.dirty)
    assert mysql_project.count("population.low_income_family") == made.rows - made.dirty


def connection_of(project: Project) -> dict[str, object]:
    import json

    text = project.settings.connections_path.read_text(encoding="utf-8")
    known: dict[str, dict[str, object]] = json.loads(text)
    return known[project.context(COUNTY).front_end.connection]


def test_a_wrong_password_is_a_clear_error_without_the_password(mysql_project: Project) -> None:
    name = mysql_project.context(COUNTY).front_end.connection
    mysql_project.connect(name, connection_of(mysql_project) | {"password": SECRET})
    done = mysql_project.shutong("collect", COUNTY)
    assert done.returncode == SourceUnreachable.exit_code
    assert SECRET not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert nothing_landed(mysql_project)


def test_a_closed_port_is_a_clear_error(mysql_project: Project) -> None:
    name = mysql_project.context(COUNTY).front_end.connection
    mysql_project.connect(name, connection_of(mysql_project) | {"port": 1})
    done = mysql_project.shutong("collect", COUNTY)
    assert done.returncode == SourceUnreachable.exit_code
    assert "→" in done.stderr


def test_a_column_type_that_cannot_be_carried_is_refused_before_reading(
    mysql_project: Project, mariadb: MariaDB
) -> None:
    source = source_of(mysql_project, COUNTY).source
    column = (
        source.columns["name"] if "name" in source.columns else next(iter(source.columns.values()))
    )
    admin = mariadb.admin
    with pymysql.connect(
        host=admin.host,
        port=admin.port,
        user=admin.login,
        password=admin.password,
        database=admin.database,
        autocommit=True,
    ) as connection:
        cursor = connection.cursor()
        cursor.execute(f"ALTER TABLE `{source.table}` DROP COLUMN `{column}`")
        cursor.execute(f"ALTER TABLE `{source.table}` ADD COLUMN `{column}` GEOMETRY")
    with pytest.raises(SourceMismatch, match=column):
        collect(COUNTY, context=mysql_project.context(COUNTY))
    assert nothing_landed(mysql_project)


def test_settings_from_the_environment_do_not_leak_between_projects(project: Project) -> None:
    using = Settings(root=project.root, data_dir=project.root / "build")
    assert using.lake_dir == project.root / "build" / "lake"
    assert "SHUTONG_DATA_DIR" not in os.environ
