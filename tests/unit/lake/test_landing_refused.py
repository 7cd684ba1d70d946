"""Landing a batch: what is refused, with the table as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.lake.batches import (
    NAME,
    Batch,
    assert_harmless,
    batch,
    dataset,
    people,
    person,
    report_of,
)

from shutong.datafiles import file_schema
from shutong.errors import LandingRefused, UnknownName
from shutong.lake import Lake
from shutong.model import LoadMode

FULL, APPEND, MERGE = LoadMode.FULL, LoadMode.APPEND, LoadMode.MERGE


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "build" / "lake", tmp_path / "build" / "quarantine", memory="100MB")


def data_files(lake: Lake) -> list[Path]:
    return sorted((lake.root / NAME).rglob("*.parquet"))


def assert_refused(made: Batch, lake: Lake, words: str) -> None:
    before, files = lake.version(NAME) if lake.tables() else None, data_files(lake)
    with pytest.raises(LandingRefused, match=words) as raised:
        made.land(lake)
    assert_harmless(raised.value)
    assert (lake.version(NAME) if lake.tables() else None) == before
    assert data_files(lake) == files


@pytest.mark.parametrize("mode", [FULL, APPEND, MERGE])
def test_a_null_key_is_refused(lake: Lake, tmp_path: Path, mode: LoadMode) -> None:
    rows = [*people(1, 2), person(3, id_number=None)]
    assert_refused(batch(tmp_path, rows, mode=mode), lake, "1 rows have a NULL key")


@pytest.mark.parametrize("mode", [FULL, APPEND, MERGE])
@pytest.mark.parametrize("files", [1, 2])
def test_a_repeated_key_is_refused(lake: Lake, tmp_path: Path, mode: LoadMode, files: int) -> None:
    rows = [*people(1, 2, 3), person(2, name="x"), person(2, name="y")]
    assert_refused(batch(tmp_path, rows, mode=mode, files=files), lake, "2 rows repeat a key")


def test_keys_are_compared_in_portions_where_they_are_many(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutong.lake.repeated.KEYS_AT_ONCE", 3)
    rows = [*people(*range(20)), *people(4, 11, 11)]
    assert_refused(batch(tmp_path, rows), lake, "3 rows repeat a key")
    batch(tmp_path, people(*range(20)), hour=1).land(lake)


def test_very_many_repeated_keys_are_counted_too(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutong.lake.repeated._FEW", 1)
    rows = [*people(*range(5)), *people(*range(5))]
    assert_refused(batch(tmp_path, rows), lake, "5 rows repeat a key")


def test_half_of_a_key_may_repeat_but_not_be_null(lake: Lake, tmp_path: Path) -> None:
    standard = dataset(key=("id_number", "select"))
    rows = [person(1), person(1, select=2)]
    batch(tmp_path, rows, standard=standard).land(lake)
    broken = batch(tmp_path, [person(1, select=None)], standard=standard, hour=1)
    assert_refused(broken, lake, "NULL key")


def _without(schema: pa.Schema) -> pa.Schema:
    return schema.remove(3)


def _with(schema: pa.Schema) -> pa.Schema:
    return schema.append(pa.field("extra", pa.string()))


def _retyped(schema: pa.Schema) -> pa.Schema:
    return schema.set(2, pa.field("select", pa.int32()))


def _rescaled(schema: pa.Schema) -> pa.Schema:
    return schema.set(3, pa.field("income", pa.decimal128(18, 3)))


def _zoned(schema: pa.Schema) -> pa.Schema:
    return schema.set(5, pa.field("changed", pa.timestamp("us", "UTC")))


def _disordered(schema: pa.Schema) -> pa.Schema:
    return pa.schema([schema.field(1), schema.field(0), *list(schema)[2:]])


SHAPES: dict[str, tuple[Callable[[pa.Schema], pa.Schema], str]] = {
    "a missing column": (_without, "-income"),
    "a column too many": (_with, r"\+extra"),
    "another integer": (_retyped, "select: int32 ≠ int64"),
    "another scale": (_rescaled, "income"),
    "a time zone": (_zoned, "changed"),
    "another order": (_disordered, "order"),
}


@pytest.mark.parametrize("mode", [FULL, APPEND, MERGE])
@pytest.mark.parametrize(("change", "words"), SHAPES.values(), ids=SHAPES)
def test_columns_that_are_not_the_standards_are_refused(
    lake: Lake,
    tmp_path: Path,
    mode: LoadMode,
    change: Callable[[pa.Schema], pa.Schema],
    words: str,
) -> None:
    made = batch(tmp_path, people(1), mode=mode, schema=change(file_schema(dataset())))
    assert_refused(made, lake, words)


def test_a_standard_that_changed_under_its_table_is_refused(lake: Lake, tmp_path: Path) -> None:
    batch(tmp_path, people(1)).land(lake)
    shorter = dataset(items=dataset().items[:-1])
    made = batch(tmp_path, [], hour=1, standard=shorter)
    with pytest.raises(LandingRefused, match=r"\+share"):
        made.land(lake)
    assert lake.version(NAME) == 1


@pytest.mark.parametrize(
    "marks",
    [
        {"_provider": "public-security", "_batch": "another"},
        {"_provider": "civil-affairs", "_batch": ""},
        {"_provider": None, "_batch": ""},
        {"_provider": "public-security", "_batch": None},
    ],
)
def test_rows_of_another_batch_or_provider_are_refused(
    lake: Lake, tmp_path: Path, marks: dict[str, str]
) -> None:
    if marks["_batch"] == "":
        marks = marks | {"_batch": batch(tmp_path, []).batch_id}
    assert_refused(batch(tmp_path, people(1, 2), marks=marks), lake, "marked as another")


def test_a_batch_that_validation_refused_does_not_land(lake: Lake, tmp_path: Path) -> None:
    made = batch(tmp_path, people(1))
    report = report_of(made.staged, accepted=False, reasons=("x",))
    assert_refused(Batch(made.staged, report, made.dataset), lake, "did not accept")


def test_a_report_of_another_batch_does_not_land(lake: Lake, tmp_path: Path) -> None:
    made, other = batch(tmp_path, people(1)), batch(tmp_path, people(1), hour=1)
    assert_refused(Batch(made.staged, other.report, made.dataset), lake, "do not match")


def test_rows_that_do_not_add_up_do_not_land(lake: Lake, tmp_path: Path) -> None:
    made = batch(tmp_path, people(1, 2))
    report = report_of(made.staged, rejected_rows=1)
    assert_refused(Batch(made.staged, report, made.dataset), lake, "2 \\+ 1 ≠ 2")


def test_a_file_with_fewer_rows_than_recorded_does_not_land(lake: Lake, tmp_path: Path) -> None:
    made = batch(tmp_path, people(1, 2))
    path = made.staged.files[0].path
    pq.write_table(pq.read_table(path).slice(0, 1), path)
    assert_refused(made, lake, "1 rows, not 2")


@pytest.mark.parametrize("content", [None, b"", b"PAR1 and nothing more"])
def test_a_file_that_is_lost_or_torn_does_not_land(
    lake: Lake, tmp_path: Path, content: bytes | None
) -> None:
    made = batch(tmp_path, people(1, 2))
    path = made.staged.files[0].path
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    assert_refused(made, lake, "missing or torn")


@pytest.mark.parametrize("name", ["../outside", "a/../../b/c", "/etc/x", "a/b%2e", "x", "a/B"])
def test_a_dataset_name_that_leads_elsewhere_is_refused(
    lake: Lake, tmp_path: Path, name: str
) -> None:
    with pytest.raises(UnknownName):
        batch(tmp_path, people(1), name=name).land(lake)


def test_a_table_folder_that_is_a_link_out_of_the_root_is_refused(
    lake: Lake, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (lake.root / "population").mkdir(parents=True)
    (lake.root / NAME).symlink_to(outside)
    with pytest.raises(UnknownName):
        batch(tmp_path, people(1)).land(lake)
    assert list(outside.iterdir()) == []
