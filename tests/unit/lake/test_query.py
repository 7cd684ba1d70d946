"""Queries over the shared tables."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from tests.unit.lake.batches import CANARY, CIVIL, NAME, POLICE, batch, dataset, people

from shutong.errors import StorageFailed, UnknownName
from shutong.lake import Lake, QueryFaulty
from shutong.lake.tables import table_schema
from shutong.model import LoadMode


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = Lake(tmp_path / "a=b[1]" / "la*ke", tmp_path / "quarantine", memory="100MB")
    batch(tmp_path, people(1, 2)).land(made)
    batch(tmp_path, people(7), resource=CIVIL).land(made)
    return made


def answer(lake: Lake, sql: str, *parameters: object) -> list[dict[str, object]]:
    return list(lake.query().run(sql, parameters).read_all().to_pylist())


def test_a_table_is_named_by_theme_and_dataset(lake: Lake) -> None:
    counted = answer(
        lake, "SELECT _resource, count(*) AS n FROM population.resident GROUP BY 1 ORDER BY 1"
    )
    assert counted == [{"_resource": CIVIL, "n": 1}, {"_resource": POLICE, "n": 2}]


def test_values_are_bound_not_pasted(lake: Lake) -> None:
    sql = 'SELECT "select" AS n FROM population.resident WHERE name = ?'
    assert answer(lake, sql, f"{CANARY}2") == [{"n": 2}]
    assert answer(lake, sql, "x' OR '1' = '1") == []


def test_a_resource_is_text_even_where_it_looks_like_a_number(lake: Lake, tmp_path: Path) -> None:
    batch(tmp_path, people(3), resource="1.20").land(lake)
    assert answer(lake, "SELECT _resource AS r FROM population.resident WHERE _resource < 'c'") == [
        {"r": "1.20"}
    ]


def test_a_table_without_rows_has_its_columns(lake: Lake, tmp_path: Path) -> None:
    name = "credit/empty"
    batch(tmp_path, people(1), name=name).land(lake)
    batch(tmp_path, [], name=name, hour=1).land(lake)
    reader = lake.query().run("SELECT * FROM credit.empty")
    assert reader.schema.equals(table_schema(dataset()))
    assert reader.read_all().num_rows == 0
    assert answer(lake, "SELECT * FROM credit.empty JOIN population.resident USING (name)") == []


def test_a_table_can_be_read_as_a_batch_or_version_left_it(lake: Lake, tmp_path: Path) -> None:
    second = batch(tmp_path, people(2, 3), mode=LoadMode.MERGE, hour=1)
    second.land(lake)
    batch(tmp_path, people(9), hour=2).land(lake)
    sql = 'SELECT list("select" ORDER BY "select") AS n FROM population.resident'

    def at(point: int | str) -> object:
        return lake.query({NAME: point}).run(sql).read_all().to_pylist()[0]["n"]

    assert at(1) == [1, 2]
    assert at(second.batch_id) == [1, 2, 3, 7]
    assert answer(lake, sql)[0]["n"] == [7, 9]
    with pytest.raises(UnknownName):
        at("20200101T000000-000000000000")


def test_columns_can_be_listed(lake: Lake) -> None:
    told = {row["column_name"]: row["column_type"] for row in answer(lake, f"DESCRIBE {TABLE}")}
    assert told["income"] == "DECIMAL(18,2)"


@pytest.mark.parametrize(
    "name", ["population.resident", 'Population."resident"', "population . RESIDENT"]
)
def test_a_table_is_found_however_its_name_is_written(lake: Lake, name: str) -> None:
    assert answer(lake, f"SELECT count(*) AS n FROM {name}") == [{"n": 3}]


def test_a_name_that_is_not_recognised_is_an_error_and_no_empty_answer(lake: Lake) -> None:
    with pytest.raises(UnknownName):
        lake.query().run("SELECT count(*) FROM population/**/.resident")


TABLE = "population.resident"


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "SELECT 1; SELECT 2",
        "DROP VIEW population.resident",
        "INSERT INTO population.resident SELECT * FROM population.resident",
        "COPY population.resident TO '/tmp/out.csv'",
        "ATTACH '/tmp/x.db'",
        "SET enable_external_access = true",
        "PRAGMA database_list",
        "INSTALL httpfs",
        "CREATE TABLE x AS SELECT 1",
        "EXPLAIN SELECT 1",
    ],
)
def test_only_one_select_is_carried_out(lake: Lake, statement: str) -> None:
    with pytest.raises(QueryFaulty, match="one SELECT"):
        lake.query().run(statement)


@pytest.mark.parametrize(
    "source",
    [
        "read_csv('{path}')",
        "read_text('{path}')",
        "read_blob('{path}')",
        "read_parquet('{folder}/**/*.parquet')",
        "glob('{folder}/*')",
        "'{path}'",
        "'http://127.0.0.1:1/x.parquet'",
    ],
)
def test_no_file_but_the_tables_own_can_be_read(lake: Lake, tmp_path: Path, source: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("secret\n")
    text = source.format(path=secret, folder=tmp_path)
    for tables in ("", ", population.resident"):
        with pytest.raises((QueryFaulty, UnknownName)):
            lake.query().run(f"SELECT * FROM {text}{tables}").read_all()


def test_files_of_a_table_that_is_not_named_cannot_be_read(lake: Lake, tmp_path: Path) -> None:
    plain = Lake(tmp_path / "plain", tmp_path / "quarantine", memory="100MB")
    batch(tmp_path, people(1)).land(plain)
    batch(tmp_path, people(1), name="credit/other").land(plain)
    (path,) = plain.current_files("credit/other")
    sql = f"SELECT count(*) AS n FROM '{path}', population.resident"
    with pytest.raises(QueryFaulty):
        plain.query().run(sql).read_all()
    assert answer(plain, f"{sql}, credit.other") == [{"n": 1}]


def test_variables_of_the_program_cannot_be_read(lake: Lake) -> None:
    files = pa.table({"x": [1]})
    with pytest.raises(UnknownName):
        lake.query().run("SELECT * FROM files")
    assert files.num_rows == 1


def test_an_unknown_table_is_answered_with_the_nearest(lake: Lake) -> None:
    for name in ("population.residents", "populatoin.resident", "residents"):
        with pytest.raises(UnknownName) as raised:
            lake.query().run(f"SELECT * FROM {name}")
        assert "population.resident" in raised.value.next_step.en


def test_an_unknown_column_is_named(lake: Lake) -> None:
    with pytest.raises(QueryFaulty, match="nome"):
        lake.query().run("SELECT nome FROM population.resident")


def test_an_error_over_values_does_not_show_them(lake: Lake) -> None:
    with pytest.raises(QueryFaulty) as raised:
        lake.query().run("SELECT CAST(name AS INTEGER) FROM population.resident").read_all()
    assert CANARY not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_lost_data_file_is_named(lake: Lake) -> None:
    lost = lake.current_files(NAME)[0]
    lost.unlink()
    with pytest.raises(StorageFailed, match=lost.name):
        lake.query().run("SELECT count(*) FROM population.resident")


def test_a_large_answer_comes_as_a_stream_and_leaves_nothing_behind(
    lake: Lake, tmp_path: Path
) -> None:
    reader = lake.query().run("SELECT a.range FROM range(300000) a, population.resident")
    assert sum(b.num_rows for b in reader) == 900_000
    assert list((lake.root / ".spill").iterdir()) == []


def test_more_than_fits_in_memory_overflows_to_the_lakes_own_folder(lake: Lake) -> None:
    sql = (
        "SELECT count(*) AS n FROM (SELECT DISTINCT range::VARCHAR || repeat('x', 60) "
        "FROM range(1500000))"
    )
    assert answer(lake, sql) == [{"n": 1_500_000}]


def test_the_current_files_are_those_of_the_log(lake: Lake) -> None:
    listed = lake.current_files(NAME)
    assert [str(p) for p in listed] == sorted(DeltaTable(str(lake.root / NAME)).file_uris())
    assert lake.tables() == (NAME,)
    assert lake.rows(NAME) == 3
    assert lake.rows(NAME, version=1) == 2
    assert lake.version("population/nobody") is None
    assert [v.resource for v in lake.versions(NAME)] == [CIVIL, POLICE, None]
    with pytest.raises(UnknownName) as raised:
        lake.current_files("population/residents")
    assert NAME in raised.value.next_step.en
