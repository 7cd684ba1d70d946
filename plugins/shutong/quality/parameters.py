"""What a suite says by name and a run fills in (规则参数): the day, the code tables.

GX's own mechanism: `{"$PARAMETER": "codes_sex"}` in a suite, the values beside it at run time.
A code table is thus written down once, in `schemas/codes/`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

from shutong.catalog.models import CodeTable, CodeValue

TODAY: Final = "today"
TOMORROW: Final = "tomorrow"
_KEY: Final = "$PARAMETER"
_NO_NAME: Final = re.compile(r"[^a-z0-9_]")


def reference(name: str) -> dict[str, str]:
    """Return how a suite refers to a parameter (参数引用)."""
    return {_KEY: name}


def codes_name(table: str) -> str:
    """Return the parameter of every code of a table, retired ones too (代码表全部代码)."""
    return "codes_" + _NO_NAME.sub("_", table)


def retired_codes_name(table: str) -> str:
    """Return the parameter of a table's retired codes (代码表停用代码)."""
    return codes_name(table) + "_retired"


def parameters(today: date, codes: Mapping[str, CodeTable]) -> dict[str, Any]:
    """Return every parameter a suite may name, with its value on a day (参数取值)."""
    values: dict[str, Any] = {
        TODAY: today.isoformat(),
        TOMORROW: (today + timedelta(days=1)).isoformat(),
    }
    for name, table in codes.items():
        values[codes_name(name)] = [value.code for value in table.values]
        values[retired_codes_name(name)] = [
            value.code for value in table.values if _retired(value, today.year)
        ]
    return values


def named_parameters(kwargs: Mapping[str, Any]) -> Iterator[str]:
    """Yield the parameters that an expectation's arguments refer to (引用的参数)."""
    for value in kwargs.values():
        if isinstance(value, Mapping) and isinstance(value.get(_KEY), str):
            yield value[_KEY]


def filled(kwargs: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments with their parameters' values; KeyError for one nobody knows."""
    return {
        key: values[value[_KEY]] if isinstance(value, Mapping) and _KEY in value else value
        for key, value in kwargs.items()
    }


def _retired(value: CodeValue, year: int) -> bool:
    return value.until is not None and value.until < year
