"""A disk that fills up anywhere on the path: one clear error, nothing landed, and a rerun lands."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.collection.boundaries import at
from tests.integration.collection.town import (
    FIRST_DAY,
    RESOURCE,
    Person,
    SqliteSite,
    Town,
    build,
)
from tests.integration.lake.test_full_disk import fill

from shutong.collection import collect
from shutong.errors import RecordFailed, ShutongError, StorageFailed

HOUR = timedelta(hours=1)
PLACES = {
    "shutong.collection.staging:StagingWriter._close_file:before:1": StorageFailed,
    "shutong.model:StagedBatch.write:before:1": StorageFailed,
    "shutong.quality:validate:before:1": StorageFailed,
    "shutong.lake.store:Lake.quarantine:before:1": StorageFailed,
    "shutong.lake.rowfiles:RowFiles.write:before:1": StorageFailed,
    "shutong.lake.landing:commit_change:before:1": StorageFailed,
    "shutong.ledger.book:Ledger.advance:before:3": RecordFailed,
    "shutong.ledger.book:Ledger.land:before:1": RecordFailed,
}
MORE_PLACES = {
    "shutong.model:Window.write:before:1": StorageFailed,
    "shutong.collection.staging:StagingWriter.put:before:1": StorageFailed,
    "shutong.model:Reconciliation.write:before:1": StorageFailed,
    "shutong.quality.validation:split:before:1": StorageFailed,
    "shutong.model:ValidationReport.write:before:1": StorageFailed,
    "shutong.collection.validating:write_report:before:1": StorageFailed,
    "shutong.lake.landing:guard_rows:after:1": StorageFailed,
    "shutong.ledger.book:Ledger.plan:before:1": RecordFailed,
    "shutong.ledger.book:Ledger.advance:before:1": RecordFailed,
    "shutong.ledger.book:Ledger.record:before:1": RecordFailed,
}
"""For the long runs."""


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Give a town whose exchange stands on a disk of three megabytes."""
    disk = tmp_path / "build"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("a small disk can only be mounted by root")
    try:
        yield build(tmp_path, SqliteSite(tmp_path / "fe.db"), now=FIRST_DAY + HOUR)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def people(first: int, count: int, town: Town) -> list[Person]:
    assert town.now is not None
    changed = town.now - timedelta(minutes=1)
    good = [Person(f"{first + i}", f"甲{i}", changed=changed) for i in range(count)]
    bad = [
        Person("空", None, changed=changed),
        Person("日", "乙", born="0000-00-00", changed=changed),
    ]
    return [*good, *bad]


@pytest.mark.parametrize(("point", "error"), PLACES.items())
def test_a_disk_that_fills_up_stops_the_run_and_a_rerun_makes_it_whole(
    town: Town, point: str, error: type[ShutongError]
) -> None:
    fill_at(town, point, error)


def fill_at(town: Town, point: str, error: type[ShutongError]) -> None:
    """Fill the disk at a point, see what comes of it, make room and run again."""
    town.put(*people(0, 500, town))
    collect(RESOURCE, context=town.context())
    before = town.landed()
    assert town.now is not None
    town.now += HOUR
    town.put(*people(400, 500, town))
    disk = town.settings.build_dir
    with at(point, lambda: fill(disk)) as crossed, pytest.raises(ShutongError) as raised:
        collect(RESOURCE, context=town.context())
    assert crossed
    assert isinstance(raised.value, error), raised.value
    assert raised.value.next_step
    (disk / "ballast").unlink()
    # Delta's commit may have come through before the ledger's own entry could not.
    late = point.endswith("Ledger.land:before:1")
    assert (town.landed() == before) is not late
    collect(RESOURCE, context=town.context())
    town.now += HOUR
    collect(RESOURCE, context=town.context())
    assert [row[0] for row in town.landed()] == sorted(str(i) for i in range(900))
    town.check_books()
    town.check_swept()
