"""Data standards and code tables, as typed frozen models (数据标准与代码表)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, ValidationInfo, field_validator

from shutong.catalog.declaring import Code, DatasetName, Declaration, ItemName, Line
from shutong.fieldtypes import FIELD_TYPE_TITLES, FieldType
from shutong.masking.kinds import Mask
from shutong.model import Severity


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
