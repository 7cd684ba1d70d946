"""Every change of a source table is found before its first row is read, and refused by default."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from tests.integration.drift.conftest import COLUMNS, PERSON, Project, Seen

from shutong.audit import AuditTrail
from shutong.collection import extract, plan
from shutong.errors import SourceDrifted, SourceMismatch

Change = Callable[[Project], None]


def _reordered(project: Project) -> None:
    names = list(project.columns)
    project.change({name: project.columns[name] for name in [*names[1:], names[0]]})


CHANGES: dict[str, tuple[Change, str]] = {
    "added": (lambda p: p.change(p.altered(SJH="VARCHAR(11)")), "新增字段 SJH varchar(11)"),
    "dropped": (lambda p: p.change(p.altered(BZ=None)), "删除字段 BZ varchar(40)"),
    "renamed": (lambda p: p.change(p.renamed("XM", "XINGMING"), XINGMING="XM"), "XM → XINGMING"),
    "retyped": (lambda p: p.change(p.altered(BZ="DATE"), BZ="?"), "BZ varchar(40) → date"),
    "widened": (lambda p: p.change(p.altered(XM="VARCHAR(60) NOT NULL")), "→ varchar(60)"),
    "narrowed": (lambda p: p.change(p.altered(BZ="VARCHAR(5)")), "→ varchar(5)"),
    "fewer digits": (lambda p: p.change(p.altered(JE="DECIMAL(8,1)")), "→ decimal(8,1)"),
    "loosened": (lambda p: p.change(p.altered(XM="VARCHAR(20)")), "改为可空 XM"),
    "tightened": (lambda p: p.change(p.altered(ZT="VARCHAR(2) NOT NULL")), "改为非空 ZT"),
    "reordered": (_reordered, "字段换序"),
    "filter dropped": (lambda p: p.change(p.altered(ZT=None)), "过滤条件没有来源了"),
    "cursor renamed": (lambda p: p.change(p.renamed("GXSJ", "GXSJ2"), GXSJ2="GXSJ"), "游标"),
    "unused dropped": (lambda p: p.change(p.altered(QT=None)), "目录未使用该字段"),
    "table gone": (lambda p: p.site.run("DROP TABLE `T_RY`"), "源表没有了"),
}


@pytest.mark.parametrize("name", list(CHANGES))
def test_a_change_is_told_and_nothing_is_planned_read_or_landed(
    project: Project, seen: Seen, name: str
) -> None:
    project.collect()
    before = project.state()
    change, words = CHANGES[name]
    change(project)
    seen.asked.clear()

    with pytest.raises(SourceDrifted) as caught:
        project.collect()

    assert project.called(words) in caught.value.fact.zh
    assert caught.value.place == PERSON
    assert f"shutong drift {PERSON} --propose" in caught.value.next_step.zh
    assert caught.value.exit_code == 12
    assert seen.asked == ["describe"], "one describe, no clock, no drawing"
    assert project.state() == before


def test_a_table_that_stays_is_collected_again_and_described_once_by_the_plan(
    project: Project, seen: Seen
) -> None:
    project.collect()
    seen.asked.clear()
    plan(project.context())
    assert seen.asked == ["describe", "clock"]
    assert project.collect().rows_read
    assert len([e for e in _events(project) if e.startswith("shape.")]) == 1


def test_a_change_between_plan_and_extraction_is_found_before_the_first_row(
    project: Project, seen: Seen
) -> None:
    project.collect()
    window = plan(project.context())
    before = project.landed()
    project.change(project.altered(BZ="VARCHAR(5)"))
    seen.asked.clear()

    with pytest.raises(SourceDrifted, match="BZ"):
        extract(project.context(), window.batch_id)

    assert seen.asked == ["describe"]
    assert project.landed() == before


def test_a_change_that_is_taken_back_is_no_change(project: Project) -> None:
    project.collect()
    project.change(project.altered(SJH="VARCHAR(11)"))
    with pytest.raises(SourceDrifted):
        project.collect()
    project.change(dict(COLUMNS))
    assert project.collect().rows_read


def test_capitals_are_no_change_where_names_fold(project: Project) -> None:
    project.collect()
    project.change(project.renamed("XM", "xm"), xm="XM")
    if project.site.kind == "postgresql":
        with pytest.raises(SourceDrifted, match="renamed in capitals XM → xm"):
            project.collect()
        project.evolve()
    assert project.collect().rows_read


def test_a_view_with_the_same_columns_takes_the_place_of_its_table(project: Project) -> None:
    project.collect()
    project.site.run(
        "ALTER TABLE `T_RY` RENAME TO `T_UNDER`",
        "CREATE VIEW `T_RY` AS SELECT * FROM `T_UNDER`",
    )
    if project.site.kind != "mysql":
        # A view elsewhere knows no NOT NULL: that is told, like any other change.
        with pytest.raises(SourceDrifted, match="may be NULL now XM"):
            project.collect()
        assert project.shutong("drift", PERSON, "--accept").returncode == 0
    assert project.collect().rows_read


def test_a_view_that_lacks_a_column_is_drift(project: Project) -> None:
    project.collect()
    project.site.run(
        "ALTER TABLE `T_RY` RENAME TO `T_UNDER`",
        "CREATE VIEW `T_RY` AS SELECT `BH`, `XM`, `JE`, `ZT`, `GXSJ`, `QT` FROM `T_UNDER`",
    )
    with pytest.raises(SourceDrifted, match="BZ"):
        project.collect()


def test_two_resources_of_one_table_are_held_against_their_own_baselines(project: Project) -> None:
    text = project.file().read_text(encoding="utf-8")
    other = text.replace("101001001/9001", "101001001/9002").replace("人员测试信息", "人员测试二")
    other = other.replace("    note: BZ\n", "")
    project.file("public-security.second").write_text(other, encoding="utf-8")
    project.collect()
    project.change(project.altered(BZ="VARCHAR(5)"))

    assert project.collect("public-security.second").rows_read, "its first plan"
    with pytest.raises(SourceDrifted, match="BZ"):
        project.collect()

    report = json.loads(_latest_facts(project))
    assert report["same_table"] == ["public-security.second"]
    assert report["same_dataset"] == ["public-security.second"]
    assert project.shutong("drift", PERSON, "--accept").returncode == 0
    assert project.collect().rows_read


def test_a_column_that_never_was_there_is_a_mismatch_with_the_nearest_name(
    project: Project,
) -> None:
    project.edit("note: BZ", "note: BZZ")
    with pytest.raises(SourceMismatch) as caught:
        project.collect()
    assert not isinstance(caught.value, SourceDrifted)
    assert "没有字段 BZZ" in caught.value.fact.zh
    assert "BZZ → BZ" in caught.value.next_step.zh
    assert project.context().ledger.shape(PERSON) is None


def test_a_resource_moved_to_another_table_begins_anew(project: Project) -> None:
    project.collect()
    project.site.run(
        "CREATE TABLE `T_RY2` AS SELECT `BH`, `XM`, `BZ`, `JE`, `ZT`, `GXSJ` FROM `T_RY`"
    )
    project.edit("table: T_RY", "table: T_RY2")
    assert project.collect().rows_read
    recorded = project.context().ledger.shape(PERSON)
    assert recorded is not None
    assert recorded.shape.table == "T_RY2"


def test_a_changed_catalog_is_recorded_with_the_baseline(project: Project) -> None:
    project.collect()
    project.edit("    note: BZ\n", "")
    project.collect()
    recorded = project.context().ledger.shape(PERSON)
    assert recorded is not None
    assert recorded.number == 2
    assert "note" not in {use.item for use in recorded.shape.uses}
    assert _events(project) == ["shape.recorded", "shape.recorded"]


def test_a_drift_met_often_is_reported_and_recorded_once(project: Project) -> None:
    project.collect()
    project.change(project.altered(SJH="VARCHAR(11)"))
    for _ in range(3):
        with pytest.raises(SourceDrifted):
            project.collect()
    assert _events(project).count("shape.drifted") == 1
    assert AuditTrail(project.context().ledger).verify() is None


def _events(project: Project) -> list[str]:
    return [event.action for event in AuditTrail(project.context().ledger).events(PERSON)]


def _latest_facts(project: Project) -> str:
    (path,) = (project.settings.reports_dir / PERSON).glob("drift-*.json")
    return path.read_text(encoding="utf-8")
