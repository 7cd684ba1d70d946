"""Validation reports as pages (校验报告页面): complete offline, without any personal value."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shutong.catalog.models import Dataset, Resource
from shutong.errors import Text
from shutong.model import RuleState, Severity, StagedBatch, ValidationReport

if TYPE_CHECKING:
    from jinja2 import Environment

_SEVERITIES: Final = {
    Severity.REJECT_ROW: Text("剔除该行", "rejects the row"),
    Severity.REJECT_BATCH: Text("拒收整批", "refuses the batch"),
    Severity.WARN: Text("仅提示", "warns"),
}
_STATES: Final = {
    RuleState.PASSED: Text("通过", "passed"),
    RuleState.FAILED: Text("未通过", "failed"),
    RuleState.ERRORED: Text("无法执行", "could not run"),
    RuleState.UNJUDGED: Text("未判", "not judged"),
}
LATEST: Final = "latest.html"


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


def write_report(
    report: ValidationReport,
    staged: StagedBatch,
    *,
    resource: Resource,
    dataset: Dataset,
    provider: str,
    folder: Path,
) -> Path:
    """Write a batch's report page below `folder` and make it the resource's latest.

    `provider` is the department's name. Returns the page's path.
    """
    titles = {item.name: item.title for item in dataset.items}
    page = (
        environment()
        .get_template("validation_report.html")
        .render(
            report=report,
            staged=staged,
            resource=resource,
            dataset=dataset,
            provider=provider,
            titles=titles,
            severities=_SEVERITIES,
            states=_STATES,
            passed=sum(rule.state is RuleState.PASSED for rule in report.rules),
        )
    )
    place = folder / report.resource
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{report.batch_id}.html"
    for target in (path, place / LATEST):
        temporary = target.with_suffix(".tmp")
        temporary.write_text(page, encoding="utf-8")
        temporary.replace(target)
    return path


def latest_report(resource_id: str, folder: Path) -> Path | None:
    """Return the page of a resource's latest batch, if there is one."""
    path = folder / resource_id / LATEST
    return path if path.is_file() else None
