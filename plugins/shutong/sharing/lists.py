"""The city's lists (清单), made from catalog and ledger: produced, never typed.

Responsibility list (数据共享责任清单), demand list (数据共享需求清单) and system list
(政务信息系统清单); 景府办字〔2019〕7号, items 19 and 20.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from shutong.catalog.models import Operator, RowFilter
from shutong.catalog.share_models import DeliveryMode
from shutong.catalog.share_states import State
from shutong.fieldtypes import FieldType
from shutong.masking.kinds import MASK_TITLES, Mask
from shutong.sharing.granting import grant_of
from shutong.spreadsheets import Column

if TYPE_CHECKING:
    from shutong.catalog.loading import Catalog
    from shutong.catalog.models import Dataset
    from shutong.grants import Grant
    from shutong.ledger import Ledger, ShareRecord
    from shutong.sharing.progress import Progress

Cell = str | int | date | None

MODES: Final[dict[DeliveryMode, str]] = {
    DeliveryMode.TABLE: "库表",
    DeliveryMode.FILE: "文件",
    DeliveryMode.API: "接口",
    DeliveryMode.MATCH: "比对",
}


@dataclass(frozen=True)
class CityList:
    """One list with its rows (清单)."""

    title: str
    title_en: str
    note: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


def city_lists(
    catalog: Catalog, ledger: Ledger, progress: Mapping[str, Progress], today: date
) -> tuple[CityList, ...]:
    """Return the responsibility, demand and system lists of a day."""
    return (
        responsibilities(catalog, ledger, progress, today),
        demands(catalog, progress),
        systems(catalog),
    )


def responsibilities(
    catalog: Catalog, ledger: Ledger, progress: Mapping[str, Progress], today: date
) -> CityList:
    """Return who provides what to whom (责任清单): every grant that holds today or is to come."""
    record = ledger.share_record()
    rows = []
    for each in progress.values():
        grant = _grant(each, record, ledger, today)
        if grant is not None:
            rows.append(_responsibility(catalog, each, grant))
    return CityList(
        "数据共享责任清单",
        "Responsibility list",
        "由已同意的共享申请生成; 每行为提供部门对一个需求部门的共享责任。",
        (
            Column("provider", "提供部门", width=28),
            Column("resource_code", "信息资源代码", width=20),
            Column("resource", "信息资源名称", width=30),
            Column("share_type", "共享类型", width=12),
            Column("items", "信息项", width=40),
            Column("masks", "脱敏", width=30),
            Column("rows", "数据范围", width=30),
            Column("consumer", "需求部门", width=28),
            Column("scenario", "应用场景", width=40),
            Column("purpose", "用途", width=40),
            Column("mode", "提供方式", width=10),
            Column("cycle", "提供周期", width=10),
            Column("valid_from", "期限起", FieldType.D, width=12),
            Column("valid_until", "期限止", FieldType.D, width=12),
            Column("decided_by", "决定部门", width=28),
            Column("request", "申请编号", width=40),
        ),
        tuple(sorted(rows, key=lambda row: tuple(map(str, row)))),
    )


def demands(catalog: Catalog, progress: Mapping[str, Progress]) -> CityList:
    """Return who needs what (需求清单): every request that was submitted, with its state."""
    rows = [_demand(catalog, each) for each in progress.values() if each.state is not State.DRAFT]
    return CityList(
        "数据共享需求清单",
        "Demand list",
        "由已提交的共享申请生成, 含办理进度。",
        (
            Column("consumer", "需求部门", width=28),
            Column("resource", "信息资源名称", width=30),
            Column("provider", "提供部门", width=28),
            Column("items", "信息项", width=40),
            Column("basis", "依据", width=50),
            Column("scenario", "应用场景", width=40),
            Column("use", "用途", width=40),
            Column("mode", "提供方式", width=10),
            Column("cycle", "提供周期", width=10),
            Column("valid_from", "期限起", FieldType.D, width=12),
            Column("valid_until", "期限止", FieldType.D, width=12),
            Column("submitted_on", "提交日期", FieldType.D, width=12),
            Column("state", "办理进度", width=24),
            Column("due", "答复届满", FieldType.D, width=12),
            Column("request", "申请编号", width=40),
        ),
        tuple(sorted(rows, key=lambda row: tuple(map(str, row)))),
    )


def systems(catalog: Catalog) -> CityList:
    """Return the system inventory (政务信息系统清单) with the departments' names."""
    rows = [
        (
            _department(catalog, system.department),
            system.name,
            system.code,
            system.protection_grade,
            system.network,
            system.state,
            system.funding_source,
            system.budget_item,
            system.approved_by,
            system.approved_on,
            system.approved_amount_yuan,
            system.maintenance_yuan_per_year,
            system.contact,
            system.operator,
            system.in_use_since,
            sum(each.value.system == system.code for each in catalog.resources.values()),
        )
        for system in (declared.value for declared in catalog.systems.values())
    ]
    return CityList(
        "政务信息系统清单",
        "System list",
        "涉密信息系统除外; 金额单位为元。",
        (
            Column("department", "部门", width=28),
            Column("name", "系统名称", width=30),
            Column("code", "系统代码", width=24),
            Column("protection_grade", "等保定级", width=10),
            Column("network", "所处网络", width=12),
            Column("state", "状态", width=8),
            Column("funding_source", "经费来源", width=14),
            Column("budget_item", "预算科目", width=20),
            Column("approved_by", "批复部门", width=28),
            Column("approved_on", "批复日期", FieldType.D, width=12),
            Column("approved_amount", "批复金额(元)", FieldType.I, width=14),
            Column("maintenance", "年运维费(元)", FieldType.I, width=14),
            Column("contact", "联系人", width=24),
            Column("operator", "运维单位", width=28),
            Column("in_use_since", "启用日期", FieldType.D, width=12),
            Column("resources", "提供的信息资源数", FieldType.I, width=16),
        ),
        tuple(sorted(rows, key=lambda row: (row[0], row[1]))),
    )


