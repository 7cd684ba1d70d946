"""SQL built for the front-end machines."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import mysql, oracle, postgresql, sqlite

from shutong.catalog.models import FrontEnd, FrontEndKind, Operator, RowFilter
from shutong.errors import CatalogFaulty, SourceMismatch
from shutong.frontends import Endpoint, Query, SourceColumn
from shutong.frontends.faults import Faults
from shutong.frontends.mysql import statement_text
from shutong.frontends.mysql_values import literal_value
from shutong.frontends.select import Source, check_identifier, rows_of, rows_with_count
from shutong.model import Bound

DIALECTS = [mysql.dialect(), oracle.dialect(), postgresql.dialect(), sqlite.dialect()]  # type: ignore[no-untyped-call]
FAULTS = Faults(
    FrontEnd(code="fe", name="n", department="d", kind=FrontEndKind.MYSQL, connection="c"),
    Endpoint("mysql", "h", 1),
)


def source_of(query: Query, *names: str) -> Source:
    return Source(query, [SourceColumn(name, "varchar") for name in names], FAULTS)


def window(kind: str, low: str, high: str) -> Query:
    return Query(
        None,
        "T",
        (("a", "A"),),
        cursor="C",
        low=Bound(kind=kind, text=low),
        high=Bound(kind=kind, text=high),
    )


def test_values_are_parameters_and_names_are_quoted() -> None:
    query = Query(
        "S",
        "T",
        (("a", "order"),),
        (RowFilter(column="A", operator=Operator.EQUAL, value="x' OR 1=1"),),
    )
    source = source_of(query, "order", "A")

    for dialect, quote in zip(DIALECTS, '`"""', strict=True):
        compiled = rows_of([source.column("order")], source.conditions()).compile(dialect=dialect)
        text = str(compiled)
        assert "OR 1=1" not in text
        assert f"{quote}order{quote}" in text
        assert f"{quote}S{quote}.{quote}T{quote}" in text
        assert "x' OR 1=1" in compiled.params.values()


def test_a_window_is_low_or_more_and_less_than_high() -> None:
    source = source_of(window("datetime", "2024-01-01 00:00:00", "2024-01-02 00:00:00"), "A", "C")

    text = statement_text(rows_of([source.column("A")], source.conditions(literal_value)))

    low, high = (
        f"X'{day.encode().hex()}'" for day in ("2024-01-01 00:00:00", "2024-01-02 00:00:00")
    )
    assert f"`C` >= _utf8mb4 {low}" in text
    assert f"`C` < _utf8mb4 {high}" in text


def test_bounds_are_bound_in_their_own_type() -> None:
    expected: dict[str, tuple[str, Any]] = {
        "datetime": ("2024-01-01 00:00:00", datetime(2024, 1, 1)),
        "date": ("2024-01-01", datetime(2024, 1, 1).date()),
        "integer": ("9", 9),
        "text": ("9", "9"),
    }
    for kind, (text, value) in expected.items():
        source = source_of(window(kind, text, text), "A", "C")
        compiled = rows_of([source.column("A")], source.conditions()).compile()
        assert list(compiled.params.values()) == [value, value]


def test_rows_and_count_are_one_statement_with_the_same_conditions() -> None:
    source = source_of(window("integer", "1", "2"), "A", "C")
    statement = rows_with_count(source.table, [source.column("A")], source.conditions())

    for dialect in DIALECTS:
        text = str(statement.compile(dialect=dialect))
        assert text.count("SELECT") == 2
        assert text.count("FROM") == 2
        assert text.count(">=") == 2


@given(st.text(max_size=40))
def test_a_mysql_literal_holds_only_hexadecimal_digits(value: str) -> None:
    if any(0xD800 <= ord(letter) <= 0xDFFF for letter in value):
        return
    query = Query(None, "T", (("a", "A"),), (RowFilter(column="A", operator="=", value=value),))
    source = source_of(query, "A")

    text = statement_text(rows_of([source.column("A")], source.conditions(literal_value)))

    head, _, literal = text.partition(" = ")
    assert head.endswith("WHERE `T`.`A`")
    assert literal == f"_utf8mb4 X'{value.encode().hex()}'"


@given(st.text(max_size=30) | st.from_regex(r"[A-Za-z_\u4e00-\u9fff][\w$#]{0,20}", fullmatch=True))
def test_a_name_is_either_refused_or_the_only_thing_that_changes(name: str) -> None:
    """Compare with the statement of a harmless name: everything else stays as it is."""
    try:
        check_identifier(name)
    except CatalogFaulty:
        return
    for dialect, quote in zip(DIALECTS, '`"""', strict=True):
        texts = []
        for each in ("harmless", name):
            source = source_of(Query(None, each, (("a", each),)), each)
            texts.append(str(rows_of([source.column(each)], []).compile(dialect=dialect)))
        plain, other = texts
        assert plain.replace(f"{quote}harmless{quote}", f"{quote}{name}{quote}") == other
        assert quote not in name


@pytest.mark.parametrize(
    "name", ["", "a b", "1a", "a;", "a`", 'a"', "a\n", "a\x00", "a" * 129, "-"]
)
def test_a_name_that_is_no_identifier_is_refused(name: str) -> None:
    with pytest.raises(CatalogFaulty):
        check_identifier(name)


def test_a_column_that_two_others_resemble_is_missing_rather_than_guessed() -> None:
    with pytest.raises(SourceMismatch, match="name"):
        source_of(Query(None, "T", (("a", "name"),)), "NAME", "Name")

    exact = source_of(Query(None, "T", (("a", "Name"),)), "NAME", "Name")
    assert exact.column("Name").name == "Name"
