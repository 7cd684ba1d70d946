"""Validation reports (报告命令): list, show, the site, recomputing, GX's own documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from shutong.cli.speaking import complaints, console, say, show_table
from shutong.errors import Text, UnknownName
from shutong.settings import Settings, settings

if TYPE_CHECKING:
    from shutong.collection.verdicts import Verification
    from shutong.reporting.history import HistoryLine

app = typer.Typer(help="校验报告 · validation reports.", no_args_is_help=True)

DIFFERS: Final = 20
"""Exit code of `verify` when anything differs from the report."""
UNKNOWN: Final = 21
"""Exit code of `verify` when nothing differs and not all could be recomputed."""

_SEAL: Final = 64
"""Digits of an SM3 digest."""

BatchId = Annotated[str, typer.Argument(help="批次 · batch id", show_default=False)]


@app.command("list")
def listed(
    resource: Annotated[
        str | None, typer.Argument(help="资源, 省略则列全部 · resource; default all")
    ] = None,
    limit: Annotated[int, typer.Option(help="最多几批 · batches at most")] = 20,
) -> None:
    """列出各资源最近一批或一个资源的批次 · the latest batch of all, or one resource's batches."""
    from shutong.catalog import resource_ids
    from shutong.reporting.history import latest

    using = settings()
    folder = using.reports_dir
    if resource is not None:
        _known(using, resource)
        _show_lines(using, [(resource, line) for line in latest(folder / resource, limit)])
        return
    found = [
        (name, next(iter(latest(folder / name, 1)), None)) for name in resource_ids(using.root)
    ]
    _show_lines(using, found)
    _tell_late(folder)


@app.command()
def show(
    batch: Annotated[
        str, typer.Argument(help="批次或资源 · batch or resource", show_default=False)
    ],
) -> None:
    """显示一份报告的要点和页面位置 · a report's main facts and where its page lies."""
    from shutong.collection.verifying import report_of
    from shutong.reporting import words
    from shutong.reporting.history import latest
    from shutong.reporting.places import page_of
    from shutong.reporting.summary import shown

    using = settings()
    if "." in batch:
        _known(using, batch)
        newest = next(iter(latest(using.reports_dir / batch, 1)), None)
        if newest is None:
            raise UnknownName(
                Text("还没有批次", "there is no batch yet"),
                place=batch,
                next_step=Text(f"shutong collect {batch}", f"shutong collect {batch}"),
            )
        batch = newest.batch_id
    facts = report_of(batch, using=using)
    what = words.outcome(facts.outcome)
    rate, most = words.share(facts.share), words.share(facts.tolerance)
    say(
        Text(
            f"{facts.title} ({facts.resource}) {batch}: {what.zh}; 校验 {facts.rows:,} 行, "
            f"问题 {facts.rejected_rows:,} 行 ({rate}, 容忍度 {most})",
            f"{facts.title} ({facts.resource}) {batch}: {what.en}; {facts.rows:,} rows checked, "
            f"{facts.rejected_rows:,} rejected ({rate}, limit {most})",
        )
    )
    for reason in facts.reasons:
        console.print(f"  {reason}", markup=False)
    failed = [rule for rule in facts.rules if rule.state != "passed"]
    titles = (("规则", "rule"), ("依据", "source"), ("结论", "verdict"), ("问题行", "rows"))
    rows = [
        (
            Text(rule.words, rule.words_en).render(using.lang),
            Text(rule.source, rule.source_en).render(using.lang),
            words.state(rule.state).render(using.lang),
            rule.failed_rows,
        )
        for rule in failed
    ]
    if rows:
        show_table([Text(*title) for title in titles], rows, numbers=1)
    page = shown(page_of(using.reports_dir, facts.resource, batch), using.root)
    say(Text(f"页面: {page}", f"page: {page}"))


@app.command()
def site() -> None:
    """由各批次的事实重建全部页面 · make every page again from the batches' facts."""
    from shutong.catalog import load_catalog
    from shutong.reporting import rebuild
    from shutong.reporting.overview import Known
    from shutong.reporting.places import INDEX
    from shutong.reporting.summary import shown

    using = settings()
    catalog = load_catalog(using.root)
    known = []
    for name, declared in sorted(catalog.resources.items()):
        department = catalog.departments.get(declared.value.provider)
        provider = department.value.name if department else declared.value.provider
        known.append(Known(name, declared.value.name, provider))
    count = rebuild(using.reports_dir, known)
    place = shown(using.reports_dir / INDEX, using.root)
    say(Text(f"{count} 份报告已重写, 总览: {place}", f"{count} reports written; index: {place}"))
    _tell_late(using.reports_dir)


