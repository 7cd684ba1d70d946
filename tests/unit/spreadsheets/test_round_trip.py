"""What is written comes back cell by cell (往返一致)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.spreadsheets.forms import COLUMNS, IDENTITY, table_of

from shutong.fieldtypes import FieldType, arrow_type
from shutong.fitting import fit
from shutong.spreadsheets import Column, Encoding, FilledForm, read_form, write_csv, write_xlsx

_LETTERS = st.one_of(
    st.characters(exclude_categories=["Cs"]),
    st.sampled_from("=+-@＝＋－＠'\t\r\n\0\x01\x1f\ufffe\uffff�_x0005F, \";|𠮷㛃䶮😀１　"),
)
TEXTS = st.one_of(
    st.text(_LETTERS, max_size=12),
    st.sampled_from(
        ["", " ", "'", "''", "'=1+1", "=1+1", "-1", "+86 138", "@SUM(A1)", "＝1", "\t=1", " =1",
         "_x000D_", "_x005F_", "_x0041_x0042_", "_x005F_x0041_", "\r\n", "\0", "3.6E+17", "1E5",
         "007", "360102199001011234", "2024/1/5", "一\ufffd二", "𠮷", "nan", "TRUE", "1,234",
         "shutong-form"]
    ),
)  # fmt: skip
WRITERS: dict[str, Callable[..., Any]] = {
    "xlsx": write_xlsx,
    "csv": write_csv,
    "gb18030": lambda *a, **k: write_csv(*a, encoding=Encoding.GB18030, **k),
}


def _there_and_back(how: str, table: pa.Table, columns: tuple[Column, ...]) -> FilledForm:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / ("form.xlsx" if how == "xlsx" else "form.csv")
        written = WRITERS[how](target, columns, [table], identity=IDENTITY)
        assert written.rows == table.num_rows
        return read_form(target, columns)


@pytest.mark.parametrize("how", WRITERS)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.lists(st.tuples(TEXTS, st.none() | TEXTS), min_size=1, max_size=8))
def test_every_text_comes_back_letter_by_letter(how: str, rows: list[tuple[str, str]]) -> None:
    columns = (Column("a", "甲项"), Column("b", "乙项", FieldType.M))
    table = pa.table({"a": [a for a, _ in rows], "b": pa.array([b for _, b in rows], pa.string())})
    form = _there_and_back(how, table, columns)
    assert form.rows.select(["a", "b"]).to_pylist() == table.to_pylist()
    assert form.faults == ()
    assert form.identity == IDENTITY


def _typed() -> st.SearchStrategy[dict[str, Any]]:
    def decimals(digits: int, scale: int) -> st.SearchStrategy[Decimal]:
        edge = 10**digits - 1
        return st.integers(-edge, edge).map(lambda n: Decimal(n).scaleb(-scale))

    return st.fixed_dictionaries({
        "key": st.just("k"),
        "born": st.none() | st.dates(),
        "changed": st.none() | st.datetimes(),
        "amount": st.none() | decimals(18, 2) | decimals(9, 2),
        "area": st.none() | decimals(28, 3) | decimals(8, 3),
        "people": st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers(-99999, 99999),
        "alive": st.none() | st.booleans(),
        "ratio": st.none() | st.floats(allow_nan=False, allow_infinity=False),
    })  # fmt: skip


_TYPED_COLUMNS = (Column("key", "键"), *COLUMNS[3:10])
_SCHEMA = pa.schema(
    [("key", pa.string())]
    + [(c.id, arrow_type(c.type, 28 if c.type is FieldType.N else None, c.scale))
       for c in COLUMNS[3:10]]
)  # fmt: skip


@pytest.mark.parametrize("how", WRITERS)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.lists(_typed(), min_size=1, max_size=5))
def test_every_day_amount_and_number_comes_back_exactly(
    how: str, rows: list[dict[str, Any]]
) -> None:
    table = pa.Table.from_pylist(rows, schema=_SCHEMA)
    form = _there_and_back(how, table, _TYPED_COLUMNS)
    assert form.faults == ()
    fitted = fit(form.rows.select(_SCHEMA.names).combine_chunks().to_batches()[0], _SCHEMA)
    assert fitted.misfits is None
    assert pa.Table.from_batches([fitted.rows]).to_pylist() == table.to_pylist()


@pytest.mark.parametrize("how", WRITERS)
@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("born", "2024-00-15"),
        ("born", "2024/1/15"),
        ("born", "20240115"),
        ("born", "２０２４年1月5日"),
        ("born", "=1+1"),
        ("born", ""),
        ("born", "31.01.2024"),
        ("changed", "2024-01-15"),
        ("changed", "2024-01-15 08:30"),
        ("amount", "1,234.50"),
        ("amount", "１２"),
        ("amount", "twelve"),
        ("amount", "1.555"),
        ("people", "3.6E+17"),
        ("alive", "yes"),
        ("alive", "maybe"),
    ],
)
def test_a_value_that_does_not_fit_its_item_comes_back_letter_by_letter(
    how: str, column: str, text: str
) -> None:
    columns = (COLUMNS[0], next(c for c in COLUMNS if c.id == column))
    table = pa.table({"row_id": ["r"], column: [text]})
    assert _there_and_back(how, table, columns).rows.column(column).to_pylist() == [text]


@pytest.mark.parametrize("how", WRITERS)
def test_rows_tell_where_they_stand(how: str) -> None:
    form = _there_and_back(how, table_of(["r1"], ["r2"]), COLUMNS)
    first = 2 if how == "xlsx" else 3
    assert form.rows.column("_row").to_pylist() == [first, first + 1]
    assert form.rows.column("_sheet").to_pylist() == ["数据" if how == "xlsx" else ""] * 2


@pytest.mark.parametrize("how", WRITERS)
def test_a_table_without_rows_keeps_its_titles(how: str) -> None:
    assert _there_and_back(how, table_of(), COLUMNS).rows.num_rows == 0
