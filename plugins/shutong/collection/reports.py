"""A batch's report (批次报告): its facts gathered, its page written, its digest on record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from shutong.audit import Action, AuditTrail
from shutong.catalog.models import Dataset
from shutong.collection.context import CollectionContext
from shutong.collection.relating import last_profile
from shutong.errors import Text
from shutong.model import (
    Bound,
    LandedBatch,
    RuleResult,
    StagedBatch,
    ValidationReport,
    Window,
)
from shutong.quality.parameters import codes_name, named_parameters, retired_codes_name
from shutong.quality.sources import source_of
from shutong.quality.suites import Suite, read_suite
from shutong.reporting import BatchFacts, publish
from shutong.reporting.evidence import keep
from shutong.reporting.facts import (
    ACCEPTED,
    LANDED,
    REFUSED,
    FileFacts,
    ItemFacts,
    LandedFacts,
    RuleFacts,
    WindowFacts,
    files_of,
    read_facts,
)
from shutong.reporting.places import facts_of

_TIMES: Final = ("datetime", "date")
"""Kinds of cursors whose values may be told: others may be a person's number."""
DIGEST: Final = "report"
"""Under this name the audit chain keeps a report's digest."""


def write_report(
    context: CollectionContext,
    report: ValidationReport,
    staged: StagedBatch,
    landed: LandedBatch | None = None,
) -> Path:
    """Write a batch's page and facts, renew the site, and put the digest on record (写报告).

    Writing the same again changes nothing. What the batch was judged by is kept beside the
    reports, so that it can be recomputed when suite, standard or codes have changed since.
    """
    facts = _facts(context, report, staged, landed)
    page = publish(facts, context.settings.reports_dir)
    path = facts_of(context.settings.reports_dir, facts.resource, facts.batch_id)
    written = read_facts(path) or facts
    if recorded_digest(context, facts.batch_id) != written.digest:
        context.ledger.record(
            Action.REPORT_WRITTEN,
            facts.batch_id,
            {"resource": facts.resource, "outcome": facts.outcome, DIGEST: written.digest},
        )
    return page


def tell_landing(context: CollectionContext, landed: LandedBatch) -> None:
    """Write into a batch's report what it landed (报告入库结果), from the facts that stayed."""
    folder = context.folder(landed.batch_id)
    if folder.report.is_file() and folder.staged.is_file():
        report, staged = ValidationReport.read(folder.report), StagedBatch.read(folder.staged)
        write_report(context, report, staged, landed)


def recorded_digest(context: CollectionContext, batch_id: str) -> str | None:
    """Return the digest of a batch's report by the audit chain, None where it has none."""
    events = AuditTrail(context.ledger).events(batch_id)
    told = [event.facts for event in events if event.action == Action.REPORT_WRITTEN]
    return json.loads(told[-1]).get(DIGEST) if told else None


def _facts(
    context: CollectionContext,
    report: ValidationReport,
    staged: StagedBatch,
    landed: LandedBatch | None,
) -> BatchFacts:
    dataset = context.dataset
    department = context.catalog.departments.get(context.resource.provider)
    suite = read_suite(context.suite_path)
    # A suite changed between judging and landing is not what the batch was judged by.
    same = suite.digest == report.suite_digest
    before = read_facts(facts_of(context.settings.reports_dir, report.resource, report.batch_id))
    return BatchFacts(
        batch_id=report.batch_id,
        resource=report.resource,
        title=context.resource.name,
        provider=department.value.name if department else context.resource.provider,
        cycle=context.resource.update_cycle,
        dataset=report.dataset,
        dataset_title=dataset.title,
        dataset_title_en=dataset.title_en,
        basis=dataset.basis,
        outcome=LANDED if landed else ACCEPTED if report.accepted else REFUSED,
        reasons=report.reasons,
        rows=report.rows,
        rejected_rows=report.rejected_rows,
        misfit_rows=staged.misfit_rows,
        source_rows=staged.source_rows,
        reader=staged.reader,
        tolerance=report.tolerance,
        rules=(tuple(_rules(context, report, suite)) if same or before is None else before.rules),
        window=_window(staged.window),
        judged_on=staged.window.planned_at.date(),
        files=files_of(report),
        suite=report.suite,
        suite_digest=report.suite_digest,
        evidence=_kept(context, suite) if same or before is None else before.evidence,
        references=report.references,
        previous=(before.previous if before else None) if landed else last_profile(context),
        compared_with=report.compared_with,
        engine=report.engine,
        validated_at=report.validated_at,
        landed=_landed(landed) if landed else None,
        ticket=context.ledger.tickets.of_batch(report.batch_id) if landed else None,
    )


def _kept(context: CollectionContext, suite: Suite) -> dict[str, str]:
    """Keep what the batch was judged by, and return the digests."""
    folder = context.settings.reports_dir
    named = {name for rule in suite.rules for name in named_parameters(rule.kwargs)}
    codes = {
        name: table.model_dump(mode="json")
        for name, table in sorted(context.codes.items())
        if named & {codes_name(name), retired_codes_name(name)}
    }
    return {
        "suite": keep(folder, suite.data),
        "standard": keep(folder, context.dataset.model_dump(mode="json")),
        "codes": keep(folder, codes),
    }


def _rules(
    context: CollectionContext, report: ValidationReport, suite: Suite
) -> Iterator[RuleFacts]:
    entries = {
        rule.rule: entry
        for rule, entry in zip(suite.rules, suite.data["expectations"], strict=True)
    }
    for result in report.rules:
        entry = entries.get(result.rule, {})
        yield _rule(result, entry, _source(context, result, entry), context.dataset)


def _rule(
    result: RuleResult, entry: Mapping[str, Any], source: Text, dataset: Dataset
) -> RuleFacts:
    titles = {item.name: item.title for item in dataset.items}
    return RuleFacts(
        rule=result.rule,
        expectation=result.expectation,
        items=tuple(ItemFacts(name=name, title=titles.get(name, name)) for name in result.items),
        words=result.words,
        words_en=result.words_en,
        source=source.zh,
        source_en=source.en,
        severity=str(result.severity),
        state=str(result.state),
        failed_rows=result.failed_rows,
        detail=result.detail,
        of_standard=entry.get("meta", {}).get("origin", "standard") == "standard",
    )


def _source(context: CollectionContext, result: RuleResult, entry: Mapping[str, Any]) -> Text:
    """Return the source that the suite names, or what the standard knows of such a rule."""
    meta = entry.get("meta", {})
    if meta.get("source"):
        return Text(str(meta["source"]), str(meta.get("source_en") or meta["source"]))
    kwargs = entry.get("kwargs", {})
    return source_of(result.expectation, kwargs, context.dataset, context.codes)


def _window(window: Window) -> WindowFacts:
    return WindowFacts(
        mode=str(window.mode),
        incremental=window.incremental,
        comparison=window.comparison,
        low=_told(window.low),
        high=_told(window.high),
        planned_at=window.planned_at,
    )


def _told(bound: Bound | None) -> str:
    return bound.text if bound is not None and bound.kind in _TIMES else ""


def _landed(landed: LandedBatch) -> LandedFacts:
    return LandedFacts(
        version=landed.version,
        rows_landed=landed.rows_landed,
        rows_unchanged=landed.rows_unchanged,
        rows_removed=landed.rows_removed,
        table_rows=landed.table_rows,
        files=tuple(
            FileFacts(name=file.path, rows=file.rows, bytes=file.bytes, digest=file.digest)
            for file in landed.files
        ),
        digest=landed.digest,
    )
