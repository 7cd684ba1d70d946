"""Expectations on amounts and codes (金额与代码校验规则).

Importing this module registers them with Great Expectations, for DuckDB and for pandas.
"""

from __future__ import annotations

from collections.abc import Sequence
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

from shutong.quality.beside_pandas import as_series, as_text
from shutong.quality.engine import DuckDBExecutionEngine
from shutong.quality.metrics import is_in
from shutong.quality.numbers import type_of
from shutong.standards.predicates import EXACT_DOUBLES, FEN, is_amount


class Amount(ColumnMapMetricProvider):
    """`column_values.amount` (金额): a number, with no digit behind the last of its currency."""

    condition_metric_name = "column_values.amount"
    condition_value_keys = ("scale",)

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(
        cls,  # noqa: N805
        column: Any,
        scale: int | None = None,
        _metrics: Any = None,
        **_: Any,
    ) -> Any:
        digits = FEN if scale is None else scale
        kind = type_of(column.name, _metrics)
        if isinstance(kind, sa.Float):
            shifted = column * float(10**digits)
            same = sa.func.round(shifted) / float(10**digits) == column
            small = sa.func.abs(shifted) < float(EXACT_DOUBLES)
            return sa.and_(sa.func.isfinite(column), small, same)
        if isinstance(kind, sa.Numeric):
            return sa.func.round(column, digits) == column
        if isinstance(kind, sa.Integer):
            return sa.true()
        raise TypeError("an amount is a number")

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: Any, scale: int | None = None, **_: Any) -> Any:  # noqa: N805
        digits = FEN if scale is None else scale
        return column.map(lambda value: is_amount(value, digits)).astype(bool)


class InCodeTable(ColumnMapMetricProvider):
    """`column_values.in_code_table` (代码表取值)."""

    condition_metric_name = "column_values.in_code_table"
    condition_value_keys = ("codes",)

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(cls, column: Any, codes: Sequence[str], **_: Any) -> Any:  # noqa: N805
        # `strlen` takes texts only: a number in place of a code is an error, as on pandas.
        return sa.and_(is_in(column, codes), sa.func.strlen(column) >= 0)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: Any, codes: Sequence[str], **_: Any) -> Any:  # noqa: N805
        import pyarrow as pa
        import pyarrow.compute as pc

        known = pa.array(list(codes), pa.string())
        return as_series(pc.is_in(as_text(column), value_set=known), column)


class ExpectColumnValuesToBeAmount(ColumnMapExpectation):
    """Expect amounts in the currency's precision (金额精度): no digit behind the last.

    `scale` digits stand behind the point, two by default (分); six for amounts in 万元. NaN and
    infinities are no amounts.
    """

    scale: int | dict[str, Any] | None = None
    map_metric: ClassVar[str] = "column_values.amount"
    success_keys: ClassVar[tuple[str, ...]] = ("scale", "mostly")


class ExpectColumnValuesToBeInCodeTable(ColumnMapExpectation):
    """Expect codes of a code table (代码表): texts, compared character by character.

    `codes` are the table's, in a suite of Shutong's `{"$PARAMETER": "codes_<table>"}`;
    `code_table` is its name, for people.
    """

    codes: list[str] | dict[str, Any] = pydantic.Field()
    code_table: str | None = None
    map_metric: ClassVar[str] = "column_values.in_code_table"
    success_keys: ClassVar[tuple[str, ...]] = ("codes", "mostly")
