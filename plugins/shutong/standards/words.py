"""Verdicts on identifiers, and their reasons in words (校验结论): never with the value."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from shutong.errors import Text


class Verdict(IntEnum):
    """What is wrong with an identifier (校验结论); fits an int8 column, 0 is valid."""

    VALID = 0
    LENGTH = 1
    CHARACTERS = 2
    REGION = 3
    BIRTH_DATE = 4
    CHECK_DIGIT = 5
    OLD_15 = 6
    """A sound number of the 15-digit kind: a person who has an 18-digit one by now."""
    CATEGORY = 7
    ORGANISATION = 8


REASONS: Final[Mapping[Verdict, Text]] = MappingProxyType(
    {
        Verdict.VALID: Text("符合标准", "valid"),
        Verdict.LENGTH: Text("不是18位", "not 18 characters long"),
        Verdict.CHARACTERS: Text(
            "含有标准不允许的字符(小写字母、空格、全角字符等)",
            "holds characters the standard does not allow (lower case, blanks, full width)",
        ),
        Verdict.REGION: Text(
            "前6位不是任何地方使用过的行政区划代码",
            "its first six digits are no region code that was ever in use",
        ),
        Verdict.BIRTH_DATE: Text(
            "第7至14位不是可能的出生日期(不存在、早于1850年或在将来)",
            "digits 7 to 14 are no possible birth date (no such day, before 1850, in the future)",
        ),
        Verdict.CHECK_DIGIT: Text("最后一位校验码不符", "its last character, the check, is wrong"),
        Verdict.OLD_15: Text(
            "是15位旧号码,须按GB 11643-1999升为18位",
            "an old 15-digit number, to be raised to 18 digits by GB 11643-1999",
        ),
        Verdict.CATEGORY: Text(
            "前2位不是GB 32100规定的登记管理部门和机构类别",
            "its first two characters are no authority and category of GB 32100",
        ),
        Verdict.ORGANISATION: Text(
            "第9至17位组织机构代码的校验码不符(GB 11714)",
            "the check of the organisation code in characters 9 to 17 is wrong (GB 11714)",
        ),
    }
)
"""Reason of each verdict (原因), Chinese first."""


RULE_WORDS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "citizen_number": Text(
            "应为有效的公民身份号码(GB 11643-1999)",
            "must be a valid citizen number (GB 11643-1999)",
        ),
        "credit_code": Text(
            "应为有效的统一社会信用代码(GB 32100-2015)",
            "must be a valid unified social credit code (GB 32100-2015)",
        ),
        "region_code": Text("应为行政区划代码(GB/T 2260)", "must be a region code of GB/T 2260"),
        "mobile_phone": Text(
            "应为11位手机号码,以13至19开头",
            "must be a mobile number of 11 digits that starts with 13 to 19",
        ),
        "person_name": Text(
            "姓名不得为空白,不得含有问号、乱码替代符、控制字符或不可见字符",
            "a name must not be blank nor hold question marks, replacement marks, "
            "control or invisible characters",
        ),
        "longitude": Text("经度应在本市范围内", "the longitude must lie in the city"),
        "working_day": Text(
            "应为工作日(国务院办公厅放假安排)",
            "must be a working day by the State Council's calendar",
        ),
        "amount": Text(
            "金额应为有限数值,小数位数不超过币种精度",
            "an amount must be a finite number within its currency's precision",
        ),
        "latitude": Text("纬度应在本市范围内", "the latitude must lie in the city"),
    }
)
"""The named rules of the data standards in words (命名规则), by the rule's name."""
