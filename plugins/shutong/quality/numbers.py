"""Rules on numbers where a double may hold none (数值范围): NaN and the infinities.

DuckDB believes the statistics of a Parquet file, and these leave NaN out: over a file whose
largest number is 1, `x < 5` is true of a NaN, and a rule would let it pass. So every double is
asked first whether it is a number. GX on pandas takes NaN for a missing value; here it is a
value, and one that lies nowhere.
"""

from __future__ import annotations

from typing import Any, ClassVar

import sqlalchemy as sa
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)

from shutong.quality.engine import DuckDBExecutionEngine


def type_of(name: str, metrics: Any) -> Any:
    """Return a column's type as SQLAlchemy knows it, None if nobody knows (列类型)."""
    types = {each["name"]: each["type"] for each in (metrics or {}).get("table.column_types", [])}
    return types.get(name)


def numbers_only(column: Any, metrics: Any) -> list[Any]:
    """Return the condition that a double is a number, none for other types (排除 NaN)."""
    double = isinstance(type_of(column.name, metrics), sa.Float)
    return [sa.not_(sa.func.isnan(column))] if double else []


class Between(ColumnMapMetricProvider):
    """`column_values.between` (取值范围): of numbers and days, never true of NaN."""

    condition_metric_name = "column_values.between"
    condition_value_keys = ("min_value", "max_value", "strict_min", "strict_max")

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(
        cls,  # noqa: N805
        column: Any,
        min_value: Any = None,
        max_value: Any = None,
        strict_min: bool | None = None,
        strict_max: bool | None = None,
        _metrics: Any = None,
        **_: Any,
    ) -> Any:
        kind = type_of(column.name, _metrics)
        if isinstance(kind, sa.String | sa.Boolean):
            raise TypeError("a range is of numbers or days")
        if min_value is None and max_value is None:
            raise ValueError("min_value and max_value cannot both be None")
        if min_value is not None and max_value is not None and min_value > max_value:
            raise ValueError("min_value cannot be greater than max_value")
        bounds = numbers_only(column, _metrics)
        if min_value is not None:
            least = sa.literal(min_value)
            bounds.append(column > least if strict_min else column >= least)
        if max_value is not None:
            most = sa.literal(max_value)
            bounds.append(column < most if strict_max else column <= most)
        return sa.and_(*bounds)


class Finite(ColumnMapMetricProvider):
    """`column_values.finite` (有限数值)."""

    condition_metric_name = "column_values.finite"

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(cls, column: Any, _metrics: Any = None, **_: Any) -> Any:  # noqa: N805
        kind = type_of(column.name, _metrics)
        if not isinstance(kind, sa.Float | sa.Numeric | sa.Integer):
            raise TypeError("a number is needed")
        return sa.func.isfinite(column) if isinstance(kind, sa.Float) else sa.true()

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: Any, **_: Any) -> Any:  # noqa: N805
        import numpy as np

        return column.map(lambda value: bool(np.isfinite(float(value)))).astype(bool)


class ExpectColumnValuesToBeFinite(ColumnMapExpectation):
    """Expect numbers that are some (有限数值): neither NaN nor an infinity."""

    map_metric: ClassVar[str] = "column_values.finite"
