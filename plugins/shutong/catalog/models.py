"""The declarations of the catalog, as typed frozen models (目录模型).

Core metadata of a resource as in 政务信息资源目录编制指南(试行), 发改高技〔2017〕1272号. The
models are the one truth: `shutong check`, the running path and the JSON Schemas for editors
are all made from them.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from shutong.fieldtypes import FIELD_TYPE_TITLES, FieldType
from shutong.masking.kinds import Mask
from shutong.model import LoadMode

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
"""Name of a declared thing: it becomes part of paths and ids, so it is narrow."""
Identifier = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z_\u4e00-\u9fff][\w$#\u4e00-\u9fff]{0,127}$")
]
"""Name of a table or column in a front-end database; quoted by the dialect when used."""
ItemName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
"""Name of an information item: a column of the shared database."""
Cursor = Identifier | Annotated[tuple[Identifier, ...], Field(min_length=2, max_length=8)]
"""Column, or columns of which the first that has a value counts, by which changes are found."""
Line = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=2000)]
CreditCodeText = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{18}$")]
RegionText = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
DatasetName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]{0,63}/[a-z0-9][a-z0-9_]{0,63}$")
]


class Declaration(BaseModel):
    """Base of everything declared in YAML (声明): frozen, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


# ---------------------------------------------------------------- departments, systems, front-ends


class Role(StrEnum):
    """What a department does in the exchange (部门角色)."""

    AUTHORITY = "authority"
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


class FrontEndKind(StrEnum):
    """Database of a front-end machine (前置机数据库)."""

    ORACLE = "oracle"
    DM = "dm"
    MYSQL = "mysql"
    POSTGRESQL = "postgresql"
    KINGBASE = "kingbase"
    SQLITE = "sqlite"

    @property
    def encrypts(self) -> bool:
        """Say whether the reader itself encrypts the line and can promise it."""
        return self in (FrontEndKind.MYSQL, FrontEndKind.POSTGRESQL, FrontEndKind.KINGBASE)


HoursText = Annotated[
    str,
    StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$"),
]
"""Hours of the day, such as "20:00-07:00": begin included, end not, midnight may lie between."""


class Limits(Declaration):
    """How gently a front-end machine is read (访问限额)."""

    connections: int = Field(default=2, ge=1, le=32)
    """Readings at once, over Airflow's tasks and this machine's commands together."""
    connect_timeout_seconds: int = Field(default=10, ge=1, le=300)
    read_timeout_seconds: int = Field(default=300, ge=1, le=7200)
    """Longest silence of the line, and longest wait for a lock."""
    statement_timeout_seconds: int = Field(default=14_400, ge=1, le=86_400)
    """Longest time one drawing may last, from its first byte to its last."""
    rows_per_second: int | None = Field(default=None, ge=1)
    """Rows drawn per second on average; None for as fast as the line goes."""
    hours: tuple[HoursText, ...] = ()
    """Hours in which rows may be drawn, in the front-end's own zone; none for any hour."""

    @field_validator("hours")
    @classmethod
    def _some_time(cls, hours: tuple[str, ...]) -> tuple[str, ...]:
        for span in hours:
            begin, _, end = span.partition("-")
            if begin == end:
                raise ValueError(f"{span} 没有时长 / {span} lasts no time")
        return hours


class Tls(StrEnum):
    """How the line to a front-end machine is encrypted (传输加密)."""

    PREFERRED = "preferred"
    """Encrypted where the server offers it."""
    REQUIRED = "required"
    """Encrypted, or no reading."""
    VERIFIED = "verified"
    """Encrypted, and the server's certificate checked against the connection's CA file."""
    PLAINTEXT = "plaintext"
    """Not encrypted, by choice."""


class WritableAccount(StrEnum):
    """What happens when the reading account turns out to be able to write (账号可写时)."""

    REFUSE = "refuse"
    ACCEPT = "accept"


class Charset(StrEnum):
    """Encoding of texts whose database does not tell it (字符编码)."""

    GBK = "gbk"
    GB18030 = "gb18030"
    BIG5 = "big5"
    UTF8 = "utf-8"


