"""From rejection to the department and back: corrected rows land or come back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.integration.collection.town import RESOURCE, MariadbSite, Person, Town
from tests.integration.corrections.forms import by_replay, filled, handed_out, read, taken_in
from tests.integration.corrections.register import gather, gather_keys, registry, standing, tickets
from tests.integration.mariadb import MariaDB

from shutong.collection import collect
from shutong.ledger import RowState, TicketState

FULL = {"load": "full", "cursor": None}


def names(town: Town) -> dict[str, str]:
    """Return the names that have landed, by number."""
    return {number: name for number, name, *_ in town.landed()}


def opened(town: Town) -> str:
    """Collect, and return the number of the ticket that opened."""
    collect(RESOURCE, context=town.context())
    return tickets(town)[-1].ticket


@pytest.mark.parametrize("source", [{}, FULL], ids=["merge", "full"])
def test_a_rejected_row_goes_out_comes_back_corrected_and_lands(
    tmp_path: Path, mariadb: MariaDB, source: dict[str, Any]
) -> None:
    town = registry(tmp_path, MariadbSite(mariadb.admin, mariadb.reader), **source)
    town.put(Person("P3", "丙", born="0000-00-00"))
    ticket = opened(town)

    form = handed_out(town, ticket)
    assert form.stat().st_mode & 0o077 == 0
    rows = {row["编号"]: row for row in read(form)}
    assert rows["P2"]["存在问题"] == "姓名必填"
    assert rows["P2"]["如何更正"].startswith("请补填姓名；并请在源系统中同步更正")
    assert rows["P3"]["出生日期"] == "0000-00-00"
    assert "2024-01-31" in rows["P3"]["如何更正"]
    assert standing(town)[0][0] is TicketState.EXPORTED

    place = {row["编号"]: at for at, row in enumerate(read(form), 1)}
    back = filled(form, {place["P2"]: {"name": "乙"}, place["P3"]: {"born": "1991-02-03"}})
    done = taken_in(town, ticket, back)

    assert done.hindered == ()
    assert done.ticket.state is TicketState.CLOSED
    assert sum(line.open for line in town.lake.problems()) == 0
    assert names(town) == {"P1": "甲", "P2": "乙", "P3": "丙"}
    assert by_replay(town)[done.landed.batch_id] == (2, 2, 0, 0) if done.landed else False
    town.check_books()


def test_a_row_that_is_still_wrong_comes_back_under_the_same_ticket_with_its_new_reason(
    tmp_path: Path,
) -> None:
    town = registry(tmp_path)
    town.put(Person("P3", None))
    ticket = opened(town)
    back = filled(handed_out(town, ticket), {1: {"name": "乙", "born": "没有"}, 2: {"name": "丙"}})
    # A text in a column of days is told as a faulty cell, not guessed at.
    assert [each.row for each in taken_in(town, ticket, back).hindered] == [1]

    back = filled(handed_out(town, ticket), {1: {"name": "乙", "amount": -5}}, "second.xlsx")
    done = taken_in(town, ticket, back)

    assert done.landed is not None
    assert (done.landed.rows_read, done.landed.rows_rejected) == (1, 1)
    assert standing(town) == [(TicketState.PARTLY, [RowState.OPEN, RowState.SHEET])]
    (again,) = read(handed_out(town, ticket))
    assert (again["姓名"], again["金额"]) == ("乙", -5)
    assert "不得为负" in again["存在问题"]
    assert len(tickets(town)) == 1
    town.check_books()


def test_the_same_file_twice_does_nothing_twice(tmp_path: Path) -> None:
    town = registry(tmp_path)
    ticket = opened(town)
    back = filled(handed_out(town, ticket), {1: {"name": "乙"}})
    first = taken_in(town, ticket, back)
    second = taken_in(town, ticket, back)
    assert second.repeated
    assert second.landed == first.landed
    assert len(by_replay(town)) == 2
    town.check_books()


def test_of_two_files_the_later_one_counts_and_says_so(tmp_path: Path) -> None:
    town = registry(tmp_path)
    ticket = opened(town)
    form = handed_out(town, ticket)
    taken_in(town, ticket, filled(form, {1: {"name": "乙"}}))
    done = taken_in(town, ticket, filled(form, {1: {"name": "乙二"}}, "later.xlsx"))
    assert done.again == (1,)
    assert names(town)["P2"] == "乙二"
    assert standing(town) == [(TicketState.CLOSED, [RowState.SHEET])]
    town.check_books()


def test_the_source_s_own_row_wins_when_it_comes_and_a_later_file_does_not_undo_it(
    tmp_path: Path,
) -> None:
    town = registry(tmp_path)
    ticket = opened(town)
    form = handed_out(town, ticket)
    taken_in(town, ticket, filled(form, {1: {"name": "乙"}}))
    gather(town, Person("P2", "乙正"))
    assert standing(town) == [(TicketState.CLOSED, [RowState.SOURCE])]

    done = taken_in(town, ticket, filled(form, {1: {"name": "乙误"}}, "later.xlsx"))
    assert (done.landed, [each.row for each in done.hindered]) == (None, [1])
    assert names(town)["P2"] == "乙正"


def test_a_full_load_of_a_source_that_was_not_mended_opens_a_ticket_that_names_the_first(
    tmp_path: Path,
) -> None:
    town = registry(tmp_path, **FULL)
    ticket = opened(town)
    taken_in(town, ticket, filled(handed_out(town, ticket), {1: {"name": "乙"}}))
    assert names(town)["P2"] == "乙"

    gather(town)
    assert "P2" not in names(town)
    assert standing(town) == [
        (TicketState.CLOSED, [RowState.SUPERSEDED]),
        (TicketState.OPEN, [RowState.OPEN]),
    ]
    (row,) = town.context().ledger.tickets.rows(tickets(town)[1].ticket)
    assert row.note == ticket
    town.check_books()


def test_an_increment_that_brings_the_wrong_row_again_leaves_the_corrected_one(
    tmp_path: Path,
) -> None:
    town = registry(tmp_path)
    ticket = opened(town)
    taken_in(town, ticket, filled(handed_out(town, ticket), {1: {"name": "乙"}}))
    landed = gather(town, Person("P2", None))
    assert landed.rows_rejected == 1
    assert names(town)["P2"] == "乙"
    assert standing(town) == [(TicketState.CLOSED, [RowState.SHEET])]
    gather_keys(town)
    assert names(town)["P2"] == "乙"


def test_a_wrong_key_may_be_corrected_and_only_a_wrong_one(tmp_path: Path) -> None:
    town = registry(
        tmp_path, columns={"number": "XM", "name": "BH", "amount": "JE", "born": "CSRQ"}
    )
    ticket = opened(town)  # its key, drawn from XM, is NULL
    form = handed_out(town, ticket)
    taken = taken_in(town, ticket, filled(form, {1: {"number": "甲"}}))
    assert "已在共享库中" in taken.hindered[0].words.zh
    done = taken_in(town, ticket, filled(form, {1: {"number": "新"}}, "later.xlsx"))
    assert done.ticket.state is TicketState.CLOSED
    assert names(town) == {"甲": "P1", "新": "P2"}


def test_a_refused_or_dead_replay_is_tried_again_with_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = registry(tmp_path)
    ticket = opened(town)
    back = filled(handed_out(town, ticket), {1: {"name": "乙"}})
    for step in ("validate", "land"):
        with monkeypatch.context() as dying:
            dying.setattr(f"shutong.corrections.replaying.{step}", _die)
            with pytest.raises(KeyboardInterrupt):
                taken_in(town, ticket, back)
    assert standing(town)[0][1] == [RowState.OPEN]

    done = taken_in(town, ticket, back)
    assert done.ticket.state is TicketState.CLOSED
    assert names(town)["P2"] == "乙"
    town.check_books()


def test_a_replay_that_died_is_given_up_by_the_next_collection_and_its_rows_stay_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = registry(tmp_path)
    ticket = opened(town)
    back = filled(handed_out(town, ticket), {1: {"name": "乙"}})
    with monkeypatch.context() as dying:
        dying.setattr("shutong.corrections.replaying.validate", _die)
        with pytest.raises(KeyboardInterrupt):
            taken_in(town, ticket, back)
    gather(town, Person("P4", "丁"))
    assert standing(town)[0][1] == [RowState.OPEN]
    assert taken_in(town, ticket, back).ticket.state is TicketState.CLOSED
    assert set(names(town)) == {"P1", "P2", "P4"}
    town.check_books()


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_source_that_only_grows_brings_its_own_row_over_the_corrected_one(
    tmp_path: Path,
) -> None:
    town = registry(tmp_path, load="append", cursor="XH")
    town.put(Person("P1", "甲", serial=1), Person("P2", None, serial=2))
    ticket = opened(town)
    taken_in(town, ticket, filled(handed_out(town, ticket), {1: {"name": "乙"}}))
    gather(town, Person("P2", "乙正", serial=2), Person("P3", "丙", serial=3))
    assert names(town) == {"P1": "甲", "P2": "乙正", "P3": "丙"}
    assert standing(town) == [(TicketState.CLOSED, [RowState.SOURCE])]
    town.check_books()


def test_rows_that_are_sealed_in_quarantine_go_the_same_way(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    keys = tmp_path_factory.mktemp("keys") / "quarantine.keys"
    keys.write_text(f"k1 = {'5a' * 16}\n", encoding="ascii")
    keys.chmod(0o600)
    town = registry(tmp_path)
    path = tmp_path / "catalog/registry/resources/person.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "quarantine: {encrypt: true}\n", "utf-8")
    town.quarantine_keys = keys
    ticket = opened(town)
    assert gather(town, Person("P2", None)).rows_rejected == 1
    assert len(tickets(town)) == 1

    done = taken_in(town, ticket, filled(handed_out(town, ticket), {1: {"name": "乙"}}))
    assert done.ticket.state is TicketState.CLOSED
    assert names(town)["P2"] == "乙"


def test_a_small_replay_is_not_refused_for_its_size_or_its_share_of_wrong_rows(
    tmp_path: Path,
) -> None:
    town = registry(tmp_path)
    ticket = opened(town)
    path = tmp_path / "catalog/registry/resources/person.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("rejected_share: 1.0", "rejected_share: 0.01\n  rejected_rows: 0"),
        encoding="utf-8",
    )
    suite = tmp_path / "expectations/population/person.json"
    rules = json.loads(suite.read_text(encoding="utf-8"))
    rules["expectations"].append(
        {
            "type": "expect_table_row_count_to_be_between",
            "kwargs": {"min_value": 1_000},
            "meta": {"rule": "table.rows", "severity": "reject_batch", "loads": "full"},
        }
    )
    suite.write_text(json.dumps(rules, ensure_ascii=False), encoding="utf-8")

    form = handed_out(town, ticket)
    done = taken_in(town, ticket, filled(form, {1: {"name": "乙", "amount": -1}}))
    assert done.landed is not None
    assert done.landed.rows_rejected == 1
    assert taken_in(town, ticket, filled(form, {1: {"name": "乙"}}, "b.xlsx")).landed is not None
    assert names(town)["P2"] == "乙"
