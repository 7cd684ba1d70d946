"""The declarations of the catalog, as typed frozen models (目录模型).

Core metadata of a resource as in 政务信息资源目录编制指南(试行), 发改高技〔2017〕1272号. The
models are the one truth: `shutong check`, the running path and the JSON Schemas for editors
are all made from them.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from shutong.catalog.datasets import (
    CodeTable,
    CodeValue,
    Dataset,
    Item,
    NamedRule,
    Sensitivity,
)
from shutong.catalog.declaring import (
    Code,
    CreditCodeText,
    DatasetName,
    Declaration,
    Identifier,
    ItemName,
    Line,
    RegionText,
)
from shutong.catalog.front_ends import (
    Charset,
    FrontEnd,
    FrontEndKind,
    HoursText,
    Limits,
    Tls,
    WritableAccount,
)
from shutong.catalog.sources import (
    Comparison,
    CompositeCursor,
    Cursor,
    DriftPolicy,
    Operator,
    RowFilter,
    Source,
    columns_of,
)

__all__ = [
    "FILE_MODELS",
    "Charset",
    "Classification",
    "Code",
    "CodeTable",
    "CodeValue",
    "Comparison",
    "CompositeCursor",
    "CreditCodeText",
    "Cursor",
    "Dataset",
    "DatasetName",
    "Declaration",
    "Department",
    "DepartmentKind",
    "DepartmentsFile",
    "DriftPolicy",
    "FormatClass",
    "FrontEnd",
    "FrontEndKind",
    "FrontEndsFile",
    "HoursText",
    "Identifier",
    "InformationSystem",
    "Item",
    "ItemName",
    "ItemShare",
    "Limits",
    "Line",
    "NamedRule",
    "Network",
    "Opening",
    "Operator",
    "RegionText",
    "Resource",
    "ResourceFormat",
    "Role",
    "RowFilter",
    "Sensitivity",
    "ShareType",
    "Sharing",
    "Source",
    "Steward",
    "SystemsFile",
    "Tls",
    "Tolerance",
    "UpdateCycle",
    "WritableAccount",
    "columns_of",
    "json_schema",
]

# ---------------------------------------------------------------- departments and systems


class Role(StrEnum):
    """What a department does in the exchange (部门角色)."""

    AUTHORITY = "authority"
    """主管部门: rules where consumer and provider disagree."""
    SUPERIOR = "superior"
    """共同上级: rules where either disagrees with the authority."""
    PROVIDER = "provider"
    CONSUMER = "consumer"


class DepartmentKind(StrEnum):
    """Level of a department (部门类别)."""

    MUNICIPAL = "municipal"
    COUNTY = "county"


class Steward(Declaration):
    """Data steward of a department (数据专员), reached at the office."""

    name: Line
    phone: Line
    email: str | None = None


class Department(Declaration):
    """A department of the city (部门)."""

    code: Code
    name: Line
    name_en: Line
    credit_code: CreditCodeText
    kind: DepartmentKind
    region: RegionText
    roles: tuple[Role, ...] = Field(min_length=1)
    steward: Steward


class Network(StrEnum):
    """Network a system stands in (所处网络)."""

    DEDICATED = "专网"
    EXTRANET = "政务外网"
    INTRANET = "政务内网"
    INTERNET = "互联网"


class InformationSystem(Declaration):
    """An entry of the system inventory (政务信息系统清单)."""

    code: Code
    name: Line
    department: Code
    protection_grade: Literal["未定级", "一级", "二级", "三级", "四级"]
    funding_source: Line
    budget_item: Line
    approved_by: Line
    approved_on: date
    approved_amount_yuan: int = Field(ge=0)
    maintenance_yuan_per_year: int = Field(ge=0)
    state: Literal["在用", "整合", "停用"]
    network: Network
    contact: Line
    operator: Line
    in_use_since: date


class Clock(Declaration):
    """A term in working days (办理时限), with what it rests on."""

    code: Code
    name: Line
    days: int = Field(ge=1, le=366)
    """Working days by the State Council's calendar; the day it begins is not counted."""
    basis: Line
    """Law and article that sets the figure."""
    confirmed: bool
    """Whether the figure was held against the text of the law."""


# ---------------------------------------------------------------- resources


