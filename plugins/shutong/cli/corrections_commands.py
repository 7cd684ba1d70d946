"""Correction tickets (校核工单命令): rejected rows back to the department, corrected, landed."""

from __future__ import annotations

import json
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from shutong.cli.speaking import complaints, console, say, show_table
from shutong.errors import Text, UnknownName
from shutong.settings import settings

if TYPE_CHECKING:
    from shutong.collection import CollectionContext
    from shutong.corrections.importing import Imported
    from shutong.ledger import Ledger, Ticket

app = typer.Typer(help="校核工单: 问题数据退回部门更正 · correction tickets", no_args_is_help=True)

TicketId = Annotated[str, typer.Argument(help="工单号, 如 T000012 · ticket", show_default=False)]
_CLOCK_ZONE_FORMAT: Final = "%Y-%m-%d %H:%M"


@app.command("list")
def list_tickets(
    resource: Annotated[
        str | None, typer.Argument(help="资源, 不写则全部 · resource id", show_default=False)
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="含已办结的 · ended ones too")] = False,
    overdue: Annotated[
        bool,
        typer.Option("--overdue", help="只列超期或无期限的, 有则退出码 16 · overdue ones only"),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · as JSON")] = False,
) -> None:
    """列出校核工单 · list correction tickets."""
    from shutong.catalog import resource_ids
    from shutong.corrections.alarms import TicketsOverdue, alarms
    from shutong.standards.workdays import city_day

    book = _ledger().tickets
    if overdue:
        waiting = {each.ticket.ticket for each in alarms(_ledger(), city_day())}
        found = tuple(each for each in book.all(resource) if each.ticket in waiting)
    else:
        found = book.all(resource, ended=every)
    if as_json:
        typer.echo(json.dumps([each.model_dump(mode="json") for each in found], ensure_ascii=False))
    else:
        _show_tickets(found, set(resource_ids(settings().root)))
    if overdue and found:
        raise typer.Exit(TicketsOverdue.exit_code)


def _show_tickets(found: tuple[Ticket, ...], declared: set[str]) -> None:
    from shutong.corrections.alarms import no_term
    from shutong.ledger import TicketKind
    from shutong.standards.workdays import CITY_ZONE, city_day

    lang, today = settings().lang, city_day()
    rows: list[tuple[object, ...]] = []
    for each in found:
        late = Text(" 超期", " overdue").render(lang) if each.overdue(today) else ""
        gone = "" if each.resource in declared else Text(" (资源已删除)", " (deleted)").render(lang)
        due = f"{each.due_on}{late}" if each.due_on else no_term(each.due_fault).render(lang)
        consumer = each.kind is TicketKind.CONSUMER
        source = each.opened_by if consumer else each.batch_id
        rows.append(
            (
                *(each.ticket, each.resource + gone, source, each.state.words.render(lang)),
                *(f"{each.opened_at.astimezone(CITY_ZONE):{_CLOCK_ZONE_FORMAT}}", due),
                *(each.rows, each.open_rows),
            )
        )
    titles = (
        ("工单", "ticket"),
        ("资源", "resource"),
        ("批次或需求部门", "batch or consumer"),
        ("状态", "state"),
        ("立单时间", "opened"),
        ("届满日", "due on"),
        ("行数", "rows"),
        ("待更正", "to mend"),
    )
    show_table([Text(*title) for title in titles], rows, numbers=2)


