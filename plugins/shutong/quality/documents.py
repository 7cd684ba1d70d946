"""GX's own documents of a batch (GX 原生文档): result JSON and Data Docs, offline.

Both are made from the report's facts and the suite: counts and figures that the report tells,
no list of unexpected values, no row. GX's templates fetch styles and scripts from a dozen
addresses; here those parts are replaced and the styles stand in the page.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from shutong.catalog.models import CodeTable, Dataset
from shutong.model import RuleState
from shutong.quality.importing import load_gx
from shutong.quality.keys import with_key_rules
from shutong.quality.parameters import filled, parameters
from shutong.quality.suites import Rule, parse_suite

_TEMPLATES: Final = Path(__file__).parent / "templates"
_REPLACED: Final = {
    "js_script_imports.j2": "",
    "favicon.j2": '<link rel="icon" href="data:,">',
    "top_navbar.j2": "",
    "cloud-footer.j2": "",
    "cta_footer.j2": "",
    "ge_info.j2": "",
    "page_action_card.j2": "",
}
"""GX's parts that fetch something, or speak of their makers' services."""
_FETCHING: Final = re.compile(
    r"<script\b.*?</script>|<link\b[^>]*\bhref=\"https?:[^>]*>|<img\b[^>]*>|@import[^;]*;|"
    r"@font-face\s*\{[^}]*\}|url\([^)]*\)",
    re.DOTALL | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Counted:
    """What a report tells of one rule (规则计数)."""

    rule: str
    state: str
    failed_rows: int
    detail: str


@dataclass(frozen=True, slots=True)
class Documents:
    """GX's documents of one batch (GX 文档)."""

    page: str
    """Data Docs as one HTML page."""
    results: str
    """The validation result as GX writes it, JSON."""


def documents(
    suite: Mapping[str, Any],
    counted: Sequence[Counted],
    *,
    rows: int,
    batch: str,
    asset: str,
    dataset: Dataset,
    codes: Mapping[str, CodeTable],
    today: date,
    at: datetime,
) -> Documents:
    """Return GX's result JSON and Data Docs page of a judged batch, without a value of a row.

    `rows` were judged; `asset` names the data (the resource), `at` is when it was judged.
    """
    load_gx()
    from great_expectations.core import ExpectationSuiteValidationResult, RunIdentifier

    known = parse_suite(json.dumps(suite), Path("suite"))
    rules = {rule.rule: rule for rule in with_key_rules(known.rules, dataset)}
    values = parameters(today, codes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = list(_results(counted, rules, values, rows))
        passed = sum(bool(each.success) for each in results)
        told = ExpectationSuiteValidationResult(
            success=passed == len(results),
            suite_name=known.name,
            results=results,
            statistics={
                "evaluated_expectations": len(results),
                "successful_expectations": passed,
                "unsuccessful_expectations": len(results) - passed,
                "success_percent": 100 * passed / len(results) if results else None,
            },
            meta={
                "great_expectations_version": version("great_expectations"),
                "batch_kwargs": {"data_asset_name": asset},
                "run_id": RunIdentifier(run_name=batch, run_time=at),
                "validation_time": at.isoformat(),
                "active_batch_definition": {
                    "datasource_name": "shutong",
                    "data_connector_name": "fluent",
                    "data_asset_name": asset,
                    "batch_identifiers": {"batch": batch},
                },
            },
        )
        as_json: Any = told.to_json_dict  # untyped in GX
        text = json.dumps(as_json(), ensure_ascii=False, indent=1) + "\n"
        return Documents(_offline(_page(told)), text)


def _results(
    counted: Sequence[Counted], rules: Mapping[str, Rule], values: Mapping[str, Any], rows: int
) -> Iterator[Any]:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    for each in counted:
        rule = rules.get(each.rule)
        if rule is None:
            # Rows that no type could hold: found before GX, which knows no such rule.
            continue
        try:
            kwargs = filled(rule.kwargs, values)
        except KeyError:
            kwargs = dict(rule.kwargs)
        meta: dict[str, Any] = {"rule": rule.rule, "severity": str(rule.severity)}
        meta |= {"notes": {"format": "string", "content": [f"{rule.words} · {rule.words_en}"]}}
        yield ExpectationValidationResult(
            success=each.state == RuleState.PASSED,
            expectation_config=ExpectationConfiguration(
                type=rule.expectation, kwargs=kwargs, meta=meta
            ),
            result=_figures(each, rule, rows),
            exception_info={
                "raised_exception": each.state not in (RuleState.PASSED, RuleState.FAILED),
                # GX renders both as texts and knows no rule that was not judged.
                "exception_message": each.detail,
                "exception_traceback": "",
            },
            meta={},
        )


def _figures(each: Counted, rule: Rule, rows: int) -> dict[str, Any]:
    if not rule.by_row:
        return {"observed_value": each.detail} if each.detail else {}
    percent = 100 * each.failed_rows / rows if rows else 0.0
    return {
        "element_count": rows,
        "unexpected_count": each.failed_rows,
        "unexpected_percent": percent,
        "unexpected_percent_total": percent,
        "partial_unexpected_list": [],
    }


def _page(results: Any) -> str:
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
    from great_expectations.render.view.view import DefaultJinjaPageView
    from jinja2 import ChoiceLoader, DictLoader

    view: Any = DefaultJinjaPageView()
    loader = view.env.loader
    view.env.loader = ChoiceLoader([DictLoader(_REPLACED), *([loader] if loader else [])])
    return str(view.render(ValidationResultsPageRenderer().render(results)))


def _offline(page: str) -> str:
    """Return the page without anything that a browser would fetch, and with styles inside."""
    style = (_TEMPLATES / "data_docs.css").read_text(encoding="utf-8")
    title = "<title>Great Expectations · 校验结果</title>"
    return _FETCHING.sub("", page).replace("</head>", f"{title}<style>{style}</style></head>", 1)
