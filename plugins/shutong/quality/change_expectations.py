"""Expectations that hold a batch against the last one (批次变化校验规则), on DuckDB and pandas.

`previous` is the last batch's profile: `whole`, `rows`, `nulls` and `codes` by item. Without
it an expectation measures and judges nothing.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

import sqlalchemy as sa
from great_expectations.compatibility import pydantic
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import MetricProvider, metric_value
from great_expectations.validator.metric_configuration import MetricConfiguration

from shutong.quality import changes
from shutong.quality.engine import DuckDBExecutionEngine
from shutong.quality.known_expectations import NEW_CODES, NULL_SHARE_CHANGE, ROW_COUNT_CHANGE

_Asked = dict[str, tuple[str, str, dict[str, Any]]]
"""Metric, column and arguments by the name under which the value comes."""
_ROWS: Final = "table.row_count"
_NULLS: Final = "column_values.nonnull.unexpected_count"
_CODES: Final = "column.codes_held"


class CodesHeld(MetricProvider):
    """`column.codes_held`: which of some codes stand in a column (出现的代码), in order."""

    metric_name = _CODES
    domain_keys = ("batch_id", "table", "column", "row_condition", "condition_parser")
    value_keys = ("codes",)

    @metric_value(engine=DuckDBExecutionEngine)
    def _duckdb(
        cls,  # noqa: N805
        execution_engine: DuckDBExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        **_: Any,
    ) -> list[str]:
        domain = execution_engine.get_domain_records(metric_domain_kwargs)
        source = domain.subquery() if hasattr(domain, "subquery") else domain
        column: sa.ColumnClause[Any] = sa.column(str(metric_domain_kwargs["column"]))
        codes = list(metric_value_kwargs["codes"])
        # What is no code stays inside: it may be anything, a name too.
        distinct = sa.select(column.label("_code")).select_from(source).distinct().subquery()
        held = sa.select(distinct.c._code).where(distinct.c._code.in_(codes))
        return sorted(str(code) for (code,) in execution_engine.execute_query(held).fetchall())

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(
        cls,  # noqa: N805
        execution_engine: PandasExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        **_: Any,
    ) -> list[str]:
        rows, _compute, accessor = execution_engine.get_compute_domain(
            metric_domain_kwargs, domain_type=MetricDomainTypes.COLUMN
        )
        found = set(rows[accessor["column"]].dropna().unique())
        return sorted(found & set(metric_value_kwargs["codes"]))


class ExpectTableRowCountToStayNearLastBatch(BatchExpectation):
    """Expect a full load of about as many rows as the last one (全量行数变化).

    Beyond `few_rows` rows it may differ by a share `max_change` of the last one's.
    """

    max_change: float = pydantic.Field(changes.MAX_ROW_CHANGE, ge=0)
    few_rows: int = pydantic.Field(changes.FEW_ROWS, ge=0)
    previous: dict[str, Any] | None = None
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id", "table")
    success_keys: ClassVar[tuple[str, ...]] = ("max_change", "few_rows", "previous")

    def get_validation_dependencies(
        self, execution_engine: Any = None, runtime_configuration: Any = None
    ) -> Any:
        """Ask for the number of rows."""
        return _asking(self, super().get_validation_dependencies, execution_engine, {})

    def _validate(self, metrics: Any, *_: Any, **__: Any) -> dict[str, Any]:
        return _judged(self, ROW_COUNT_CHANGE, metrics, "rows", ())


class ExpectNullSharesToStayNearLastBatch(BatchExpectation):
    """Expect each column's share of NULL to be about the last batch's (空值占比变化).

    It may differ by `max_change` of all rows, where both have `min_rows` rows.
    """

    column_list: list[str] = pydantic.Field(min_items=1)
    max_change: float = pydantic.Field(changes.MAX_NULL_CHANGE, ge=0)
    min_rows: int = pydantic.Field(changes.MIN_ROWS, ge=1)
    previous: dict[str, Any] | None = None
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id", "table")
    success_keys: ClassVar[tuple[str, ...]] = ("column_list", "max_change", "min_rows", "previous")

    def get_validation_dependencies(
        self, execution_engine: Any = None, runtime_configuration: Any = None
    ) -> Any:
        """Ask for the rows without a value, column by column."""
        asked: _Asked = {f"nulls.{name}": (_NULLS, name, {}) for name in self.column_list}
        return _asking(self, super().get_validation_dependencies, execution_engine, asked)

    def _validate(self, metrics: Any, *_: Any, **__: Any) -> dict[str, Any]:
        return _judged(self, NULL_SHARE_CHANGE, metrics, "nulls", self.column_list)


class ExpectCodesToHaveBeenSeenBefore(BatchExpectation):
    """Expect no code that no batch before had (新出现的代码).

    `codes` are the codes of each column's code table; what is none of them is not looked at.
    """

    column_list: list[str] = pydantic.Field(min_items=1)
    codes: dict[str, list[str]] = pydantic.Field(default_factory=dict)
    previous: dict[str, Any] | None = None
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id", "table")
    success_keys: ClassVar[tuple[str, ...]] = ("column_list", "codes", "previous")

    def get_validation_dependencies(
        self, execution_engine: Any = None, runtime_configuration: Any = None
    ) -> Any:
        """Ask for the codes that each column holds."""
        asked: _Asked = {
            f"codes.{name}": (_CODES, name, {"codes": self.codes[name]})
            for name in self.column_list
            if name in self.codes
        }
        return _asking(self, super().get_validation_dependencies, execution_engine, asked)

    def _validate(self, metrics: Any, *_: Any, **__: Any) -> dict[str, Any]:
        names = [name for name in self.column_list if name in self.codes]
        return _judged(self, NEW_CODES, metrics, "codes", names)


def _asking(
    expectation: Any,
    inherited: Any,
    engine: Any,
    asked: _Asked,
) -> Any:
    """Return the dependencies with the number of rows and some metrics of columns."""
    dependencies = inherited(execution_engine=engine, runtime_configuration=None)
    batch = {"batch_id": expectation.batch_id} if expectation.batch_id else {}
    wanted: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {_ROWS: (_ROWS, batch, {})}
    for key, (metric, column, said) in asked.items():
        wanted[key] = (metric, {**batch, "column": column}, said)
    for key, (metric, domain, said) in wanted.items():
        dependencies.set_metric_configuration(
            key,
            MetricConfiguration(
                metric_name=metric, metric_domain_kwargs=domain, metric_value_kwargs=said
            ),
        )
    return dependencies


def _judged(
    expectation: Any, name: str, metrics: Any, measured: str, columns: Any
) -> dict[str, Any]:
    """Return GX's result: what was measured, and whether it is near the last batch."""
    found: dict[str, Any] = {"rows": int(metrics[_ROWS])}
    if columns:
        found[measured] = {column: metrics[f"{measured}.{column}"] for column in columns}
    elif name != ROW_COUNT_CHANGE:
        found[measured] = {}
    said = expectation.configuration.kwargs
    failed = changes.change_of(name, said, found).failed
    return {"success": not failed, "result": {"observed_value": found}}