@app.command()
def verify(
    batch: BatchId,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · as JSON")] = False,
) -> None:
    """用同一规则集复算入库的行, 逐条说明是否一致 · recompute a report, rule by rule.

    退出码 0 全部一致, 20 有不一致, 21 有无法复算的 · exit code 0 all equal, 20 something
    differs, 21 not all can be recomputed.
    """
    from shutong.collection.verdicts import Outcome
    from shutong.collection.verifying import verify_report

    found = verify_report(batch)
    if as_json:
        _print_json(found)
    else:
        _print_checks(found)
    codes = {Outcome.DIFFERS: DIFFERS, Outcome.UNKNOWN: UNKNOWN}
    if found.outcome in codes:
        raise typer.Exit(codes[found.outcome])


@app.command()
def docs(
    batch: BatchId,
    to: Annotated[Path | None, typer.Option(help="写到何处 · folder to write into")] = None,
) -> None:
    """写出 GX 原生文档与结果 JSON (离线, 不含个人信息) · GX's Data Docs and result JSON."""
    from shutong.collection.documents import write_documents
    from shutong.reporting.summary import shown

    using = settings()
    for path in write_documents(batch, to, using=using):
        place = shown(path, using.root)
        say(Text(f"已写出 {place}", f"written: {place}"))


def _known(using: Settings, resource: str) -> None:
    from shutong.catalog import load_resource

    load_resource(using.root, resource).resource(resource)


def _show_lines(using: Settings, found: list[tuple[str, HistoryLine | None]]) -> None:
    from shutong.reporting import words

    titles = (
        ("资源", "resource"),
        ("批次", "batch"),
        ("结论", "outcome"),
        ("校验行", "rows"),
        ("问题行", "rejected"),
        ("占比", "share"),
        ("版本", "version"),
    )
    rows = [
        (
            name,
            line.batch_id,
            words.outcome(line.outcome).render(using.lang),
            line.rows,
            line.rejected_rows,
            words.share(line.share),
            line.version,
        )
        if line
        else (name, None, None, None, None, None, None)
        for name, line in found
    ]
    show_table([Text(*title) for title in titles], rows, numbers=4)


def _tell_late(folder: Path) -> None:
    from datetime import UTC, datetime

    from shutong.reporting.overview import known_entries, late_resources

    late = ", ".join(late_resources(known_entries(folder), datetime.now(UTC)))
    if late:
        say(Text(f"逾期: {late}", f"late: {late}"))


def _print_checks(found: Verification) -> None:
    from shutong.collection.verdicts import Outcome

    lang = settings().lang
    titles = (("结论", "verdict"), ("内容", "what"), ("报告", "report"), ("复算", "found"))
    rows = [
        (
            check.outcome.words.render(lang),
            check.name.render(lang) + (f"\n{check.note.render(lang)}" if check.note else ""),
            _shortened(check.told),
            _shortened(check.found),
        )
        for check in found.checks
    ]
    show_table([Text(*title) for title in titles], rows, numbers=0)
    equal = sum(check.outcome is Outcome.EQUAL for check in found.checks)
    told = Text(
        f"{found.batch_id}: {found.outcome.words.zh} ({equal} / {len(found.checks)} 项一致)",
        f"{found.batch_id}: {found.outcome.words.en} ({equal} of {len(found.checks)} equal)",
    )
    if found.outcome is Outcome.EQUAL:
        say(told)
    else:
        complaints.print(told.render(lang), style="red", markup=False)


def _shortened(text: str) -> str:
    """Return a digest as people compare it; `--json` gives all of it."""
    return f"{text[:16]}…" if len(text) == _SEAL and text.isalnum() else text


def _print_json(found: Verification) -> None:
    checks = [
        {
            "what": check.name.zh,
            "what_en": check.name.en,
            "rule": check.rule or None,
            "outcome": str(check.outcome),
            "report": check.told,
            "found": check.found,
            "note": str(check.note) if check.note else None,
        }
        for check in found.checks
    ]
    facts = {"batch": found.batch_id, "resource": found.resource, "outcome": str(found.outcome)}
    typer.echo(json.dumps({**facts, "checks": checks}, ensure_ascii=False, indent=1))
