"""`shutong explain` and `shutong drift` on the command line, and the report page."""

from __future__ import annotations

import json
from getpass import getuser

import pytest
from tests.integration.drift.conftest import COLUMNS, PERSON, Project

from shutong.audit import AuditTrail
from shutong.errors import SourceDrifted

VALUES = ("张三", "李四", "王五", "10.50", "甲")


def test_explain_tells_each_item_in_chinese_without_a_value(project: Project) -> None:
    done = project.shutong("explain", PERSON, lang="zh")
    assert done.returncode == 0, done.stderr
    for words in ("编号", "C(20) 字符串型 *", "XM", "varchar(20)", "源字段", "该行隔离"):
        assert project.called(words) in done.stdout
    for words in ("游标 GXSJ", "主键 number", "过滤 ZT <> …", "下一窗口: 全部", "2 个连接"):
        assert words in done.stdout
    assert not [value for value in VALUES if value in done.stdout]
    ledger = project.context().ledger
    assert ledger.batches(PERSON) == ()
    assert ledger.shape(PERSON) is None


def test_explain_tells_the_window_that_comes_next(plain: Project) -> None:
    plain.edit("load: full", "load: merge")
    assert "next window: […, " in plain.shutong("explain", PERSON).stdout
    plain.collect()
    low = plain.context().ledger.watermark(PERSON)
    assert low is not None
    told = plain.shutong("explain", PERSON).stdout
    assert "next window: [" in told
    assert "next window: […" not in told


@pytest.mark.parametrize(
    ("cursor", "told", "window"),
    [
        ("GXSJ", "cursor GXSJ ·", "[…, 2024-01-03 08:00:01)"),
        ("[GXSJ, GXSJ]", "cursor GXSJ / GXSJ, the first that has a value ·", "[…, 2024-01-03"),
        (
            "{composite: [GXSJ, BH]}",
            "cursor (GXSJ, BH) compared part by part ·",
            "[…, (2024-01-03 08:00:00, 4))",
        ),
        (
            "{composite: [BH, GXSJ]}",
            "compared part by part ·",
            "cannot be planned, from its second",
        ),
    ],
)
def test_explain_tells_how_the_cursor_s_columns_count(
    plain: Project, cursor: str, told: str, window: str
) -> None:
    plain.edit("load: full", "load: merge")
    plain.edit("cursor: GXSJ", f"cursor: {cursor}")
    said = plain.shutong("explain", PERSON).stdout
    assert told in said
    assert window in said


def test_explain_tells_how_the_machine_is_spared_and_its_line_encrypted(project: Project) -> None:
    fronts = project.root / "catalog/front_ends.yaml"
    text = fronts.read_text(encoding="utf-8")
    entry = project.context().front_end.code
    limits = (
        "limits: {connections: 3, read_timeout_seconds: 90, statement_timeout_seconds: 600, "
        'rows_per_second: 5000, hours: ["00:00-12:00", "12:00-24:00"]}'
    )
    fronts.write_text(
        text.replace(f"- code: {entry}\n", f"- code: {entry}\n    {limits}\n"), encoding="utf-8"
    )
    line = {"sqlite": ("本机文件, 不经网络", "a file on this machine, no network")}.get(
        project.site.kind, ("前置机支持时加密", "encrypted where the server offers it")
    )

    told = project.shutong("explain", PERSON, lang="zh").stdout.splitlines()
    assert (
        "限额: 3 个连接, 连接超时 10 秒, 读取超时 90 秒, 一次取数最长 600 秒, 每秒 5000 行, "
        "时段 00:00-12:00, 12:00-24:00"
    ) in told
    assert f"线路: {line[0]} · 可写账号: refuse" in told

    told = project.shutong("explain", PERSON).stdout.splitlines()
    assert (
        "limits: 3 connections, 10 s to connect, 90 s of silence, 600 s for a drawing, "
        "5000 rows a second, hours 00:00-12:00, 12:00-24:00"
    ) in told
    assert f"line: {line[1]} · writable account: refuse" in told


def test_explain_marks_what_cannot_be_collected(project: Project) -> None:
    columns = project.altered(BZ=None, GXSJ="DATE NOT NULL")
    project.change(columns)
    told = project.shutong("explain", PERSON).stdout
    assert "✗ the table has no such column" in told
    assert "items marked ✗ cannot be collected" in told


def test_types_that_cannot_mean_their_items_are_marked(
    project: Project,
) -> None:
    if project.site.kind == "sqlite":
        pytest.skip("SQLite carries every type: declarations bind nothing there")
    odd, double = {
        "mysql": ("GEOMETRY", "DOUBLE"),
        "postgresql": ("POINT", "DOUBLE PRECISION"),
    }[project.site.kind]
    columns = project.altered(BZ=odd, JE="DATE", GXSJ=double)
    project.change(columns, BZ="?", JE="?", GXSJ="?")
    told = project.shutong("explain", PERSON).stdout
    # A day is no number, and a double no moment, already by their declarations.
    assert told.count("✗ the type cannot be carried: refused") == 3


