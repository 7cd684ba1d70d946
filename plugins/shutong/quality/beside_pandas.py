"""Conditions on pandas that look at a second column of the row (pandas 跨列条件)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.metrics.metric_provider import metric_partial

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def with_other(name: str) -> Callable[[Callable[..., Any]], Any]:
    """Make a method `(cls, column, other, **arguments)` a condition on pandas (跨列条件).

    `other` is the series of the column that the argument `name` names, None where it names none.
    Rows without a value in `column` are left out, as in every rule on columns.
    """

    def decorate(judge: Callable[..., Any]) -> Any:
        @metric_partial(
            engine=PandasExecutionEngine,
            partial_fn_type=MetricPartialFunctionTypes.MAP_CONDITION_SERIES,
            domain_type=MetricDomainTypes.COLUMN,
        )
        def condition(
            cls: Any,
            execution_engine: PandasExecutionEngine,
            metric_domain_kwargs: dict[str, Any],
            metric_value_kwargs: dict[str, Any],
            metrics: dict[str, Any],
            runtime_configuration: dict[str, Any],
        ) -> tuple[Any, Any, Any]:
            frame, compute, accessor = execution_engine.get_compute_domain(
                domain_kwargs=metric_domain_kwargs, domain_type=MetricDomainTypes.COLUMN
            )
            frame = frame[frame[accessor["column"]].notnull()]
            named = metric_value_kwargs.get(name)
            other = None if named is None else frame[named]
            passes = judge(cls, frame[accessor["column"]], other, **metric_value_kwargs)
            return ~passes, compute, accessor

        return condition

    return decorate


def as_text(column: pd.Series[Any]) -> pa.Array:
    """Return a series of texts as Arrow's; an error where it holds anything else (文本列)."""
    import pyarrow as pa

    return pa.array(column, type=pa.string(), from_pandas=True)


def as_days(column: pd.Series[Any]) -> pa.Array:
    """Return a series of days or moments as days; an error where it holds texts (日期列)."""
    import pyarrow as pa

    found = pa.array(column, from_pandas=True)
    if pa.types.is_null(found.type):
        return found.cast(pa.date32())
    if not (pa.types.is_date(found.type) or pa.types.is_timestamp(found.type)):
        raise TypeError("a column of days is needed")
    return found.cast(pa.timestamp("us"), safe=False).cast(pa.date32(), safe=False)


def as_series(verdicts: Any, column: pd.Series[Any]) -> pd.Series[Any]:
    """Return Arrow's booleans as a series beside the column they judge; null passes nothing."""
    import pandas as pd

    told = verdicts.fill_null(False).to_numpy(zero_copy_only=False)
    return pd.Series(told, index=column.index, dtype=bool)
