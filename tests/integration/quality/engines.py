"""One rule before both engines: DuckDB as Shutong uses it, and GX's own on pandas."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from shutong.model import Severity
from shutong.quality.importing import load_gx
from shutong.quality.results import raised
from shutong.quality.rows import failing_rows, locate_failing
from shutong.quality.session import in_memory, session
from shutong.quality.suites import Rule


@dataclass(frozen=True)
class Verdict:
    """What an engine says of a rule."""

    success: bool
    failing: tuple[int, ...] = ()
    """Rows that fail, from 0."""


def rule_of(name: str, kind: str, **kwargs: Any) -> Rule:
    """Return a rule that rejects rows."""
    return Rule(name, kind, kwargs, Severity.REJECT_ROW, "规则", "rule")


def on_duckdb(table: pa.Table, rules: Sequence[Rule], folder: Path) -> dict[str, Verdict]:
    """Judge a table by DuckDB; AssertionError where a rule erred or rows are not found again."""
    path = folder / "rows.parquet"
    pq.write_table(table, path)
    by_row = [rule for rule in rules if rule.by_row]
    names = table.schema.names
    with session([path], names, folder=folder, memory="200MB", threads=2) as opened:
        told = opened.judge(rules)
        for rule in rules:
            verdict: Any = told[rule.rule]
            assert not isinstance(verdict, Exception), (rule, verdict)
            assert not list(raised(verdict.exception_info)), (rule, verdict.exception_info)
        found = locate_failing(opened, by_row)
        failing = failing_rows(opened, path)
    places: dict[str, list[int]] = {}
    for row, numbers in zip(failing.rows.tolist(), failing.rules.to_pylist(), strict=True):
        for number in numbers:
            places.setdefault(by_row[number].rule, []).append(row)
    verdicts = {}
    for rule in rules:
        verdict = told[rule.rule]
        rows = places.get(rule.rule, [])
        if rule.by_row:
            counted = verdict.result["unexpected_count"]
            assert counted == found[rule.rule] == len(rows), (rule, counted, found[rule.rule])
        verdicts[rule.rule] = Verdict(bool(verdict.success), tuple(rows))
    return verdicts


def on_pandas(table: pa.Table, rules: Sequence[Rule]) -> dict[str, Verdict]:
    """Judge a table by GX on pandas; AssertionError where a rule erred."""
    load_gx()
    import great_expectations as gx
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    verdicts = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context = gx.get_context(mode="ephemeral", project_config=in_memory())
        asset = context.data_sources.add_pandas("p").add_dataframe_asset("a")
        batch = asset.add_batch_definition_whole_dataframe("b").get_batch(
            {"dataframe": frame_of(table)}
        )
        for rule in rules:
            expectation = ExpectationConfiguration(
                type=rule.expectation, kwargs=dict(rule.kwargs)
            ).to_domain_obj()
            result = batch.validate(expectation, result_format="COMPLETE")
            assert not list(raised(result.exception_info)), (rule, result.exception_info)
            rows = result.result.get("unexpected_index_list") or []
            verdicts[rule.rule] = Verdict(bool(result.success), tuple(sorted(rows)))
    return verdicts


def frame_of(table: pa.Table) -> Any:
    """Return a table as pandas holds it, each type in the form that GX compares."""
    import pandas as pd

    columns: dict[str, Any] = {}
    for field in table.schema:
        values, kind = table[field.name].to_pylist(), field.type
        if pa.types.is_timestamp(kind):
            columns[field.name] = pd.to_datetime(pd.Series(values, dtype="datetime64[ns]"))
        elif pa.types.is_floating(kind) or (pa.types.is_integer(kind) and None in values):
            columns[field.name] = pd.Series(values, dtype="float64")
        elif pa.types.is_integer(kind):
            columns[field.name] = pd.Series(values, dtype="int64")
        else:
            columns[field.name] = pd.Series(values, dtype=object)
    return pd.DataFrame(columns)
