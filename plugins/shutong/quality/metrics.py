"""GX's own metrics in DuckDB's words (指标实现).

GX looks a metric up by the engine's class and its bases: only what fails on DuckDB, or costs
a multiple of what it must, is written here. Verdicts are those of GX.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_map_metric_provider import (  # noqa: E501
    MulticolumnMapMetricProvider,
)
from great_expectations.expectations.metrics.metric_provider import MetricProvider, metric_value

from shutong.quality.engine import DuckDBExecutionEngine

_CHARACTERS: Final = re.compile(r"\[([^\]\[\\^-]+)\]")
"""A pattern that names characters and nothing else: "[?\ufffd]"."""
_BYTES_PER_CHARACTER: Final = 4
"""A character of UTF-8 takes at most so many bytes."""


class MatchRegex(ColumnMapMetricProvider):
    """`column_values.match_regex` (正则匹配): anywhere in the text, RE2 syntax."""

    condition_metric_name = "column_values.match_regex"
    condition_value_keys = ("regex",)

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(cls, column: Any, regex: str, **_: Any) -> Any:  # noqa: N805
        return matches(column, regex)


class NotMatchRegex(ColumnMapMetricProvider):
    """`column_values.not_match_regex` (正则排除)."""

    condition_metric_name = "column_values.not_match_regex"
    condition_value_keys = ("regex",)

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(cls, column: Any, regex: str, **_: Any) -> Any:  # noqa: N805
        return sa.not_(matches(column, regex))


def matches(column: Any, regex: str) -> Any:
    """Return the condition; one of some characters is looked for in half the time."""
    listed = _CHARACTERS.fullmatch(regex)
    if listed is None:
        return sa.func.regexp_matches(column, regex)
    return sa.or_(*(sa.func.contains(column, each) for each in dict.fromkeys(listed[1])))


class InSet(ColumnMapMetricProvider):
    """`column_values.in_set` (取值范围), looked up once per distinct code of a block.

    `IN` compares every row with every code: 0.2 s for 56 ethnic groups and 2M rows against
    0.02 s for a function of one column and a constant, which DuckDB applies to the dictionary.
    """

    condition_metric_name = "column_values.in_set"
    condition_value_keys = ("value_set",)

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(cls, column: Any, value_set: Sequence[Any] | None, **_: Any) -> Any:  # noqa: N805
        return is_in(column, value_set)


class NotInSet(ColumnMapMetricProvider):
    """`column_values.not_in_set` (排除取值)."""

    condition_metric_name = "column_values.not_in_set"
    condition_value_keys = ("value_set",)

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(cls, column: Any, value_set: Sequence[Any] | None, **_: Any) -> Any:  # noqa: N805
        return sa.true() if value_set is None else sa.not_(is_in(column, value_set))


def is_in(column: Any, value_set: Sequence[Any] | None) -> Any:
    """Return the condition that a column's value is in a set; true of everything without one."""
    if value_set is None:
        return sa.true()
    values = list(value_set)
    if not values:
        return sa.false()
    if not all(isinstance(value, str) for value in values):
        return column.in_(values)
    distinct = sorted(set(values))
    codes = sa.func.list_value(*distinct)
    known = sa.func.map(codes, sa.func.list_value(*[1] * len(distinct)))
    return sa.func.map_contains(known, sa.cast(column, sa.String))


class ValueLengthBetween(ColumnMapMetricProvider):
    """`column_values.value_length.between` (长度), by bytes where bytes decide.

    A text of at most n bytes has at most n characters: characters are counted only where
    bytes leave the question open.
    """

    condition_metric_name = "column_values.value_length.between"
    condition_value_keys = ("min_value", "max_value", "strict_min", "strict_max")

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(
        cls,  # noqa: N805
        column: Any,
        min_value: float | None = None,
        max_value: float | None = None,
        strict_min: bool | None = None,
        strict_max: bool | None = None,
        **_: Any,
    ) -> Any:
        least = None if min_value is None else int(min_value) + bool(strict_min)
        most = None if max_value is None else int(max_value) - bool(strict_max)
        if least is None and most is None:
            raise ValueError("min_value and max_value cannot both be None")
        octets, characters = sa.func.strlen(column), sa.func.length(column)
        bounds = []
        if least is not None:
            enough = octets >= (_BYTES_PER_CHARACTER * least if least > 1 else least)
            bounds.append(sa.or_(enough, characters >= least))
        if most is not None:
            bounds.append(sa.or_(octets <= most, characters <= most))
        return sa.and_(*bounds)


