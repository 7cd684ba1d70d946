"""MySQL's error numbers in our words (MySQL 错误码)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from shutong.errors import ShutongError
from shutong.frontends.faults import Faults

_NO_ANSWER: Final = frozenset({2002, 2003, 2005})
LOST: Final = frozenset({1053, 1077, 1317, 1927, 2006, 2013, 2014, 4031})
_TIMED_OUT: Final = frozenset({1205, 1969, 3024})
_REFUSED: Final = frozenset({1044, 1045, 1129, 1130, 1227, 1251, 1698, 1862, 3118, 4151})
_BUSY: Final = frozenset({1040, 1203, 1226})
_NO_TABLE: Final = frozenset({1142, 1143, 1146, 1347, 1356})
_BAD_CONDITION: Final = frozenset({1054, 1267, 1292, 1366, 1525, 3988})
_NO_DATABASE: Final = 1049


def fault_of(code: int, faults: Faults, table: str) -> ShutongError:
    """Return the error for MySQL's error number."""
    known: list[tuple[frozenset[int], Callable[[], ShutongError]]] = [
        (_NO_ANSWER, faults.no_answer),
        (LOST, faults.cut_short),
        (_TIMED_OUT, faults.timed_out),
        (_REFUSED, faults.login_refused),
        (_BUSY, faults.busy),
        (frozenset({_NO_DATABASE}), faults.no_database),
        (_NO_TABLE, lambda: faults.no_table(table)),
        (_BAD_CONDITION, lambda: faults.bad_condition(table)),
    ]
    for codes, fault in known:
        if code in codes:
            return fault()
    return faults.failed(f"MySQL {code}")
