"""The declarations of the catalog, as typed frozen models (目录模型).

Core metadata of a resource as in 政务信息资源目录编制指南(试行), 发改高技〔2017〕1272号. The
models are the one truth: `shutong check`, the running path and the JSON Schemas for editors
are all made from them.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import Field, ValidationInfo, field_validator

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
from shutong.fieldtypes import FIELD_TYPE_TITLES, FieldType
from shutong.masking.kinds import Mask
from shutong.model import Severity

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


# ---------------------------------------------------------------- data standards


class Sensitivity(StrEnum):
    """How sensitive an item is (敏感级别)."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"

    @property
    def personal(self) -> bool:
        """Say whether values of the item may never appear in logs, reports or statistics."""
        return self in (Sensitivity.PERSONAL, Sensitivity.SENSITIVE)


class NamedRule(StrEnum):
    """A rule with its own standard (命名规则)."""

    CITIZEN_NUMBER = "citizen_number"
    CREDIT_CODE = "credit_code"
    REGION_CODE = "region_code"
    MOBILE_PHONE = "mobile_phone"
    PERSON_NAME = "person_name"
    LONGITUDE = "longitude"
    LATITUDE = "latitude"
    WORKING_DAY = "working_day"
    AMOUNT = "amount"


class Unlanded(StrEnum):
    """What becomes of a batch whose referenced dataset has not landed (被引用数据未入库时)."""

    WARN = "warn"
    """The rule is told as not judged, the batch goes on."""
    REJECT_BATCH = "reject_batch"
    """The batch is refused until there is something to hold it against."""


class Reference(Declaration):
    """A value of an item stands in another dataset too (引用): every holder exists there."""

    dataset: DatasetName
    item: ItemName
    severity: Severity = Severity.WARN
    unlanded: Unlanded = Unlanded.WARN


class SameFact(Declaration):
    """The item is a fact that another dataset is the source of (一数一源): both say the same.

    Rows meet by the other dataset's whole key. A row that meets none, or whose fact is NULL on
    either side, is not judged.
    """

    dataset: DatasetName
    item: ItemName
    by: ItemName | Annotated[dict[ItemName, ItemName], Field(min_length=1)]
    """Item of this dataset that holds the other's key; of a key of several items, the item here
    for each item there (`here: there`)."""
    severity: Severity = Severity.WARN
    unlanded: Unlanded = Unlanded.WARN


class Item(Declaration):
    """An information item of a data standard (信息项)."""

    name: ItemName
    title: Line
    type: FieldType
    length: int | None = Field(default=None, ge=1, le=100_000)
    scale: int | None = Field(default=None, ge=0, le=37)
    required: bool = False
    sensitivity: Sensitivity = Sensitivity.INTERNAL
    code_table: Code | None = None
    rule: NamedRule | None = None
    agrees_with: ItemName | None = None
    """与身份号码一致: a citizen number of the row that says this birth date or sex too."""
    not_before: ItemName | None = None
    """不早于: a day or moment of the row before which this one does not lie."""
    differs_from: ItemName | None = None
    """不同于: an item of the row that never holds the same value, as another person's number."""
    in_force_on: ItemName | None = None
    """当日有效: the day of the row on which a region code (`rule: region_code`) was in force."""
    unit: str | None = None
    mask: Mask = Mask.NONE
    refers_to: Reference | None = None
    """Where each value of the item must exist (引用)."""
    same_as: SameFact | None = None
    """The authoritative source of the fact (一数一源)."""
    note: str | None = None

    @field_validator("mask")
    @classmethod
    def _knows_values(cls, mask: Mask, facts: ValidationInfo) -> Mask:
        """Refuse a mask that would hide every value because the type has none of its kind."""
        kind: FieldType | None = facts.data.get("type")
        wanted = _MASKED_TYPES.get(mask)
        if wanted is not None and kind is not None and kind not in wanted:
            raise ValueError(
                f"{FIELD_TYPE_TITLES[kind]}({kind})不能用脱敏方式 {mask} / "
                f"mask {mask} is not for {kind} items"
            )
        return mask


_TEXTS: Final = frozenset({FieldType.C, FieldType.M})
_MASKED_TYPES: Final[dict[Mask, frozenset[FieldType]]] = {
    Mask.CITIZEN_NUMBER: _TEXTS,
    Mask.NAME: _TEXTS,
    Mask.PHONE: _TEXTS,
    Mask.ADDRESS: _TEXTS,
    Mask.YEAR: _TEXTS | {FieldType.D, FieldType.T},
    Mask.BAND: frozenset({FieldType.N, FieldType.Y, FieldType.I, FieldType.B, FieldType.F}),
}
"""Types whose values each mask knows; other masks hide values of every type."""


class Dataset(Declaration):
    """The data standard of one shared dataset (数据标准)."""

    title: Line
    title_en: Line
    summary: Line
    basis: Line
    """Standard or document behind it."""
    key: tuple[ItemName, ...] = Field(min_length=1)
    items: tuple[Item, ...] = Field(min_length=1)

    def item(self, name: str) -> Item:
        """Return the item called `name`; KeyError when there is none."""
        for item in self.items:
            if item.name == name:
                return item
        raise KeyError(name)


class CodeValue(Declaration):
    """One code of a code table (代码)."""

    code: Line
    title: Line
    since: int | None = None
    """First year of validity."""
    until: int | None = None
    """Last year of validity; None while in force."""


class CodeTable(Declaration):
    """A code table (代码表), for instance GB/T 2261.1 sex."""

    title: Line
    basis: Line
    values: tuple[CodeValue, ...] = Field(min_length=1)


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
