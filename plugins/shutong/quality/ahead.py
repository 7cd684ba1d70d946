"""What is begun before GX asks for it (提前计算): work that leaves the interpreter to others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from shutong.quality.beside import Counted, Judge
from shutong.quality.engine import DuckDBExecutionEngine
from shutong.quality.expectations import (
    CitizenNumber,
    CreditCode,
    MobilePhone,
    RegionCode,
    day_of,
)
from shutong.quality.functions import region_codes_known
from shutong.quality.known_expectations import UNIQUE_EXPECTATIONS
from shutong.quality.metrics import MatchRegex, begin_unique
from shutong.quality.suites import Rule
from shutong.standards.predicates import MOBILE_PHONE
from shutong.standards.shapes import Shape, fitting, shape_of
from shutong.standards.vectors import citizen_number_verdicts, credit_code_verdicts

_KEY: Final = ("column", "column_list")


def begin(
    engine: DuckDBExecutionEngine, batch_id: str, rules: Sequence[Rule], files: Sequence[Path]
) -> None:
    """Begin, for the rules that speak of all rows of the files, what need not wait for GX."""
    for rule in rules:
        if rule.kwargs.get("row_condition"):
            continue
        if rule.expectation in UNIQUE_EXPECTATIONS:
            key = {name: rule.kwargs[name] for name in _KEY if name in rule.kwargs}
            begin_unique(engine, {"batch_id": batch_id, **key}, files)
        counted = counted_by(rule)
        if counted is not None:
            engine.beside.begin(counted, files)


def counted_by(rule: Rule) -> Counted | None:
    """Return what a rule has GX count, and how it is judged by column; None for the engine's own.

    The judges are the very functions, or hold the very patterns, that the engine goes by.
    """
    said, judge = rule.kwargs, None
    metric: Any = None
    match rule.expectation:
        case "expect_column_values_to_be_citizen_number":
            metric = CitizenNumber
            judge = _verdicts(partial(citizen_number_verdicts, today=day_of(said.get("as_of"))))
        case "expect_column_values_to_be_credit_code":
            metric, judge = CreditCode, _verdicts(credit_code_verdicts)
        case "expect_column_values_to_be_region_code":
            metric, judge = RegionCode, _known(region_codes_known)
        case "expect_column_values_to_be_mobile_phone":
            metric, judge = MobilePhone, _shaped(shape_of(MOBILE_PHONE))
        case "expect_column_values_to_match_regex":
            metric, judge = MatchRegex, _shaped(shape_of(str(said.get("regex"))))
    if judge is None:
        return None
    arguments = {name: said.get(name) for name in metric.condition_value_keys}
    return Counted(metric.condition_metric_name, str(said["column"]), arguments, judge)


def _verdicts(verdicts: Any) -> Judge:
    return lambda column: pc.not_equal(verdicts(column), 0)


def _known(known: Judge) -> Judge:
    def wrong(column: pa.Array) -> pa.Array:
        if not pa.types.is_string(column.type):
            raise TypeError("codes are text")
        return pc.invert(known(column))

    return wrong


def _shaped(shape: Shape | None) -> Judge | None:
    if shape is None:
        return None

    def wrong(column: pa.Array) -> pa.Array:
        return pc.invert(fitting(column, shape))

    return wrong
