"""YAML entries changed where they stand: all else keeps its bytes."""

from __future__ import annotations

import pytest

from shutong.catalog.editing import YamlEdit

TEXT = """\
# 资源 · resource
name: 居民  # 名称
source:
  table: T_RK
  # 对应列
  columns:
    id: SFZH   # 主键
    name: "XM"
    note: BZ
  cursor: 'GXSJ'
  filters:
    - {column: ZT, operator: "=", value: "1"}
tolerance: {share: 0.1, rows: 1}
"""


def changed(text: str, *calls: tuple[str, ...]) -> str:
    edit = YamlEdit(text)
    for method, *arguments in calls:
        getattr(edit, method)(*arguments)
    return edit.text


def lines_changed(before: str, after: str) -> tuple[list[str], list[str]]:
    old, new = before.splitlines(), after.splitlines()
    return [x for x in old if x not in new], [x for x in new if x not in old]


@pytest.mark.parametrize(
    ("path", "value", "gone", "come"),
    [
        (("source", "columns", "id"), "ID", "    id: SFZH   # 主键", "    id: ID   # 主键"),
        (("source", "columns", "name"), "XINGMING", '    name: "XM"', '    name: "XINGMING"'),
        (("source", "cursor"), "GX", "  cursor: 'GXSJ'", "  cursor: 'GX'"),
        (("source", "columns", "note"), "NO", "    note: BZ", '    note: "NO"'),
        (
            ("source", "filters", 0, "column"),
            "状态",
            '    - {column: ZT, operator: "=", value: "1"}',
            '    - {column: 状态, operator: "=", value: "1"}',
        ),
    ],
)
def test_a_value_is_replaced_in_its_own_quotes(
    path: tuple[str | int, ...], value: str, gone: str, come: str
) -> None:
    after = changed(TEXT, ("replace", path, value))  # type: ignore[arg-type]
    assert lines_changed(TEXT, after) == ([gone], [come])


def test_an_entry_leaves_with_its_line() -> None:
    after = changed(TEXT, ("remove", ("source", "columns", "id")))  # type: ignore[arg-type]
    assert lines_changed(TEXT, after) == (["    id: SFZH   # 主键"], [])


@pytest.mark.parametrize(
    ("key", "left"), [("share", "{rows: 1}"), ("rows", "{share: 0.1}")], ids=["first", "last"]
)
def test_an_entry_leaves_a_flow_mapping_with_its_comma(key: str, left: str) -> None:
    after = changed(TEXT, ("remove", ("tolerance", key)))  # type: ignore[arg-type]
    assert after.endswith(f"tolerance: {left}\n")


def test_an_entry_joins_the_end_of_its_mapping_as_deep_as_its_neighbours() -> None:
    after = changed(
        TEXT,
        ("add", ("source", "columns"), "phone", "SJH"),  # type: ignore[arg-type]
        ("add", ("tolerance",), "more", "x"),  # type: ignore[arg-type]
        ("remark", ("source", "columns"), ["新增字段", "x: Y"]),  # type: ignore[arg-type]
    )
    assert "    note: BZ\n    phone: SJH\n    # 新增字段\n    # x: Y\n  cursor:" in after
    assert "{share: 0.1, rows: 1, more: x}" in after


def test_remarks_at_the_end_of_a_list_stand_as_deep_as_its_dashes() -> None:
    text = "items:\n  - name: a\n    note: |\n      many\n      lines\n\nafter: 1\n"
    after = changed(text, ("remark", ("items",), ["- name: b"]))  # type: ignore[arg-type]
    assert after == text.replace("lines\n", "lines\n  # - name: b\n")


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "with a byte order mark"])
@pytest.mark.parametrize("end", ["\n", ""], ids=["ended", "without a last line end"])
def test_line_ends_of_windows_a_mark_and_a_missing_end_stay(mark: str, end: str) -> None:
    text = f"{mark}source:\r\n  columns:\r\n    a: 甲𠮷  # 注\r\n    b: B" + end.replace(
        "\n", "\r\n"
    )
    after = changed(
        text,
        ("replace", ("source", "columns", "a"), "乙"),  # type: ignore[arg-type]
        ("add", ("source", "columns"), "c", "C"),  # type: ignore[arg-type]
    )
    expected = text.replace("甲𠮷", "乙").replace("b: B", "b: B\r\n    c: C")
    assert after == expected
    assert "\n" not in after.replace("\r\n", "")


def test_what_is_not_there_cannot_be_changed() -> None:
    with pytest.raises(KeyError):
        changed(TEXT, ("replace", ("source", "columns", "none"), "X"))  # type: ignore[arg-type]
