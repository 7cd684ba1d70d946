"""GX's own documents of a batch: its verdicts, nothing from any network, no value of a row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.integration.collection.town import RESOURCE, Town

from shutong.collection import collect
from shutong.collection.documents import write_documents
from shutong.errors import StorageFailed


def test_the_result_json_tells_what_the_report_tells(town: Town, tmp_path: Path) -> None:
    landed = collect(RESOURCE, context=town.context())
    _, results = write_documents(landed.batch_id, tmp_path / "gx", using=town.settings)
    told = json.loads(results.read_text(encoding="utf-8"))
    assert told["success"] is False
    by_rule = {each["expectation_config"]["meta"]["rule"]: each for each in told["results"]}
    required = by_rule["name.required"]["result"]
    assert (required["element_count"], required["unexpected_count"]) == (39, 1)
    assert told["meta"]["run_id"]["run_name"] == landed.batch_id


@pytest.mark.parametrize("suffix", [".html", ".json"])
def test_neither_holds_a_value_of_a_row_nor_anything_to_fetch(
    town: Town, tmp_path: Path, suffix: str
) -> None:
    landed = collect(RESOURCE, context=town.context())
    paths = write_documents(landed.batch_id, tmp_path / "gx", using=town.settings)
    (text,) = [path.read_text(encoding="utf-8") for path in paths if path.suffix == suffix]
    for value in ("N0000", "N-无名", "王五", "人1", "http", "url(", "src="):
        assert value not in text, value


def test_documents_are_written_without_reading_a_row(town: Town, tmp_path: Path) -> None:
    landed = collect(RESOURCE, context=town.context())
    for folder in (town.settings.lake_dir, town.settings.quarantine_dir):
        for path in folder.rglob("*.parquet"):
            path.unlink()
    assert all(
        path.is_file()
        for path in write_documents(landed.batch_id, tmp_path / "gx", using=town.settings)
    )


def test_without_the_kept_suite_there_are_no_documents(town: Town, tmp_path: Path) -> None:
    landed = collect(RESOURCE, context=town.context())
    for path in (town.settings.reports_dir / ".evidence").iterdir():
        path.unlink()
    with pytest.raises(StorageFailed, match="kept suite"):
        write_documents(landed.batch_id, tmp_path / "gx", using=town.settings)
