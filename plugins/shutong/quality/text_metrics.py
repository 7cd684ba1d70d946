"""GX's rules on texts that DuckDB has no word for (文本规则): pattern lists, JSON, day formats.

Where a verdict is Python's own, the same Python judges here as on pandas.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)

from shutong.quality.engine import DuckDBExecutionEngine
from shutong.quality.metrics import matches


class MatchRegexList(ColumnMapMetricProvider):
    """`column_values.match_regex_list` (正则列表): any of them, or all."""

    condition_metric_name = "column_values.match_regex_list"
    condition_value_keys = ("regex_list", "match_on")

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(
        cls,  # noqa: N805
        column: Any,
        regex_list: Sequence[str],
        match_on: str | None = None,
        **_: Any,
    ) -> Any:
        return _joined([matches(column, regex) for regex in regex_list], match_on)


class NotMatchRegexList(ColumnMapMetricProvider):
    """`column_values.not_match_regex_list` (正则排除列表): none of them."""

    condition_metric_name = "column_values.not_match_regex_list"
    condition_value_keys = ("regex_list",)

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(cls, column: Any, regex_list: Sequence[str], **_: Any) -> Any:  # noqa: N805
        return sa.not_(_joined([matches(column, regex) for regex in regex_list], "any"))


class MatchLike(ColumnMapMetricProvider):
    """`column_values.match_like_pattern` (LIKE 匹配)."""

    condition_metric_name = "column_values.match_like_pattern"
    condition_value_keys = ("like_pattern", "escape")

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(
        cls,  # noqa: N805
        column: Any,
        like_pattern: str,
        escape: str | None = None,
        **_: Any,
    ) -> Any:
        return column.like(like_pattern, escape=escape)


class NotMatchLike(ColumnMapMetricProvider):
    """`column_values.not_match_like_pattern` (LIKE 排除)."""

    condition_metric_name = "column_values.not_match_like_pattern"
    condition_value_keys = ("like_pattern", "escape")

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(
        cls,  # noqa: N805
        column: Any,
        like_pattern: str,
        escape: str | None = None,
        **_: Any,
    ) -> Any:
        return column.not_like(like_pattern, escape=escape)


class MatchLikeList(ColumnMapMetricProvider):
    """`column_values.match_like_pattern_list` (LIKE 列表): any of them, or all."""

    condition_metric_name = "column_values.match_like_pattern_list"
    condition_value_keys = ("like_pattern_list", "match_on", "escape")

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(
        cls,  # noqa: N805
        column: Any,
        like_pattern_list: Sequence[str],
        match_on: str | None = None,
        escape: str | None = None,
        **_: Any,
    ) -> Any:
        return _joined([column.like(each, escape=escape) for each in like_pattern_list], match_on)


class NotMatchLikeList(ColumnMapMetricProvider):
    """`column_values.not_match_like_pattern_list` (LIKE 排除列表): none of them."""

    condition_metric_name = "column_values.not_match_like_pattern_list"
    condition_value_keys = ("like_pattern_list", "escape")

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(
        cls,  # noqa: N805
        column: Any,
        like_pattern_list: Sequence[str],
        escape: str | None = None,
        **_: Any,
    ) -> Any:
        return sa.not_(
            _joined([column.like(each, escape=escape) for each in like_pattern_list], "any")
        )


class JsonParseable(ColumnMapMetricProvider):
    """`column_values.json_parseable` (JSON 文本): what Python's parser takes."""

    condition_metric_name = "column_values.json_parseable"

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(cls, column: Any, _execution_engine: DuckDBExecutionEngine, **_: Any) -> Any:  # noqa: N805
        return _execution_engine.judging_texts("json_parseable", is_json)(column)


class MatchJsonSchema(ColumnMapMetricProvider):
    """`column_values.match_json_schema` (JSON 结构); a text that is no JSON fails."""

    condition_metric_name = "column_values.match_json_schema"
    condition_value_keys = ("json_schema",)

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(
        cls,  # noqa: N805
        column: Any,
        json_schema: Any,
        _execution_engine: DuckDBExecutionEngine,
        **_: Any,
    ) -> Any:
        said = json.dumps(json_schema, sort_keys=True)
        return _execution_engine.judging_texts(f"schema {said}", _of_schema(json_schema))(column)


class DateutilParseable(ColumnMapMetricProvider):
    """`column_values.dateutil_parseable` (日期文本)."""

    condition_metric_name = "column_values.dateutil_parseable"

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(cls, column: Any, _execution_engine: DuckDBExecutionEngine, **_: Any) -> Any:  # noqa: N805
        return _execution_engine.judging_texts("dateutil", is_dateutil)(column)


class MatchStrftime(ColumnMapMetricProvider):
    """`column_values.match_strftime_format` (日期格式)."""

    condition_metric_name = "column_values.match_strftime_format"
    condition_value_keys = ("strftime_format",)

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(
        cls,  # noqa: N805
        column: Any,
        strftime_format: str,
        _execution_engine: DuckDBExecutionEngine,
        **_: Any,
    ) -> Any:
        passes = _of_format(strftime_format)
        return _execution_engine.judging_texts(f"format {strftime_format}", passes)(column)


def is_json(text: str) -> bool:
    """Say whether Python's parser takes a text for JSON (JSON 文本)."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def is_dateutil(text: str) -> bool:
    """Say whether dateutil finds a day or time in a text (日期文本)."""
    from dateutil.parser import parse

    try:
        parse(text)
    except (ValueError, OverflowError):
        return False
    return True


def _of_format(said: str) -> Callable[[str], bool]:
    def passes(text: str) -> bool:
        try:
            datetime.strptime(text, said)  # noqa: DTZ007 - only whether it can be read
        except ValueError:
            return False
        return True

    return passes


def _of_schema(schema: Any) -> Callable[[str], bool]:
    import jsonschema

    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    validator = kind(schema)

    def passes(text: str) -> bool:
        return is_json(text) and bool(validator.is_valid(json.loads(text)))

    return passes


def _joined(conditions: Sequence[Any], match_on: str | None) -> Any:
    """Return one condition of several; ValueError where there is none, or another word."""
    if not conditions:
        raise ValueError("at least one pattern is needed")
    match match_on or "any":
        case "any":
            return sa.or_(*conditions)
        case "all":
            return sa.and_(*conditions)
    raise ValueError("match_on must be any or all")
