"""The site over all reports: each batch renews what is above it, and all can be made again."""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from tests.unit.reporting.reports import batch_id, report, rule

from shutong.catalog.models import UpdateCycle
from shutong.reporting import history, publish, rebuild
from shutong.reporting.evidence import keep, kept
from shutong.reporting.overview import Known, due_after, index_text, known_entries, late_resources

RESOURCE = "public-security.people"


def page(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


def test_a_batch_stands_on_its_page_its_month_its_resource_and_the_index(tmp_path: Path) -> None:
    publish(report(3), tmp_path)
    own = batch_id(3)
    for name in (f"{RESOURCE}/2026-10.html", f"{RESOURCE}/index.html", "index.html"):
        assert own in page(tmp_path, name), name
    assert page(tmp_path, f"{RESOURCE}/latest.html") == page(tmp_path, f"{RESOURCE}/{own}.html")


def test_a_report_says_rule_item_source_counts_and_what_happened(tmp_path: Path) -> None:
    failed = rule("name.required", state="failed", failed_rows=7)
    publish(report(2, rules=(failed,), rejected_rows=7), tmp_path)
    shown = page(tmp_path, f"{RESOURCE}/latest.html")
    for words in ("姓名必填", "姓名", "GB 11643-1999", "0.70%", "已入库：第 2 版", "Landed as"):
        assert words in shown, words
    for digest in ("ab" * 32, "cd" * 32, "great_expectations 1.24.1", "2026-10-01"):
        assert digest in shown, digest


def test_a_state_that_this_release_does_not_know_is_shown_as_it_is(tmp_path: Path) -> None:
    publish(report(rules=(rule("r", state="not_comparable", severity="new"),)), tmp_path)
    assert "not_comparable" in page(tmp_path, f"{RESOURCE}/latest.html")


def test_words_of_the_catalog_cannot_become_part_of_the_page(tmp_path: Path) -> None:
    publish(report(title="<script>x</script>", reasons=("<b>",), outcome="refused"), tmp_path)
    for name in ("index.html", f"{RESOURCE}/index.html", f"{RESOURCE}/latest.html"):
        assert "<script>x" not in page(tmp_path, name)
        assert "<b>" not in page(tmp_path, name)


def test_the_same_batch_again_changes_nothing_and_a_landing_takes_its_place(tmp_path: Path) -> None:
    judged = report(1, outcome="accepted", landed=None)
    publish(judged, tmp_path)
    publish(report(1), tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()}
    publish(report(1), tmp_path, now=datetime(2026, 10, 2, tzinfo=UTC))
    after = {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()}
    changed = {path.name for path in before if before[path] != after[path]}
    assert changed == {"index.html"}, "only the time of its writing"
    assert len(history.lines(tmp_path / RESOURCE, "2026-10")) == 1


def test_the_trend_tells_the_batches_before_and_no_later_one(tmp_path: Path) -> None:
    for number in (0, 1, 3, 2):
        publish(report(number), tmp_path)
    facts = json.loads(page(tmp_path, f"{RESOURCE}/{batch_id(2)}.json"))
    assert [each["batch_id"] for each in facts["trend"]] == [batch_id(0), batch_id(1)]
    assert "<svg" in page(tmp_path, f"{RESOURCE}/{batch_id(2)}.html")
    assert batch_id(3) in page(tmp_path, f"{RESOURCE}/latest.html")


@pytest.mark.parametrize("word", ["http", "<script", "@import", "url("])
def test_a_batch_s_page_holds_nothing_that_a_browser_would_fetch_or_run(
    tmp_path: Path, word: str
) -> None:
    for number in range(4):
        publish(report(number), tmp_path)
    assert word not in page(tmp_path, f"{RESOURCE}/latest.html")


def test_the_whole_site_can_be_made_again_from_the_facts(tmp_path: Path) -> None:
    now = datetime(2026, 12, 1, tzinfo=UTC)
    for number in range(40):
        publish(report(number), tmp_path, now=now)
    publish(report(1, "civil-affairs.adoption"), tmp_path, now=now)
    pages = {path: path.read_bytes() for path in tmp_path.rglob("*.html")}
    for path in [*pages, tmp_path / "index.json", *tmp_path.rglob("????-??.json")]:
        path.unlink()
    assert rebuild(tmp_path, now=now) == 41
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.html")} == pages


def test_torn_facts_are_left_out_and_the_rest_stands(tmp_path: Path) -> None:
    for number in range(3):
        publish(report(number), tmp_path)
    (tmp_path / RESOURCE / f"{batch_id(1)}.json").write_text("")
    (tmp_path / "index.json").write_text("{")
    assert rebuild(tmp_path) == 2
    publish(report(5), tmp_path)
    assert batch_id(5) in page(tmp_path, "index.html")


def test_resources_without_a_batch_are_on_the_index_too(tmp_path: Path) -> None:
    publish(report(), tmp_path)
    rebuild(tmp_path, [Known("civil-affairs.adoption", "收养登记信息", "市民政局")])
    assert "收养登记信息" in page(tmp_path, "index.html")


def _publish_many(folder: str, resource: str, first: int) -> None:
    for number in range(first, first + 10):
        publish(report(number, resource), Path(folder))


def test_runs_at_once_lose_no_line_of_each_other(tmp_path: Path) -> None:
    jobs = [(RESOURCE, 0), (RESOURCE, 10), ("civil-affairs.adoption", 0)]
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        for each in [pool.submit(_publish_many, str(tmp_path), *job) for job in jobs]:
            each.result()
    assert len(history.lines(tmp_path / RESOURCE, "2026-10")) == 20
    assert set(known_entries(tmp_path)) == {RESOURCE, "civil-affairs.adoption"}
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_batch_reads_its_own_month_and_the_index_however_many_there_are(tmp_path: Path) -> None:
    for number in range(0, 400, 8):
        publish(report(number), tmp_path)
        publish(report(number, f"civil-affairs.n{number}"), tmp_path)
    read: list[str] = []
    original = history.loaded

    def counted(path: Path) -> Any:
        read.append(path.name)
        return original(path)

    with patch.object(history, "loaded", counted):
        publish(report(400), tmp_path)
    assert len(set(read)) <= 18, "the months that the last 60 batches lie in, of one resource"
    assert not [name for name in read if len(name) > len("2026-10.json")], "no batch's own facts"


def test_who_has_not_landed_within_its_cycle_is_late(tmp_path: Path) -> None:
    publish(report(0), tmp_path)
    publish(report(0, "civil-affairs.adoption", cycle=UpdateCycle.YEARLY), tmp_path)
    entries = known_entries(tmp_path)
    start = datetime(2026, 10, 1, 2, 3, 4, tzinfo=UTC)
    assert late_resources(entries, start + timedelta(hours=47)) == ()
    assert late_resources(entries, start + timedelta(hours=49)) == (RESOURCE,)
    assert "late-mark" in index_text(entries, start + timedelta(hours=49)).split("</style>")[1]
    assert due_after(start, UpdateCycle.OTHER) is None


def test_a_refused_batch_does_not_make_up_for_a_landing(tmp_path: Path) -> None:
    publish(report(0), tmp_path)
    publish(report(5, outcome="refused", landed=None), tmp_path)
    now = datetime(2026, 10, 6, 3, tzinfo=UTC)
    assert late_resources(known_entries(tmp_path), now) == (RESOURCE,)


def test_what_was_kept_and_altered_is_not_given_out(tmp_path: Path) -> None:
    digest = keep(tmp_path, {"a": 1})
    assert kept(tmp_path, digest) == {"a": 1}
    (tmp_path / ".evidence" / f"{digest}.json").write_text('{"a":2}')
    assert kept(tmp_path, digest) is None
    assert kept(tmp_path, "../../etc/passwd") is None
