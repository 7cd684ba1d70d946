"""The figures that outliers are measured by (离群统计), which GX knows not how to ask DuckDB."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from great_expectations.expectations.metrics.column_aggregate_metrics.column_outlier_statistics import (  # noqa: E501
    ColumnOutlierStatistics,
    OutlierStatistics,
)
from great_expectations.expectations.metrics.metric_provider import metric_value

from shutong.quality.engine import DuckDBExecutionEngine

_QUARTERS: Final = (0.25, 0.75)


class Outliers(ColumnOutlierStatistics):
    """`column.outlier_statistics`: quartiles, or mean and deviation, of one pass."""

    metric_name = "column.outlier_statistics"
    value_keys = ("method",)

    @metric_value(engine=DuckDBExecutionEngine)
    def _duckdb(
        cls,  # noqa: N805
        execution_engine: DuckDBExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        **_: Any,
    ) -> OutlierStatistics:
        domain = execution_engine.get_domain_records(metric_domain_kwargs)
        source = domain.subquery() if hasattr(domain, "subquery") else domain
        column = sa.cast(sa.column(metric_domain_kwargs["column"]), sa.Double)
        match metric_value_kwargs["method"]:
            case "iqr":
                asked = [sa.func.quantile_cont(column, each) for each in _QUARTERS]
            case "std":
                asked = [sa.func.avg(column), sa.func.stddev_samp(column)]
            case other:
                raise ValueError(f"no method {other}")
        first, second = execution_engine.execute_query(
            sa.select(*asked).select_from(source)
        ).fetchone()
        if metric_value_kwargs["method"] == "std":
            return OutlierStatistics.symmetric(center=first, spread=second)
        spread = None if first is None else second - first
        return OutlierStatistics(lower_reference=first, upper_reference=second, spread=spread)
