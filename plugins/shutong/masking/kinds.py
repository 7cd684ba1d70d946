"""Kinds of masks (脱敏方式): the words that standards, grants and pages use."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Mask(StrEnum):
    """How an item is masked (脱敏方式)."""

    NONE = "none"
    """不脱敏: handed over as it is."""
    WHOLE = "whole"
    """全部遮盖: nothing is told, not even whether there is a value."""
    CITIZEN_NUMBER = "citizen_number"
    """公民身份号码: the region of issue stays, and the length."""
    NAME = "name"
    """姓名: the first character stays, and the dots of a name in parts."""
    PHONE = "phone"
    """手机号码: the first three and the last four digits stay."""
    ADDRESS = "address"
    """地址: down to the county or district."""
    YEAR = "year"
    """日期: the year stays."""
    BAND = "band"
    """数值: the band in which an amount lies."""
    PSEUDONYM = "pseudonym"
    """假名: the same value has the same name within one purpose, and only there."""


MASK_TITLES: Final[dict[Mask, str]] = {
    Mask.NONE: "不脱敏",
    Mask.WHOLE: "全部遮盖",
    Mask.CITIZEN_NUMBER: "公民身份号码保留地址码",
    Mask.NAME: "姓名保留首字",
    Mask.PHONE: "手机号保留前三后四",
    Mask.ADDRESS: "地址保留到区县",
    Mask.YEAR: "日期保留年份",
    Mask.BAND: "数值保留区间",
    Mask.PSEUDONYM: "按用途加密假名",
}
