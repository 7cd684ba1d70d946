"""The ledger of batches, watermarks and landings."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shutong.audit import AuditTrail
from shutong.errors import Busy, LandingRefused, RecordFailed, UnknownName
from shutong.ledger import Ledger
from shutong.ledger.schema import SCHEMA_VERSION
from shutong.model import BatchState, Bound, LandedBatch, LandedFile, LoadMode, Window

RESIDENT = "public-security.resident"
NOON = datetime(2026, 11, 23, 12, 0, 0)
STEPS = (BatchState.STAGED, BatchState.RECONCILED, BatchState.VALIDATED)


def window(hour: int = 0, resource: str = RESIDENT, mode: LoadMode = LoadMode.MERGE) -> Window:
    high = Bound(kind="datetime", text=f"2026-11-23 {12 + hour:02d}:00:00")
    return Window(resource=resource, mode=mode, high=high, planned_at=NOON + timedelta(hours=hour))


def landed(batch: Window, version: int = 1, rows: int = 3) -> LandedBatch:
    path = f"_resource={batch.resource}/{batch.batch_id}-00000.parquet"
    return LandedBatch(
        batch_id=batch.batch_id,
        resource=batch.resource,
        dataset="population/resident",
        version=version,
        rows_read=rows,
        rows_rejected=0,
        rows_landed=rows,
        rows_unchanged=0,
        rows_removed=0,
        table_rows=rows,
        files=(LandedFile(path=path, rows=rows, bytes=10, digest="ab"),),
        digest="cd",
    )


def validated(ledger: Ledger, batch: Window) -> None:
    ledger.plan(batch, "population/resident")
    for state in STEPS:
        ledger.advance(batch.batch_id, state)


def actions(ledger: Ledger, batch: Window) -> list[str]:
    return [event.action for event in AuditTrail(ledger).events(batch.batch_id)]


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'build' / 'ledger.db'}"


@pytest.fixture
def ledger(address: str) -> Ledger:
    moments = (datetime(2026, 11, 23, tzinfo=UTC) + timedelta(seconds=n) for n in range(100_000))
    return Ledger(address, now=lambda: next(moments))


def test_a_batch_goes_from_planned_to_landed_with_a_record_of_each_step(ledger: Ledger) -> None:
    batch = window()
    validated(ledger, batch)
    ledger.land(landed(batch), batch.high)

    assert ledger.state(batch.batch_id) is BatchState.LANDED
    assert actions(ledger, batch) == [
        "batch.planned",
        "batch.staged",
        "batch.reconciled",
        "batch.validated",
        "batch.landed",
    ]
    assert AuditTrail(ledger).verify() is None


def test_another_process_finds_what_this_one_entered(ledger: Ledger, address: str) -> None:
    batch = window()
    validated(ledger, batch)
    ledger.land(landed(batch), batch.high)

    other = Ledger(address)
    assert other.landing(batch.batch_id) == landed(batch)
    assert other.watermark(RESIDENT) == batch.high
    assert [r.landed for r in other.landings(RESIDENT)] == [landed(batch)]
    assert [f.file for f in other.landed_files("population/resident")] == [*landed(batch).files]
    assert [b.window for b in other.batches(RESIDENT)] == [batch]


def test_a_planned_batch_is_taken_up_again_by_a_rerun(ledger: Ledger) -> None:
    assert ledger.open_batch(RESIDENT) is None
    ledger.plan(window(), "population/resident")
    assert ledger.open_batch(RESIDENT) == window()
    ledger.plan(window(), "population/resident")
    assert actions(ledger, window()) == ["batch.planned"]


def test_a_second_batch_of_a_resource_waits_for_the_first(ledger: Ledger) -> None:
    ledger.plan(window(), "population/resident")
    with pytest.raises(Busy, match=window().batch_id):
        ledger.plan(window(1), "population/resident")
    ledger.plan(window(1, "civil-affairs.resident"), "population/resident")


def test_a_batch_given_up_makes_room_for_the_next(ledger: Ledger) -> None:
    ledger.plan(window(), "population/resident")
    ledger.abandon(window().batch_id)
    ledger.plan(window(1), "population/resident")
    assert ledger.state(window().batch_id) is BatchState.REFUSED
    assert ledger.open_batch(RESIDENT) == window(1)
    with pytest.raises(RecordFailed):
        ledger.abandon(window().batch_id)


def test_a_step_may_be_repeated_but_none_skipped(ledger: Ledger) -> None:
    batch = window()
    ledger.plan(batch, "population/resident")
    with pytest.raises(RecordFailed, match="cannot become"):
        ledger.advance(batch.batch_id, BatchState.RECONCILED)
    for state in STEPS:
        ledger.advance(batch.batch_id, state)
    ledger.advance(batch.batch_id, BatchState.STAGED)
    with pytest.raises(RecordFailed):
        ledger.advance(batch.batch_id, BatchState.VALIDATED)
    assert ledger.state(batch.batch_id) is BatchState.STAGED


@pytest.mark.parametrize("state", [BatchState.PLANNED, BatchState.LANDED, BatchState.REFUSED])
def test_only_steps_are_entered_by_advancing(ledger: Ledger, state: BatchState) -> None:
    validated(ledger, window())
    with pytest.raises(RecordFailed):
        ledger.advance(window().batch_id, state)


def test_a_batch_nobody_planned_is_unknown(ledger: Ledger) -> None:
    with pytest.raises(UnknownName):
        ledger.advance("20260101T000000-abc", BatchState.STAGED)
    with pytest.raises(UnknownName):
        ledger.land(landed(window()), None)
    assert ledger.state("20260101T000000-abc") is None
    assert ledger.batch("20260101T000000-abc") is None
    assert ledger.landing("20260101T000000-abc") is None


def test_a_batch_cannot_land_before_it_is_validated(ledger: Ledger) -> None:
    ledger.plan(window(), "population/resident")
    with pytest.raises(RecordFailed):
        ledger.land(landed(window()), window().high)
    assert ledger.landing(window().batch_id) is None
    assert ledger.watermark(RESIDENT) is None


def test_a_landing_is_entered_once(ledger: Ledger) -> None:
    batch = window()
    validated(ledger, batch)
    ledger.land(landed(batch), batch.high)
    ledger.land(landed(batch).model_copy(update={"repeated": True}), batch.high)
    assert actions(ledger, batch).count("batch.landed") == 1
    with pytest.raises(RecordFailed, match="other facts"):
        ledger.land(landed(batch, rows=4), batch.high)


def test_a_landed_batch_is_not_planned_refused_or_advanced_again(ledger: Ledger) -> None:
    batch = window()
    validated(ledger, batch)
    ledger.land(landed(batch), batch.high)
    assert ledger.plan(batch, "population/resident").state is BatchState.LANDED
    with pytest.raises(RecordFailed):
        ledger.refuse(batch.batch_id, ["x"])
    with pytest.raises(RecordFailed):
        ledger.advance(batch.batch_id, BatchState.STAGED)


def test_a_landing_that_cannot_be_entered_whole_leaves_nothing(ledger: Ledger) -> None:
    batch = window()
    validated(ledger, batch)
    twice = landed(batch)
    with pytest.raises(RecordFailed):
        ledger.land(twice.model_copy(update={"files": twice.files * 2}), batch.high)
    assert ledger.landing(batch.batch_id) is None
    assert ledger.watermark(RESIDENT) is None
    assert ledger.state(batch.batch_id) is BatchState.VALIDATED


def test_an_older_batch_cannot_land_over_a_newer_one(ledger: Ledger) -> None:
    old, new = window(), window(1)
    ledger.plan(old, "population/resident")
    ledger.refuse(old.batch_id, ["行数不足 / too few rows"])
    validated(ledger, new)
    ledger.land(landed(new), new.high)
    with pytest.raises(LandingRefused, match=new.batch_id):
        ledger.plan(old, "population/resident")
    with pytest.raises(LandingRefused, match=new.batch_id):
        ledger.advance(old.batch_id, BatchState.STAGED)
    assert ledger.watermark(RESIDENT) == new.high


def test_a_refused_batch_keeps_its_reasons_and_can_be_mended(ledger: Ledger) -> None:
    batch = window()
    validated(ledger, batch)
    ledger.refuse(batch.batch_id, ["拒收率超限 / too many rejected"])
    ledger.refuse(batch.batch_id, ["拒收率超限 / too many rejected"])
    record = ledger.batch(batch.batch_id)
    assert record is not None
    assert record.ended
    assert record.reasons == ("拒收率超限 / too many rejected",)
    assert actions(ledger, batch).count("batch.refused") == 1

    ledger.plan(batch, "population/resident")
    assert ledger.state(batch.batch_id) is BatchState.PLANNED
    assert actions(ledger, batch)[-1] == "batch.reopened"


def test_a_refused_batch_validated_anew_goes_on_unless_another_is_under_way(
    ledger: Ledger,
) -> None:
    old, new = window(), window(1)
    validated(ledger, old)
    ledger.refuse(old.batch_id, ["x"])
    ledger.plan(new, "population/resident")
    with pytest.raises(Busy):
        ledger.advance(old.batch_id, BatchState.VALIDATED)
    ledger.abandon(new.batch_id)
    ledger.advance(old.batch_id, BatchState.VALIDATED)
    ledger.land(landed(old), old.high)


def test_a_landing_without_a_cursor_leaves_the_watermark(ledger: Ledger) -> None:
    first, full = window(), window(1, mode=LoadMode.FULL)
    validated(ledger, first)
    ledger.land(landed(first), first.high)
    validated(ledger, full)
    ledger.land(landed(full, version=2), None)
    assert ledger.watermark(RESIDENT) == first.high
    last = ledger.last_landing(RESIDENT)
    assert last is not None
    assert last.landed.version == 2
    assert [b.version for b in ledger.last_of_each_dataset()] == [2]


def test_batches_are_listed_the_last_first_and_by_state(ledger: Ledger) -> None:
    validated(ledger, window())
    ledger.land(landed(window()), None)
    ledger.plan(window(1), "population/resident")
    assert [b.batch_id for b in ledger.batches()] == [window(1).batch_id, window().batch_id]
    assert [b.batch_id for b in ledger.batches(state=BatchState.LANDED)] == [window().batch_id]
    assert len(ledger.batches(limit=1)) == 1
    assert ledger.batches("nobody.nothing") == ()


def test_the_ledger_file_belongs_to_its_owner_alone(ledger: Ledger, tmp_path: Path) -> None:
    ledger.plan(window(), "population/resident")
    for path in (tmp_path / "build").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path.name
    assert (tmp_path / "build").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("version", [0, SCHEMA_VERSION + 1])
def test_a_ledger_of_another_release_is_refused(
    ledger: Ledger, address: str, tmp_path: Path, version: int
) -> None:
    ledger.plan(window(), "population/resident")
    with sqlite3.connect(tmp_path / "build" / "ledger.db") as raw:
        raw.execute("UPDATE schema_version SET version = ?", (version,))
    raw.close()
    with pytest.raises(RecordFailed, match=f"schema version {version}, this release needs"):
        Ledger(address).open_batch(RESIDENT)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("no address", "not a database URL"),
        ("sqlite://", "must be a file"),
        ("mysql+pymysql://h/d", "cannot be kept in mysql"),
    ],
)
def test_an_address_that_cannot_hold_a_ledger_is_refused(url: str, words: str) -> None:
    with pytest.raises(RecordFailed, match=words):
        Ledger(url)


def test_a_file_that_is_no_database_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("not a database, certainly not one of SQLite's\n" * 50)
    with pytest.raises(RecordFailed, match="not a database"):
        Ledger(f"sqlite:///{tmp_path / 'ledger.db'}").open_batch(RESIDENT)


def test_a_password_in_the_address_stays_out_of_messages() -> None:
    ledger = Ledger("postgresql+psycopg://shutong:s3cret@127.0.0.1:1/none")
    with pytest.raises(RecordFailed) as raised:
        ledger.open_batch(RESIDENT)
    assert "s3cret" not in str(raised.value)


def test_threads_that_record_at_once_wait_for_each_other(address: str) -> None:
    resources = [f"d.r{n}" for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda r: validated(Ledger(address), window(resource=r)), resources))
    trail = AuditTrail(Ledger(address))
    assert trail.head().seq == 8 * 4
    assert trail.verify() is None


def test_processes_that_open_a_new_ledger_at_once_make_it_once(address: str) -> None:
    script = "import sys; from shutong.ledger import Ledger; Ledger(sys.argv[1]).batches()"
    children = [
        subprocess.Popen([sys.executable, "-c", script, address], stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    for child in children:
        _, errors = child.communicate(timeout=60)
        assert child.returncode == 0, errors.decode()