class Classification(Declaration):
    """Classification of a resource (信息资源分类): 类, 项, 目 and 细目 by name."""

    category: Literal["基础信息资源类", "主题信息资源类", "部门信息资源类"]
    division: Line
    group: Line
    subgroup: str | None = None


class FormatClass(StrEnum):
    """Format class of a resource (信息资源格式分类)."""

    E_FILE = "电子文件"
    SPREADSHEET = "电子表格"
    DATABASE = "数据库"
    IMAGE = "图形图像"
    STREAM = "流媒体"
    SELF_DESCRIBING = "自描述格式"


class ResourceFormat(Declaration):
    """Format of a resource (信息资源格式)."""

    format_class: FormatClass
    type: Line


class ShareType(StrEnum):
    """Share type (共享类型)."""

    UNCONDITIONAL = "无条件共享"
    CONDITIONAL = "有条件共享"
    NOT_SHARED = "不予共享"


class Sharing(Declaration):
    """Share attribute of a resource (共享属性)."""

    type: ShareType
    condition: str | None = None
    """共享条件; where nothing is shared, the law, regulation or State Council basis."""
    method_class: Literal["共享平台方式", "邮件或介质"]
    method: Literal["接口", "数据库", "文件"]


class Opening(Declaration):
    """Open attribute of a resource (开放属性)."""

    to_society: bool
    condition: str | None = None


class UpdateCycle(StrEnum):
    """Update cycle (更新周期)."""

    REAL_TIME = "实时"
    DAILY = "每日"
    WEEKLY = "每周"
    MONTHLY = "每月"
    QUARTERLY = "每季度"
    HALF_YEARLY = "每半年"
    YEARLY = "每年"
    OTHER = "其他"


class Tolerance(Declaration):
    """What a batch may look like and still land (容忍度)."""

    rejected_share: float = Field(default=0.01, ge=0, le=1)
    rejected_rows: int = Field(default=20, ge=0)
    """So many rejected rows never refuse an increment: a batch of few rows has no share to
    speak of, and one bad row must not keep back all that follow it."""
    min_rows: int = Field(default=1, ge=0)
    """Fewest rows of a full load: an empty source must not empty the city's table."""


class Quarantine(Declaration):
    """How a resource's rejected rows are kept (问题数据保管)."""

    encrypt: bool = False
    """Sealed with SM4-GCM under the key of `SHUTONG_QUARANTINE_KEYS`; reasons stay readable."""


class ItemShare(Declaration):
    """A share attribute narrowed on one item (信息项共享属性)."""

    item: ItemName
    type: ShareType
    condition: str | None = None


class Resource(Declaration):
    """A resource of the catalog with its core metadata (政务信息资源)."""

    code: Line
    name: Line
    classification: Classification
    provider: Code
    summary: Line
    format: ResourceFormat
    dataset: DatasetName
    items: tuple[ItemShare, ...] = ()
    share: Sharing
    open: Opening
    update_cycle: UpdateCycle
    published_on: date
    related: tuple[str, ...] = ()
    system: Code | None = None
    source: Source
    tolerance: Tolerance = Tolerance()
    quarantine: Quarantine = Quarantine()


# ---------------------------------------------------------------- whole files


class DepartmentsFile(Declaration):
    """`catalog/departments.yaml` (部门名录)."""

    departments: tuple[Department, ...] = Field(min_length=1)


class SystemsFile(Declaration):
    """`catalog/systems.yaml` (政务信息系统清单)."""

    systems: tuple[InformationSystem, ...]


class FrontEndsFile(Declaration):
    """`catalog/front_ends.yaml` (前置机名录)."""

    front_ends: tuple[FrontEnd, ...]


class ClocksFile(Declaration):
    """`catalog/clocks.yaml` (办理时限)."""

    clocks: tuple[Clock, ...] = Field(min_length=1)


FILE_MODELS: dict[str, type[Declaration]] = {
    "departments": DepartmentsFile,
    "systems": SystemsFile,
    "front_ends": FrontEndsFile,
    "clocks": ClocksFile,
    "resource": Resource,
    "dataset": Dataset,
    "code_table": CodeTable,
}
"""Every kind of YAML file, by the name of its JSON Schema in `schemas/catalog/`."""


def json_schema(model: type[Declaration]) -> dict[str, Any]:
    """Return the JSON Schema of a YAML kind by its model, for editors."""
    schema = model.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema
