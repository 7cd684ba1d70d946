"""What a column's kind can mean (字段含义): refused by name before the first row, or tried.

Texts and whole numbers may hold anything: days as 20240229, truth as 1. Where a kind can never
mean an item, every row would be a misfit, or worse: bits "101" read as a hundred and one.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import pyarrow as pa

from shutong.fitting.whole import family

_SHOWN: Final = frozenset({"text", "bytes"})
_NUMBERS: Final = frozenset({"integer", "decimal", "float"})
_TIMES: Final = frozenset({"day", "moment"})
_TRUTH: Final = frozenset({"boolean"})


class Meaning(Enum):
    """Kinds of columns (字段类别), with the families of types that they can mean."""

    ANY = _SHOWN | _NUMBERS | _TIMES | _TRUTH
    """Texts and exact numbers."""
    NUMBER = _SHOWN | _NUMBERS
    """Floats and money."""
    TIME = _SHOWN | _TIMES
    TRUTH = _SHOWN | _TRUTH
    WORD = _SHOWN
    """Texts of a form of their own: identifiers, documents, durations."""
    BYTES = frozenset({"bytes"})

    def includes(self, wanted: pa.DataType) -> bool:
        """Say whether such a column can mean an item of type `wanted`."""
        return family(wanted) in self.value
