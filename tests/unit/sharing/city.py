"""A small city of sharing for the tests: two bureaus, an authority, one resource."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import yaml

from shutong.catalog import check_catalog, load_catalog
from shutong.catalog.share_models import ShareRequest

REQUEST_ID: Final = "federation.aid"
REQUEST_FILE: Final = "catalog/federation/requests/aid.yaml"
REVIEW_FILE: Final = "catalog/civil/reviews/federation.aid.yaml"
RULING_FILE: Final = "catalog/bureau/rulings/federation.aid.yaml"
SETTLEMENT_FILE: Final = "catalog/office/rulings/federation.aid.yaml"
RESOURCE_ID: Final = "civil.poor"


def department(code: str, *roles: str) -> dict[str, Any]:
    return {
        "code": code,
        "name": f"{code}局",
        "name_en": code,
        "credit_code": "11360200014535208B",
        "kind": "municipal",
        "region": "360200",
        "roles": list(roles),
        "steward": {"name": "数据专员", "phone": "0798-8000000"},
    }


def front_end(code: str, owner: str) -> dict[str, Any]:
    return {
        "code": code,
        "name": "前置机",
        "department": owner,
        "kind": "sqlite",
        "connection": "fe_x",
    }


DATASET: Final[dict[str, Any]] = {
    "title": "低保家庭",
    "title_en": "Poor",
    "summary": "低保家庭成员",
    "basis": "社会救助暂行办法",
    "key": ["id_number"],
    "items": [
        {
            "name": "id_number",
            "title": "公民身份号码",
            "type": "C",
            "length": 18,
            "required": True,
            "sensitivity": "sensitive",
            "mask": "citizen_number",
        },
        {"name": "name", "title": "姓名", "type": "C", "length": 50, "mask": "name"},
        {"name": "region_code", "title": "区划", "type": "C", "length": 6},
        {"name": "approved_on", "title": "批准日期", "type": "D"},
        {"name": "members", "title": "人数", "type": "I"},
        {"name": "aid", "title": "金额", "type": "Y", "length": 10, "scale": 2},
        {"name": "unfed", "title": "未归集项", "type": "C", "length": 6},
    ],
}
RESOURCE: Final[dict[str, Any]] = {
    "code": "111112001/2001",
    "name": "低保家庭信息",
    "classification": {"category": "基础信息资源类", "division": "人口", "group": "低保"},
    "provider": "civil",
    "summary": "本市低保家庭成员的基本信息",
    "format": {"format_class": "数据库", "type": "mysql"},
    "dataset": "population/poor",
    "share": {
        "type": "有条件共享",
        "condition": "用于救助审核",
        "method_class": "共享平台方式",
        "method": "数据库",
    },
    "open": {"to_society": False},
    "update_cycle": "每日",
    "published_on": "2026-01-05",
    "source": {
        "front_end": "fe-civil",
        "table": "T_POOR",
        "columns": {
            name: name.upper()
            for name in ("id_number", "name", "region_code", "approved_on", "members", "aid")
        },
        "load": "full",
    },
}
REQUEST: Final[dict[str, Any]] = {
    "resource": RESOURCE_ID,
    "items": ["id_number", "name", "region_code"],
    "basis": ["残疾预防和残疾人康复条例"],
    "scenario": "残疾儿童康复救助审核",
    "use": "核对申请人是否属于低保家庭",
    "period": {"from": "2026-03-01", "until": "2027-12-31"},
    "delivery": {"mode": "file", "target": "aid", "cycle": "每月"},
}
CLOCKS: Final[dict[str, Any]] = {
    "clocks": [
        {"code": code, "name": code, "days": days, "basis": "条例", "confirmed": False}
        for code, days in (
            ("unconditional-answer", 1),
            ("conditional-answer", 10),
            ("conditional-extension", 10),
            ("sharing", 20),
        )
    ]
}


def write(root: Path, name: str, data: dict[str, Any]) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = json.loads(json.dumps(data))  # No two entries are one object: YAML would say so.
    path.write_text(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False), encoding="utf-8")


def build(root: Path, *, share: str = "有条件共享", narrowed: str | None = None) -> Path:
    """Build the city's catalog under `root`, with no request in it."""
    departments = [
        department("federation", "consumer"),
        department("civil", "provider", "consumer"),
        department("bureau", "authority"),
        department("office", "superior"),
    ]
    write(root, "catalog/departments.yaml", {"departments": departments})
    write(root, "catalog/systems.yaml", {"systems": []})
    ends = [front_end("fe-civil", "civil"), front_end("fe-federation", "federation")]
    write(root, "catalog/front_ends.yaml", {"front_ends": ends})
    write(root, "catalog/clocks.yaml", CLOCKS)
    write(root, "schemas/population/poor.yaml", DATASET)
    resource = {**RESOURCE, "share": {**RESOURCE["share"], "type": share}}
    if narrowed is not None:
        resource["items"] = [{"item": "name", "type": narrowed, "condition": "依法保密"}]
    write(root, "catalog/civil/resources/poor.yaml", resource)
    return root


def ask(root: Path, **changes: Any) -> dict[str, Any]:
    """Write the request with changes; a change to None takes an entry away."""
    asked = {key: value for key, value in {**REQUEST, **changes}.items() if value is not None}
    write(root, REQUEST_FILE, asked)
    return asked


def digest(root: Path) -> str:
    """Return the digest of the request as it stands."""
    declared = load_catalog(root).requests[REQUEST_ID].value
    assert isinstance(declared, ShareRequest)
    return declared.substance


def review(root: Path, decision: str | None = "granted", **entries: Any) -> None:
    """Write the provider's review of the request as it stands."""
    write(root, REVIEW_FILE, _decided(root, decision, "2026-03-05", entries))


def rule(
    root: Path, decision: str | None = "granted", file: str = RULING_FILE, **entries: Any
) -> None:
    """Write a ruling on the request as it stands."""
    write(root, file, _decided(root, decision, "2026-03-20", entries))


def _decided(root: Path, decision: str | None, day: str, entries: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"request": REQUEST_ID}
    if decision is not None:
        told |= {"decision": decision, "decided_on": day, "request_digest": digest(root)}
    if decision in ("refused", "granted_in_part"):
        told["reasons"] = ["与职责无关"]
    told |= entries
    return {key: value for key, value in told.items() if value is not None}


def faults(root: Path) -> list[str]:
    """Return the faults of the catalog as people read them, English."""
    return [fault.render("en") for fault in check_catalog(root)[1]]
