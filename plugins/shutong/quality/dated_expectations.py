"""Expectations that look at a day (按日期的校验规则): regions in force, working days.

Importing this module registers them with Great Expectations, for DuckDB and for pandas.
"""

from __future__ import annotations

from typing import Any, ClassVar

import sqlalchemy as sa
from great_expectations.compatibility import pydantic
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)

from shutong.quality.beside_pandas import as_days, as_series, as_text, with_other
from shutong.quality.engine import DuckDBExecutionEngine
from shutong.quality.functions import REGION_IN_FORCE
from shutong.quality.missing_values import holds
from shutong.standards.dated import free_days, regions_in_force, years_of


class RegionInForce(ColumnMapMetricProvider):
    """`column_values.region_in_force` (行政区划代码当日有效)."""

    condition_metric_name = "column_values.region_in_force"
    condition_value_keys = ("date_column",)

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(
        cls,  # noqa: N805
        column: Any,
        date_column: str,
        _execution_engine: DuckDBExecutionEngine,
        **_: Any,
    ) -> Any:
        day: sa.ColumnClause[Any] = sa.column(date_column)
        in_force = _execution_engine.function(REGION_IN_FORCE)(column, sa.cast(day, sa.Date))
        return sa.or_(day.is_(None), holds(in_force))

    @with_other("date_column")
    def _pandas(cls, column: Any, other: Any, **_: Any) -> Any:  # noqa: N805
        import pyarrow.compute as pc

        days = as_days(other)
        in_force = regions_in_force(as_text(column), days).fill_null(False)
        return as_series(pc.or_(pc.is_null(days), in_force), column)


class WorkingDay(ColumnMapMetricProvider):
    """`column_values.working_day` (工作日); YearMissing names a year that is not known."""

    condition_metric_name = "column_values.working_day"

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(
        cls,  # noqa: N805
        column: Any,
        _execution_engine: DuckDBExecutionEngine,
        _table: Any,
        **_: Any,
    ) -> Any:
        source = _table.subquery() if hasattr(_table, "subquery") else _table
        asked = sa.select(sa.func.year(column)).distinct().select_from(source)
        found = _execution_engine.execute_query(asked.where(column.is_not(None)))
        closed = [day.isoformat() for day in free_days(int(year) for (year,) in found)]
        if not closed:
            return sa.true()
        return sa.func.strftime(column, "%Y-%m-%d").not_in(closed)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: Any, **_: Any) -> Any:  # noqa: N805
        import pyarrow as pa
        import pyarrow.compute as pc

        days = as_days(column)
        closed = pa.array(free_days(years_of(days)), pa.date32())
        return as_series(pc.invert(pc.is_in(days, value_set=closed)), column)


class ExpectColumnValuesToBeRegionCodeInForce(ColumnMapExpectation):
    """Expect region codes that were in force on the row's own day (当日有效的行政区划代码).

    `date_column` holds the day; rows without one are left to its own rule. GB/T 2260 is known by
    years: in a year of change the old and the new code both hold.
    """

    date_column: str = pydantic.Field(min_length=1)
    map_metric: ClassVar[str] = "column_values.region_in_force"
    success_keys: ClassVar[tuple[str, ...]] = ("date_column", "mostly")


class ExpectColumnValuesToBeWorkingDay(ColumnMapExpectation):
    """Expect days on which offices work (工作日): the State Council's calendar, made-up days too.

    A year whose holidays are not known is an error that names it, never a guess.
    """

    map_metric: ClassVar[str] = "column_values.working_day"
