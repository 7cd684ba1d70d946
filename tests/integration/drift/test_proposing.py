"""The proposed catalog change: ready files that pass the check and let the next run succeed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.integration.drift.conftest import PERSON, Project

from shutong.errors import SourceDrifted

RESOURCE = "catalog/public-security/resources/person.yaml"
DATASET = "schemas/testing/person.yaml"
SUITE = "expectations/testing/person.json"


def proposed(project: Project) -> dict[str, str]:
    """Propose on the command line; return the files by their place in the project."""
    done = project.shutong("drift", PERSON, "--propose", lang="both")
    assert done.returncode == 0, done.stderr
    folder = project.root / "build/drift" / PERSON
    assert (folder / "proposal.diff").is_file()
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file() and path.name != "proposal.diff"
    }


def put_in_place(project: Project) -> None:
    """Copy the proposed files over the catalog's, after the diff was seen to give the same."""
    folder = project.root / "build/drift" / PERSON
    patched = project.root.parent / "patched"
    for name in ("catalog", "schemas", "expectations"):
        shutil.copytree(project.root / name, patched / name)
    diff = folder / "proposal.diff"
    subprocess.run(["git", "apply", "--whitespace=nowarn", str(diff)], cwd=patched, check=True)
    for path in folder.rglob("*"):
        if path.is_file() and path != diff:
            target = project.root / path.relative_to(folder)
            shutil.copy(path, target)
            assert (patched / path.relative_to(folder)).read_bytes() == target.read_bytes()


def checked(project: Project) -> None:
    done = project.shutong("check")
    assert done.returncode == 0, done.stderr


def changed_lines(project: Project, name: str, text: str) -> tuple[list[str], list[str]]:
    old = (project.root / name).read_text(encoding="utf-8").splitlines()
    new = text.splitlines()
    return [x for x in old if x not in new], [x for x in new if x not in old]


def refused(project: Project) -> None:
    with pytest.raises(SourceDrifted):
        project.collect()


@pytest.fixture
def collected(project: Project) -> Project:
    checked(project)
    project.collect()
    return project


@pytest.fixture
def alone(plain: Project) -> Project:
    plain.collect()
    return plain


def test_a_renamed_column_is_mapped_anew_and_the_next_run_succeeds(collected: Project) -> None:
    before = collected.landed()
    collected.change(collected.renamed("XM", "XINGMING"), XINGMING="XM")
    refused(collected)

    files = proposed(collected)

    assert set(files) == {RESOURCE}
    assert changed_lines(collected, RESOURCE, files[RESOURCE]) == (
        ["    name: XM      # 姓名"],
        ["    name: XINGMING      # 姓名"],
    )
    put_in_place(collected)
    checked(collected)
    assert collected.collect().rows_read == len(before)
    assert [r["name"] for r in collected.landed()] == [r["name"] for r in before]


def test_line_ends_of_windows_and_a_missing_last_one_stay(alone: Project) -> None:
    path = alone.file()
    text = path.read_text(encoding="utf-8").rstrip("\n").replace("\n", "\r\n")
    path.write_bytes(text.encode())
    alone.change(alone.renamed("XM", "XINGMING"), XINGMING="XM")
    proposed(alone)
    put_in_place(alone)
    assert path.read_bytes().decode() == text.replace("name: XM ", "name: XINGMING ")
    assert alone.collect().rows_read


def test_cursor_and_filter_follow_a_rename(collected: Project) -> None:
    collected.change(collected.renamed("GXSJ", "GXSJ_2"), GXSJ_2="GXSJ")
    collected.change(collected.renamed("ZT", "ZT_2"), ZT_2="ZT")
    refused(collected)

    gone, come = changed_lines(collected, RESOURCE, proposed(collected)[RESOURCE])

    assert len(gone) == 3
    assert come == [
        "    updated_at: GXSJ_2",
        '    - {column: ZT_2, operator: "<>", value: "9"}',
        "  cursor: GXSJ_2",
    ]
    put_in_place(collected)
    checked(collected)
    assert collected.collect().rows_read


@pytest.mark.parametrize(
    ("cursor", "renamed"),
    [
        ("[GXSJ, BH]", "[GXSJ_2, BH]"),
        ("{composite: [GXSJ, BH]}", "{composite: [GXSJ_2, BH]}"),
    ],
)
def test_a_cursor_of_several_columns_follows_a_rename(
    alone: Project, cursor: str, renamed: str
) -> None:
    alone.edit("cursor: GXSJ", f"cursor: {cursor}")
    alone.collect()
    alone.change(alone.renamed("GXSJ", "GXSJ_2"), GXSJ_2="GXSJ")
    refused(alone)

    _, come = changed_lines(alone, RESOURCE, proposed(alone)[RESOURCE])

    assert come == ["    updated_at: GXSJ_2", f"  cursor: {renamed}"]
    put_in_place(alone)
    checked(alone)
    assert alone.collect().rows_read


