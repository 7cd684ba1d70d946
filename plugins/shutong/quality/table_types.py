"""The types of a table's columns by the letters of the data standard (数据类型规则).

Importing this module registers the expectation with Great Expectations, for DuckDB and pandas.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

import sqlalchemy as sa
from great_expectations.expectations.expectation import BatchExpectation

_SQL: Final[dict[str, type[Any]]] = {
    "C": sa.String,
    "M": sa.String,
    "N": sa.Numeric,
    "Y": sa.Numeric,
    "I": sa.Integer,
    "D": sa.Date,
    "T": sa.DateTime,
    "L": sa.Boolean,
    "G": sa.LargeBinary,
    "B": sa.Float,
    "F": sa.Float,
}
_PANDAS: Final = {
    # By numpy's letters of kinds: O holds Python's own objects, as texts, decimals and days.
    "C": "OSU",
    "M": "OSU",
    "N": "Oiuf",
    "Y": "Oiuf",
    "I": "iufO",
    "D": "OM",
    "T": "OM",
    "L": "bO",
    "G": "O",
    "B": "f",
    "F": "f",
}
"""pandas knows no exact types: what may hold the values is let pass."""


def has_type(kind: Any, letter: str) -> bool:
    """Say whether a column's type can be that of the standard's letter; KeyError for no letter."""
    if isinstance(kind, sa.types.TypeEngine):
        exact = not (isinstance(kind, sa.Float) and _SQL[letter] is sa.Numeric)
        return isinstance(kind, _SQL[letter]) and exact
    return getattr(kind, "kind", "") in _PANDAS[letter]


class ExpectTableColumnsToHaveTypes(BatchExpectation):
    """Expect columns of the data standard's types (数据类型): `types` gives each one's letter.

    The letters are those of 政务信息资源目录编制指南: C N Y D T L M G B I F. What is observed are
    the names of the columns that are missing or of another type.
    """

    types: dict[str, str]
    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.column_types",)
    success_keys: ClassVar[tuple[str, ...]] = ("types",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        found = {each["name"]: each["type"] for each in metrics["table.column_types"]}
        wrong = [
            name
            for name, letter in self.types.items()
            if name not in found or not has_type(found[name], letter)
        ]
        return {"success": not wrong, "result": {"observed_value": ", ".join(wrong)}}
