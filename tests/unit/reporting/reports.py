"""Reports made of nothing but their facts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from shutong.catalog.models import UpdateCycle
from shutong.reporting.facts import BatchFacts, ItemFacts, LandedFacts, RuleFacts, WindowFacts

FIRST = datetime(2026, 10, 1, 2, 3, 4)


def batch_id(number: int) -> str:
    return f"{FIRST + timedelta(days=number):%Y%m%dT%H%M%S}-{number:012x}"


def rule(name: str, **facts: Any) -> RuleFacts:
    given: dict[str, Any] = {
        "rule": name,
        "expectation": "expect_column_values_to_not_be_null",
        "items": (ItemFacts(name="name", title="姓名"),),
        "words": "姓名必填",
        "words_en": "name is required",
        "source": "GB 11643-1999《公民身份号码》",
        "source_en": "GB 11643-1999",
        "severity": "reject_row",
        "state": "passed",
        "failed_rows": 0,
    }
    return RuleFacts(**{**given, **facts})


def report(number: int = 0, resource: str = "public-security.people", **facts: Any) -> BatchFacts:
    planned = FIRST + timedelta(days=number)
    given: dict[str, Any] = {
        "batch_id": batch_id(number),
        "resource": resource,
        "title": "人员信息",
        "provider": "市公安局",
        "cycle": UpdateCycle.DAILY,
        "dataset": "population/people",
        "dataset_title": "人员",
        "dataset_title_en": "People",
        "basis": "测试",
        "outcome": "landed",
        "rows": 1000,
        "rejected_rows": number % 3,
        "misfit_rows": 0,
        "source_rows": 1000,
        "reader": "sqlite",
        "tolerance": 0.01,
        "rules": (rule("name.required"), rule("name.length")),
        "window": WindowFacts(mode="full", incremental=False, comparison=False, planned_at=planned),
        "judged_on": date(2026, 10, 1),
        "files": (),
        "suite": "population.people",
        "suite_digest": "ab" * 32,
        "engine": "great_expectations 1.24.1, duckdb 2.0.0",
        "validated_at": planned.replace(tzinfo=UTC),
        "landed": LandedFacts(
            version=number,
            rows_landed=1000 - number % 3,
            rows_unchanged=0,
            rows_removed=0,
            table_rows=1000,
            files=(),
            digest="cd" * 32,
        ),
    }
    return BatchFacts(**{**given, **facts})
