"""Each batch's rows add up, over replays, overlaps and merges, and a difference is told."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.integration.collection.town import (
    DATASET,
    FIRST_DAY,
    RESOURCE,
    Person,
    SqliteSite,
    Town,
    build,
)

from shutong.audit import AuditTrail
from shutong.collection import collect
from shutong.errors import KeyUnusable, LandingRefused, NotReconciled
from shutong.lake import Lake
from shutong.model import LandedBatch
from shutong.settings import Settings

SECRET = "张金丝雀"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    made = build(tmp_path / "town", SqliteSite(tmp_path / "front-end.db"))
    made.now = FIRST_DAY + timedelta(minutes=5)
    made.put(Person("1", "甲"), Person("2", None), Person("3", SECRET, born="0000-00-00"))
    return made


def collected(town: Town) -> LandedBatch:
    return collect(RESOURCE, context=town.context())


def account(town: Town, landed: LandedBatch) -> tuple[int, int, int, int]:
    """Return read, landed, unchanged and quarantined rows as the tables hold them."""
    found = town.lake.accounts(DATASET)[landed.batch_id]
    assert found.difference == 0
    return (found.read, found.landed, found.unchanged, found.quarantined)


def problems(town: Town) -> dict[str, set[Any]]:
    """Return the batches and first moments of each problem, by number."""
    sql = "SELECT number, _batch, _first_seen, _row_id FROM population.person"
    found: dict[str, set[Any]] = {}
    for row in town.quarantine.query().run(sql).read_all().to_pylist():
        found.setdefault(row["number"], set()).add((row["_first_seen"], row["_row_id"]))
    return found


def command(town: Town, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {"SHUTONG_ROOT": str(town.root), "SHUTONG_LANG": "zh", "PATH": "/usr/bin:/bin"}
    environment["PYTHONPATH"] = str(Path(__file__).parents[3] / "plugins")
    return subprocess.run(
        [sys.executable, "-m", "shutong.cli", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_rows_add_up_over_overlaps_merges_and_replays(town: Town) -> None:
    first = collected(town)
    assert account(town, first) == (3, 1, 0, 2)
    assert (first.rows_quarantined, first.unaccounted) == (2, 0)
    town.now = FIRST_DAY + timedelta(minutes=8)
    town.put(Person("4", "丁", changed=FIRST_DAY + timedelta(minutes=6)))
    second = collected(town)
    assert account(town, second) == (4, 1, 1, 2), "the overlap draws all of them again"
    again = collect(RESOURCE, context=town.context())
    assert account(town, again)[0] == 4
    assert {number: len(seen) for number, seen in problems(town).items()} == {"2": 1, "3": 1}
    lines = list(town.lake.problems())
    assert {line.problems for line in lines} == {1}
    town.check_books()


def test_a_row_that_changes_and_is_still_wrong_is_another_problem(town: Town) -> None:
    collected(town)
    town.now = FIRST_DAY + timedelta(minutes=8)
    town.put(Person("3", "丙", born="0000-00-00", changed=FIRST_DAY + timedelta(minutes=6)))
    collected(town)
    assert {number: len(seen) for number, seen in problems(town).items()} == {"2": 1, "3": 2}


def test_full_loads_add_up_too(tmp_path: Path) -> None:
    town = build(tmp_path / "town", SqliteSite(tmp_path / "fe.db"), load="full", cursor=None)
    town.put(Person("1", "甲"), Person("2", None))
    assert account(town, collected(town)) == (2, 1, 0, 1)
    assert account(town, collected(town)) == (2, 1, 0, 1)
    assert {number: len(seen) for number, seen in problems(town).items()} == {"2": 1}


def test_a_landing_whose_rejected_rows_are_not_all_kept_is_refused(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Lake.quarantine
    monkeypatch.setattr(Lake, "quarantine", lambda *a, **k: kept(*a, **k) - 1)
    with pytest.raises(LandingRefused, match="隔离区有 1 行"):
        collected(town)
    assert town.landed() == []
    monkeypatch.undo()
    assert collected(town).rows_landed == 1


def test_a_landing_that_does_not_add_up_is_not_entered(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    land = Lake.land

    def fewer(*args: Any, **facts: Any) -> LandedBatch:
        landed = land(*args, **facts)
        return landed.model_copy(update={"rows_landed": landed.rows_landed - 1})

    monkeypatch.setattr(Lake, "land", fewer)
    with pytest.raises(NotReconciled, match="差 1 行"):
        collected(town)
    assert town.context().ledger.landings() == ()


def test_verify_and_batches_tell_whether_rows_add_up(town: Town) -> None:
    landed = collected(town)
    shown = command(town, "batches")
    assert shown.returncode == 0, shown.stderr
    assert landed.batch_id in shown.stdout
    assert command(town, "verify").returncode == 0
    (path,) = town.settings.quarantine_dir.rglob("_resource=*/*.parquet")
    path.unlink()
    bad = command(town, "verify")
    assert bad.returncode == NotReconciled.exit_code
    assert landed.batch_id in bad.stderr
    assert "账目不平" in bad.stderr


# ---------------------------------------------------------------- commands and sealing


def test_problems_are_counted_without_a_value_and_shown_on_record(town: Town) -> None:
    landed = collected(town)
    listed = command(town, "quarantine", "list")
    assert listed.returncode == 0, listed.stderr
    assert SECRET not in listed.stdout
    assert "born.type" in listed.stdout
    shown = command(town, "quarantine", "show", RESOURCE, "--reason", "核对工单 7")
    assert SECRET in shown.stdout, shown.stderr
    event = AuditTrail(town.context().ledger).events(RESOURCE)[-1]
    assert str(event.action) == "quarantine.read"
    assert "核对工单 7" in event.facts
    target = town.root / "rows.xlsx"
    facts = ("--batch", landed.batch_id, "--to", str(target))
    assert command(town, "quarantine", "show", RESOURCE, "--reason", "同上", *facts).returncode == 0
    assert target.stat().st_size > 1000


@pytest.mark.parametrize("reason", [" ", "查 360102199001011234"])
def test_rows_are_not_shown_without_a_reason_that_may_be_kept(town: Town, reason: str) -> None:
    collected(town)
    shown = command(town, "quarantine", "show", RESOURCE, "--reason", reason)
    assert shown.returncode != 0
    assert SECRET not in shown.stdout


def test_nothing_is_shown_when_it_cannot_be_put_on_record(town: Town) -> None:
    collected(town)
    ledger = town.root / "build/ledger.db"
    for path in (ledger, *ledger.parent.glob("ledger.db-*")):
        path.unlink(missing_ok=True)
    ledger.mkdir()
    shown = command(town, "quarantine", "show", RESOURCE, "--reason", "核对")
    assert shown.returncode == 10, shown.stderr
    assert SECRET not in shown.stdout + shown.stderr


def test_a_resource_s_rows_are_sealed_when_the_catalog_says_so(town: Town, tmp_path: Path) -> None:
    place = town.root / "catalog/registry/resources/person.yaml"
    declared = yaml.safe_load(place.read_text(encoding="utf-8"))
    declared["quarantine"] = {"encrypt": True}
    place.write_text(yaml.safe_dump(declared, allow_unicode=True), encoding="utf-8")
    with pytest.raises(KeyUnusable):
        collected(town)
    assert town.landed() == []
    keys = tmp_path / "keys.txt"
    keys.write_text("k1 = " + "ab" * 16)
    keys.chmod(0o600)
    facts = {name: getattr(town.settings, name) for name in Settings.model_fields}
    sealed = Settings(**facts | {"quarantine_keys": keys})
    context = town.context()
    object.__setattr__(context, "settings", sealed)
    context.__dict__.pop("lake", None)
    assert collect(RESOURCE, context=context).rows_quarantined == 2
    for path in town.settings.quarantine_dir.rglob("*.parquet"):
        assert SECRET.encode() not in path.read_bytes()
    dataset = context.dataset
    (rows,) = context.lake.problem_rows(DATASET, dataset, RESOURCE)
    assert SECRET in rows.column("name").to_pylist()
