"""Rows on their way to disk: files, misfits, seals, and errors of the writing thread."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shutong.catalog.models import Dataset
from shutong.collection.staging import StagingWriter

DATASET = Dataset.model_validate(
    {
        "title": "居民",
        "title_en": "Residents",
        "summary": "s",
        "basis": "b",
        "key": ["number"],
        "items": [
            {"name": "number", "title": "编号", "type": "I"},
            {"name": "name", "title": "姓名", "type": "C", "length": 20},
            {"name": "born", "title": "出生日期", "type": "D"},
        ],
    }
)
DRAWN = pa.schema([("number", pa.int64()), ("born", pa.date32())])


def writer(folder: Path, rows_per_file: int = 10) -> StagingWriter:
    return StagingWriter(
        folder,
        dataset=DATASET,
        provider="police",
        batch_id="b1",
        drawn=DRAWN,
        rows_per_file=rows_per_file,
    )


def batch(first: int, count: int, born: str = "2001-02-03") -> pa.RecordBatch:
    return pa.record_batch(
        {"number": pa.array(range(first, first + count)), "born": pa.array([born] * count)}
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir()
    return made


def test_rows_stand_in_files_with_their_marks_and_what_the_source_lacks(folder: Path) -> None:
    with writer(folder) as staged:
        for first in range(0, 25, 5):
            staged.put([batch(first, 3), batch(first + 3, 2)])

    assert [file.rows for file in staged.files] == [10, 10, 5]
    rows = pq.read_table([file.path for file in staged.files]).to_pylist()
    assert [row["number"] for row in rows] == list(range(25))
    assert {(row["name"], row["_provider"], row["_batch"]) for row in rows} == {
        (None, "police", "b1")
    }


def test_a_seal_is_that_of_the_file_on_disk(folder: Path) -> None:
    with writer(folder) as staged:
        for first in range(0, 60, 10):
            staged.put([batch(first, 10)])

    sealed = [file for file in staged.files if file.digest is not None]
    assert len(staged.files) == 6
    for file in sealed:
        assert file.digest == hashlib.new("sm3", file.path.read_bytes()).hexdigest()


def test_rows_that_no_type_holds_stand_apart(folder: Path) -> None:
    with writer(folder) as staged:
        staged.put([batch(0, 2), batch(2, 1, born="0000-00-00")])
        staged.put([batch(3, 1, born="2024-00-15")])

    assert (staged.rows, staged.misfit_rows) == (2, 2)
    assert staged.misfits is not None
    found = pq.read_table(staged.misfits).to_pylist()
    assert [(row["number"], row["born"]) for row in found] == [
        ("2", "0000-00-00"),
        ("3", "2024-00-15"),
    ]


def test_without_a_row_that_fits_there_is_no_file(folder: Path) -> None:
    with writer(folder) as staged:
        staged.put([batch(0, 1, born="0000-00-00")])

    assert staged.files == ()
    assert list(folder.iterdir()) == []


def test_an_error_of_the_writing_thread_reaches_who_puts(folder: Path) -> None:
    folder.rmdir()
    with pytest.raises(FileNotFoundError), writer(folder) as staged:
        while True:
            staged.put([batch(0, 10)])


def test_an_error_of_who_puts_ends_the_writing(folder: Path) -> None:
    staged = writer(folder)
    with pytest.raises(KeyError), staged:
        staged.put([batch(0, 10)])
        raise KeyError

    assert not staged._thread.is_alive()  # nothing public tells