def test_a_widened_text_widens_its_item_and_the_rule_of_its_length(collected: Project) -> None:
    collected.change(collected.altered(XM="VARCHAR(60) NOT NULL"))
    name = "阿" * 30
    collected.add((4, name, None, "1.00", "1", "2024-01-04 08:00:00", None))
    refused(collected)

    files = proposed(collected)

    assert set(files) == {DATASET, SUITE}
    assert changed_lines(collected, DATASET, files[DATASET]) == (
        ["    length: 20  # 字符"],
        ["    length: 60  # 字符"],
    )
    put_in_place(collected)
    checked(collected)
    landed = collected.collect()
    assert landed.rows_rejected == 0
    assert name in [row["name"] for row in collected.landed()]


def test_a_wider_number_leaves_the_shared_table_as_it_is(alone: Project) -> None:
    alone.change(alone.altered(JE="DECIMAL(12,4)"))
    refused(alone)
    assert proposed(alone) == {}
    assert "进隔离区" in alone.shutong("drift", PERSON, "--propose", lang="zh").stdout
    refused(alone)
    assert alone.shutong("drift", PERSON, "--accept").returncode == 0
    assert alone.collect().rows_read


def test_a_dropped_optional_column_leaves_the_mapping(collected: Project) -> None:
    collected.change(collected.altered(BZ=None))
    refused(collected)
    files = proposed(collected)
    assert changed_lines(collected, RESOURCE, files[RESOURCE]) == (["    note: BZ"], [])
    put_in_place(collected)
    checked(collected)
    collected.collect()
    assert {row["note"] for row in collected.landed()} == {None}


def test_a_dropped_required_column_is_left_to_the_department(alone: Project) -> None:
    alone.change(alone.altered(XM=None))
    refused(alone)
    assert proposed(alone) == {}
    told = alone.shutong("drift", PERSON, "--propose").stdout
    assert "item name is required" in told
    assert alone.shutong("drift", PERSON, "--accept").returncode == 5


def test_a_new_column_is_put_beside_as_a_comment_until_a_person_decides(
    collected: Project,
) -> None:
    collected.change(collected.altered(SJH="VARCHAR(11)"))
    refused(collected)

    files = proposed(collected)

    assert set(files) == {RESOURCE, DATASET}
    for name, text in files.items():
        gone, come = changed_lines(collected, name, text)
        assert not gone
        assert all(line.lstrip().startswith("#") for line in come), come
    put_in_place(collected)
    checked(collected)
    refused(collected)
    assert collected.shutong("drift", PERSON, "--accept").returncode == 0
    assert collected.collect().rows_read


def test_the_commented_item_passes_the_check_when_it_is_taken_up(alone: Project) -> None:
    alone.change(alone.altered(SJH="VARCHAR(11)"))
    proposed(alone)
    put_in_place(alone)
    for name in (RESOURCE, DATASET):
        path = alone.root / name
        lines = path.read_text(encoding="utf-8").splitlines()
        at = next(i for i, line in enumerate(lines) if "新增字段" in line)
        lines[at + 1 :] = [line.replace("# ", "", 1) for line in lines[at + 1 :]]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert alone.shutong("suites", "draft").returncode == 0
    checked(alone)


def test_a_new_column_feeds_the_item_that_another_resource_feeds_from_it(
    alone: Project,
) -> None:
    text = alone.file().read_text(encoding="utf-8")
    other = text.replace("9001", "9002").replace("人员测试信息", "人员测试二")
    alone.file("public-security.second").write_text(other, encoding="utf-8")
    alone.edit("    note: BZ\n", "")
    alone.change(alone.altered(BZ=None))
    assert alone.shutong("drift", PERSON, "--accept").returncode == 0
    alone.collect()
    alone.change({**alone.columns, "BZ": "VARCHAR(40)"})
    refused(alone)

    files = proposed(alone)

    gone, come = changed_lines(alone, RESOURCE, files[RESOURCE])
    assert (gone, come) == ([], ["    note: BZ"])
    put_in_place(alone)
    checked(alone)
    assert alone.collect().rows_read


def test_a_misspelt_column_is_proposed_by_its_nearest_name(alone: Project) -> None:
    alone.edit("note: BZ", "note: BZZ")
    assert "    note: BZ" in proposed(alone)[RESOURCE].splitlines()
    put_in_place(alone)
    assert alone.collect().rows_read


def test_a_proposal_can_be_written_elsewhere_and_replaces_an_older_one(
    alone: Project, tmp_path: Path
) -> None:
    alone.change(alone.renamed("XM", "XINGMING"), XINGMING="XM")
    assert RESOURCE in proposed(alone)
    out = tmp_path / "elsewhere"
    done = alone.shutong("drift", PERSON, "--propose", "--out", str(out))
    assert (out / PERSON / RESOURCE).is_file(), done.stderr
    alone.change(alone.renamed("XINGMING", "XM"), XM="XINGMING")
    alone.change(alone.altered(JE="DECIMAL(12,4)"))
    assert proposed(alone) == {}
