"""`shutong check`: every fault at its file and line, with a next step."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from shutong.catalog import Fault, check_catalog, load_resource
from shutong.catalog.editor_schemas import schema_texts
from shutong.catalog.yaml_source import YamlSource, read_yaml
from shutong.errors import CatalogFaulty, UnknownName

ROOT = Path(__file__).resolve().parents[3]

DEPARTMENTS = """\
departments:
  - code: public-security
    name: 市公安局
    name_en: Public Security Bureau
    credit_code: "11360200014535208B"
    kind: municipal
    region: "360200"
    roles: [provider]
    steward: {name: 数据专员, phone: 0798-8000000}
"""
SYSTEMS = """\
systems:
  - code: household
    name: 人口信息管理系统
    department: public-security
    protection_grade: 三级
    funding_source: 财政
    budget_item: 信息化
    approved_by: 市发改委
    approved_on: 2015-01-01
    approved_amount_yuan: 100
    maintenance_yuan_per_year: 10
    state: 在用
    network: 政务外网
    contact: 0798-8000000
    operator: 市公安局
    in_use_since: 2016-01-01
"""
FRONT_ENDS = """\
front_ends:
  - code: ps-1
    name: 公安局前置机
    department: public-security
    kind: sqlite
    connection: fe_ps
"""
DATASET = """\
title: 常住人口
title_en: Residents
summary: 本市常住人口的基本信息
basis: GA/T 2000
key: [id_number]
items:
  - {name: id_number, title: 公民身份号码, type: C, length: 18, required: true}
  - {name: sex, title: 性别, type: C, length: 1, code_table: sex}
"""
SEX = """\
title: 性别
basis: GB/T 2261.1
values:
  - {code: "1", title: 男}
  - {code: "2", title: 女}
"""
RESOURCE = """\
code: 111112001/2001
name: 常住人口基本信息
classification:
  category: 基础信息资源类
  division: 人口
  group: 常住人口
provider: public-security
summary: 本市常住人口的姓名、性别等基本信息
format:
  format_class: 数据库
  type: oracle
dataset: population/resident
share:
  type: 有条件共享
  condition: 依职责使用
  method_class: 共享平台方式
  method: 数据库
open:
  to_society: false
update_cycle: 每日
published_on: 2026-01-05
source:
  front_end: ps-1
  table: T_RESIDENT
  columns:
    id_number: SFZH
    sex: XB
  load: full