def test_drift_tells_every_resource_and_machines_that_do_not_answer(plain: Project) -> None:
    text = plain.file().read_text(encoding="utf-8")
    other = text.replace("9001", "9002").replace("人员测试信息", "人员测试二")
    other = other.replace("fe-public-security", "fe-taxation")
    folder = plain.root / "catalog/taxation/resources"
    folder.mkdir(parents=True)
    other = other.replace("provider: public-security", "provider: taxation")
    (folder / "person.yaml").write_text(other, encoding="utf-8")

    fresh = plain.shutong("drift")
    assert fresh.returncode == 0
    assert f"{PERSON}: no baseline yet" in fresh.stdout
    assert "taxation.person: " in fresh.stderr
    assert "Traceback" not in fresh.stderr

    plain.collect()
    assert f"{PERSON}: no change" in plain.shutong("drift").stdout
    plain.change(plain.renamed("XM", "XINGMING"), XINGMING="XM")
    drifted = plain.shutong("drift")
    assert drifted.returncode == 12
    assert f"{PERSON}: [waits] probably renamed XM → XINGMING" in drifted.stdout
    assert "which is not there" not in drifted.stdout, "told once"
    assert "2 resources, 1 wait for a person" in drifted.stdout
    assert "taxation.person: " in drifted.stderr


def test_drift_of_one_machine_that_does_not_answer_is_an_error(plain: Project) -> None:
    plain.collect()
    done = plain.shutong("drift", PERSON, connected=False)
    assert done.returncode == 4
    assert "fe_public_security" in done.stderr


def test_drift_only_looks(plain: Project) -> None:
    plain.collect()
    before = plain.context().ledger.shape(PERSON)
    events = len(AuditTrail(plain.context().ledger).events())
    plain.change(plain.altered(SJH="VARCHAR(11)"))
    assert plain.shutong("drift", PERSON).returncode == 12
    assert plain.context().ledger.shape(PERSON) == before
    assert len(AuditTrail(plain.context().ledger).events()) == events


def test_accepting_records_who_looked_at_what(project: Project) -> None:
    project.collect()
    project.change(project.altered(JE="DECIMAL(7,1)"))
    with pytest.raises(SourceDrifted):
        project.collect()

    assert project.shutong("drift", PERSON, "--accept").returncode == 0

    events = AuditTrail(project.context().ledger).events(PERSON)
    (accepted,) = [e for e in events if e.action == "shape.accepted"]
    assert accepted.actor == getuser()
    words = "缩短/收窄 JE decimal(8,2) → decimal(7,1) / narrowed JE decimal(8,2) → decimal(7,1)"
    assert json.loads(accepted.facts)["changes"] == [project.called(words)]
    assert project.collect().rows_read == 3


def test_accepting_does_not_help_where_the_catalog_names_what_is_gone(project: Project) -> None:
    project.collect()
    baseline = project.context().ledger.shape(PERSON)
    project.change(project.renamed("XM", "XINGMING"), XINGMING="XM")
    done = project.shutong("drift", PERSON, "--accept")
    assert done.returncode == 5
    assert "no column XM" in done.stderr
    project.site.run("DROP TABLE `T_RY`")
    assert project.shutong("drift", PERSON, "--accept").returncode == 12
    assert project.context().ledger.shape(PERSON) == baseline


def test_there_is_nothing_to_accept_without_a_change(plain: Project) -> None:
    plain.collect()
    before = plain.context().ledger.shape(PERSON)
    done = plain.shutong("drift", PERSON, "--accept")
    assert (done.returncode, plain.context().ledger.shape(PERSON)) == (0, before)
    assert "no change" in done.stdout


def test_accepting_needs_one_resource(plain: Project) -> None:
    assert plain.shutong("drift", "--accept").returncode == 2
    assert plain.shutong("drift", PERSON, "--accept", "--propose").returncode == 2


def test_the_report_tells_what_the_drift_touches_and_is_whole_offline(plain: Project) -> None:
    plain.collect()
    plain.change(plain.renamed("XM", "XINGMING"), XINGMING="XM")
    with pytest.raises(SourceDrifted) as caught:
        plain.collect()

    folder = plain.settings.reports_dir / PERSON
    (page,) = folder.glob("drift-*.html")
    assert page.name in caught.value.next_step.zh
    text = page.read_text(encoding="utf-8")
    for words in (
        "结构变更报告",
        "疑似改名 XM → XINGMING",
        "name.length",
        "testing/person",
        "无登记 none on record",
        "+    name: XINGMING",
        "推断的改名, 请与提供部门核实",
        "+0800",
        PERSON,
    ):
        assert words in text
    for outside in ("http://", "https://", "<script", "src=", *VALUES):
        assert outside not in text
    assert (folder / "latest-drift.html").read_text(encoding="utf-8") == text
    facts = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    assert facts["dag_id"] == PERSON
    assert [rule["rule"] for rule in facts["rules"]] == ["name.required", "name.length"]


def test_share_requests_on_record_are_named(plain: Project) -> None:
    folder = plain.root / "catalog/taxation/requests"
    folder.mkdir(parents=True)
    (folder / "r1.yaml").write_text("items:\n  - dataset: testing/person\n", encoding="utf-8")
    (folder / "r2.yaml").write_text("dataset: other/thing\n", encoding="utf-8")
    plain.collect()
    plain.change(dict(list(COLUMNS.items())[:-1]))
    with pytest.raises(SourceDrifted):
        plain.collect()
    (facts,) = (plain.settings.reports_dir / PERSON).glob("drift-*.json")
    told = json.loads(facts.read_text(encoding="utf-8"))
    assert told["requests"] == ["catalog/taxation/requests/r1.yaml"]
    assert told["deliveries"] == []
