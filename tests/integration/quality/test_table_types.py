"""The types of a table's columns, by the standard's letters, on DuckDB and on pandas."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pytest
from tests.integration.quality.engines import on_duckdb, on_pandas, rule_of
from tests.integration.quality.staging import PEOPLE, Bench, people, results

from shutong.fieldtypes import FieldType, arrow_type
from shutong.model import RuleState, Severity, StagedFile

_KIND: Final = "expect_table_columns_to_have_types"
_VALUES: Final[dict[str, Any]] = {
    "C": "甲",
    "M": "甲",
    "N": Decimal(1),
    "Y": Decimal("1.00"),
    "I": 1,
    "D": date(2026, 1, 2),
    "T": datetime(2026, 1, 2),
    "L": True,
    "G": b"x",
    "B": 1.5,
    "F": 1.5,
}
TABLE: Final = pa.table(
    {
        letter.lower(): pa.array([value], arrow_type(FieldType(letter), 9, None))
        for letter, value in _VALUES.items()
    }
)


def test_every_letter_of_the_standard_has_its_type_on_both_engines(tmp_path: Path) -> None:
    assert set(_VALUES) == set(FieldType)
    rule = rule_of("it", _KIND, types={letter.lower(): letter for letter in _VALUES})

    assert on_duckdb(TABLE, [rule], tmp_path)["it"].success
    assert on_pandas(TABLE, [rule])["it"].success


@pytest.mark.parametrize(
    ("column", "letter"),
    [("c", "N"), ("b", "Y"), ("n", "B"), ("d", "T"), ("t", "D"), ("i", "C"), ("x", "C")],
)
def test_another_type_and_a_missing_column_fail(tmp_path: Path, column: str, letter: str) -> None:
    rule = rule_of("it", _KIND, types={column: letter, "c": "C"} | {column: letter})

    assert not on_duckdb(TABLE, [rule], tmp_path)["it"].success


def test_a_batch_of_other_types_is_refused_and_the_items_are_named(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    staged = bench.stage(people(3))
    (file,) = staged.files
    import pyarrow.parquet as pq

    rows = pq.read_table(file.path)
    at = rows.schema.get_field_index("income")
    pq.write_table(rows.set_column(at, "income", rows["income"].cast(pa.float64())), file.path)
    changed = StagedFile(path=file.path, rows=file.rows, bytes=file.path.stat().st_size)

    report = bench.judge_staged(staged.model_copy(update={"files": (changed,)}))

    told = results(report)["table.types"]
    assert (told.state, told.severity) == (RuleState.FAILED, Severity.REJECT_BATCH)
    assert told.detail == "income"
    assert not report.accepted
    assert {item.name for item in PEOPLE.items} >= {"income"}
