"""Reviews and rulings (审核与审定命令): `shutong review …`, `shutong rule …`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from shutong.catalog.share_models import Decision
from shutong.cli.request_commands import As, Reasons, RequestId, Rows, desk, scopes_of, told

review = typer.Typer(help="审核 (提供部门) · reviews by the provider", no_args_is_help=True)
rule = typer.Typer(help="审定 (主管部门、共同上级) · rulings", no_args_is_help=True)

OptionalReasons = Annotated[
    list[str] | None, typer.Option("--reason", help="理由, 可多次 · reason, repeatable")
]
Items = Annotated[
    list[str] | None,
    typer.Option("--item", help="只同意这些信息项 · items granted, of those asked"),
]
Masks = Annotated[
    list[str] | None, typer.Option("--mask", help="脱敏, 如 name=whole · mask of an item")
]
From = Annotated[
    datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="缩短期限 · begins later")
]
Until = Annotated[
    datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="缩短期限 · ends sooner")
]


@review.command("grant")
def review_grant(
    request_id: RequestId,
    department: As,
    item: Items = None,
    mask: Masks = None,
    row: Rows = None,
    begin: From = None,
    until: Until = None,
    reason: OptionalReasons = None,
) -> None:
    """同意, 或部分同意 · grant; in part where anything is narrowed."""
    acting = desk(department)
    scope = _scope(acting.look(request_id), item, mask, row, begin, until)
    told(acting.answer(request_id, _decision(scope), {**scope, "reasons": reason or []}))


@review.command("refuse")
def review_refuse(request_id: RequestId, reason: Reasons, department: As) -> None:
    """不同意, 说明理由 · refuse, with the reasons."""
    told(desk(department).answer(request_id, Decision.REFUSED, {"reasons": reason}))


@review.command("return")
def review_return(
    request_id: RequestId,
    missing: Annotated[
        list[str],
        typer.Option(help="缺少什么, 可多次, 须一次说全 · all that is missing", show_default=False),
    ],
    department: As,
) -> None:
    """退回补正, 只能一次 (一次性告知) · return it, once, with all that is missing."""
    told(desk(department).give_back(request_id, missing))


@review.command("extend")
def review_extend(request_id: RequestId, reason: Reasons, department: As) -> None:
    """申请延长答复时限 · ask the authority for a longer term."""
    told(desk(department).ask_longer(request_id, reason))


@review.command("appeal")
def review_appeal(request_id: RequestId, reason: Reasons, department: As) -> None:
    """对审定有异议, 提请共同上级 · bring a disagreement before the common superior."""
    told(desk(department).appeal(request_id, reason))


@review.command("revoke")
def review_revoke(request_id: RequestId, reason: Reasons, department: As) -> None:
    """终止已同意的共享 · end what was granted."""
    told(desk(department).revoke(request_id, reason))


@rule.command("grant")
def rule_grant(
    request_id: RequestId,
    department: As,
    item: Items = None,
    mask: Masks = None,
    row: Rows = None,
    begin: From = None,
    until: Until = None,
    reason: OptionalReasons = None,
) -> None:
    """审定同意, 或部分同意 · rule that it is granted; in part where anything is narrowed."""
    acting = desk(department)
    scope = _scope(acting.look(request_id), item, mask, row, begin, until)
    told(acting.rule(request_id, _decision(scope), {**scope, "reasons": reason or []}))


@rule.command("refuse")
def rule_refuse(request_id: RequestId, reason: Reasons, department: As) -> None:
    """审定不同意 · rule that it is refused."""
    told(desk(department).rule(request_id, Decision.REFUSED, {"reasons": reason}))


@rule.command("extend")
def rule_extend(request_id: RequestId, reason: Reasons, department: As) -> None:
    """同意延长答复时限 · consent to a longer term."""
    told(desk(department).allow_longer(request_id, reason))


@rule.command("revoke")
def rule_revoke(request_id: RequestId, reason: Reasons, department: As) -> None:
    """终止共享, 或同意提供部门终止 · end the sharing, or consent to its end."""
    told(desk(department).revoke(request_id, reason))


def _scope(
    progress: Any,
    item: list[str] | None,
    mask: list[str] | None,
    row: list[str] | None,
    begin: datetime | None,
    until: datetime | None,
) -> dict[str, Any]:
    """Return what a grant narrows; nothing where it grants all that was asked for."""
    scope: dict[str, Any] = {}
    if item:
        scope["items"] = item
    if mask:
        scope["masks"] = dict(_mask(words) for words in mask)
    if row:
        scope["rows"] = scopes_of(row)
    if begin is not None or until is not None:
        asked = progress.case.request.value.period
        scope["period"] = {
            "from": begin.date() if begin is not None else asked.begin,
            "until": until.date() if until is not None else asked.until,
        }
    return scope


def _decision(scope: dict[str, Any]) -> Decision:
    return Decision.GRANTED_IN_PART if scope else Decision.GRANTED


def _mask(words: str) -> tuple[str, str]:
    item, equals, mask = words.partition("=")
    if not equals:
        raise typer.BadParameter(f"{words!r}: 信息项=脱敏方式 · item=mask", param_hint="--mask")
    return item.strip(), mask.strip()


def register(app: typer.Typer) -> None:
    """Put the commands of this room on the command line."""
    app.add_typer(review, name="review")
    app.add_typer(rule, name="rule")
