"""Conditions over several columns where one holds nothing (多列规则与缺失值).

In SQL a comparison with NULL is neither true nor false, and GX's conditions let such a row pass:
an end date without its beginning would never be told. On pandas it fails. Here it fails too,
unless the rule says to leave it out (`ignore_row_if`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa
from great_expectations.expectations.metrics.column_pair_map_metrics.column_pair_values_greater import (  # noqa: E501
    ColumnPairValuesAGreaterThanB,
)
from great_expectations.expectations.metrics.column_pair_map_metrics.column_pair_values_in_set import (  # noqa: E501
    ColumnPairValuesInSet,
)
from great_expectations.expectations.metrics.map_metric_provider.column_pair_condition_partial import (  # noqa: E501
    column_pair_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_pair_map_metric_provider import (  # noqa: E501
    ColumnPairMapMetricProvider,
)
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import (  # noqa: E501
    multicolumn_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_map_metric_provider import (  # noqa: E501
    MulticolumnMapMetricProvider,
)
from great_expectations.expectations.metrics.multicolumn_map_metrics.multicolumn_sum_equal import (
    MulticolumnSumEqual,
)

from shutong.quality.engine import DuckDBExecutionEngine

_F = TypeVar("_F", bound=Callable[..., Any])


def _on_pairs(condition: _F) -> _F:
    decorated: _F = column_pair_condition_partial(engine=DuckDBExecutionEngine)(condition)
    return decorated


def _on_columns(condition: _F) -> _F:
    decorated: _F = multicolumn_condition_partial(engine=DuckDBExecutionEngine)(condition)
    return decorated


def holds(condition: Any) -> Any:
    """Return a condition that is false where it would be neither true nor false."""
    return sa.func.coalesce(condition, sa.false())


class PairGreater(ColumnPairMapMetricProvider):
    """`column_pair_values.a_greater_than_b` (甲列大于乙列); a missing side fails, as on pandas."""

    condition_metric_name = ColumnPairValuesAGreaterThanB.condition_metric_name
    condition_domain_keys = ColumnPairValuesAGreaterThanB.condition_domain_keys
    condition_value_keys = ("or_equal",)

    @_on_pairs
    def _duckdb(cls, column_A: Any, column_B: Any, **said: Any) -> Any:  # noqa: N803, N805
        greater = column_A >= column_B if said.get("or_equal") else column_A > column_B
        return holds(greater)


class PairInSet(ColumnPairMapMetricProvider):
    """`column_pair_values.in_set` (组合取值): a pair with a missing side is one like any other."""

    condition_metric_name = "column_pair_values.in_set"
    condition_domain_keys = ColumnPairValuesInSet.condition_domain_keys
    condition_value_keys = ("value_pairs_set",)

    @_on_pairs
    def _duckdb(cls, column_A: Any, column_B: Any, **said: Any) -> Any:  # noqa: N803, N805
        pairs = said.get("value_pairs_set")
        if pairs is None:
            return sa.true()
        each = [
            sa.and_(_is(column_A, first), _is(column_B, second))
            for first, second in map(tuple, pairs)
        ]
        return holds(sa.or_(sa.false(), *each))


class SumEqual(MulticolumnMapMetricProvider):
    """`multicolumn_sum.equal` (多列之和): a sum of which a part is missing is no sum."""

    condition_metric_name = MulticolumnSumEqual.condition_metric_name
    condition_domain_keys = MulticolumnSumEqual.condition_domain_keys
    condition_value_keys = ("sum_total",)

    @_on_columns
    def _duckdb(cls, column_list: Any, **said: Any) -> Any:  # noqa: N805
        return holds(sum(column_list) == said.get("sum_total"))


def _is(column: Any, value: Any) -> Any:
    return column.is_(None) if value is None else column == value
