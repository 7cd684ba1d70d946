"""Which law or standard is behind a rule (规则依据), by what its expectation judges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from shutong.catalog.models import CodeTable, Dataset
from shutong.errors import Text
from shutong.quality.parameters import codes_name, named_parameters, retired_codes_name

_CITIZEN_NUMBER: Final = Text(
    "GB 11643-1999《公民身份号码》", "GB 11643-1999, citizen identification number"
)
_STANDARDS: Final[Mapping[str, Text]] = {
    "expect_column_values_to_be_citizen_number": _CITIZEN_NUMBER,
    "expect_column_values_to_be_birth_date_of_number": _CITIZEN_NUMBER,
    "expect_column_values_to_be_sex_of_number": _CITIZEN_NUMBER,
    "expect_column_values_to_be_credit_code": Text(
        "GB 32100-2015《法人和其他组织统一社会信用代码编码规则》",
        "GB 32100-2015, unified social credit code of legal persons and other organisations",
    ),
    "expect_column_values_to_be_region_code": Text(
        "GB/T 2260《中华人民共和国行政区划代码》",
        "GB/T 2260, codes of administrative divisions",
    ),
    "expect_column_values_to_be_mobile_phone": Text(
        "《电信网编号计划(2017年版)》", "Numbering plan of telecommunication networks (2017)"
    ),
}


def source_of(
    expectation: str,
    kwargs: Mapping[str, Any],
    dataset: Dataset,
    codes: Mapping[str, CodeTable],
) -> Text:
    """Return the standard behind a rule: its own, its code table's, or the dataset's (依据)."""
    standard = _STANDARDS.get(expectation)
    if standard is not None:
        return standard
    named = set(named_parameters(kwargs))
    for name, table in codes.items():
        if named & {codes_name(name), retired_codes_name(name)}:
            return Text(f"代码表“{table.title}” {table.basis}", f"code table {name}, {table.basis}")
    return Text(f"数据标准《{dataset.title}》", f"data standard “{dataset.title_en}”")
