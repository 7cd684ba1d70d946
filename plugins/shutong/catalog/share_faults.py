"""What a request file may not say (共享申请检查), each fault at its line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from shutong.catalog.decision_faults import decision_faults
from shutong.catalog.faults import Fault, did_you_mean
from shutong.catalog.loading import Catalog, Declared
from shutong.catalog.models import Role, ShareType
from shutong.catalog.share_cases import Case, Taken, cases_of, seat_of
from shutong.catalog.share_models import Decision, DeliveryMode, ShareRequest
from shutong.catalog.share_scopes import item_faults, items_of, row_faults
from shutong.catalog.share_states import IllegalMove, State, Step, move, possible, refusal
from shutong.errors import Text

_OVER: Final = {
    *(State.WITHDRAWN, State.REVOKED),
    *(State.REFUSED, State.RULED_REFUSED, State.SETTLED_REFUSED),
}
"""States in which a request no longer stands in another's way."""


def share_faults(catalog: Catalog) -> Iterator[Fault]:
    """Yield every fault of the requests, reviews and rulings, at its line."""
    cases = cases_of(catalog)
    unread = {fault.file.rpartition("/")[0] for fault in catalog.faults}
    for case in cases.values():
        yield from _of_place(catalog, case)
        yield from _of_scope(case)
        yield from _of_delivery(catalog, case)
        yield from _of_dates(case)
        # A review or ruling that could not be read is no missing one.
        if not unread & {f"catalog/{case.provider}/reviews", *_ruling_folders(catalog)}:
            yield from _of_moves(case)
    yield from _overlaps(list(cases.values()))
    yield from decision_faults(catalog, cases)


def _ruling_folders(catalog: Catalog) -> Iterator[str]:
    return (f"catalog/{code}/rulings" for code in catalog.departments if seat_of(catalog, code))


def _of_place(catalog: Catalog, case: Case) -> Iterator[Fault]:
    request, folder = case.request, case.consumer
    department = catalog.departments.get(folder)
    if department is None:
        yield request.fault(
            (),
            Text(f"没有部门 '{folder}'", f"no department '{folder}'"),
            did_you_mean(folder, catalog.departments),
        )
    elif Role.CONSUMER not in department.value.roles:
        yield request.fault(
            (),
            Text(f"部门 '{folder}' 不是需求部门", f"'{folder}' is no consumer"),
            Text("在 departments.yaml 加角色 consumer", "add role consumer in departments.yaml"),
        )
    if case.resource is None:
        name = request.value.resource
        yield request.fault(
            ("resource",),
            Text(f"目录中没有资源 '{name}'", f"no resource '{name}' in the catalog"),
            did_you_mean(name, catalog.resources),
        )
    elif case.provider == folder:
        yield request.fault(
            ("resource",),
            Text("这是本部门自己的资源", "the resource is the department's own"),
            Text("只申请其他部门的资源", "ask for other departments' resources"),
        )


def _of_scope(case: Case) -> Iterator[Fault]:
    request = case.request
    asked = request.value
    if case.resource is not None and case.dataset is not None:
        known = items_of(case.resource, case.dataset)
        yield from item_faults(request, ("items",), asked.items, known)
        yield from row_faults(request, asked.rows, case.resource, case.dataset)
    for i, name in enumerate(asked.unmasked):
        if name not in asked.items:
            yield request.fault(
                ("unmasked", i),
                Text(f"'{name}' 不在申请的信息项中", f"'{name}' is not among the items asked for"),
                did_you_mean(name, asked.items),
            )


def _of_delivery(catalog: Catalog, case: Case) -> Iterator[Fault]:
    delivery, folder = case.request.value.delivery, case.consumer
    if delivery.mode is DeliveryMode.FILE:
        return
    table = delivery.mode is DeliveryMode.TABLE
    known = {
        code: declared.value.department
        for code, declared in (catalog.front_ends if table else catalog.systems).items()
    }
    if known.get(delivery.target) == folder:
        return
    zh, en = ("前置机", "front-end machine") if table else ("系统", "system")
    yield case.request.fault(
        ("delivery", "target"),
        Text(
            f"'{delivery.target}' 不是本部门的{zh}",
            f"'{delivery.target}' is no {en} of the consumer's own",
        ),
        did_you_mean(delivery.target, [code for code, owner in known.items() if owner == folder]),
    )


def _of_dates(case: Case) -> Iterator[Fault]:
    request = case.request
    asked = request.value
    if asked.submitted_on is not None and asked.period.until < asked.submitted_on:
        yield request.fault(
            ("period", "until"),
            Text("使用期限在提交之前就已结束", "the period ended before the request was made"),
            Text("写今后的期限", "write a period to come"),
        )
    before: tuple[date, str] | None = None
    for taken in case.steps():
        day = _day_of(taken)
        if day is None or taken.step is Step.EXTEND:
            continue
        file, line = taken.file.at(*taken.path)
        if before is not None and day < before[0]:
            yield taken.file.fault(
                taken.path,
                Text(
                    f"“{taken.step.words.zh}”的日期早于上一步 ({before[1]})",
                    f"'{taken.step.words.en}' is dated before the step it follows ({before[1]})",
                ),
                Text("按实际日期改正", "write the real day"),
            )
        before = (day, f"{file}:{line}")


def _day_of(taken: Taken) -> date | None:
    """Return the day that a step is declared for; None where none is."""
    value: Any = taken.file.value
    if taken.path == ("decision",):
        decided: date | None = value.decided_on
        return decided
    if taken.path == ("resource",):
        return None
    said = getattr(value, str(taken.path[0]))
    day: date | None = said if isinstance(said, date) else said.on
    return day


def _of_moves(case: Case) -> Iterator[Fault]:
    """Replay the steps that the files declare; the first that may not follow is a fault."""
    by_rule = case.refused_by_rule()
    if by_rule is None and case.share_type is ShareType.UNCONDITIONAL:
        by_rule = Decision.GRANTED
    state = State.DRAFT
    for taken in case.steps(by_rule):
        words = refusal(state, taken.step)
        try:
            state = move(state, taken.step)
        except IllegalMove:
            yield taken.file.fault(taken.path, words, possible(state))
            return


def _overlaps(cases: list[Case]) -> Iterator[Fault]:
    """Yield a fault for each request that asks again for what another one asks for already."""
    standing = [
        case
        for case in cases
        if case.request.value.submitted_on is not None
        and case.standing(case.refused_by_rule()) not in _OVER
    ]
    standing.sort(key=lambda case: (case.request.value.submitted_on or date.max, case.id))
    for position, case in enumerate(standing):
        for earlier in standing[:position]:
            if earlier.consumer == case.consumer and _same(earlier.request, case.request):
                file, line = earlier.request.at()
                yield case.request.fault(
                    ("items",),
                    Text(
                        f"与 {file}:{line} 重复: 同一资源、信息项和期限",
                        f"overlaps {file}:{line}: same resource, items and period",
                    ),
                    Text(
                        "撤回其中一份 (shutong request withdraw), 或改期限、信息项",
                        "withdraw one of them, or change the period or the items",
                    ),
                )
                break


def _same(one: Declared[ShareRequest], other: Declared[ShareRequest]) -> bool:
    a, b = one.value, other.value
    within = set(a.items) <= set(b.items) or set(b.items) <= set(a.items)
    rows = a.rows == b.rows or not a.rows or not b.rows
    return a.resource == b.resource and within and rows and a.period.meets(b.period)
