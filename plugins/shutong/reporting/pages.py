"""Reports as pages (校验报告页面): complete offline, without any personal value."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shutong.reporting import words
from shutong.reporting.facts import BatchFacts, RuleFacts, TrendPoint
from shutong.reporting.history import HistoryLine, light_of
from shutong.reporting.places import LATEST
from shutong.reporting.trend import SHOWN, trend_picture

if TYPE_CHECKING:
    from jinja2 import Environment


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the templates of the pages (页面模板)."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("shutong.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page_text(facts: BatchFacts) -> str:
    """Return a batch's page; the same facts always give the same page."""
    return _rendered(
        "batch.html",
        facts=facts,
        rules=sorted(facts.rules, key=_failed_first),
        picture=_picture((*facts.trend, facts.point), facts.tolerance),
    )


def resource_text(facts: BatchFacts, shown: Sequence[HistoryLine], months: Sequence[str]) -> str:
    """Return a resource's page with its last batches; names are those of the batch given."""
    points = [line.point for line in reversed(shown[:SHOWN])]
    return _history(facts, shown, months=months, picture=_picture(points, facts.tolerance))


def month_text(facts: BatchFacts, month: str, shown: Sequence[HistoryLine]) -> str:
    """Return the page of a resource's batches of a month."""
    return _history(facts, shown, month=month)


def latest_report(resource_id: str, folder: Path) -> Path | None:
    """Return the page of a resource's latest batch, if there is one."""
    path = folder / resource_id / LATEST
    return path if path.is_file() else None


def _history(
    facts: BatchFacts,
    shown: Sequence[HistoryLine],
    *,
    month: str = "",
    months: Sequence[str] = (),
    picture: Any = "",
) -> str:
    return _rendered(
        "resource.html",
        title=facts.title,
        provider=facts.provider,
        resource=facts.resource,
        lines=shown,
        month=month,
        months=months,
        picture=picture,
        light=light_of,
    )


def _picture(points: Sequence[TrendPoint], tolerance: float) -> Any:
    from markupsafe import Markup

    # Drawn from numbers and times alone.
    return Markup(trend_picture(points, tolerance))  # noqa: S704


def _failed_first(rule: RuleFacts) -> tuple[bool, int]:
    return (rule.state == "passed", -rule.failed_rows)


def _rendered(template: str, **facts: Any) -> str:
    told = {name: getattr(words, name) for name in _WORDS}
    return environment().get_template(template).render(**told, **facts)


_WORDS = ("severity", "state", "outcome", "mode", "share", "city", "detail")