@app.command()
def show(
    ticket: TicketId,
    content: Annotated[
        bool,
        typer.Option("--content", help="显示需求部门所写内容, 留痕 · what the consumer wrote"),
    ] = False,
) -> None:
    """查看一个工单的行与经过 · show a ticket's rows and history."""
    from datetime import datetime

    from shutong.audit import Action, AuditTrail
    from shutong.catalog import resource_ids
    from shutong.corrections.consumers import read_sealed
    from shutong.standards.workdays import CITY_ZONE

    ledger, lang = _ledger(), settings().lang
    known = ledger.tickets.ticket(ticket)
    _show_tickets((known,), set(resource_ids(settings().root)))
    rows = [
        (row.row, row.state.words.render(lang), row.last_batch, row.by_batch, row.note or None)
        for row in ledger.tickets.rows(ticket)
    ]
    titles = (
        ("行", "row"),
        ("状态", "state"),
        ("最近被拒批次", "rejected last by"),
        ("了结批次", "settled by"),
        ("此前工单", "earlier ticket"),
    )
    if rows:
        show_table([Text(*title) for title in titles], rows, numbers=0)
    for event in AuditTrail(ledger).events(ticket):
        at = datetime.fromisoformat(event.at).astimezone(CITY_ZONE)
        words = Action(event.action).words.render(lang)
        console.print(f"{at:%Y-%m-%d %H:%M:%S} {event.actor} {words} {event.facts}", markup=False)
    if content:
        told = read_sealed(_context(known), known, getuser())
        console.print(json.dumps(told, ensure_ascii=False, indent=1), markup=False)


@app.command()
def export(
    ticket: TicketId,
    out: Annotated[
        Path | None, typer.Option(help="放到哪个文件夹 · folder; default build/corrections/forms")
    ] = None,
) -> None:
    """导出待更正的行给部门 (留痕) · hand a ticket's rows out as a spreadsheet (on record)."""
    from shutong.corrections.exporting import export_ticket

    context = _context(_ledger().tickets.ticket(ticket))
    folder = out or settings().corrections_dir / "forms"
    done = export_ticket(context, ticket, folder, getuser())
    if done.standard_changed:
        say(
            Text(
                "立单之后数据标准已修改, 表格按现行标准",
                "the data standard was changed since; the form is by today's",
            )
        )
    say(
        Text(
            f"已导出 {done.rows} 行: {done.path} (含个人信息, 请按规定保管)。"
            "请部门在表中更正, 并在源系统中同步更正: 只改表格的, 下次全量归集会被源头数据覆盖",
            f"{done.rows} rows: {done.path} (personal data, keep it safe). Have the department "
            "correct them here and at the source: the next full load brings the source's rows",
        )
    )


@app.command("import")
def import_(
    ticket: TicketId,
    file: Annotated[
        Path, typer.Argument(help="更正后的表格 · the spreadsheet", show_default=False)
    ],
) -> None:
    """导入更正后的表格并按原规则重走 · replay a corrected spreadsheet through the same rules."""
    from shutong.corrections.importing import import_corrected

    context = _context(_ledger().tickets.ticket(ticket))
    done = import_corrected(context, ticket, file, getuser())
    _say_imported(done)
    if done.hindered:
        raise typer.Exit(1)


def _say_imported(done: Imported) -> None:
    landed = done.landed
    if done.repeated:
        say(
            Text(
                "这个文件已导入过, 没有重复处理", "this file was taken in before; nothing was done"
            )
        )
    if landed is not None:
        say(
            Text(
                f"批次 {landed.batch_id}: 重走 {landed.rows_read} 行 = 入库 {landed.rows_landed} + "
                f"未变 {landed.rows_unchanged} + 仍不合格 {landed.rows_rejected}",
                f"batch {landed.batch_id}: {landed.rows_read} rows replayed = {landed.rows_landed} "
                f"landed + {landed.rows_unchanged} unchanged + {landed.rows_rejected} still wrong",
            )
        )
    elif not done.repeated:
        say(Text("没有可以重走的行", "no row to replay"))
    if done.again:
        told = ", ".join(map(str, done.again))
        say(
            Text(
                f"第 {told} 行此前已按另一张表更正, 以这一张为准",
                f"rows {told} were corrected by an earlier spreadsheet; this one counts",
            )
        )
    if done.untouched or done.absent:
        say(
            Text(
                f"未更正 {done.untouched} 行, 表中没有 {done.absent} 行, 仍待更正",
                f"{done.untouched} rows as they were, {done.absent} not in the file: still open",
            )
        )
    lang = settings().lang
    for each in done.hindered:
        told = f"{each.place}: {each.words.render(lang)}"
        complaints.print(told, style="red", markup=False)
    ticket = done.ticket
    say(
        Text(
            f"工单 {ticket.ticket}: {ticket.state.words.zh}, 待更正 {ticket.open_rows} 行",
            f"ticket {ticket.ticket}: {ticket.state.words.en}, {ticket.open_rows} rows to mend",
        )
    )


