"""Which rows fail which rules (问题行定位), without reading a value of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import sqlalchemy as sa

from shutong.quality.beside import Places
from shutong.quality.session import FILE, ROW, Session, expectation_of
from shutong.quality.splitting import Failing
from shutong.quality.suites import Rule

_TABLE: Final = "_failing"
_NOTED: Final = "_noted"


def locate_failing(session: Session, rules: Sequence[Rule]) -> dict[str, int | Exception]:
    """Note down every row that fails one of the rules (定位问题行): file, row and rule's number.

    Those that were noted while they were counted are taken as they are; of the other rules GX is
    asked for the condition that it counted by. Returns the rows found by rule id, or why
    none could be looked for. DuckDB keeps the list, and spills it when it is long.
    """
    session.locate()
    session.engine.create_table(
        _TABLE, f"SELECT ''::VARCHAR {FILE}, 0::BIGINT {ROW}, 0 _rule LIMIT 0"
    )
    found: dict[str, int | Exception] = {}
    for number, rule in enumerate(rules):
        noted = _noted(session, rule)
        if noted is not None:
            found[rule.rule] = _put(session, number, noted)
            continue
        try:
            select = _failing_select(session, number, _condition(session, rule))
            found[rule.rule] = session.engine.fill_table(_TABLE, select)
        except Exception as exc:  # noqa: BLE001 - whatever GX raises: the rule has erred
            found[rule.rule] = exc
    return found


def failing_rows(session: Session, path: Path) -> Failing:
    """Return a file's failing rows, in order, with the rules that each fails (文件问题行)."""
    query = (
        f"SELECT {ROW}, list(_rule ORDER BY _rule) AS _rules FROM {_TABLE} "  # noqa: S608
        f"WHERE {FILE} = ? GROUP BY {ROW} ORDER BY {ROW}"
    )
    relation: Any = session.engine.raw.sql(query, params=[str(path)])
    found: pa.Table = relation.to_arrow_table().combine_chunks()
    rules = found["_rules"]
    return Failing(
        rows=found[ROW].to_numpy(),
        rules=pa.concat_arrays(rules.chunks) if rules.num_chunks else pa.array([], rules.type),
    )


def _noted(session: Session, rule: Rule) -> Mapping[Path, Places] | None:
    """Return a rule's failing rows where they were noted, None where they are to be looked for."""
    from shutong.quality.ahead import counted_by

    counted = None if rule.kwargs.get("row_condition") else counted_by(rule)
    return None if counted is None else session.engine.beside.places(counted)


def _put(session: Session, number: int, noted: Mapping[Path, Places]) -> int:
    """Add noted rows to the list, file by file; return their number."""
    raw = session.engine.raw
    for file, places in noted.items():
        raw.register(_NOTED, pa.table({ROW: places}))
        query = f"INSERT INTO {_TABLE} SELECT ?, {ROW}, ? FROM {_NOTED}"  # noqa: S608
        raw.execute(query, [str(file), number])
        raw.unregister(_NOTED)
    return sum(len(places) for places in noted.values())


def _condition(session: Session, rule: Rule) -> Any:
    """Return the rule's condition on rows, with the arguments it was counted by."""
    from great_expectations.validator.metric_configuration import MetricConfiguration
    from great_expectations.validator.metrics_calculator import MetricsCalculator

    configuration = expectation_of(rule).configuration
    configuration.kwargs["batch_id"] = session.batch.id
    expectation = configuration.to_domain_obj()
    dependencies = expectation.get_validation_dependencies(
        execution_engine=session.engine,
        runtime_configuration={"result_format": {"result_format": "BOOLEAN_ONLY"}},
    )
    name = expectation.map_metric
    counted = dependencies.get_metric_configuration(f"{name}.unexpected_count")
    condition = MetricConfiguration(
        metric_name=f"{name}.condition",
        metric_domain_kwargs=counted.metric_domain_kwargs,
        metric_value_kwargs=counted.metric_value_kwargs,
    )
    calculator = MetricsCalculator(execution_engine=session.engine, show_progress_bars=False)
    return calculator.get_metric(condition)


def _failing_select(session: Session, number: int, metric: Any) -> Any:
    condition, compute, accessor = metric
    domain = session.engine.get_domain_records({**compute, **accessor})
    source = domain.subquery() if hasattr(domain, "subquery") else domain
    columns: list[Any] = [
        sa.column(FILE),
        sa.column(ROW),
        sa.literal(number, sa.Integer).label("_rule"),
    ]
    return sa.select(*columns).select_from(source).where(condition)
