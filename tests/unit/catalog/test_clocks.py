"""The terms that the catalog declares."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from shutong.catalog import check_catalog, load_resources

ROOT = Path(__file__).resolve().parents[3]


def test_the_city_s_terms_each_stand_beside_the_law_they_rest_on() -> None:
    clocks = {code: declared.value for code, declared in load_resources(ROOT, []).clocks.items()}
    assert clocks["data-correction"].days == 10
    assert all("国务院令第809号" in clock.basis for clock in clocks.values())


@pytest.mark.parametrize(
    ("old", "new", "fact"),
    [
        ("days: 2\n", "days: two\n", "days"),
        ("days: 2\n", "days: 0\n", "days"),
        ("code: catalog-review", "code: data-correction", "data-correction"),
        ("confirmed: false", "confirmd: false", "confirmd"),
    ],
)
def test_a_faulty_term_is_told_by_file_and_line(
    tmp_path: Path, old: str, new: str, fact: str
) -> None:
    for folder in ("catalog", "schemas"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    path = tmp_path / "catalog/clocks.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    at = max(number for number, line in enumerate(lines) if old in line)
    lines[at] = lines[at].replace(old, new)
    path.write_text("".join(lines), encoding="utf-8")

    _, faults = check_catalog(tmp_path)
    told = [fault for fault in faults if fault.file == "catalog/clocks.yaml"]
    assert [fault.line for fault in told if fact in fault.render("both")] == [at + 1]