@app.command("open")
def open_(
    resource: Annotated[str, typer.Argument(help="资源 · resource id", show_default=False)],
    consumer: Annotated[
        str, typer.Option(help="需求部门代码 · code of the consumer department", show_default=False)
    ],
    item: Annotated[
        list[str],
        typer.Option(help="有误的信息项, 可多次 · item that is wrong", show_default=False),
    ],
    key: Annotated[
        list[str] | None,
        typer.Option(help="主键, 如 number=…; 不写则逐项询问 · key, else asked for"),
    ] = None,
    words: Annotated[
        str | None, typer.Option(help="情况说明; 不写则询问 · what is wrong, else asked for")
    ] = None,
) -> None:
    """需求部门提出校核 · a consumer says that what it received is wrong."""
    from shutong import collection
    from shutong.corrections.consumers import open_by_consumer

    context = collection.open_context(resource)
    given = dict(_pair(each) for each in key or [])
    # Asked for, they stand in no shell history.
    for name in context.dataset.key:
        if name not in given:
            title = context.dataset.item(name).title
            given[name] = typer.prompt(f"{title} {name}", hide_input=True)
    told = words if words is not None else typer.prompt("情况说明 what is wrong")
    ticket = open_by_consumer(
        context, consumer=consumer, key=given, items=item, words=told, actor=getuser()
    )
    due = str(ticket.due_on or "—")
    say(
        Text(
            f"已立工单 {ticket.ticket}, 应于 {due} 前办结",
            f"ticket {ticket.ticket} is open, due on {due}",
        )
    )


@app.command()
def close(
    ticket: TicketId,
    answer: Annotated[str, typer.Option(help="答复 · the answer", show_default=False)],
    row: Annotated[
        list[int] | None, typer.Option(help="只办结这些行, 可多次 · these rows only")
    ] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="撤销 · withdraw it")] = False,
) -> None:
    """答复并办结 · close a ticket, or some of its rows, with an answer."""
    from shutong.corrections.closing import close_ticket
    from shutong.lake import Lake

    ledger, using = _ledger(), settings()
    ended = ledger.tickets.ticket(ticket).state.ended
    known = close_ticket(
        ledger,
        Lake(using.lake_dir, using.quarantine_dir),
        using,
        ticket,
        answer=answer,
        actor=getuser(),
        rows=row,
        withdrawn=withdraw,
    )
    state = known.state.words
    if ended:
        say(
            Text(f"{ticket} 早已{state.zh[1:]}, 没有改动", f"{ticket} had ended before: {state.en}")
        )
        return
    say(
        Text(
            f"工单 {ticket}: {state.zh}, 待更正 {known.open_rows} 行",
            f"ticket {ticket}: {state.en}, {known.open_rows} rows to mend",
        )
    )


def _ledger() -> Ledger:
    from shutong.ledger import Ledger

    return Ledger(settings().ledger_address)


def _context(ticket: Ticket) -> CollectionContext:
    """Return the context of a ticket's resource; a clear word where that was deleted."""
    from shutong import collection

    try:
        return collection.open_context(ticket.resource)
    except UnknownName:
        raise UnknownName(
            Text(
                f"工单 {ticket.ticket} 的资源 {ticket.resource} 已不在目录中; 问题数据仍在隔离区",
                f"{ticket.resource} of {ticket.ticket} is no more in the catalog; its rejected "
                "rows are still in quarantine",
            ),
            place="catalog",
            next_step=Text(
                f"恢复该资源的目录文件后再处理, 或用 shutong corrections close {ticket.ticket} "
                "--withdraw --answer 说明原因并撤销",
                f"restore the resource's file, or withdraw the ticket: shutong corrections close "
                f"{ticket.ticket} --withdraw --answer …",
            ),
        ) from None


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise typer.BadParameter("<item>=<value>", param_hint="--key")
    return name, value