class ValueLengthEquals(ColumnMapMetricProvider):
    """`column_values.value_length.equals` (定长), in the same pass as all other conditions."""

    condition_metric_name = "column_values.value_length.equals"
    condition_value_keys = ("value",)

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(cls, column: Any, value: float, **_: Any) -> Any:  # noqa: N805
        return sa.func.length(column) == value


_COLUMN_DOMAIN: Final = ColumnMapMetricProvider.condition_domain_keys
_COLUMNS_DOMAIN: Final = MulticolumnMapMetricProvider.condition_domain_keys


class UniqueCondition(MetricProvider):
    """`column_values.unique` as a condition on rows (唯一性): the value stands on two or more."""

    metric_name = "column_values.unique.condition"
    domain_keys = _COLUMN_DOMAIN

    @metric_value(engine=DuckDBExecutionEngine)
    def _duckdb(
        cls,  # noqa: N805
        execution_engine: DuckDBExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        **_: Any,
    ) -> Any:
        return _repeated_condition(execution_engine, metric_domain_kwargs)


class UniqueCount(MetricProvider):
    """How many rows hold a value that stands on two or more (重复行数)."""

    metric_name = "column_values.unique.unexpected_count"
    domain_keys = _COLUMN_DOMAIN

    @metric_value(engine=DuckDBExecutionEngine)
    def _duckdb(
        cls,  # noqa: N805
        execution_engine: DuckDBExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        **_: Any,
    ) -> int:
        return _repeated_rows(execution_engine, metric_domain_kwargs)


class CompoundUniqueCondition(MetricProvider):
    """`compound_columns.unique` as a condition on rows (组合唯一性)."""

    metric_name = "compound_columns.unique.condition"
    domain_keys = _COLUMNS_DOMAIN

    @metric_value(engine=DuckDBExecutionEngine)
    def _duckdb(
        cls,  # noqa: N805
        execution_engine: DuckDBExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        **_: Any,
    ) -> Any:
        return _repeated_condition(execution_engine, metric_domain_kwargs)


class CompoundUniqueCount(MetricProvider):
    """How many rows hold a combination that stands on two or more (组合重复行数)."""

    metric_name = "compound_columns.unique.unexpected_count"
    domain_keys = _COLUMNS_DOMAIN

    @metric_value(engine=DuckDBExecutionEngine)
    def _duckdb(
        cls,  # noqa: N805
        execution_engine: DuckDBExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        **_: Any,
    ) -> int:
        return _repeated_rows(execution_engine, metric_domain_kwargs)


def begin_unique(
    engine: DuckDBExecutionEngine, domain: dict[str, Any], files: Sequence[Path]
) -> None:
    """Begin to look for the repeated values of a domain that GX will ask for (提前查重)."""
    engine.repeats.begin(*_domain(engine, domain), files)


def _repeated_rows(engine: DuckDBExecutionEngine, domain: dict[str, Any]) -> int:
    selectable, columns = _domain(engine, domain)
    table = engine.repeats.of(selectable, columns)
    if table is None:
        return 0
    counted: sa.Select[Any] = sa.select(sa.func.sum(sa.column("_rows"))).select_from(
        sa.table(table)
    )
    return int(engine.execute_query(counted).scalar())


def _repeated_condition(engine: DuckDBExecutionEngine, domain: dict[str, Any]) -> Any:
    selectable, columns = _domain(engine, domain)
    table = engine.repeats.of(selectable, columns)
    kind = MetricDomainTypes.COLUMN if len(columns) == 1 else MetricDomainTypes.MULTICOLUMN
    _, compute, accessor = engine.get_compute_domain(domain, domain_type=kind)
    if table is None:
        return sa.false(), compute, accessor
    keys = sa.select(_key(columns)).select_from(sa.table(table))
    return _key(columns).in_(keys.scalar_subquery()), compute, accessor


def _key(columns: list[str]) -> Any:
    """Return what is compared: of several columns their row, in which NULL equals NULL."""
    named = _named(columns)
    return named[0] if len(named) == 1 else sa.func.row(*named)


def _domain(engine: DuckDBExecutionEngine, domain: dict[str, Any]) -> tuple[Any, list[str]]:
    single = domain.get("column")
    columns = [str(single)] if single else [str(name) for name in domain["column_list"]]
    selectable = engine.get_domain_records(domain)
    if single:
        source = selectable.subquery() if hasattr(selectable, "subquery") else selectable
        selectable = (
            sa.select(sa.text("*")).select_from(source).where(_named(columns)[0].is_not(None))
        )
    return selectable, columns


def _named(columns: list[str]) -> list[sa.ColumnClause[Any]]:
    return [sa.column(name) for name in columns]
