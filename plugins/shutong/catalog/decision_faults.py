"""What a review or a ruling may not say (审核与审定检查), each fault at its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from shutong.catalog.faults import Fault, did_you_mean
from shutong.catalog.loading import Catalog, Declared, request_path
from shutong.catalog.models import Dataset, Item, ShareType
from shutong.catalog.share_cases import Case, seat_of
from shutong.catalog.share_models import Deciding, Decision, Review, Ruling
from shutong.catalog.share_scopes import item_faults, row_faults
from shutong.errors import Text
from shutong.masking.kinds import Mask

D = TypeVar("D", bound=Deciding)


def decision_faults(catalog: Catalog, cases: Mapping[str, Case]) -> Iterator[Fault]:
    """Yield every fault of reviews and rulings: who decides, on what, and what."""
    yield from _of_every(catalog, catalog.reviews, cases)
    yield from _of_every(catalog, catalog.rulings, cases)
    for case in cases.values():
        if case.review is not None:
            yield from _of_returned(case.review)
        if case.ruling is not None:
            yield from _of_ruling(case.ruling, case.review)


def _of_every(
    catalog: Catalog, files: Mapping[str, Declared[D]], cases: Mapping[str, Case]
) -> Iterator[Fault]:
    first: dict[tuple[str | None, str], Declared[D]] = {}
    for name, declared in sorted(files.items()):
        folder, request_id = name.partition(".")[0], declared.value.request
        case = cases.get(request_id)
        if case is None and (catalog.root / request_path(request_id)).is_file():
            continue  # The request's own faults are told.
        if case is None:
            yield declared.fault(
                ("request",),
                Text(f"没有申请 '{request_id}'", f"no request '{request_id}'"),
                did_you_mean(request_id, catalog.requests),
            )
            continue
        stranger = _stranger(catalog, folder, declared, case)
        if stranger is not None:
            yield stranger
            continue
        seat = None if isinstance(declared.value, Review) else seat_of(catalog, folder)
        if (seat, request_id) in first:
            file, line = first[seat, request_id].at("request")
            yield declared.fault(
                ("request",),
                Text(f"与 {file}:{line} 是同一份申请", f"decides on the request of {file}:{line}"),
                Text("一份申请只留一个文件", "keep one file for a request"),
            )
            continue
        first[seat, request_id] = declared
        yield from _of_decision(declared, case)


def _stranger(catalog: Catalog, folder: str, declared: Declared[Any], case: Case) -> Fault | None:
    """Return the fault of a file in the folder of a department that may not decide."""
    if isinstance(declared.value, Review):
        if folder == case.provider:
            return None
        return declared.fault(
            ("request",),
            Text(
                f"部门 '{folder}' 无权审核: 资源由 '{case.provider}' 提供",
                f"'{folder}' cannot review: the resource is provided by '{case.provider}'",
            ),
            Text(
                f"由提供部门写在 catalog/{case.provider}/reviews/",
                f"the provider writes it in catalog/{case.provider}/reviews/",
            ),
        )
    if seat_of(catalog, folder) is not None:
        if folder not in (case.consumer, case.provider):
            return None
        return declared.fault(
            ("request",),
            Text(f"部门 '{folder}' 是当事部门", f"'{folder}' is a party to it"),
            Text("由共同上级审定", "the common superior rules"),
        )
    entitled = [code for code in catalog.departments if seat_of(catalog, code) is not None]
    return declared.fault(
        ("request",),
        Text(f"部门 '{folder}' 无权审定", f"'{folder}' cannot rule"),
        did_you_mean(folder, entitled),
    )


def _of_decision(declared: Declared[D], case: Case) -> Iterator[Fault]:
    value = declared.value
    narrowing = [name for name in ("items", "masks", "rows", "period") if getattr(value, name)]
    if value.decision is None:
        for name in (*narrowing, *(["decided_on"] if value.decided_on else [])):
            yield declared.fault(
                (name,),
                Text(f"没有审核意见, 却写了 '{name}'", f"'{name}' without a decision"),
                Text("写明 decision", "write the decision"),
            )
        return
    yield from _of_basis(declared, case)
    if value.decision is not Decision.GRANTED and not value.reasons:
        yield declared.fault(
            ("decision",),
            Text("没有说明理由", "no reasons are given"),
            Text("在 reasons 中逐条写明", "write them in reasons"),
        )
    if value.decision is Decision.GRANTED_IN_PART and not narrowing:
        yield declared.fault(
            ("decision",),
            Text("部分同意, 却没有缩小任何范围", "granted in part, but nothing is narrowed"),
            Text("写明 items、masks、rows 或 period", "write items, masks, rows or period"),
        )
    if value.decision is not Decision.GRANTED_IN_PART and narrowing:
        yield declared.fault(
            (narrowing[0],),
            Text(
                f"decision 为 {value.decision}, 却写了范围",
                f"the decision is {value.decision}, and yet a scope is written",
            ),
            Text("缩小范围请写 granted_in_part", "to narrow it, write granted_in_part"),
        )
    if value.decision.gives:
        yield from _of_grant(declared, case)


def _of_basis(declared: Declared[D], case: Case) -> Iterator[Fault]:
    """See that the decision is dated, and on the request as it stands."""
    value, request = declared.value, case.request
    if value.decided_on is None:
        yield declared.fault(
            ("decision",),
            Text("缺少 decided_on", "decided_on is missing"),
            Text("写明作出意见的日期", "write the day of the decision"),
        )
    if value.request_digest is None:
        yield declared.fault(
            ("decision",),
            Text("缺少 request_digest", "request_digest is missing"),
            Text(
                "用 shutong review 或 shutong rule 写, 或从 shutong request show 抄录",
                "write it by command, or copy it from shutong request show",
            ),
        )
    elif value.request_digest != request.value.substance:
        file, line = declared.at("request_digest")
        yield request.fault(
            (),
            Text(
                f"申请内容与被审核时不同 ({file}:{line})",
                f"the request is not the one that was decided on ({file}:{line})",
            ),
            Text(
                "恢复原内容; 需要变更的, 撤回后另行申请",
                "restore it; to change it, withdraw it and make a new request",
            ),
        )


def _of_grant(declared: Declared[D], case: Case) -> Iterator[Fault]:
    value, asked = declared.value, case.request.value
    if case.resource is not None and case.share_type is ShareType.NOT_SHARED:
        basis = "; ".join(case.legal_bases()) or case.share_type
        yield declared.fault(
            ("decision",),
            Text(f"目录定为不予共享, 不能同意: {basis}", f"the catalog shares none of it: {basis}"),
            Text("如依据已变, 先修改目录", "if its basis has changed, change the catalog first"),
        )
    yield from item_faults(declared, ("items",), value.items, asked.items)
    granted = value.items or asked.items
    for name, mask in value.masks.items():
        if case.dataset is not None and name in granted:
            yield from _of_mask(declared, case.dataset, name, mask)
        if name not in granted:
            yield declared.fault(
                ("masks", name),
                Text(f"'{name}' 不在同意的信息项中", f"'{name}' is not among the items granted"),
                did_you_mean(name, granted),
            )
    if case.resource is not None and case.dataset is not None:
        yield from row_faults(declared, value.rows, case.resource, case.dataset)
    if value.period is not None and not value.period.within(asked.period):
        yield declared.fault(
            ("period",),
            Text("超出申请的使用期限", "goes beyond the period asked for"),
            Text("只能缩短", "it can only be narrowed"),
        )


def _of_mask(declared: Declared[D], dataset: Dataset, name: str, mask: Mask) -> Iterator[Fault]:
    """See that the mask knows values of the item's type."""
    item = next((each for each in dataset.items if each.name == name), None)
    if item is None:
        return
    try:
        Item.model_validate({**item.model_dump(), "mask": mask})
    except ValidationError as exc:
        words = exc.errors(include_url=False, include_input=False)[0]["msg"]
        yield declared.fault(
            ("masks", name),
            Text(f"'{name}' 的脱敏方式有误: {words}", f"the mask of '{name}': {words}"),
            Text("换一种脱敏方式", "choose another mask"),
        )


def _of_returned(review: Declared[Review]) -> Iterator[Fault]:
    value = review.value
    if value.returned is not None and value.decision is None and value.revoked is not None:
        yield review.fault(
            ("revoked",),
            Text("没有同意过, 无可终止", "nothing was granted that could be revoked"),
            Text("删去 revoked", "leave revoked out"),
        )


def _of_ruling(ruling: Declared[Ruling], review: Declared[Review] | None) -> Iterator[Fault]:
    value = ruling.value
    if value.extension is not None and (review is None or review.value.extension is None):
        yield ruling.fault(
            ("extension",),
            Text("提供部门没有申请延期", "the provider did not ask for longer"),
            Text("先由提供部门写 extension", "the provider writes its extension first"),
        )
    if value.on_overdue and value.decision is None:
        yield ruling.fault(
            ("on_overdue",),
            Text("写了逾期, 却没有审定意见", "on_overdue without a decision"),
            Text("写明 decision", "write the decision"),
        )
