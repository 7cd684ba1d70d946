"""Expectations that hold rows against another dataset (跨数据集校验规则), for anyone's GX project.

Bodies for DuckDB (`add_duckdb`) and pandas, with equal verdicts. The other dataset is given as
Parquet `files`, or on DuckDB as a `view` on the same connection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from great_expectations.compatibility import pydantic
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)
from great_expectations.expectations.metrics.metric_provider import metric_partial

from shutong.quality.comparable import comparable_values
from shutong.quality.engine import DuckDBExecutionEngine
from shutong.quality.relation_tables import Relation, rows_that_hold

if TYPE_CHECKING:
    import pandas as pd

_EXIST: Final = "column_values.exist_in_dataset"
_EQUAL: Final = "column_values.equal_fact_of_dataset"
_SAID: Final = ("dataset", "item", "compared_as", "view", "files")
_SAID_BY: Final = (*_SAID, "by")
_SERIES: Final = MetricPartialFunctionTypes.MAP_CONDITION_SERIES


class ExistInDataset(ColumnMapMetricProvider):
    """`column_values.exist_in_dataset` (引用存在)."""

    condition_metric_name = _EXIST
    condition_value_keys: tuple[str, ...] = _SAID

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(
        cls,  # noqa: N805
        column: Any,
        _execution_engine: DuckDBExecutionEngine,
        _table: Any,
        **said: Any,
    ) -> Any:
        return rows_that_hold(_execution_engine, _table, Relation.of(said, str(column.name)))

    @metric_partial(
        engine=PandasExecutionEngine, partial_fn_type=_SERIES, domain_type=MetricDomainTypes.COLUMN
    )
    def _pandas(
        cls,  # noqa: N805
        execution_engine: PandasExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        **_: Any,
    ) -> Any:
        return _on_pandas(execution_engine, metric_domain_kwargs, metric_value_kwargs)


class EqualFactOfDataset(ExistInDataset):
    """`column_values.equal_fact_of_dataset` (一数一源): judged likewise, by what it says more."""

    condition_metric_name = _EQUAL
    condition_value_keys = _SAID_BY


def _on_pandas(
    engine: PandasExecutionEngine, domain: dict[str, Any], said: Mapping[str, Any]
) -> Any:
    import pandas as pd

    rows, compute, accessor = engine.get_compute_domain(
        domain_kwargs=domain, domain_type=MetricDomainTypes.COLUMN
    )
    column = str(accessor["column"])
    rows = rows[rows[column].notnull()]
    relation = Relation.of(said, column)
    own = _rows_of([rows[name] for name in relation.here], relation.kinds)
    if relation.fact is None:
        there = {key for key, _ in _others(relation)}
        wrong = [None not in key and key not in there for key in own]
    else:
        facts: dict[tuple[Any, ...], set[Any]] = {}
        for key, fact in _others(relation):
            facts.setdefault(key, set()).add(fact)
        said_here = _rows_of([rows[column]], (relation.fact[2],))
        wrong = [
            key in facts and fact not in facts[key]
            for key, (fact,) in zip(own, said_here, strict=True)
        ]
    return pd.Series(wrong, index=rows.index, dtype=bool), compute, accessor


def _rows_of(columns: Sequence[pd.Series[Any]], kinds: Sequence[str]) -> list[tuple[Any, ...]]:
    import pyarrow as pa

    arrays = [pa.array(column, from_pandas=True) for column in columns]
    values = [comparable_values(a, kind) for a, kind in zip(arrays, kinds, strict=True)]
    return list(zip(*values, strict=True))


def _others(relation: Relation) -> list[tuple[tuple[Any, ...], Any]]:
    """Return the other dataset's keys with their facts, of rows where none is NULL."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not relation.files:
        return []
    fact = (relation.fact[1:],) if relation.fact else ()
    pairs = [*zip(relation.there, relation.kinds, strict=True), *fact]
    names = list(dict.fromkeys(name for name, _ in pairs))
    table = pa.concat_tables(pq.ParquetFile(path).read(columns=names) for path in relation.files)
    values = [comparable_values(table.column(name).combine_chunks(), kind) for name, kind in pairs]
    width = len(relation.there)
    rows = (row for row in zip(*values, strict=True) if None not in row)
    return [(row[:width], row[-1]) for row in rows]


class ExpectColumnValuesToExistInDataset(ColumnMapExpectation):
    """Expect values that stand in another dataset too (引用存在).

    `item` of `dataset` holds them. `compared_as` is "value", "text", "code" or
    "citizen_number": as which they are compared.
    """

    dataset: str = pydantic.Field(min_length=1)
    item: str = pydantic.Field(min_length=1)
    compared_as: str = "text"
    view: str | None = None
    files: list[str] = pydantic.Field(default_factory=list)
    map_metric: ClassVar[str] = _EXIST
    success_keys: ClassVar[tuple[str, ...]] = (*_SAID, "mostly")


class ExpectColumnValuesToEqualFactOfDataset(ColumnMapExpectation):
    """Expect facts as the authoritative dataset says them (一数一源).

    Rows meet `by` pairs of items, each with `here`, `there` and `compared_as`; a row that meets
    none there is not judged. Where several meet, one that says the same is enough.
    """

    dataset: str = pydantic.Field(min_length=1)
    item: str = pydantic.Field(min_length=1)
    compared_as: str = "text"
    view: str | None = None
    files: list[str] = pydantic.Field(default_factory=list)
    by: list[dict[str, str]] = pydantic.Field(min_items=1)
    map_metric: ClassVar[str] = _EQUAL
    success_keys: ClassVar[tuple[str, ...]] = (*_SAID_BY, "mostly")
