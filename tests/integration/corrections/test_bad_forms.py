"""Spreadsheets that did not come back as they went out: clear words, nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from openpyxl import load_workbook
from tests.integration.collection.town import DATASET, RESOURCE, Person, Town
from tests.integration.corrections.forms import columns_in, filled, handed_out, taken_in
from tests.integration.corrections.register import registry, standing, tickets

from shutong.audit import AuditTrail
from shutong.collection import collect
from shutong.errors import FormRefused, RecordFailed
from shutong.ledger import RowState


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """Return a town with a ticket of three rows: P2 and P3 lack a name, P4 its day of birth."""
    town = registry(tmp_path)
    town.put(Person("P3", None), Person("P4", "丁", born="0000-00-00"))
    collect(RESOURCE, context=town.context())
    return town


def ticket_of(town: Town) -> str:
    """Return the first ticket."""
    return tickets(town)[0].ticket


def rows_open(town: Town) -> int:
    """Return how many rows of the first ticket are still to be mended."""
    return standing(town)[0][1].count(RowState.OPEN)


def test_a_row_corrected_twice_in_one_file_is_taken_from_neither_place_and_the_others_land(
    town: Town,
) -> None:
    form = handed_out(town, ticket_of(town))
    back = filled(form, {row: {"name": name} for row, name in ((2, "乙"), (3, "丙"))})
    book = load_workbook(back)
    sheet = book.worksheets[0]
    sheet.append([cell.value for cell in sheet[3]])
    sheet.cell(5, columns_in(sheet)["姓名"]).value = "另一个"
    book.save(back)

    done = taken_in(town, ticket_of(town), back)

    places = [(each.place.rpartition("!")[2], each.row) for each in done.hindered]
    assert len(places) == 2
    assert {place for place, _ in places} == {"3", "5"}
    assert all("两次" in each.words.zh for each in done.hindered)
    assert done.landed is not None
    assert done.landed.rows_landed == 1
    assert rows_open(town) == 2


def test_moved_columns_and_sorted_rows_are_read_by_their_titles_and_marks(town: Town) -> None:
    form = handed_out(town, ticket_of(town))
    book = load_workbook(form)
    sheet = book.worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    moved = [rows[0], *reversed(rows[1:])]
    order = list(reversed(range(len(rows[0]))))
    for at, row in enumerate(moved, 1):
        for column, source in enumerate(order, 1):
            sheet.cell(at, column).value = row[source]
    back = form.with_name("moved.xlsx")
    book.save(back)
    names = {"P2": "乙", "P3": "丙"}
    columns = columns_in(sheet)
    for row in range(2, 5):
        number = sheet.cell(row, columns["编号"]).value
        if number in names:
            sheet.cell(row, columns["姓名"]).value = names[number]
    book.save(back)

    done = taken_in(town, ticket_of(town), back)
    assert done.hindered == ()
    assert done.untouched == 1
    assert {number: name for number, name, *_ in town.landed()} == {"P1": "甲", **names}


def test_a_formula_is_told_by_its_cell_and_the_other_rows_land(town: Town) -> None:
    back = filled(handed_out(town, ticket_of(town)), {2: {"name": '="乙"&"二"'}, 3: {"name": "丙"}})
    done = taken_in(town, ticket_of(town), back)
    (fault,) = done.hindered
    assert "公式" in fault.words.zh
    assert "乙" not in str(fault.words) + fault.place
    assert done.landed is not None
    assert (done.landed.rows_landed, rows_open(town)) == (1, 2)


def test_merged_cells_are_refused_and_every_row_stays_open(town: Town) -> None:
    form = handed_out(town, ticket_of(town))
    book = load_workbook(form)
    book.worksheets[0].merge_cells("E2:E3")
    book.save(form)
    with pytest.raises(FormRefused, match="合并"):
        taken_in(town, ticket_of(town), form)
    assert rows_open(town) == 3


def test_a_file_saved_as_csv_in_an_older_encoding_is_read_by_its_marks(town: Town) -> None:
    form = filled(handed_out(town, ticket_of(town)), {2: {"name": "䶮"}, 3: {"name": "丙"}})
    sheet = load_workbook(form).worksheets[0]
    lines = [
        ",".join('"' + str("" if v is None else v).replace('"', '""') + '"' for v in row)
        for row in sheet.iter_rows(values_only=True)
    ]
    back = form.with_suffix(".csv")
    back.write_bytes("\r\n".join(lines).encode("gb18030"))
    done = taken_in(town, ticket_of(town), back)
    assert (done.hindered, rows_open(town)) == ((), 1)
    assert ("P2", "䶮") in {(number, name) for number, name, *_ in town.landed()}


@pytest.mark.parametrize(
    ("mark", "words"),
    [("T000001-99", "没有第 99 行"), ("T000077-1", "T000077"), ("第一行", "改动")],
)
def test_a_row_with_a_mark_that_is_not_the_ticket_s_is_told_and_not_taken(
    town: Town, mark: str, words: str
) -> None:
    back = filled(handed_out(town, ticket_of(town)), {2: {"工单行号": mark, "name": "乙"}})
    done = taken_in(town, ticket_of(town), back)
    assert done.landed is None
    assert [words in each.words.zh for each in done.hindered] == [True]
    assert rows_open(town) == 3


def test_a_key_changed_where_nothing_is_wrong_with_it_is_taken_for_a_wrong_row(
    town: Town,
) -> None:
    form = handed_out(town, ticket_of(town))
    for key in ("P1", "P77"):
        back = filled(form, {2: {"number": key, "name": "乙"}}, f"{key}.xlsx")
        (fault,) = taken_in(town, ticket_of(town), back).hindered
        assert "问题不在主键" in fault.words.zh
    assert {number for number, *_ in town.landed()} == {"P1"}
    assert [name for number, name, *_ in town.landed() if number == "P1"] == ["甲"]


def test_another_ticket_s_form_is_refused(town: Town) -> None:
    first = handed_out(town, ticket_of(town))
    town.put(Person("P7", None))
    from tests.integration.corrections.register import gather

    gather(town, Person("P7", None))
    other = tickets(town)[1].ticket
    with pytest.raises(FormRefused, match=ticket_of(town)):
        taken_in(town, other, filled(first, {1: {"name": "乙"}}))


def test_a_form_made_before_the_data_standard_was_changed_is_refused(town: Town) -> None:
    back = filled(handed_out(town, ticket_of(town)), {1: {"name": "乙"}})
    path = town.root / f"schemas/{DATASET}.yaml"
    standard = yaml.safe_load(path.read_text(encoding="utf-8"))
    standard["items"][1]["length"] = 80
    path.write_text(yaml.safe_dump(standard, allow_unicode=True), encoding="utf-8")
    with pytest.raises(FormRefused, match="数据标准已修改"):
        taken_in(town, ticket_of(town), back)
    assert rows_open(town) == 3


def test_no_form_is_written_when_the_audit_chain_cannot_be(town: Town) -> None:
    import sqlite3

    with sqlite3.connect(town.root / "build/ledger.db") as raw:
        raw.execute("ALTER TABLE audit_events RENAME TO lost")
    raw.close()
    with pytest.raises(RecordFailed):
        handed_out(town, ticket_of(town))
    assert not list((town.root / "out").glob("*")) if (town.root / "out").exists() else True


def test_neither_ledger_nor_chain_hold_what_the_rows_hold(town: Town) -> None:
    back = filled(handed_out(town, ticket_of(town)), {2: {"name": "独特姓名"}})
    taken_in(town, ticket_of(town), back)
    ledger = town.context().ledger
    told = "".join(event.facts for event in AuditTrail(ledger).events())
    raw = (town.root / "build/ledger.db").read_bytes()
    raw += b"".join(p.read_bytes() for p in (town.root / "build").glob("ledger.db-*"))
    for value in ("独特姓名", "P2", "P3"):
        assert value not in told
        assert value.encode() not in raw or len(value) == 2
    assert not list((town.root / "build/staging").rglob("*.parquet"))
