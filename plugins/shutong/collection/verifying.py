"""Recomputing a report (复算): the same suite over the landed version, held against what it says.

What can be found: a report that was edited, a page that is not what its facts give, a suite or
code table that was changed since, data files that were altered, rows or verdicts that differ.
What cannot be recomputed is said to be so, with what it needs; it is never taken for equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from shutong.audit import Action
from shutong.catalog.models import CodeTable, Dataset
from shutong.collection.comparing_rules import compared_rules
from shutong.collection.context import CollectionContext, open_context
from shutong.collection.reports import recorded_digest
from shutong.collection.verdicts import Check, Outcome, Verification
from shutong.errors import ShutongError, Text, UnknownName
from shutong.lake import BatchRows
from shutong.ledger import Ledger
from shutong.quality import LandedDataset
from shutong.quality.recounting import recount
from shutong.quality.suites import read_suite
from shutong.reporting import BatchFacts
from shutong.reporting.evidence import kept
from shutong.reporting.facts import LANDED, REFUSED, TYPE_RULE, read_facts
from shutong.reporting.pages import page_text
from shutong.reporting.places import facts_of, page_of
from shutong.settings import Settings, settings

_CODES: Final = TypeAdapter(dict[str, CodeTable])


@dataclass(frozen=True, slots=True)
class Basis:
    """What a batch was judged by, as it was kept (校验依据)."""

    suite: Mapping[str, Any]
    dataset: Dataset
    codes: Mapping[str, CodeTable]


def verify_report(batch_id: str, *, using: Settings | None = None) -> Verification:
    """Recompute a batch's report and hold it against what was found (复算报告).

    UnknownName for a batch that has no report. The verification is on record, for rejected rows
    are read.
    """
    current = using or settings()
    context, facts = _report_of(batch_id, current)
    checks = [*_report_checks(context, facts)]
    basis = _basis(context, facts)
    checks += _basis_checks(context, facts, basis)
    checks += _recomputed(context, facts, basis)
    verification = Verification(batch_id, facts.resource, tuple(checks))
    context.ledger.record(
        Action.REPORT_VERIFIED,
        batch_id,
        {
            "resource": facts.resource,
            "outcome": str(verification.outcome),
            "checks": len(checks),
            "differ": sum(check.outcome is Outcome.DIFFERS for check in checks),
        },
    )
    return verification


def report_of(batch_id: str, *, using: Settings | None = None) -> BatchFacts:
    """Return the facts of a batch's report (批次报告); UnknownName when there are none."""
    return _report_of(batch_id, using or settings())[1]


def basis_of(facts: BatchFacts, *, using: Settings | None = None) -> Basis | None:
    """Return what a batch was judged by (校验依据); None where it is missing or was altered."""
    return _basis(open_context(facts.resource, using=using), facts)


def _report_of(batch_id: str, current: Settings) -> tuple[CollectionContext, BatchFacts]:
    record = Ledger(current.ledger_address).batch(batch_id)
    if record is None:
        raise UnknownName(
            Text(f"台账里没有批次 {batch_id}", f"the ledger has no batch {batch_id}"),
            next_step=Text("批次清单: shutong report list", "see shutong report list"),
        )
    path = facts_of(current.reports_dir, record.resource, batch_id)
    facts = read_facts(path)
    if facts is None or (facts.batch_id, facts.resource) != (batch_id, record.resource):
        raise UnknownName(
            Text("没有这个批次的报告, 或报告已损坏", "the batch has no report that can be read"),
            place=str(path),
            next_step=Text(
                "从备份恢复该文件; 校验之前就失败的批次没有报告",
                "restore the file from a backup; a batch that failed before validation has none",
            ),
        )
    return open_context(record.resource, using=current), facts


# ---------------------------------------------------------------- report and basis


def _report_checks(context: CollectionContext, facts: BatchFacts) -> Iterator[Check]:
    recorded = recorded_digest(context, facts.batch_id)
    name = Text("报告事实与审计链", "the report's facts and the audit chain")
    if recorded is None:
        note = Text("审计链没有这份报告的摘要", "the audit chain has no digest of this report")
        yield Check(name, Outcome.UNKNOWN, "", facts.digest, note)
    else:
        yield Check.of(name, recorded, facts.digest, Text("报告被改动过", "the report was altered"))
    page = page_of(context.settings.reports_dir, facts.resource, facts.batch_id)
    shown = page.read_text(encoding="utf-8") if page.is_file() else ""
    note = Text(
        "页面与事实不符: 被改动, 或由另一版本的程序写成 (shutong report site 可重写)",
        "the page is not what its facts give: altered, or written by another release "
        "(shutong report site writes it again)",
    )
    same = shown == page_text(facts)
    yield Check(
        Text("报告页面", "the report's page"),
        Outcome.EQUAL if same else Outcome.DIFFERS,
        note=None if same else note,
    )
    landed = context.ledger.landing(facts.batch_id)
    if landed is not None or facts.landed is not None:
        yield Check.of(
            Text("入库摘要与台账", "digest of the landing and the ledger"),
            landed.digest if landed else "",
            facts.landed.digest if facts.landed else "",
            Text("报告与台账的入库不同", "report and ledger tell different landings"),
        )


def _basis(context: CollectionContext, facts: BatchFacts) -> Basis | None:
    """Return what the batch was judged by; None where it is missing or was altered."""
    folder = context.settings.reports_dir
    found = {name: kept(folder, digest) for name, digest in facts.evidence.items()}
    suite = found.get("suite")
    if facts.evidence.get("suite") != facts.suite_digest:
        suite = None
    if suite is None:
        current = read_suite(context.suite_path) if context.suite_path.is_file() else None
        if current is not None and current.digest == facts.suite_digest:
            suite = current.data
    standard, codes = found.get("standard"), found.get("codes")
    if suite is None or standard is None or codes is None:
        return None
    return Basis(suite, Dataset.model_validate(standard), _CODES.validate_python(codes))


