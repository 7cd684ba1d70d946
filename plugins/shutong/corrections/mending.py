"""How a rejected row is mended (更正办法), in words for the department, rule by rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from shutong.catalog.models import CodeTable, Dataset, Item
from shutong.fieldtypes import FieldType
from shutong.quality.keys import with_key_rules
from shutong.quality.known_expectations import UNIQUE_EXPECTATIONS
from shutong.quality.suites import Rule, read_suite

_NUMBER: Final = "请填写不超过{length}位的数字, 小数不超过{scale}位, 不带单位和逗号"
_BY_TYPE: Final[Mapping[FieldType, str]] = {
    FieldType.D: "请按 2024-01-31 的样式填写真实存在的日期, 不带时刻",
    FieldType.T: "请按 2024-01-31 08:30:00 的样式填写真实存在的时间",
    FieldType.L: "请填写 是 或 否",
    FieldType.I: "请填写整数, 不带单位和逗号",
    FieldType.B: "请填写数字, 不带单位和逗号",
    FieldType.F: "请填写数字, 不带单位和逗号",
    FieldType.N: _NUMBER,
    FieldType.Y: _NUMBER,
}
_BY_EXPECTATION: Final[Mapping[str, str]] = {
    "expect_column_values_to_not_be_null": "请补填{titles}",
    "expect_column_values_to_be_citizen_number": "请对照身份证核对{titles}, 填18位, 末位可为 X",
    "expect_column_values_to_be_credit_code": "请对照证照核对{titles}, 填写18位统一社会信用代码",
    "expect_column_values_to_be_region_code": "请填写6位行政区划代码(GB/T 2260)",
    "expect_column_values_to_be_mobile_phone": "请填写11位手机号码",
    "expect_column_values_to_be_person_name": "请对照证件填写{titles}, 生僻字不用问号代替",
    "expect_column_values_to_be_longitude_in_city": "请核对经度, 以度为单位, 勿与纬度填反",
    "expect_column_values_to_be_latitude_in_city": "请核对纬度, 以度为单位, 勿与经度填反",
    "expect_column_values_to_be_in_set": "请填写代码表中的代码, 不填名称",
    "expect_column_value_lengths_to_be_between": "请按要求的字数填写{titles}",
    "expect_column_value_lengths_to_equal": "请按要求的字数填写{titles}",
    "expect_column_values_to_be_between": "请核对{titles}, 填写要求范围内的值",
    "expect_column_values_to_be_birth_date_of_number": "请对照身份证核对{titles}, 使二者一致",
    "expect_column_values_to_be_sex_of_number": "请对照身份证核对{titles}, 使二者一致",
}
_UNIQUE: Final = "同一{titles}有多行: 请核实, 只更正应保留的一行, 多余的在源系统中删除"
_OTHERWISE: Final = "请按所列问题核实更正"
SOURCE_TOO: Final = "并请在源系统中同步更正, 否则下次全量归集会覆盖本次更正"


class Mending:
    """What a dataset's rules ask for, and how rows that fail them are mended (更正办法)."""

    def __init__(self, dataset: Dataset, suite_path: Path, codes: Mapping[str, CodeTable]) -> None:
        self._dataset = dataset
        self._codes = codes
        rules = with_key_rules(read_suite(suite_path).rules, dataset)
        self._rules: dict[str, Rule] = {rule.rule: rule for rule in rules}

    def words(self, failed: Iterable[str]) -> str:
        """Return how a row that failed these rules is mended, by their ids."""
        told = dict.fromkeys(self._one(rule) for rule in failed)
        return "；".join([*told, SOURCE_TOO])

    def concerns_key(self, failed: Iterable[str]) -> bool:
        """Say whether one of the failed rules speaks of the key: then it may be changed."""
        key = set(self._dataset.key)
        return any(key & set(self._items(rule)) for rule in failed)

    def _items(self, rule: str) -> tuple[str, ...]:
        known = self._rules.get(rule)
        # Rows that no type holds fail "<item>.type", which stands in no suite.
        return known.items if known is not None else (rule.rpartition(".")[0],)

    def _one(self, rule: str) -> str:
        known = self._rules.get(rule)
        items = {item.name: item for item in self._dataset.items}
        named = [items[name] for name in self._items(rule) if name in items]
        titles = "、".join(item.title for item in named)
        if known is None:
            return f"{titles}: {self._typed(named[0])}" if named else _OTHERWISE
        if known.expectation in UNIQUE_EXPECTATIONS:
            return _UNIQUE.format(titles=titles)
        words = _BY_EXPECTATION.get(known.expectation, _OTHERWISE).format(titles=titles)
        table = named[0].code_table if len(named) == 1 else None
        if (
            table is not None
            and table in self._codes
            and known.expectation == "expect_column_values_to_be_in_set"
        ):
            words += f"({self._codes[table].title})"
        return words if not titles or titles in words else f"{titles}: {words}"

    @staticmethod
    def _typed(item: Item) -> str:
        words = _BY_TYPE.get(item.type, "请重新填写, 文字不得有乱码")
        return words.format(length=item.length or 18, scale=item.scale or 0)
