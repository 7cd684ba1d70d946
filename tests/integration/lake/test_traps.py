"""Traps of the shared database that no other test of this folder shows."""

from __future__ import annotations

import re
import shutil
import threading
from pathlib import Path

from deltalake import DeltaTable
from tests.unit.lake.batches import NAME, batch, dataset, people, rows_of

from shutong.lake import Lake
from shutong.lake.tables import PARTITION, file_rows, table_schema
from shutong.model import LoadMode

PLUGINS = Path(__file__).parents[3] / "plugins" / "shutong"


def test_no_module_reads_a_table_in_the_way_that_aborts_the_process_at_its_exit() -> None:
    reading = re.compile(r"\.to_pyarrow_(?:table|dataset)\b|\.to_pandas\(.*delta", re.IGNORECASE)
    modules = list(PLUGINS.rglob("*.py"))
    assert len(modules) > 100
    assert [path.name for path in modules if reading.search(path.read_text("utf-8"))] == []


def test_an_empty_text_stays_an_empty_text_because_no_item_is_a_partition(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake", tmp_path / "quarantine", memory="100MB")
    batch(tmp_path, people(1, 2, name="")).land(lake)
    assert [row["name"] for row in rows_of(lake)] == ["", ""]
    table = DeltaTable(str(lake.root / NAME))
    assert table.metadata().partition_columns == [PARTITION]
    assert PARTITION not in [item.name for item in dataset().items]
    assert PARTITION in table_schema(dataset()).names
    assert None not in {facts["resource"] for facts in file_rows(table).values()}


def test_a_copy_of_a_live_table_made_log_first_is_one_of_its_states(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake", tmp_path / "quarantine", memory="100MB")
    batch(tmp_path, people(0)).land(lake)
    landed = threading.Event()

    def land() -> None:
        for hour in range(1, 9):
            batch(tmp_path, people(hour), mode=LoadMode.MERGE, hour=hour).land(lake)
        landed.set()

    writer = threading.Thread(target=land)
    writer.start()
    copies = 0
    while not landed.is_set() or copies == 0:
        copies += 1
        copy = Lake(tmp_path / f"copy{copies}", tmp_path / "q", memory="100MB")
        shutil.copytree(lake.root / NAME / "_delta_log", copy.root / NAME / "_delta_log")
        for path in file_rows(DeltaTable(str(copy.root / NAME))):
            target = copy.root / NAME / path
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(lake.root / NAME / path, target)
        version = copy.version(NAME)
        assert version is not None
        assert [row["select"] for row in rows_of(copy)] == list(range(version))
    writer.join()