class FrontEnd(Declaration):
    """A front-end machine (前置机). Its password lives in an Airflow connection, never here."""

    code: Code
    name: Line
    department: Code
    kind: FrontEndKind
    connection: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    system: Code | None = None
    time_zone: str = "Asia/Shanghai"
    thick_client: bool = False
    """Oracle only: use the thick client, which servers before 12.1 need."""
    charset: Charset | None = None
    """Oracle and PostgreSQL only: encoding that texts really have, where the database claims
    US7ASCII or SQL_ASCII, or holds bytes that are none of its own."""
    tls: Tls = Tls.PREFERRED
    """Whether the line is encrypted; `required` and `verified` where the reader can promise it."""
    writable_account: WritableAccount = WritableAccount.REFUSE
    """Whether an account that may write is refused, as it should be, or accepted for now."""
    limits: Limits = Limits()

    @field_validator("tls")
    @classmethod
    def _can_be_promised(cls, tls: Tls, facts: ValidationInfo) -> Tls:
        kind: FrontEndKind | None = facts.data.get("kind")
        if tls in (Tls.REQUIRED, Tls.VERIFIED) and kind is not None and not kind.encrypts:
            raise ValueError(
                f"{kind} 前置机不支持 {tls}, 请在连接中设置加密 / "
                f"{tls} is not for {kind}: encryption is set in its connection"
            )
        return tls


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
    unit: str | None = None
    mask: Mask = Mask.NONE
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


class Operator(StrEnum):
    """Comparison of a row filter (比较符)."""

    EQUAL = "="
    NOT_EQUAL = "<>"
    LESS = "<"
    LESS_EQUAL = "<="
    GREATER = ">"
    GREATER_EQUAL = ">="
    IN = "in"
    IS_NULL = "is_null"
    NOT_NULL = "not_null"


class RowFilter(Declaration):
    """A structured row filter (行过滤): column, operator, bound value; never SQL text."""

    column: Identifier
    operator: Operator
    value: str | int | tuple[str | int, ...] | None = None


class DriftPolicy(StrEnum):
    """What becomes of a resource whose source table was changed (结构变更策略)."""

    REFUSE = "refuse"
    """拒绝: nothing is read until a person has looked at it."""
    EVOLVE = "evolve"
    """跟随: goes on where nothing can be lost, refuses otherwise."""


class Comparison(Declaration):
    """Periodic comparison of keys with the source (主键比对), for loads that draw changes only."""

    every_days: int | None = Field(default=7, ge=1, le=366)
    """Days between two comparisons; None for never, and then deleted rows stay."""
    vanished_share: float = Field(default=0.01, ge=0, le=1)
    """Largest share of the resource's rows that one comparison takes away."""
    vanished_rows: int = Field(default=10, ge=0)
    """So many rows may vanish whatever the share: of small tables one is much."""


class Source(Declaration):
    """How a resource is drawn from its front-end machine (归集方式)."""

    front_end: Code
    db_schema: Identifier | None = None
    table: Identifier
    drift: DriftPolicy = DriftPolicy.REFUSE
    """What to do when the source table's columns were changed."""
    columns: dict[ItemName, Identifier] = Field(min_length=1)
    """Column of the source table for each item of the dataset."""
    filters: tuple[RowFilter, ...] = ()
    load: LoadMode
    cursor: Cursor | None = None
    """Column that grows with each change (merge) or row (append); of several columns the first
    that has a value counts, as for rows that were never changed since they were made."""
    overlap_seconds: int = Field(default=600, ge=0, le=31 * 86400)
    """A date-time window begins so much before the last one's end, for late commits."""
    overlap_numbers: int = Field(default=1_000, ge=0, le=10**9)
    """A window of an integer cursor begins so many numbers before, for late commits."""

    comparison: Comparison = Comparison()
    """How rows are found that vanished at the source, or that no window drew."""

    @property
    def cursor_columns(self) -> tuple[str, ...]:
        """Columns of the cursor; none without a cursor."""
        return columns_of(self.cursor)


def columns_of(cursor: Cursor | None) -> tuple[str, ...]:
    """Return a cursor's columns; none without a cursor."""
    if cursor is None:
        return ()
    return (cursor,) if isinstance(cursor, str) else cursor


class Tolerance(Declaration):
    """What a batch may look like and still land (容忍度)."""

    rejected_share: float = Field(default=0.01, ge=0, le=1)
    rejected_rows: int = Field(default=20, ge=0)
    """So many rejected rows never refuse an increment: a batch of few rows has no share to
    speak of, and one bad row must not keep back all that follow it."""
    min_rows: int = Field(default=1, ge=0)
    """Fewest rows of a full load: an empty source must not empty the city's table."""


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


FILE_MODELS: dict[str, type[Declaration]] = {
    "departments": DepartmentsFile,
    "systems": SystemsFile,
    "front_ends": FrontEndsFile,
    "resource": Resource,
    "dataset": Dataset,
    "code_table": CodeTable,
}
"""Every kind of YAML file, by the name of its JSON Schema in `schemas/catalog/`."""


def json_schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a YAML kind, for editors."""
    schema = FILE_MODELS[kind].model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema
