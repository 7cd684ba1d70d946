"""The dirty rows of the sample city (问题数据): which faults, where, and how many.

Each dirty row has exactly one fault, so that every total can be foretold. Counts are for
scale 1; at any scale there is one row of each kind at least. They stay below the tolerance
that the resource declares in the catalog.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """A kind of fault (问题类别), as real front-end machines show it."""

    WRONG_CHECK_DIGIT = "wrong_check_digit"
    """校验码错: one character mistyped at the end."""
    UNKNOWN_REGION = "unknown_region"
    """区划不存在: a number of a region that never was."""
    OLD_NUMBER = "old_number"
    """15位旧号码."""
    CUT_SHORT = "cut_short"
    """少一位: the last character lost."""
    MISSING = "missing"
    """必填为空."""
    QUESTION_MARK = "question_mark"
    """生僻字变问号: a rare character lost on the way through a narrow character set."""
    REPLACEMENT = "replacement"
    """乱码替代符: bytes that could not be read."""
    UNKNOWN_CODE = "unknown_code"
    """代码不在代码表."""
    IMPOSSIBLE_DATE = "impossible_date"
    """不存在的日期, 2024-02-30."""
    ZERO_DATE = "zero_date"
    """全零日期, 0000-00-00."""
    TOO_LONG = "too_long"
    """超长."""
    BAD_PHONE = "bad_phone"
    """手机号码不是11位."""
    NEGATIVE = "negative"
    """负数金额."""
    UNIT_IN_NUMBER = "unit_in_number"
    """数字带单位, 50万元."""
    ELSEWHERE = "elsewhere"
    """坐标不在本市."""
    DUPLICATE_KEY = "duplicate_key"
    """主键重复: two rows share a key, and neither can be believed."""


RULES: Final[dict[Kind, str]] = {
    Kind.MISSING: "required",
    Kind.QUESTION_MARK: "person_name",
    Kind.REPLACEMENT: "person_name",
    Kind.UNKNOWN_CODE: "code",
    Kind.IMPOSSIBLE_DATE: "type",
    Kind.ZERO_DATE: "type",
    Kind.TOO_LONG: "length",
    Kind.BAD_PHONE: "mobile_phone",
    Kind.NEGATIVE: "range",
    Kind.UNIT_IN_NUMBER: "type",
    Kind.DUPLICATE_KEY: "unique",
}
"""The rule that finds a kind where the item does not say it itself; `type` is found before any
rule, when a value fits no date or number."""


@dataclass(frozen=True, slots=True)
class Fault:
    """So many rows of a resource with one kind of fault in one item (问题项)."""

    kind: Kind
    item: str
    count: int
    """Rows at scale 1."""

    @property
    def rule(self) -> str:
        """Return the rule that these rows break, as `<item>.<rule>`."""
        own = {"longitude", "latitude"} & {self.item}
        named = "credit_code" if "credit_code" in self.item else "citizen_number"
        rule = RULES.get(self.kind, own.pop() if own else named)
        return f"{self.item}.{rule}"

    def at(self, scale: float) -> int:
        """Return the rows at `scale`; duplicates come in pairs."""
        if self.kind is Kind.DUPLICATE_KEY:
            return max(1, round(self.count * scale / 2)) * 2
        return max(1, round(self.count * scale))


DIRT: Final[dict[str, tuple[Fault, ...]]] = {
    "public-security.resident": (
        Fault(Kind.WRONG_CHECK_DIGIT, "id_number", 30),
        Fault(Kind.UNKNOWN_REGION, "id_number", 12),
        Fault(Kind.OLD_NUMBER, "id_number", 20),
        Fault(Kind.MISSING, "name", 18),
        Fault(Kind.QUESTION_MARK, "name", 24),
        Fault(Kind.REPLACEMENT, "name", 6),
        Fault(Kind.UNKNOWN_CODE, "sex", 15),
        Fault(Kind.UNKNOWN_CODE, "ethnic_group", 10),
        Fault(Kind.IMPOSSIBLE_DATE, "birth_date", 8),
        Fault(Kind.ZERO_DATE, "birth_date", 6),
        Fault(Kind.TOO_LONG, "household_address", 5),
        Fault(Kind.BAD_PHONE, "phone", 40),
        Fault(Kind.DUPLICATE_KEY, "id_number", 12),
    ),
    "changjiang.low-income-family": (
        Fault(Kind.WRONG_CHECK_DIGIT, "id_number", 2),
        Fault(Kind.NEGATIVE, "monthly_aid", 1),
        Fault(Kind.BAD_PHONE, "phone", 2),
    ),
    "zhushan.low-income-family": (
        Fault(Kind.OLD_NUMBER, "id_number", 2),
        Fault(Kind.MISSING, "name", 1),
        Fault(Kind.UNKNOWN_CODE, "relation", 2),
    ),
    "fuliang.low-income-family": (
        Fault(Kind.UNIT_IN_NUMBER, "monthly_aid", 2),
        Fault(Kind.ZERO_DATE, "valid_until", 1),
        Fault(Kind.DUPLICATE_KEY, "id_number", 2),
    ),
    "leping.low-income-family": (
        Fault(Kind.WRONG_CHECK_DIGIT, "head_id_number", 2),
        Fault(Kind.QUESTION_MARK, "name", 2),
        Fault(Kind.MISSING, "approved_on", 1),
        Fault(Kind.TOO_LONG, "town", 1),
    ),
    "disabled-federation.disabled-person": (
        Fault(Kind.WRONG_CHECK_DIGIT, "id_number", 4),
        Fault(Kind.UNKNOWN_CODE, "disability_kind", 3),
        Fault(Kind.IMPOSSIBLE_DATE, "issued_on", 2),
        Fault(Kind.BAD_PHONE, "guardian_phone", 4),
    ),
    "poverty-relief.poor-person": (
        Fault(Kind.WRONG_CHECK_DIGIT, "id_number", 5),
        Fault(Kind.NEGATIVE, "yearly_income", 3),
        Fault(Kind.ZERO_DATE, "lifted_on", 4),
    ),
    "civil-affairs.adoption": (
        Fault(Kind.MISSING, "adoptee_name", 1),
        Fault(Kind.WRONG_CHECK_DIGIT, "adopter_id_number", 1),
    ),
    "market-regulation.enterprise": (
        Fault(Kind.WRONG_CHECK_DIGIT, "credit_code", 6),
        Fault(Kind.CUT_SHORT, "credit_code", 3),
        Fault(Kind.MISSING, "name", 2),
        Fault(Kind.WRONG_CHECK_DIGIT, "legal_representative_id_number", 5),
        Fault(Kind.QUESTION_MARK, "legal_representative", 4),
        Fault(Kind.UNKNOWN_CODE, "industry", 3),
        Fault(Kind.UNIT_IN_NUMBER, "registered_capital", 4),
        Fault(Kind.ZERO_DATE, "established_on", 2),
        Fault(Kind.DUPLICATE_KEY, "credit_code", 4),
    ),
    "market-regulation.penalty": (
        Fault(Kind.WRONG_CHECK_DIGIT, "credit_code", 2),
        Fault(Kind.NEGATIVE, "amount", 1),
    ),
    "natural-resources.land-parcel": (
        Fault(Kind.ELSEWHERE, "latitude", 5),
        Fault(Kind.NEGATIVE, "area", 3),
        Fault(Kind.UNKNOWN_CODE, "land_use", 6),
        Fault(Kind.WRONG_CHECK_DIGIT, "right_holder_credit_code", 4),
    ),
    "natural-resources.address": (
        Fault(Kind.ELSEWHERE, "latitude", 20),
        Fault(Kind.ELSEWHERE, "longitude", 12),
        Fault(Kind.MISSING, "house_number", 10),
        Fault(Kind.TOO_LONG, "full_address", 6),
        Fault(Kind.UNKNOWN_CODE, "region_code", 8),
        Fault(Kind.DUPLICATE_KEY, "address_code", 10),
    ),
    "service-center.licence": (
        Fault(Kind.WRONG_CHECK_DIGIT, "holder_credit_code", 10),
        Fault(Kind.UNKNOWN_CODE, "licence_type", 6),
        Fault(Kind.IMPOSSIBLE_DATE, "valid_until", 5),
        Fault(Kind.MISSING, "holder_name", 4),
    ),
    "taxation.payment": (
        Fault(Kind.NEGATIVE, "amount", 25),
        Fault(Kind.WRONG_CHECK_DIGIT, "credit_code", 20),
        Fault(Kind.UNKNOWN_CODE, "tax_type", 12),
        Fault(Kind.UNIT_IN_NUMBER, "amount", 8),
        Fault(Kind.IMPOSSIBLE_DATE, "paid_on", 6),
        Fault(Kind.DUPLICATE_KEY, "payment_number", 8),
    ),
    "development-reform.project": (
        Fault(Kind.UNKNOWN_CODE, "stage", 2),
        Fault(Kind.UNIT_IN_NUMBER, "total_investment", 3),
        Fault(Kind.CUT_SHORT, "owner_credit_code", 2),
    ),
    "development-reform.award-penalty": (
        Fault(Kind.UNKNOWN_CODE, "kind", 4),
        Fault(Kind.WRONG_CHECK_DIGIT, "credit_code", 5),
        Fault(Kind.MISSING, "document_number", 3),
        Fault(Kind.TOO_LONG, "matter", 2),
    ),
    "human-resources.participation": (
        Fault(Kind.WRONG_CHECK_DIGIT, "id_number", 25),
        Fault(Kind.OLD_NUMBER, "id_number", 15),
        Fault(Kind.WRONG_CHECK_DIGIT, "employer_credit_code", 18),
        Fault(Kind.QUESTION_MARK, "name", 12),
        Fault(Kind.NEGATIVE, "monthly_base", 8),
        Fault(Kind.ZERO_DATE, "participated_on", 10),
        Fault(Kind.DUPLICATE_KEY, "id_number", 10),
    ),
    "human-resources.employer": (
        Fault(Kind.WRONG_CHECK_DIGIT, "credit_code", 3),
        Fault(Kind.NEGATIVE, "arrears", 2),
        Fault(Kind.UNIT_IN_NUMBER, "unemployment_paid_last_year", 2),
    ),
}
"""By resource id."""
