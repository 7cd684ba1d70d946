"""Share requests (共享申请命令): `shutong request …`."""

from __future__ import annotations

import json
from datetime import datetime
from getpass import getuser
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shutong.catalog.models import Operator, UpdateCycle
from shutong.catalog.share_models import DeliveryMode
from shutong.cli.speaking import complaints, say, show_table
from shutong.errors import NO_TEXT, Text
from shutong.settings import settings

if TYPE_CHECKING:
    from datetime import date

    from shutong.sharing import Progress
    from shutong.sharing.acting import Desk

RequestId = Annotated[
    str,
    typer.Argument(help="申请, 如 disabled-federation.low-income · request id", show_default=False),
]
As = Annotated[
    str,
    typer.Option(
        "--as",
        envvar="SHUTONG_DEPARTMENT",
        help="以哪个部门办理 · department that acts",
        show_default=False,
    ),
]
Reasons = Annotated[
    list[str],
    typer.Option("--reason", help="理由, 可多次 · reason, repeatable", show_default=False),
]
Rows = Annotated[
    list[str] | None,
    typer.Option("--row", help='数据范围, 如 "region_code = 360203" · rows: item operator value'),
]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON · as JSON")]

request = typer.Typer(help="共享申请 · share requests", no_args_is_help=True)


@request.command()
def new(
    resource: Annotated[str, typer.Argument(help="资源 · resource id", show_default=False)],
    item: Annotated[list[str], typer.Option(help="信息项, 可多次 · item, repeatable")],
    basis: Annotated[list[str], typer.Option(help="依据, 可多次 · law or document")],
    scenario: Annotated[str, typer.Option(help="应用场景 · the matter it is for")],
    use: Annotated[str, typer.Option(help="用途 · what is done with it")],
    begin: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="使用期限起")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="使用期限止")],
    mode: Annotated[DeliveryMode, typer.Option(help="提供方式 · table, file, api or match")],
    target: Annotated[str, typer.Option(help="送达处: 前置机、系统或名称 · where it goes")],
    department: As,
    cycle: Annotated[UpdateCycle, typer.Option(help="提供周期 · cycle")] = UpdateCycle.OTHER,
    unmasked: Annotated[
        list[str] | None, typer.Option(help="须原样提供的信息项 · items needed as they are")
    ] = None,
    row: Rows = None,
    name: Annotated[
        str | None, typer.Option("--id", help="申请名, 默认取资源名 · name of the request")
    ] = None,
) -> None:
    """草拟一份申请 · draft a request."""
    facts: dict[str, Any] = {"resource": resource, "items": item}
    if unmasked:
        facts["unmasked"] = unmasked
    facts |= {"basis": basis, "scenario": scenario, "use": use}
    facts["period"] = {"from": begin.date(), "until": until.date()}
    if row:
        facts["rows"] = scopes_of(row)
    facts["delivery"] = {"mode": str(mode), "target": target, "cycle": str(cycle)}
    told(desk(department).draft(name or resource.partition(".")[2], facts))


@request.command()
def submit(request_id: RequestId, department: As) -> None:
    """提交 (或补正后重新提交) · submit, also again after it was returned."""
    told(desk(department).submit(request_id))


@request.command()
def withdraw(request_id: RequestId, reason: Reasons, department: As) -> None:
    """撤回申请, 或用毕放弃 · withdraw it, or give up what it granted."""
    told(desk(department).withdraw(request_id, reason))


@request.command()
def dispute(request_id: RequestId, reason: Reasons, department: As) -> None:
    """对审核有异议, 提请主管部门审定 · bring a disagreement before the authority."""
    told(desk(department).dispute(request_id, reason))


@request.command()
def appeal(request_id: RequestId, reason: Reasons, department: As) -> None:
    """对审定有异议, 提请共同上级 · bring a disagreement before the common superior."""
    told(desk(department).appeal(request_id, reason))


@request.command("list")
def list_(
    department: Annotated[
        str | None, typer.Option(help="只列与该部门有关的 · those that concern a department")
    ] = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="只列待办 · open ones only")] = False,
    as_json: AsJson = False,
) -> None:
    """列出申请和进度 · list requests and where they stand."""
    from shutong.sharing.telling import as_data

    today, found = everything()
    shown = [
        each
        for each in found.values()
        if (department is None or department in (each.case.consumer, each.case.provider))
        and (not waiting or not (each.state.ended or each.state.gives))
    ]
    if as_json:
        typer.echo(json.dumps([as_data(each, today) for each in shown], ensure_ascii=False))
        return
    lang = settings().lang
    rows = [
        (
            each.case.id,
            each.case.request.value.resource,
            each.state.words.render(lang) + _mark(each),
            each.due.ends if each.due is not None else None,
        )
        for each in shown
    ]
    titles = (("申请", "request"), ("资源", "resource"), ("进度", "state"), ("答复届满", "due"))
    show_table([Text(*title) for title in titles], rows, numbers=0)
    _tell_unread()


@request.command()
def show(request_id: RequestId, as_json: AsJson = False) -> None:
    """查看一份申请的经过和下一步 · show a request's timeline and next step."""
    from shutong.sharing.acting import look
    from shutong.sharing.telling import as_data, moment_words, seen_text

    book = ledger()
    progress = look(settings().root, book, request_id, actor=getuser())
    today = day_of(book.moment())
    if as_json:
        typer.echo(json.dumps(as_data(progress, today), ensure_ascii=False, indent=1))
        return
    _say_asked(progress)
    lang = settings().lang
    rows = [
        (
            seen_text(moment),
            moment.step.words.render(lang),
            moment.file.split("/")[1] if moment.declared else "—",
            moment.declared,
            moment_words(moment).render(lang),
        )
        for moment in progress.timeline
    ]
    titles = (
        ("首次出现", "first seen"),
        ("动作", "step"),
        ("部门", "department"),
        ("所写日期", "dated"),
        ("备注", "remarks"),
    )
    show_table([Text(*title) for title in titles], rows, numbers=0)
    told(progress)


