"""National data types of information items and their exact Arrow types (数据类型).

The type letters are those of 政务信息资源目录编制指南 (发改高技〔2017〕1272号): C, N, Y, D, T, L,
M, G, B, I, F. Amounts and numbers are decimals, never binary floats; a date-time is the
wall clock of the department (Asia/Shanghai), without a zone.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pyarrow as pa


class FieldType(StrEnum):
    """Type letter of an information item (信息项数据类型)."""

    C = "C"
    """字符串型: text of at most `length` characters."""
    N = "N"
    """数值型: exact number with `length` digits, `scale` of them behind the point."""
    Y = "Y"
    """货币型: amount of money in yuan, exact, two digits behind the point unless said."""
    D = "D"
    """日期型: day."""
    T = "T"
    """日期时间型: wall clock to the microsecond."""
    L = "L"
    """逻辑型: true or false."""
    M = "M"
    """备注型 and 长文本: text without a length."""
    G = "G"
    """通用型 and 二进制: bytes."""
    B = "B"
    """双精度型: binary double."""
    I = "I"  # noqa: E741 - the standard's own letter
    """整型: 64-bit integer."""
    F = "F"
    """浮点型: binary float, carried as a double, which holds every float exactly."""


FIELD_TYPE_TITLES: Final[dict[FieldType, str]] = {
    FieldType.C: "字符串型",
    FieldType.N: "数值型",
    FieldType.Y: "货币型",
    FieldType.D: "日期型",
    FieldType.T: "日期时间型",
    FieldType.L: "逻辑型",
    FieldType.M: "备注型",
    FieldType.G: "通用型",
    FieldType.B: "双精度型",
    FieldType.I: "整型",
    FieldType.F: "浮点型",
}

MAX_DECIMAL_DIGITS: Final = 38
"""A Delta table holds decimals of at most 38 digits."""


def arrow_type(kind: FieldType, length: int | None, scale: int | None) -> pa.DataType:
    """Return the Arrow type that holds every value of an item exactly.

    `length` counts characters or digits, `scale` the digits behind the point.
    """
    import pyarrow as pa

    match kind:
        case FieldType.C | FieldType.M:
            return pa.string()
        case FieldType.N:
            return pa.decimal128(length or MAX_DECIMAL_DIGITS, scale or 0)
        case FieldType.Y:
            return pa.decimal128(length or 18, 2 if scale is None else scale)
        case FieldType.D:
            return pa.date32()
        case FieldType.T:
            return pa.timestamp("us")
        case FieldType.L:
            return pa.bool_()
        case FieldType.G:
            return pa.binary()
        case FieldType.B | FieldType.F:
            return pa.float64()
        case FieldType.I:
            return pa.int64()
