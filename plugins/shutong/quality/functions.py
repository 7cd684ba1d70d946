"""The national standards as DuckDB functions over Arrow columns (标准函数).

DuckDB hands over columns of some thousand rows; the rules are those of `shutong.standards`,
so that validation, fitting and tests judge by one and the same code.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

CITIZEN_NUMBER: Final = "citizen_number_verdict"
CREDIT_CODE: Final = "credit_code_verdict"
REGION_CODE: Final = "region_code_known"
CITIZEN_NUMBER_18: Final = "citizen_number_18"


def region_codes_known(column: pa.Array) -> pa.Array:
    """Say of each region code whether GB/T 2260 ever listed it (行政区划代码, 含历史).

    In: text; out: booleans, null for null. Each distinct code is looked up once.
    """
    import pyarrow as pa

    from shutong.standards.regions import region_name

    coded = column.dictionary_encode()
    known = pa.array([region_name(code) is not None for code in coded.dictionary.to_pylist()])
    return known.cast(pa.bool_()).take(coded.indices)


def citizen_numbers_18(column: pa.Array) -> pa.Array:
    """Return citizen numbers with those of 15 digits in their 18-digit form (15位升18位).

    In: text; out: text, null for null. What is no old number stays as it is.
    """
    import pyarrow as pa

    from shutong.standards.identifiers import upgrade_15

    coded = column.dictionary_encode()
    long = [upgrade_15(text) or text for text in coded.dictionary.to_pylist()]
    return pa.array(long, pa.string()).take(coded.indices)


def register_function(
    connection: duckdb.DuckDBPyConnection, kind: str, name: str, today: date | None
) -> None:
    """Register one of the functions above on a connection, as `name` (注册函数).

    `today` is the last day on which a birth is possible; citizen numbers need it.
    """
    function, result = _implementation(kind, today)
    create: Any = connection.create_function
    create(name, partial(_on_one_array, function), ["VARCHAR"], result, type="arrow")


def _implementation(kind: str, today: date | None) -> tuple[Callable[[Any], Any], str]:
    from shutong.standards import vectors

    match kind:
        case "citizen_number_verdict":
            if today is None:
                raise ValueError("citizen numbers are judged on a day")
            return partial(vectors.citizen_number_verdicts, today=today), "TINYINT"
        case "credit_code_verdict":
            return vectors.credit_code_verdicts, "TINYINT"
        case "region_code_known":
            return region_codes_known, "BOOLEAN"
        case "citizen_number_18":
            return citizen_numbers_18, "VARCHAR"
    raise ValueError(f"no function {kind}")


def _on_one_array(function: Callable[[Any], Any], column: Any) -> Any:
    # DuckDB hands over one chunk, wrapped.
    return function(column.combine_chunks() if hasattr(column, "combine_chunks") else column)
