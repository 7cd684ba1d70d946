"""Expectations that hold a row's items against its citizen number (与公民身份号码一致).

Importing this module registers them with Great Expectations, for DuckDB and for pandas.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

import sqlalchemy as sa
from great_expectations.compatibility import pydantic
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)

from shutong.quality.beside_pandas import as_days, as_series, as_text, with_other
from shutong.quality.engine import DuckDBExecutionEngine

_CITIZEN_NUMBER: Final = "^[0-9]{17}[0-9X]$"
_ODD: Final = ("1", "3", "5", "7", "9")
_MALE: Final = "1"
_FEMALE: Final = "2"


class BirthDateOfNumber(ColumnMapMetricProvider):
    """`column_values.birth_date_of_number` (出生日期与身份号码一致)."""

    condition_metric_name = "column_values.birth_date_of_number"
    condition_value_keys = ("number_column",)

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(cls, column: Any, number_column: str, **_: Any) -> Any:  # noqa: N805
        number: sa.ColumnClause[Any] = sa.column(number_column)
        same = sa.func.substr(number, 7, 8) == sa.func.strftime(column, "%Y%m%d")
        return _same_or_no_number(same, number)

    @with_other("number_column")
    def _pandas(cls, column: Any, other: Any, **_: Any) -> Any:  # noqa: N805
        import pyarrow.compute as pc

        number = as_text(other)
        said = pc.utf8_slice_codeunits(number, 6, 14)
        born = pc.strftime(as_days(column), format="%Y%m%d")
        return as_series(_judged(number, pc.equal(said, born)), column)


class SexOfNumber(ColumnMapMetricProvider):
    """`column_values.sex_of_number` (性别与身份号码一致)."""

    condition_metric_name = "column_values.sex_of_number"
    condition_value_keys = ("number_column",)

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(cls, column: Any, number_column: str, **_: Any) -> Any:  # noqa: N805
        number: sa.ColumnClause[Any] = sa.column(number_column)
        odd = sa.func.substr(number, 17, 1).in_(_ODD)
        # 0 unknown and 9 not stated contradict nothing (GB/T 2261.1).
        same = sa.case((column == _MALE, odd), (column == _FEMALE, sa.not_(odd)), else_=sa.true())
        return _same_or_no_number(same, number)

    @with_other("number_column")
    def _pandas(cls, column: Any, other: Any, **_: Any) -> Any:  # noqa: N805
        import pyarrow as pa
        import pyarrow.compute as pc

        number, sex = as_text(other), as_text(column)
        odd = pc.is_in(pc.utf8_slice_codeunits(number, 16, 17), value_set=pa.array(_ODD))
        wrong = pc.or_(
            pc.and_(pc.equal(sex, _MALE), pc.invert(odd)), pc.and_(pc.equal(sex, _FEMALE), odd)
        )
        return as_series(_judged(number, pc.invert(wrong)), column)


def _same_or_no_number(same: Any, number: Any) -> Any:
    """Return the condition; a number that is missing or malformed is left to its own rule.

    The form is looked at where the two differ only: in half the time.
    """
    malformed = sa.not_(sa.func.regexp_matches(number, _CITIZEN_NUMBER))
    return sa.case((same, sa.true()), else_=sa.func.coalesce(malformed, sa.true()))


def _judged(number: Any, same: Any) -> Any:
    """Return Arrow's verdicts, true where there is no number of 18 characters to compare with."""
    import pyarrow.compute as pc

    formed = pc.match_substring_regex(number, _CITIZEN_NUMBER).fill_null(False)
    return pc.or_(pc.invert(formed), same.fill_null(True))


class ExpectColumnValuesToBeBirthDateOfNumber(ColumnMapExpectation):
    """Expect birth dates that stand in the row's citizen number too (出生日期与身份号码一致).

    `number_column` holds the number; a row whose number is none is left to that rule.
    """

    number_column: str = pydantic.Field(min_length=1)
    map_metric: ClassVar[str] = "column_values.birth_date_of_number"
    success_keys: ClassVar[tuple[str, ...]] = ("number_column", "mostly")


class ExpectColumnValuesToBeSexOfNumber(ColumnMapExpectation):
    """Expect sexes that the row's citizen number says too (性别与身份号码一致).

    `number_column` holds the number; its 17th digit is odd for men.
    """

    number_column: str = pydantic.Field(min_length=1)
    map_metric: ClassVar[str] = "column_values.sex_of_number"
    success_keys: ClassVar[tuple[str, ...]] = ("number_column", "mostly")