def _basis_checks(
    context: CollectionContext, facts: BatchFacts, basis: Basis | None
) -> Iterator[Check]:
    name = Text("留存的规则集、数据标准与代码表", "the suite, standard and codes that were kept")
    if basis is None:
        note = Text(
            "依据缺失或被改动: 从备份恢复 reports/.evidence",
            "missing or altered: restore reports/.evidence from a backup",
        )
        yield Check(name, Outcome.DIFFERS, note=note)
        return
    yield Check(name, Outcome.EQUAL)
    try:
        current: str | None = read_suite(context.suite_path).digest
    except ShutongError:
        current = None
    if current != facts.suite_digest:
        note = Text(
            "规则集后来有改动, 按当时留存的复算",
            "the suite was changed since; recomputed by the one that was kept",
        )
        yield Check(Text("现行规则集", "the suite in the tree"), Outcome.NOTED, note=note)


# ---------------------------------------------------------------- rows and rules


def _recomputed(
    context: CollectionContext, facts: BatchFacts, basis: Basis | None
) -> Iterator[Check]:
    if facts.outcome != LANDED or facts.landed is None:
        yield _not_landed(facts)
        return
    if basis is None:
        note = Text("没有依据, 无法复算规则", "without them no rule can be recomputed")
        yield Check(Text("规则", "rules"), Outcome.UNKNOWN, note=note)
        return
    digests = {
        each.file.path: each.file.digest for each in context.ledger.landed_files(facts.dataset)
    }
    misfit_rules = frozenset(rule.rule for rule in facts.rules if rule.expectation == TYPE_RULE)
    with context.lake.batch_rows(
        facts.dataset,
        basis.dataset,
        facts.batch_id,
        digests=digests,
        misfit_rules=misfit_rules,
    ) as rows:
        yield from _row_checks(facts, rows)
        if rows.landed.commit is None or rows.landed.missing or rows.landed.altered:
            return
        yield from compared_rules(facts, _recount(context, facts, basis, rows), rows)


def _not_landed(facts: BatchFacts) -> Check:
    refused = facts.outcome == REFUSED
    return Check(
        Text("规则", "rules"),
        Outcome.UNKNOWN,
        note=Text(
            "整批拒收, 行未留存, 无法复算; 重新归集后复算新批次"
            if refused
            else "尚未入库, 入库后再复算",
            "the batch was refused and its rows were not kept: recompute the next one"
            if refused
            else "not landed yet: recompute it when it is",
        ),
    )


def _row_checks(facts: BatchFacts, rows: BatchRows) -> Iterator[Check]:
    landed, kept_rows = rows.landed, rows.quarantined
    files = Text("数据文件摘要", "digests of the data files")
    assert facts.landed is not None  # noqa: S101 - the caller's branch
    if landed.commit is None:
        note = Text("共享库的日志没有这个批次", "the table's log has no such batch")
        yield Check(files, Outcome.DIFFERS, note=note)
        return
    if landed.altered:
        told = ", ".join(Path(name).name for name in landed.altered)
        note = Text(f"内容被改动: {told}", f"altered: {told}")
        yield Check(files, Outcome.DIFFERS, note=note)
    if landed.missing:
        told = ", ".join(landed.missing)
        note = Text(
            f"该版本的文件已不在 (清理过或丢失), 无法复算; 需从备份恢复: {told}",
            f"files of this version are gone (vacuumed or lost); restore them: {told}",
        )
        yield Check(files, Outcome.UNKNOWN, note=note)
    if landed.altered or landed.missing:
        return
    yield Check(files, Outcome.EQUAL, note=Text(f"{landed.checked} 个", f"{landed.checked} files"))
    version = Text("入库版本", "version")
    yield Check.of(version, str(facts.landed.version), str(landed.commit))
    yield Check.of(Text("入库行数", "rows landed"), str(facts.landed.rows_landed), str(landed.rows))
    name = Text("隔离行数", "rows in quarantine")
    if kept_rows.missing or (kept_rows.altered and not kept_rows.rows):
        note = Text("隔离区的文件缺失或不可读", "files of the quarantine are missing or torn")
        yield Check(name, Outcome.UNKNOWN, str(facts.rejected_rows), note=note)
    else:
        yield Check.of(name, str(facts.rejected_rows), str(kept_rows.rows))
    total = facts.landed.rows_landed + facts.landed.rows_unchanged + facts.rejected_rows
    yield Check.of(
        Text("校验行 = 入库 + 未变 + 隔离", "checked = landed + unchanged + rejected"),
        str(facts.rows),
        str(total),
    )


def _recount(
    context: CollectionContext, facts: BatchFacts, basis: Basis, rows: BatchRows
) -> Mapping[str, Any]:
    files = [*rows.landed.files]
    if rows.quarantined.judged is not None:
        files.append(rows.quarantined.judged)
    landed = {
        other.dataset: LandedDataset(
            other.dataset,
            other.version,
            context.lake.current_files(other.dataset, other.version) if other.version else (),
            other.waiting,
        )
        for other in facts.references
    }
    results = recount(
        basis.suite,
        files,
        dataset=basis.dataset,
        codes=basis.codes,
        today=facts.judged_on,
        incremental=facts.window.incremental,
        landed=landed,
        previous=facts.previous,
        folder=rows.folder,
        memory=context.settings.duckdb_memory,
        threads=context.settings.threads,
    )
    return {result.rule: result for result in results}