def _grant(each: Progress, record: ShareRecord, ledger: Ledger, today: date) -> Grant | None:
    """Return the grant of a request that holds today, or will when its period begins."""
    period = each.case.request.value.period
    deciding = each.case.deciding
    begin = (deciding.period if deciding is not None and deciding.period else period).begin
    return grant_of(each, record, ledger, max(today, begin))


def _responsibility(catalog: Catalog, each: Progress, grant: Grant) -> tuple[Cell, ...]:
    case = each.case
    decided = "目录(无条件共享)" if grant.decided_by == "catalog" else None
    return (
        _department(catalog, grant.provider),
        case.resource.code if case.resource is not None else None,
        case.resource.name if case.resource is not None else None,
        str(case.share_type),
        _titles(case.dataset, grant.items),
        "; ".join(
            f"{_titles(case.dataset, (name,))}: {MASK_TITLES[mask]}"
            for name, mask in grant.masks.items()
            if mask is not Mask.NONE
        )
        or None,
        "; ".join(scope_words(case.dataset, row) for row in grant.rows) or None,
        _department(catalog, grant.consumer),
        grant.scenario,
        grant.purpose,
        MODES[grant.mode],
        str(grant.cycle),
        grant.valid_from,
        grant.valid_until,
        decided or _department(catalog, grant.decided_by),
        grant.id,
    )


def _demand(catalog: Catalog, each: Progress) -> tuple[Cell, ...]:
    case = each.case
    asked = case.request.value
    return (
        _department(catalog, case.consumer),
        case.resource.name if case.resource is not None else asked.resource,
        _department(catalog, case.provider),
        _titles(case.dataset, asked.items),
        "; ".join(asked.basis),
        asked.scenario,
        asked.use,
        MODES[asked.delivery.mode],
        str(asked.delivery.cycle),
        asked.period.begin,
        asked.period.until,
        asked.submitted_on,
        each.state.words.zh + (" (有误, 不生效)" if each.faults or each.halts else ""),
        each.due.ends if each.due is not None else None,
        case.id,
    )


def scope_words(dataset: Dataset | None, row: RowFilter) -> str:
    """Say a row scope for people, with the item's title."""
    title = _titles(dataset, (row.column,))
    match row.operator:
        case Operator.IS_NULL:
            return f"{title} 为空"
        case Operator.NOT_NULL:
            return f"{title} 不为空"
        case Operator.IN if isinstance(row.value, tuple):
            return f"{title} 属于 {'、'.join(map(str, row.value))}"
        case _:
            return f"{title} {row.operator} {row.value}"


def _titles(dataset: Dataset | None, names: tuple[str, ...]) -> str:
    titles = {item.name: item.title for item in dataset.items} if dataset is not None else {}
    return "、".join(titles.get(name, name) for name in names)


def _department(catalog: Catalog, code: str) -> str:
    declared = catalog.departments.get(code)
    return declared.value.name if declared is not None else code