def desk(department: str) -> Desk:
    """Return where a department acts, on this project's catalog and ledger."""
    from shutong.sharing.acting import Desk

    return Desk(settings().root, ledger(), department, getuser())


def ledger() -> Any:
    """Return this project's ledger."""
    from shutong.ledger import Ledger

    return Ledger(settings().ledger_address)


def day_of(moment: datetime) -> date:
    """Return the city's day of a moment."""
    from shutong.standards.workdays import city_day

    return city_day(moment)


def everything() -> tuple[date, dict[str, Progress]]:
    """Return today and every request with where it stands, the ledger brought up to the files."""
    from shutong.catalog import load_catalog
    from shutong.sharing import observe

    book = ledger()
    return day_of(book.moment()), observe(load_catalog(settings().root), book, actor=getuser())


def told(progress: Progress) -> None:
    """Say where a request stands, what is amiss, which term runs and what comes next."""
    from shutong.sharing.telling import due_words, next_step

    lang = settings().lang
    today = day_of(ledger().moment())
    case = progress.case
    words = progress.state.words
    say(Text(f"{case.id}: {words.zh}", f"{case.id}: {words.en}"))
    for fault in progress.faults:
        complaints.print("✗ " + fault.render(lang), style="red", markup=False)
    for halt in progress.halts:
        complaints.print("✗ " + halt.render(lang), style="red", markup=False)
    for file in progress.edited:
        say(Text(f"提交后内容有改动: {file}", f"changed after it was submitted: {file}"))
    _say_reasons(progress)
    for due in (progress.due, progress.sharing):
        if due is not None:
            say(due_words(due, today))
    following = next_step(progress)
    if following is not NO_TEXT and following.zh:
        say(Text(f"→ {following.zh}", f"→ {following.en}"))


def _say_reasons(progress: Progress) -> None:
    """Say why a request was returned, refused or narrowed: all of it, as it was written."""
    from shutong.catalog.models import ShareType
    from shutong.catalog.share_states import State

    case = progress.case
    reasons: tuple[str, ...] = case.deciding.reasons if case.deciding is not None else ()
    if progress.state is State.RETURNED and case.review is not None:
        returned = case.review.value.returned
        reasons = returned.missing if returned is not None else ()
    elif case.deciding is None and case.share_type is ShareType.NOT_SHARED:
        reasons = tuple(f"不予共享: {basis}" for basis in case.legal_bases())
    for reason in reasons:
        say(Text(f"  - {reason}", f"  - {reason}"))


def _say_asked(progress: Progress) -> None:
    case = progress.case
    asked, name = case.request.value, case.resource.name if case.resource is not None else "?"
    titles = {item.name: item.title for item in case.dataset.items} if case.dataset else {}
    items = ", ".join(titles.get(each, each) for each in asked.items)
    delivery = asked.delivery
    basis = "; ".join(asked.basis)
    say(
        Text(
            f"{case.consumer} 申请 {case.provider} 的 {name} ({asked.resource}, {case.share_type})",
            f"{case.consumer} asks {case.provider} for {name} ({asked.resource})",
        )
    )
    say(Text(f"信息项: {items}", f"items: {', '.join(asked.items)}"))
    say(Text(f"依据: {basis}", f"basis: {basis}"))
    say(Text(f"场景: {asked.scenario}", f"scenario: {asked.scenario}"))
    say(Text(f"用途: {asked.use}", f"use: {asked.use}"))
    say(
        Text(
            f"期限: {asked.period.begin} 至 {asked.period.until} · 提供: {delivery.mode} "
            f"{delivery.target} {delivery.cycle}",
            f"period: {asked.period.begin} to {asked.period.until} · delivery: {delivery.mode} "
            f"{delivery.target} {delivery.cycle}",
        )
    )
    say(Text(f"申请摘要: {asked.substance}", f"digest: {asked.substance}"))


def _mark(progress: Progress) -> str:
    return " ✗" if progress.faults or progress.halts else ""


def _tell_unread() -> None:
    """Point at request files that could not be read: they are in no list."""
    from shutong.catalog import load_catalog

    folders = ("/requests/", "/reviews/", "/rulings/")
    for fault in load_catalog(settings().root).faults:
        if any(folder in fault.file for folder in folders):
            complaints.print("✗ " + fault.render(settings().lang), style="red", markup=False)


def scopes_of(texts: list[str]) -> list[dict[str, Any]]:
    """Return row scopes from `item operator value` words; a list is divided by commas."""
    return [_scope(text) for text in texts]


def _scope(text: str) -> dict[str, Any]:
    words = text.split(maxsplit=2)
    operators = [str(operator) for operator in Operator]
    if len(words) not in (2, 3) or words[1] not in operators:
        raise typer.BadParameter(
            f"{text!r}: 信息项 比较符 值 · item, one of {' '.join(operators)}, value",
            param_hint="--row",
        )
    scope: dict[str, Any] = {"column": words[0], "operator": words[1]}
    if len(words) > 2:  # noqa: PLR2004 - item, operator, value
        several = words[1] == Operator.IN
        scope["value"] = [w.strip() for w in words[2].split(",")] if several else words[2]
    return scope


def register(app: typer.Typer) -> None:
    """Put the commands of this room on the command line."""
    app.add_typer(request, name="request")
