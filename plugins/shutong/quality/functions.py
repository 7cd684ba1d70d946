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
REGION_IN_FORCE: Final = "region_in_force"
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
    function, taken, result = _implementation(kind, today)
    create: Any = connection.create_function
    # DuckDB counts the parameters.
    whole = partial(_on_two if len(taken) > 1 else _on_one, function)
    create(name, whole, taken, result, type="arrow")


def register_judge(
    connection: duckdb.DuckDBPyConnection, name: str, passes: Callable[[str], bool]
) -> None:
    """Register a question to single texts as an SQL function (注册逐值判断).

    In: text; out: booleans, null for null. Each distinct text of a block is asked once.
    """
    import pyarrow as pa

    def judge(column: pa.Array) -> pa.Array:
        coded = column.dictionary_encode()
        found = pa.array([passes(text) for text in coded.dictionary.to_pylist()], pa.bool_())
        return found.take(coded.indices)

    create: Any = connection.create_function
    create(name, partial(_on_one, judge), ["VARCHAR"], "BOOLEAN", type="arrow")


def _implementation(kind: str, today: date | None) -> tuple[Callable[..., Any], list[str], str]:
    """Return a function of Arrow columns with DuckDB's types of what it takes and gives."""
    from shutong.standards import dated, vectors

    match kind:
        case "citizen_number_verdict":
            if today is None:
                raise ValueError("citizen numbers are judged on a day")
            judge = partial(vectors.citizen_number_verdicts, today=today)
            return judge, ["VARCHAR"], "TINYINT"
        case "credit_code_verdict":
            return vectors.credit_code_verdicts, ["VARCHAR"], "TINYINT"
        case "region_code_known":
            return region_codes_known, ["VARCHAR"], "BOOLEAN"
        case "region_in_force":
            return dated.regions_in_force, ["VARCHAR", "DATE"], "BOOLEAN"
        case "citizen_number_18":
            return citizen_numbers_18, ["VARCHAR"], "VARCHAR"
    raise ValueError(f"no function {kind}")


def _on_one(function: Callable[[Any], Any], column: Any) -> Any:
    return function(_whole(column))


def _on_two(function: Callable[[Any, Any], Any], column: Any, other: Any) -> Any:
    return function(_whole(column), _whole(other))


def _whole(column: Any) -> Any:
    # DuckDB hands over one chunk, wrapped.
    return column.combine_chunks() if hasattr(column, "combine_chunks") else column
