"""The commands of the correction tickets, as a person runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.integration.collection.town import RESOURCE, Town
from tests.integration.corrections.forms import filled
from tests.integration.corrections.register import registry, tickets

from shutong.collection import collect


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """Return a town with a ticket of one row."""
    town = registry(tmp_path)
    collect(RESOURCE, context=town.context())
    return town


def shutong(town: Town, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `shutong corrections …` on the town's project."""
    own = {
        "SHUTONG_ROOT": str(town.root),
        "SHUTONG_DATA_DIR": str(town.root / "build"),
        "SHUTONG_LANG": "both",
    }
    return subprocess.run(
        [sys.executable, "-m", "shutong.cli", "corrections", *words],
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_ticket_is_listed_exported_imported_and_shown_with_its_history(town: Town) -> None:
    listed = shutong(town, "list")
    assert listed.returncode == 0, listed.stderr
    assert "T000001" in listed.stdout
    facts = json.loads(shutong(town, "list", "--json").stdout)
    assert [(each["ticket"], each["open_rows"]) for each in facts] == [("T000001", 1)]

    exported = shutong(town, "export", "T000001")
    assert "源系统" in exported.stdout, exported.stderr
    form = town.root / "build/corrections/forms/registry.person-T000001.xlsx"
    assert form.stat().st_mode & 0o077 == 0

    imported = shutong(town, "import", "T000001", str(filled(form, {1: {"name": "乙"}})))
    assert imported.returncode == 0, imported.stderr
    assert "1 rows replayed = 1 landed + 0 unchanged + 0 still wrong" in imported.stdout
    assert "closed, 0 rows to mend" in imported.stdout

    assert json.loads(shutong(town, "list", "--json").stdout) == []
    shown = shutong(town, "show", "T000001")
    for words in ("立校核工单", "导出校核工单", "回收更正表格", "工单办结"):
        assert words in shown.stdout
    assert "乙" not in shown.stdout + imported.stdout


def test_a_ticket_of_a_deleted_resource_is_listed_and_can_only_be_withdrawn(town: Town) -> None:
    (town.root / "catalog/registry/resources/person.yaml").unlink()
    assert "资源已删除" in shutong(town, "list").stdout
    refused = shutong(town, "export", "T000001")
    assert refused.returncode == 3
    assert "仍在隔离区" in refused.stderr
    assert "Traceback" not in refused.stderr

    closed = shutong(town, "close", "T000001", "--withdraw", "--answer", "资源已停止共享")
    assert closed.returncode == 0, closed.stderr
    assert "已撤销" in closed.stdout


def test_a_row_that_is_not_taken_is_told_by_its_cell_and_by_the_exit_code(town: Town) -> None:
    shutong(town, "export", "T000001")
    form = town.root / "build/corrections/forms/registry.person-T000001.xlsx"
    back = filled(form, {1: {"name": "=A1"}})
    done = shutong(town, "import", "T000001", str(back))
    assert done.returncode == 1
    assert "公式" in done.stderr
    assert "1 rows to mend" in done.stdout


def test_overdue_tickets_are_told_by_the_exit_code(town: Town) -> None:
    assert shutong(town, "list", "--overdue").returncode == 0
    import sqlite3

    with sqlite3.connect(town.root / "build/ledger.db") as raw:
        raw.execute("UPDATE tickets SET due_on = '2026-03-02'")
    raw.close()
    late = shutong(town, "list", "--overdue")
    assert late.returncode == 16
    assert "超期" in late.stdout


def test_what_nobody_knows_is_a_word_and_no_trace(town: Town) -> None:
    for words in (
        ("export", "T000404"),
        ("import", "T000001", "nowhere.xlsx"),
        ("close", "T000001", "--answer", " "),
        ("close", "T000001", "--answer", "x", "--row", "9"),
    ):
        done = shutong(town, *words)
        assert done.returncode not in (0, 1, 2) or "x" not in words, done.stdout
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
    assert tickets(town)[0].open_rows == 1