"""
RESOURCE_FILE = "catalog/public-security/resources/resident.yaml"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "catalog/departments.yaml": DEPARTMENTS,
        "catalog/systems.yaml": SYSTEMS,
        "catalog/front_ends.yaml": FRONT_ENDS,
        "schemas/population/resident.yaml": DATASET,
        "schemas/codes/sex.yaml": SEX,
        RESOURCE_FILE: RESOURCE,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def edit(project: Path, file: str, old: str, new: str) -> None:
    path = project / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {file}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def only_fault(project: Path) -> Fault:
    _, faults = check_catalog(project, lambda code: code.startswith("1"))
    assert len(faults) == 1, [fault.render("en") for fault in faults]
    return faults[0]


def test_a_right_catalog_has_no_fault(project: Path) -> None:
    catalog, faults = check_catalog(project, lambda code: code.startswith("1"))
    assert faults == ()
    assert catalog.resource("public-security.resident").name == "常住人口基本信息"


def test_an_unknown_field_is_found_at_its_line_with_the_name_that_was_meant(project: Path) -> None:
    edit(project, RESOURCE_FILE, "  front_end: ps-1", "  frontend: ps-1\n  front_end: ps-1")
    fault = only_fault(project)
    assert (fault.file, fault.line) == (RESOURCE_FILE, 23)
    assert fault.render("en").endswith("unknown field 'frontend' → did you mean 'front_end'?")
    assert "未知字段 'frontend'" in fault.render("zh")


def test_a_missing_field_is_named(project: Path) -> None:
    edit(project, RESOURCE_FILE, "published_on: 2026-01-05\n", "")
    assert "'published_on'" in only_fault(project).fact.en


def test_a_wrong_choice_proposes_the_closest_one(project: Path) -> None:
    edit(project, RESOURCE_FILE, "update_cycle: 每日", "update_cycle: 每天")
    fault = only_fault(project)
    assert fault.line == 20
    assert "每日" in fault.next_step.zh


def test_a_wrong_drift_policy_is_found_at_its_line_with_the_choice_that_was_meant(
    project: Path,
) -> None:
    edit(project, RESOURCE_FILE, "  front_end: ps-1", "  drift: refused\n  front_end: ps-1")
    fault = only_fault(project)
    assert (fault.file, fault.line) == (RESOURCE_FILE, 23)
    assert fault.render("en").endswith("did you mean 'refuse'?")


def test_a_mask_that_knows_no_value_of_the_item_is_found_at_its_line(project: Path) -> None:
    edit(project, "schemas/population/resident.yaml", "code_table: sex", "mask: band")
    fault = only_fault(project)
    assert (fault.file, fault.line) == ("schemas/population/resident.yaml", 8)
    assert "字符串型(C)不能用脱敏方式 band" in fault.fact.zh


def test_a_charset_is_declared_only_where_it_is_read(project: Path) -> None:
    edit(
        project,
        "catalog/front_ends.yaml",
        "connection: fe_ps",
        "connection: fe_ps\n    charset: gbk",
    )
    fault = only_fault(project)
    assert (fault.file, fault.line) == ("catalog/front_ends.yaml", 7)
    assert "sqlite" in fault.fact.zh

    edit(project, "catalog/front_ends.yaml", "kind: sqlite", "kind: oracle")
    assert check_catalog(project, lambda code: code.startswith("1"))[1] == ()


def test_a_resource_that_follows_the_log_needs_mysql_and_no_cursor(project: Path) -> None:
    edit(project, "catalog/front_ends.yaml", "kind: sqlite", "kind: mysql")
    name = "catalog/public-security/resources/resident.yaml"
    edit(project, name, "load: full", "load: log")
    assert check_catalog(project, lambda code: code.startswith("1"))[1] == ()
    edit(project, name, "load: log", "load: log\n  cursor: GXSJ")
    fault = only_fault(project)
    line = (project / name).read_text("utf-8").splitlines().index("  cursor: GXSJ") + 1
    assert (fault.file, fault.line) == (name, line)
    assert "reads no cursor" in fault.fact.en


def test_an_unquoted_region_code_says_to_quote_it(project: Path) -> None:
    edit(project, "catalog/departments.yaml", '"360200"', "360200")
    fault = next(f for f in check_catalog(project)[1] if f.file.endswith("departments.yaml"))
    assert fault.line == 7
    assert "引号" in fault.next_step.zh


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("front_end: ps-1", "front_end: ps-2", "did you mean 'ps-1'?"),
        ("dataset: population/resident", "dataset: population/residents", "population/resident"),
        ("sex: XB", "sexx: XB", "did you mean 'sex'?"),
        ("    id_number: SFZH\n", "", "required item 'id_number' has no column"),
        ("provider: public-security", "provider: public-securty", "differs from its folder"),
        ("load: full", "load: merge", "needs a cursor"),
        ("load: full", "load: log", "load mode log is not for sqlite"),
        ("published_on:", 'related: ["111112001/9999"]\npublished_on:', "no resource code"),
        ("condition: 依职责使用", 'condition: ""', "states no condition"),
        ("type: 有条件共享\n  condition: 依职责使用", "type: 不予共享", "legal basis"),
        ("to_society: false", "to_society: true", "without a condition"),
        ("type: oracle", "type: xlsx", "is none of class"),
        ("format_class: 数据库\n  type: oracle", "format_class: 电子表格\n  type: xlsx", "a file"),
        ("name: 常住人口基本信息", "name: 人口信息管理系统", "system's name"),
        ("name: 常住人口基本信息", "name: '常住人口基本信息　'", "stray blanks"),
        ("code: 111112001/2001", "code: 111/2001", "no single code"),
        ("code: 111112001/2001", "code: 111112001/2001,111112001/2002", "no single code"),
        ("code: 111112001/2001", "code: 211112001/2001", "must begin with 1"),
        (
            "summary: 本市常住人口的姓名、性别等基本信息",
            "summary: 常住人口 基本信息",
            "repeats the name",
        ),
        ("table: T_RESIDENT", "table: 'T; drop table x'", "must match"),
    ],
)
def test_each_rule_is_seen_to_fail(project: Path, old: str, new: str, words: str) -> None:
    edit(project, RESOURCE_FILE, old, new)
    assert words in only_fault(project).render("en")


def test_a_wrong_credit_code_is_found(project: Path) -> None:
    edit(project, "catalog/departments.yaml", "11360200014535208B", "91360200014535208B")
    assert "credit code" in only_fault(project).fact.en


def test_a_repeated_resource_code_names_both_files(project: Path) -> None:
    twin = project / "catalog/public-security/resources/twin.yaml"
    twin.write_text(RESOURCE.replace("name: 常住人口基本信息", "name: 户籍人口"), encoding="utf-8")
    fault = only_fault(project)
    assert fault.file.endswith("twin.yaml")
    assert f"{RESOURCE_FILE}:1" in fault.fact.en


def test_names_that_differ_by_full_width_or_blanks_are_the_same_name(project: Path) -> None:
    twin = project / "catalog/public-security/resources/twin.yaml"
    text = RESOURCE.replace("/2001", "/2002").replace("常住人口基本信息", "常住人口 基本信息", 1)
    twin.write_text(text, encoding="utf-8")
    assert "resource name" in only_fault(project).fact.en


def test_a_repeated_department_names_the_first_one(project: Path) -> None:
    twice = DEPARTMENTS + DEPARTMENTS.split("\n", 1)[1]
    (project / "catalog/departments.yaml").write_text(twice, encoding="utf-8")
    assert "catalog/departments.yaml:2" in only_fault(project).fact.en


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1, 2", "YAML syntax"),
        ("a: 1\na: 2\n", "key 'a' repeats line 1"),
        ("a: &x [1]\nb: *x\n", "aliases"),
        ("a: !!python/object/apply:os.system [id]\n", "tag"),
        ("- 1\n", "no mapping"),
        ("", "no mapping"),
        ("a: " + "[" * 60 + "]" * 60, "too deeply"),
    ],
)
def test_yaml_that_is_unsafe_or_broken_is_a_fault_and_nothing_more(
    project: Path, text: str, words: str
) -> None:
    (project / RESOURCE_FILE).write_text(text, encoding="utf-8")
    assert words in only_fault(project).fact.en


def test_a_file_over_one_megabyte_is_refused(project: Path) -> None:
    (project / RESOURCE_FILE).write_text("# " + "x" * 1_000_001, encoding="utf-8")
    assert "larger than 1 MB" in only_fault(project).fact.en


def test_a_file_in_gbk_says_to_save_it_as_utf8(project: Path) -> None:
    (project / RESOURCE_FILE).write_bytes(RESOURCE.encode("gbk"))
    fault = only_fault(project)
    assert (fault.line, "UTF-8" in fault.next_step.zh) == (2, True)


def test_a_link_out_of_the_project_is_refused(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.yaml"
    outside.write_text(RESOURCE, encoding="utf-8")
    (project / RESOURCE_FILE).unlink()
    (project / RESOURCE_FILE).symlink_to(outside)
    assert "link out of the project" in only_fault(project).fact.en


def test_a_broken_file_leaves_the_other_resources_loadable(project: Path) -> None:
    (project / "catalog/public-security/resources/broken.yaml").write_text("a: [", encoding="utf-8")
    catalog = load_resource(project, "public-security.resident")
    assert catalog.resource("public-security.resident").provider == "public-security"
    with pytest.raises(CatalogFaulty):
        load_resource(project, "public-security.broken").resource("public-security.broken")


@pytest.mark.parametrize("name", ["public-security.residnt", "../x.y", "no-such.thing", "x"])
def test_an_unknown_resource_proposes_the_closest(project: Path, name: str) -> None:
    with pytest.raises(UnknownName) as caught:
        load_resource(project, name)
    assert "public-security.resident" in caught.value.render("en")


def test_the_editors_schemas_are_fresh() -> None:
    folder = ROOT / "schemas" / "catalog"
    stale = [
        name
        for name, text in schema_texts().items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run: shutong schemas"


def test_scalars_follow_the_core_schema_so_that_codes_stay_text(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        'a: 012\nb: no\nc: 1:30\nd: 12\ne: true\nf: "12"\ng: 2026-01-05\nh: ~\ni: 1.5\nj: off\n',
        encoding="utf-8",
    )
    source = read_yaml(path, tmp_path)
    assert isinstance(source, YamlSource)
    assert source.data == {
        "a": "012",
        "b": "no",
        "c": "1:30",
        "d": 12,
        "e": True,
        "f": "12",
        "g": date(2026, 1, 5),
        "h": None,
        "i": 1.5,
        "j": "off",
    }


def test_two_faults_on_one_line_are_both_told(project: Path) -> None:
    edit(project, RESOURCE_FILE, "name: 常住人口基本信息", "name: '人口　平台'")
    _, faults = check_catalog(project, lambda code: code.startswith("1"))
    lines = [fault.line for fault in faults if fault.file == RESOURCE_FILE]
    assert lines == [2, 2]
