"""The code tables load by the model and hold what their standards hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from shutong.catalog.models import CodeTable

FOLDER = Path(__file__).parents[3] / "schemas" / "codes"
FILES = sorted(FOLDER.glob("*.yaml"))


def table(name: str) -> CodeTable:
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    return CodeTable.model_validate(yaml.safe_load(text))


def codes(name: str) -> list[str]:
    return [value.code for value in table(name).values]


def test_the_tables_the_data_standards_need_are_there() -> None:
    wanted = set()
    for path in FOLDER.parent.glob("*/*.yaml"):
        wanted |= set(re.findall(r"code_table: *([a-z_]+)", path.read_text(encoding="utf-8")))
    assert wanted <= {path.stem for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_table_loads_with_a_basis_and_each_code_once(path: Path) -> None:
    loaded = table(path.stem)
    found = [value.code for value in loaded.values]
    assert len(found) == len(set(found))
    assert all(code == code.strip() for code in found)
    assert loaded.basis.startswith(("GB/T ", "LD/T ", "税务总局")) or "本市约定" in loaded.basis


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_code_is_quoted_so_that_no_zero_is_lost(path: Path) -> None:
    lines = re.findall(r"code: *(\S)", path.read_text(encoding="utf-8"))
    assert lines
    assert set(lines) == {'"'}


def test_an_unquoted_code_does_not_load() -> None:
    # 01 without quotes is the number 1 to YAML, and the model takes text only.
    with pytest.raises(ValueError, match="code"):
        CodeTable.model_validate(
            yaml.safe_load("{title: t, basis: b, values: [{code: 01, title: 汉族}]}")
        )


def test_the_ethnic_groups_are_56_and_two() -> None:
    assert codes("ethnic_group") == [f"{n:02d}" for n in range(1, 57)] + ["97", "98"]
    titles = {value.code: value.title for value in table("ethnic_group").values}
    assert (titles["01"], titles["22"], titles["56"]) == ("汉族", "畲族", "基诺族")


def test_the_short_tables_hold_exactly_their_standards_codes() -> None:
    assert codes("sex") == ["0", "1", "2", "9"]
    assert codes("marital_status") == ["10", "20", "21", "22", "23", "30", "40", "90"]
    assert codes("disability_kind") == list("1234567")
    assert codes("disability_grade") == list("1234")
    assert codes("industry") == list("ABCDEFGHIJKLMNOPQRST")
    assert codes("yes_no") == ["0", "1"]
    assert {"10", "20", "30", "40", "60", "70", "80", "90"} <= set(codes("education"))


def test_land_use_has_12_main_classes_and_73_subclasses_below_them() -> None:
    main = [code for code in codes("land_use") if len(code) == 2]
    below = [code for code in codes("land_use") if len(code) == 4]
    assert main == [f"{n:02d}" for n in range(1, 13)]
    assert len(below) == 73
    assert {code[:2] for code in below} == set(main)


def test_the_five_insurances_are_there() -> None:
    titles = " ".join(value.title for value in table("insurance_type").values)
    assert all(kind in titles for kind in ("养老", "医疗", "失业", "工伤", "生育"))


def test_every_code_fits_the_length_of_the_items_that_use_it() -> None:
    for path in FOLDER.parent.glob("*/*.yaml"):
        if path.parent == FOLDER:
            continue
        for item in yaml.safe_load(path.read_text(encoding="utf-8"))["items"]:
            if "code_table" in item:
                longest = max(map(len, codes(item["code_table"])))
                assert longest <= item["length"], f"{path.stem}.{item['name']}"
