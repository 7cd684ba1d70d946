"""The report commands as a person or a script uses them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.integration.collection.town import DATASET, RESOURCE, Town

from shutong.collection import collect


def shutong(town: Town, *words: str) -> subprocess.CompletedProcess[str]:
    own = {
        "SHUTONG_ROOT": str(town.root),
        "SHUTONG_DATA_DIR": str(town.root / "build"),
        "SHUTONG_LANG": "en",
    }
    return subprocess.run(
        [sys.executable, "-m", "shutong.cli", "report", *words],
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        check=False,
    )


def test_verify_has_an_exit_code_for_equal_differing_and_open(town: Town) -> None:
    landed = collect(RESOURCE, context=town.context())
    equal = shutong(town, "verify", landed.batch_id, "--json")
    assert (equal.returncode, equal.stderr) == (0, "")
    told = json.loads(equal.stdout)
    assert told["outcome"] == "equal"
    assert {check["outcome"] for check in told["checks"]} == {"equal"}
    page = town.settings.reports_dir / RESOURCE / f"{landed.batch_id}.html"
    kept = page.read_text(encoding="utf-8")
    page.write_text(f"{kept} ", encoding="utf-8")
    assert shutong(town, "verify", landed.batch_id).returncode == 20
    page.write_text(kept, encoding="utf-8")
    (town.settings.lake_dir / DATASET / landed.files[0].path).unlink()
    gone = shutong(town, "verify", landed.batch_id)
    assert gone.returncode == 21
    assert "restore" in gone.stdout
    assert "Traceback" not in gone.stdout + gone.stderr


def test_list_and_show_tell_the_batch_and_site_makes_its_pages_again(town: Town) -> None:
    landed = collect(RESOURCE, context=town.context())
    assert landed.batch_id in shutong(town, "list").stdout
    assert landed.batch_id in shutong(town, "list", RESOURCE).stdout
    shown = shutong(town, "show", RESOURCE)
    assert "2 rejected" in shown.stdout
    assert f"{landed.batch_id}.html" in shown.stdout
    index = town.settings.reports_dir / "index.html"
    index.unlink()
    made = shutong(town, "site")
    assert made.returncode == 0, made.stderr
    assert index.is_file()
    assert "person-too" in index.read_text(encoding="utf-8"), "without a batch, and on the index"


def test_a_name_that_nobody_knows_is_told_in_words(town: Town) -> None:
    for words in (("verify", "none"), ("show", "none"), ("docs", "none"), ("list", "no.body")):
        answer = shutong(town, *words)
        assert answer.returncode == 3, words
        assert "Traceback" not in answer.stderr
